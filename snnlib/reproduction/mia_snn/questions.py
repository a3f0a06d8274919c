"""What an attacker shows to a network: some points as they are and changed, by the functions that ask the networks."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from ...engine.store import Artefact
from ...queries import changed
from ...randomness import torch_generator
from ..explore.drawing import pictures
from .study import MembershipStudy

SHOWN = {"flips": "mirrored", "shifts": "shifted", "noise": "noise"}


def questions(data: Artefact, study: MembershipStudy, points: int = 8) -> Figure:
    """A row for each kind of query: the second copy of some points of the pool.

    The points are evenly spread over the pool ``data``. Input dropout is shown twice: at the study's drop probability,
    and at ten times that, to be seen.
    """
    chosen = np.linspace(0, len(data.arrays["images"]) - 1, points).astype(int)
    images = torch.from_numpy(data.arrays["images"][chosen]).permute(0, 3, 1, 2).float() / 255
    kinds = {"as it is": {"kind": "plain"}}
    for probability in (study.probability, 10 * study.probability):
        kinds[f"input dropout,\n{100 * probability:g} % of pixels"] = {"kind": "dropout", "probability": probability}
    kinds |= {SHOWN[how["kind"]]: how for how in study.controls.values() if how["kind"] in SHOWN}
    rows, mean = {}, torch.tensor(data.info["mean"])[:, None, None]
    for label, how in kinds.items():
        generator = torch_generator(how.get("seed", 0), how["kind"], 1)
        rows[label] = changed(images, how, 1, mean, None, generator).permute(0, 2, 3, 1)
    pictures(rows)
    return plt.gcf()
