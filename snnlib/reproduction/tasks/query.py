"""Jobs that query a network."""

from collections.abc import Mapping

import numpy as np

from ...engine.store import Artefact
from ...queries import answers, changed
from ...randomness import torch_generator
from .points import points
from .train import restore

BATCH = 256


def query(data: Artefact, network: Artefact, how: Mapping, device: str = "cpu"):
    """Ask a network about every point of the pool (a job).

    Args:
        data: the pool.
        network: trained network.
        how: see `snnlib.queries`.

    Returns:
        ``z [copies, N]`` in float64 and ``correct [copies, N]`` (see `snnlib.queries.answers`).
    """
    images, labels = points(data, device)
    model, steps = restore(network, device), network.info["recipe"]["steps"]
    copies = []
    for copy in range(how.get("copies", 1)):
        generator = torch_generator(how.get("seed", 0), how["kind"], copy, device=device)
        asked = (changed(x, how, copy, model.mean, steps, generator) for x in images.split(BATCH))
        parts = [answers(model, x, y, steps=steps) for x, y in zip(asked, labels.split(BATCH), strict=True)]
        copies.append([np.concatenate(of) for of in zip(*parts, strict=True)])
    z, correct = (np.stack(of) for of in zip(*copies, strict=True))
    return {"z": z, "correct": correct}, {}
