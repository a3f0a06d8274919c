"""Results of paper A as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from ...engine.store import Artefact
from ...spikes import Recordings, picture
from ..made import Make, made_by
from ..tasks.points import check_every_class
from .plan import InversionPlan
from .study import InversionStudy


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
    made = made_by([plan.data, *plan.jobs()], make)
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
