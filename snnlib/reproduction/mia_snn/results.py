"""Results of paper B as plain arrays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from ...engine.jobs import Make, made_by
from ...membership import Attacked, Signals
from ...metrics.contrasts import Contrast, over_pairs
from ...metrics.membership import auc_influence
from ...pairs import split_pairs
from .plan import PLAIN, MembershipPlan
from .study import MembershipStudy, Model


@dataclass(frozen=True)
class _Results:
    """Paper B on one data set; ``keys`` of the artefacts it comes from: ``data``, and as in the plan."""

    study: MembershipStudy
    info: Mapping
    keys: Mapping[str | tuple, str]

    @property
    def title(self) -> str:
        """The data set, or its stand-in, and the kind of network."""
        return self.study.title(self.info["title"])


@dataclass(frozen=True)
class Accuracies(_Results):
    """Accuracy of each model's networks ``[M]`` on members (train) and non-members (test)."""

    train: Mapping[Model, np.ndarray]
    test: Mapping[Model, np.ndarray]


def accuracies(plan: MembershipPlan, make: Make) -> Accuracies:
    """Train what is not there yet of paper B on one data set and collect the accuracies."""
    made = made_by([plan.data, *plan.networks()], make)
    train, test = {}, {}
    for model in dict.fromkeys(model for model, _ in plan.networks_by):
        infos = [made[job].info for (of, _), job in plan.networks_by.items() if of == model]
        train[model], test[model] = (np.array([i[f"{part}_accuracy"] for i in infos]) for part in ("train", "test"))
    keys = {key: made[job].key for key, job in ({"data": plan.data} | plan.networks_by).items()}
    return Accuracies(plan.study, made[plan.data].info, keys, train, test)


@dataclass(frozen=True)
class MembershipResults(_Results):
    """What the networks of each model answered, by (model, kind of query)."""

    signals: Mapping[tuple[Model, str], Signals]

    def attacked(
        self, model: Model, query: str = PLAIN, references: Model | None = None, k: int = 0, count: int | None = None
    ) -> Attacked:
        """Network k of a model as the target, with references of the same model or another one (see `Signals.of`)."""
        others = None if references is None else self.signals[references, query]
        return self.signals[model, query].of(k, others, count)

    def targets(
        self,
        model: Model,
        query: str = PLAIN,
        references: Model | None = None,
        count: int | None = None,
        within: Model | None = None,
    ) -> list[Attacked]:
        """Each network of a model as the target; of as many networks only as there are of a model ``within``."""
        part = slice(self.study.networks(within or model))
        asked = self.signals[model, query].part(part)
        others = None if references is None else self.signals[references, query].part(part)
        return [asked.of(k, others, count) for k in range(len(asked.z))]


def influences(targets: Iterable[Attacked], attack: str) -> np.ndarray:
    """``[M, 1 + N]``: the AUC of an attack on each target and the influence of each point on it."""
    return np.array([np.append(*auc_influence(of.scores(attack), of.members)) for of in targets])


def over_networks(values: np.ndarray) -> Contrast:
    """The contrast of values and influences ``[M, 1 + N]``, or of a sum of such."""
    return over_pairs(values[:, 0], values[:, 1:])


def artefacts(
    results: MembershipResults, models: Iterable[Model], references: Model | None = None, first: int = 0
) -> list[dict]:
    """What rows on each model come from, as `snnlib.report.table.Table` takes it.

    The answers of its networks, without those before the ``first``, and of references of another model.
    """
    where = {"study": results.study.dataset, "network": results.study.network}
    return [
        where | {"model": str(model), "key": results.keys[by]}
        for model, by in product(models, results.keys)
        if by != "data" and by[0] in (model, references) and by[1] >= first
    ]


def membership_results(plan: MembershipPlan, make: Make) -> MembershipResults:
    """Run what is not there yet of paper B on one data set and collect its results."""
    made = made_by([plan.data, *plan.queries.values()], make)
    info, labels = made[plan.data].info, made[plan.data].arrays["labels"]
    inside, signals = split_pairs(len(labels), plan.study.pairs, plan.seed), {}
    asked: dict[tuple[Model, str], list[int]] = {}
    for (model, index), job in plan.queries.items():
        for kind in job.settings["kinds"]:
            asked.setdefault((model, kind), []).append(index)
    for (model, kind), networks in asked.items():
        arrays = [made[plan.queries[model, index]].arrays for index in networks]
        z, correct = (np.stack([of[f"{name}/{kind}"] for of in arrays]) for name in ("z", "correct"))
        signals[model, kind] = Signals(z, correct, inside[networks], labels)
    keys = {key: made[job].key for key, job in ({"data": plan.data} | plan.queries).items()}
    return MembershipResults(plan.study, info, keys, signals)
