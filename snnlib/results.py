"""Results of the attacks as plain arrays, as tables and figures take them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from .datasets import membership
from .datasets.splits import check_every_class
from .plan import InversionPlan, MembershipPlan
from .profiles import InversionStudy, MembershipStudy
from .recordings import Recordings, picture
from .store import Artefact, Job

Make = Callable[[Iterable[Job]], list[Artefact]]  # jobs -> their artefacts, in order


@dataclass(frozen=True)
class InversionResults:
    """Paper A on one data set; rows are attacks and controls (see `snnlib.plan`).

    Attributes:
        target_accuracy: on test data, by (target, seed).
        scorer_accuracy: on test data, by (judge, seed).
        samples: by (row, seed): ``[C, H, W]`` or ``[T, C, H, W]`` (see `snnlib.inversion`).
        target_course: by (attack, seed): the target's confidence ``[iterations + 1, C]``.
        final: by (attack, seed): the target's confidence in the samples ``[C]``.
        confidence: by (row, seed, judge, scorer's seed): the scorer's ``[draws, C, C]``.
        course: the same by (attack, iterations, seed, scorer's seed), by the attack's own judge.
        similarity: by (row, seed): see `snnlib.similarity`.
        truth: a training point of each class as a picture, ``[C, H, W]``.
        recording: the same over time, ``[T, C, H, W]``; None for images.
        stages: samples on their way by (attack, iterations, seed), summed over time, ``[C, H, W]``.
    """

    study: InversionStudy
    info: Mapping
    target_accuracy: Mapping[tuple[str, int], float]
    scorer_accuracy: Mapping[tuple[str, int], float]
    samples: Mapping[tuple[str, int], np.ndarray]
    target_course: Mapping[tuple[str, int], np.ndarray]
    final: Mapping[tuple[str, int], np.ndarray]
    confidence: Mapping[tuple[str, int, str, int], np.ndarray]
    course: Mapping[tuple[str, int, int, int], np.ndarray]
    similarity: Mapping[tuple[str, int], Mapping[str, np.ndarray]]
    truth: np.ndarray
    recording: np.ndarray | None = None
    stages: Mapping[tuple[str, int, int], np.ndarray] = field(default_factory=dict)


def inversion_results(plan: InversionPlan, make: Make) -> InversionResults:
    """Run what is not there yet of paper A on one data set and collect its results."""
    made = _made([plan.data, *plan.jobs()], make)
    data = made[plan.data]
    targets, scorers, samples, similarities, scores, course = (
        {key: made[job] for key, job in group.items()}
        for group in (plan.targets, plan.scorers, plan.samples, plan.similarities, plan.scores, plan.course)
    )
    attacked = {key: a for key, a in samples.items() if "final" in a.arrays}
    truth, recording = _first_of_each_class(data)
    return InversionResults(
        study=plan.study,
        info=data.info,
        target_accuracy={key: a.info["test_accuracy"] for key, a in targets.items()},
        scorer_accuracy={key: a.info["test_accuracy"] for key, a in scorers.items()},
        samples={key: a.arrays["samples"] for key, a in samples.items()},
        target_course={key: a.arrays["confidence"] for key, a in attacked.items()},
        final={key: a.arrays["final"] for key, a in attacked.items()},
        confidence={key: a.arrays["confidence"] for key, a in scores.items()},
        course={key: a.arrays["confidence"] for key, a in course.items()},
        similarity={key: a.arrays for key, a in similarities.items()},
        truth=truth,
        recording=recording,
        stages=_stages(plan, make),
    )


def _stages(plan: InversionPlan, make: Make) -> dict[tuple[str, int, int], np.ndarray]:
    """What the scorers of `InversionPlan.course` were shown. One at a time: over time, samples take much memory."""
    found = {}
    for (attack, stop, seed, _), job in plan.course.items():
        if (attack, stop, seed) not in found:
            (sample,) = (a.arrays["samples"] for a in make([job.settings["inversion"]]))
            found[attack, stop, seed] = sample.sum(0) if sample.ndim == 4 else sample
    return found


def _made(jobs: list[Job], make: Make) -> dict[Job, Artefact]:
    return dict(zip(jobs, make(jobs), strict=True))


def _first_of_each_class(data: Artefact) -> tuple[np.ndarray, np.ndarray | None]:
    """The first training point of each class as a picture, and over time if it is a recording."""
    labels = data.arrays["train_labels"]
    check_every_class(labels, data.info["classes"], "training")  # else another class would be shown as its own
    first = [int((labels == c).argmax()) for c in range(data.info["classes"])]
    if "train_images" in data.arrays:
        return data.arrays["train_images"][first], None
    packed, lengths = (torch.from_numpy(data.arrays[f"train_{name}"][first]) for name in ("packed", "lengths"))
    frames = Recordings(packed, lengths, tuple(data.info["shape"])).frames()
    return picture(frames).numpy(), frames.numpy()


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
    made = _made([plan.data, *plan.networks()], make)
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
    made = _made([plan.data, *plan.queries.values()], make)
    info = made[plan.data].info
    return MembershipResults(
        study=plan.study,
        info=info,
        members=membership(info["sizes"]["pool"], plan.study.references, plan.study.seed),
        log_p={key: made[job].arrays["log_probabilities"] for key, job in plan.queries.items()},
    )
