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
    """Paper A on one data set; rows are attacks and controls.

    Attributes:
        target_accuracy: on test data, by (target, seed).
        scorer_accuracy: on test data, by (kind of scorer, seed).
        samples: by (row, seed): ``[C, H, W]`` or ``[T, C, H, W]`` (see `snnlib.inversion`).
        target_confidence: by (row, seed): the target's confidence ``[iterations + 1, C]``; not a number once stopped.
        final: by (row, seed): the target's confidence in the samples ``[C]``.
        confidence: by (row, seed, kind of scorer, scorer's seed): the scorer's ``[draws, C, C]``.
        similarity: by (row, seed): see `snnlib.similarity`.
        checkpoint_confidence: by (attack, iterations, seed, scorer's seed): of scorers of the attack's own kind.
        checkpoint_samples: by (attack, iterations, seed), summed over time, ``[C, H, W]``.
        truth: a training point of each class as a picture, ``[C, H, W]``.
        recording: the same over time, ``[T, C, H, W]``; None for images.
        keys: keys of the artefacts that all this is from, by group of `InversionPlan` and key in it; the data's is
            ``keys["data"][()]``.
    """

    study: InversionStudy
    info: Mapping
    target_accuracy: Mapping[tuple[str, int], float]
    scorer_accuracy: Mapping[tuple[str, int], float]
    samples: Mapping[tuple[str, int], np.ndarray]
    target_confidence: Mapping[tuple[str, int], np.ndarray]
    final: Mapping[tuple[str, int], np.ndarray]
    confidence: Mapping[tuple[str, int, str, int], np.ndarray]
    similarity: Mapping[tuple[str, int], Mapping[str, np.ndarray]]
    checkpoint_confidence: Mapping[tuple[str, int, int, int], np.ndarray]
    checkpoint_samples: Mapping[tuple[str, int, int], np.ndarray]
    truth: np.ndarray
    recording: np.ndarray | None = None
    keys: Mapping[str, Mapping[tuple, str]] = field(default_factory=dict)


def inversion_results(plan: InversionPlan, make: Make) -> InversionResults:
    """Run what is not there yet of paper A on one data set and collect its results."""
    groups = dict(plan.groups())
    made = made_by([plan.data, *(job for group in groups.values() for job in group.values())], make)
    of = {name: {key: made[job] for key, job in group.items()} for name, group in groups.items()}
    keys = {name: {key: artefact.key for key, artefact in group.items()} for name, group in of.items()}
    keys |= {"data": {(): made[plan.data].key}, "checkpoint_samples": {}}
    attacked = {key: a for key, a in of["samples"].items() if "final" in a.arrays}
    pictures = {}
    for key, job in plan.checkpoint_samples.items():  # one at a time: over time, samples take much memory
        (artefact,) = make([job])
        pictures[key], keys["checkpoint_samples"][key] = over_time(artefact.arrays["samples"]), artefact.key
    truth, recording = first_of_each_class(made[plan.data])
    return InversionResults(
        study=plan.study,
        info=made[plan.data].info,
        target_accuracy={key: a.info["test_accuracy"] for key, a in of["targets"].items()},
        scorer_accuracy={key: a.info["test_accuracy"] for key, a in of["scorers"].items()},
        samples={key: a.arrays["samples"] for key, a in of["samples"].items()},
        target_confidence={key: a.arrays["confidence"] for key, a in attacked.items()},
        final={key: a.arrays["final"] for key, a in attacked.items()},
        confidence={key: a.arrays["confidence"] for key, a in of["scores"].items()},
        similarity={key: a.arrays for key, a in of["similarities"].items()},
        checkpoint_confidence={key: a.arrays["confidence"] for key, a in of["checkpoint_scores"].items()},
        checkpoint_samples=pictures,
        truth=truth,
        recording=recording,
        keys=keys,
    )


def over_time(sample: np.ndarray) -> np.ndarray:
    """A sample as one picture: intensities as they are, spikes or their probabilities summed over time.

    ``[C, H, W]`` or ``[T, C, H, W]`` -> ``[C, H, W]``.
    """
    return sample.sum(0) if sample.ndim == 4 else sample


def first_of_each_class(data: Artefact) -> tuple[np.ndarray, np.ndarray | None]:
    """The first training point of each class as a picture, and over time if it is a recording."""
    labels = data.arrays["train_labels"]
    check_every_class(labels, data.info["classes"], "training")  # else another class would be shown as its own
    first = [int((labels == c).argmax()) for c in range(data.info["classes"])]
    if "train_images" in data.arrays:
        return data.arrays["train_images"][first], None
    packed, lengths = (torch.from_numpy(data.arrays[f"train_{name}"][first]) for name in ("packed", "lengths"))
    frames = Recordings(packed, lengths, tuple(data.info["shape"])).frames()
    return picture(frames).numpy(), frames.numpy()
