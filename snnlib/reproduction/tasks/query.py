"""Jobs that query a network."""

from collections.abc import Mapping

import numpy as np

from ...engine.store import Artefact
from ...queries import changed, log_probabilities
from ...randomness import torch_generator
from .points import points
from .train import restore

BATCH = 256


def query(data: Artefact, network: Artefact, how: Mapping, device: str = "cpu"):
    """Ask a network about every point of the pool (a job).

    Args:
        data: the pool.
        network: trained network.
        how: see the module's docstring.

    Returns:
        ``log_probabilities [copies, N]``, natural logarithms in float64.
    """
    images, labels = points(data, device)
    model, steps = restore(network, device), network.info["recipe"]["steps"]
    copies = []
    for copy in range(how.get("copies", 1)):
        generator = torch_generator(how.get("seed", 0), how["kind"], copy, device=device)
        asked = (changed(x, how, copy, model.mean, steps, generator) for x in images.split(BATCH))
        parts = [log_probabilities(model, x, y, steps=steps) for x, y in zip(asked, labels.split(BATCH), strict=True)]
        copies.append(np.concatenate(parts))
    return {"log_probabilities": np.stack(copies)}, {}
