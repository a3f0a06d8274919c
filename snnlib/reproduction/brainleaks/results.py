"""Results of paper A as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from ...engine.jobs import Make, made_by
from ...engine.store import Artefact
from ...spikes import Recordings, picture
from ..tasks.points import check_every_class
from .plan import InversionPlan, array_of
from .study import InversionStudy

Arrays = Mapping[tuple, np.ndarray]


@dataclass(frozen=True)
class InversionResults:
    """Paper A on one data set; keys are those of the groups of `InversionPlan`."""

    study: InversionStudy
    info: Mapping  #: of the data's artefact
    target_accuracy: Mapping[tuple[str, int], float]  #: on test data
    scorer_accuracy: Mapping[tuple[str, int], float]  #: on test data
    samples: Arrays  #: by (row, seed): ``[C, H, W]`` or ``[T, C, H, W]``
    target_confidence: Arrays  #: of attacks, by (row, seed): ``[iterations + 1, C]``; NaN once stopped
    final: Arrays  #: of attacks, by (row, seed): the target's confidence in the samples ``[C]``
    confidence: Arrays  #: by (row, seed, kind of scorer, scorer's seed): the scorer's ``[draws, C, C]``
    similarity: Mapping[tuple[str, int], Mapping[str, np.ndarray]]  #: by (row, seed): see `snnlib.similarity`
    checkpoint_confidence: Arrays  #: by (attack, iterations, seed, scorer's seed): that of scorers of its own kind
    checkpoint_samples: Arrays  #: by (attack, iterations, seed): summed over time, ``[C, H, W]``
    truth: np.ndarray  #: a training point of each class as a picture, ``[C, H, W]``
    recording: np.ndarray | None = None  #: the same over time, ``[T, C, H, W]``; None for images
    keys: Mapping[str, Mapping[tuple, str]] = field(default_factory=dict)  #: of the artefacts; ``keys["data"][()]``


def inversion_results(plan: InversionPlan, make: Make) -> InversionResults:
    """Run what is not there yet of paper A on one data set and collect its results."""
    groups = {"data": {(): plan.data}} | plan.jobs
    on_the_way = groups.pop("checkpoint_samples")
    made = made_by([job for group in groups.values() for job in group.values()], make)
    keys = {name: {key: made[job].key for key, job in group.items()} for name, group in groups.items()}
    pictures, keys["checkpoint_samples"] = {}, {}
    for key, job in on_the_way.items():  # one at a time: over time, samples take much memory
        (artefact,) = make([job])
        pictures[key], keys["checkpoint_samples"][key] = over_time(artefact.arrays["samples"]), artefact.key

    def collected(group: str, array: str) -> dict[tuple, np.ndarray]:
        arrays = {key: made[job].arrays for key, job in groups[group].items()}
        return {key: of[array] for key, of in arrays.items() if array in of}

    def scored(group: str) -> dict[tuple, np.ndarray]:
        return {key: made[job].arrays[array_of(key[1:])] for key, job in groups[group].items()}

    truth, recording = first_of_each_class(made[plan.data])
    return InversionResults(
        study=plan.study,
        info=made[plan.data].info,
        target_accuracy={key: made[job].info["test_accuracy"] for key, job in groups["targets"].items()},
        scorer_accuracy={key: made[job].info["test_accuracy"] for key, job in groups["scorers"].items()},
        samples=collected("samples", "samples"),
        target_confidence=collected("samples", "confidence"),
        final=collected("samples", "final"),
        confidence=scored("scores"),
        similarity={key: made[job].arrays for key, job in groups["similarities"].items()},
        checkpoint_confidence=scored("checkpoint_scores"),
        checkpoint_samples=pictures,
        truth=truth,
        recording=recording,
        keys=keys,
    )


def artefacts(results: InversionResults, group: str = "scores") -> list[dict]:
    """What each row comes from, as `snnlib.report.table.Table` takes it; a group's keys begin with the row."""
    found = dict.fromkeys((row, key) for (row, *_), key in results.keys.get(group, {}).items())
    return [{"study": results.study.dataset, "attack": row, "key": key} for row, key in found]


def over_time(sample: np.ndarray) -> np.ndarray:
    """A sample as one picture: spikes or their probabilities ``[T, C, H, W]`` summed, ``[C, H, W]`` as it is."""
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
