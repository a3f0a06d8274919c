"""Results of paper B as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...membership import split_pairs
from ..made import Make, made_by
from .plan import MembershipPlan
from .study import MembershipStudy


@dataclass(frozen=True)
class Accuracies:
    """Paper B's networks on one data set: accuracy by (model, index) on members (train) and non-members (test)."""

    study: MembershipStudy
    info: Mapping
    train: Mapping[tuple[str | int, int], float]
    test: Mapping[tuple[str | int, int], float]

    @property
    def title(self) -> str:
        """The data set, or its stand-in, and the kind of network."""
        return self.study.title(self.info["title"])

    def indices(self, model: str | int) -> list[int]:
        """The networks of a model."""
        return sorted(index for m, index in self.test if m == model)


def accuracies(plan: MembershipPlan, make: Make) -> Accuracies:
    """Train what is not there yet of paper B on one data set and collect the accuracies."""
    made = made_by([plan.data, *plan.networks()], make)
    train, test = (
        {key: made[job].info[f"{part}_accuracy"] for key, job in plan.networks_by.items()} for part in ("train", "test")
    )
    return Accuracies(plan.study, made[plan.data].info, train, test)


@dataclass(frozen=True)
class MembershipResults:
    """Paper B on one data set.

    Attributes:
        members: ``[1 + R, N]``: who was in which network's training set; row 0 is the target.
        log_p: by (model, index, way of asking): log-probabilities ``[copies, N]``, float64.
    """

    study: MembershipStudy
    info: Mapping
    members: np.ndarray
    log_p: Mapping[tuple[str | int, int, str], np.ndarray]

    @property
    def title(self) -> str:
        """The data set, or its stand-in, and the kind of network."""
        return self.study.title(self.info["title"])

    def targets(self, model: str | int) -> list[int]:
        """The networks of a model, each of which can be the target."""
        return sorted({index for m, index, _ in self.log_p if m == model})


def membership_results(plan: MembershipPlan, make: Make) -> MembershipResults:
    """Run what is not there yet of paper B on one data set and collect its results."""
    made = made_by([plan.data, *plan.queries.values()], make)
    info = made[plan.data].info
    return MembershipResults(
        study=plan.study,
        info=info,
        members=split_pairs(info["sizes"]["pool"], plan.study.references, plan.study.seed),
        log_p={key: made[job].arrays["log_probabilities"] for key, job in plan.queries.items()},
    )
