"""What an attacker shows to a network: some points as they are and changed, by the functions that ask the networks."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from ...engine.store import Artefact
from ...queries import changed
from ...randomness import torch_generator
from ...report.style import PAGE, picture
from .study import MembershipStudy

SHOWN = {"flips": "mirrored", "shifts": "shifted", "noise": "noise"}


def questions(data: Artefact, study: MembershipStudy, points: int = 8) -> Figure:
    """A row for each kind of query: the second copy of some points of the pool.

    Input dropout is shown twice: at the study's drop probability, and at ten times that, to be seen.

    Args:
        data: the pool.
        study: with its drop probability and other kinds of queries.
        points: how many are shown, evenly spread over the pool.
    """
    chosen = np.linspace(0, len(data.arrays["images"]) - 1, points).astype(int)
    images = torch.from_numpy(data.arrays["images"][chosen]).permute(0, 3, 1, 2).float() / 255
    kinds = {"as it is": {"kind": "plain"}}
    for probability in (study.probability, 10 * study.probability):
        kinds[f"input dropout,\n{100 * probability:g} % of pixels"] = {"kind": "dropout", "probability": probability}
    kinds |= {SHOWN[how["kind"]]: how for how in study.controls.values() if how["kind"] in SHOWN}
    size, gaps = (PAGE, 0.78 * len(kinds)), {"wspace": 0.06, "hspace": 0.06}
    figure, axes = plt.subplots(len(kinds), points, figsize=size, squeeze=False, gridspec_kw=gaps)
    for line, (label, how) in zip(axes, kinds.items(), strict=True):
        for ax, image in zip(line, _second_copy(images, how, data.info), strict=True):
            picture(ax, image)
        line[0].set_ylabel(label, fontsize=7, rotation=0, ha="right", va="center")
    return figure


def _second_copy(images: torch.Tensor, how: Mapping, info: Mapping) -> np.ndarray:
    mean = torch.tensor(info["mean"])[:, None, None]
    generator = torch_generator(how.get("seed", 0), how["kind"], 1)
    return changed(images, how, 1, mean, None, generator).permute(0, 2, 3, 1).numpy()
