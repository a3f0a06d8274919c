"""Points of a data set as networks take them."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ...engine.store import Artefact
from ...errors import DataError
from ...pairs import split_pairs
from ...spikes import Recordings
from ...training import Points


def split(
    data: Artefact, member: Mapping | None, device: str, *, pictures: bool = True
) -> dict[str, tuple[Points, Tensor]]:
    """Training and test part, each ``(points, labels)``, on a device; see `points`."""
    if member is None:
        return {part: points(data, device, f"{part}_", pictures=pictures) for part in ("train", "test")}
    images, labels = points(data, device)
    index = member["index"]  # its pair is the same, however many there are
    inside = torch.from_numpy(split_pairs(len(labels), index // 2 + 1, member["seed"])[index]).to(device)
    return {"train": (images[inside], labels[inside]), "test": (images[~inside], labels[~inside])}


def points(data: Artefact, device: str, part: str = "", *, pictures: bool = True) -> tuple[Points, Tensor]:
    """Points as networks take them and labels of one part of a data set (of the pool without ``part``).

    Images are in [0, 1]; colour images ``[N, H, W, 3]`` become ``[N, 3, H, W]``. Of recordings,
    ``pictures`` chooses the form: pictures or `Recordings`.
    """
    labels = torch.from_numpy(data.arrays[f"{part}labels"]).to(device).long()
    if f"{part}packed" in data.arrays:
        packed, lengths = (torch.from_numpy(data.arrays[f"{part}{name}"]) for name in ("packed", "lengths"))
        recordings = Recordings(packed, lengths, tuple(data.info["shape"])).to(device)
        return recordings.images() if pictures else recordings, labels
    images = torch.from_numpy(data.arrays[f"{part}images"]).to(device).float() / 255
    return (images.permute(0, 3, 1, 2).contiguous() if images.ndim == 4 else images), labels


def check_every_class(labels: np.ndarray, classes: int, where: str) -> None:
    """What is shown or measured class by class needs a point of every class.

    Args:
        labels: ``[N]``, from 0.
        classes: how many there are.
        where: what the points are, for the error.

    Raises:
        DataError: if a class has no point.
    """
    lacking = np.setdiff1d(np.arange(classes), labels)
    if len(lacking):
        named = ", ".join(map(str, lacking[:5])) + (" and others" if len(lacking) > 5 else "")
        raise DataError(
            f"The {where} points have none of class {named}, of {classes} classes.",
            "Use data that have every class, or a larger part of them.",
        )
