"""Jobs that query a network."""

from collections.abc import Mapping

from ...engine.store import Artefact
from ...queries import answers
from .points import points
from .train import restore


def query(data: Artefact, network: Artefact, how: Mapping, device: str = "cpu"):
    """Ask a network about every point of the pool (a job): ``z`` and ``correct``, ``[copies, N]`` each.

    Args:
        data: the pool.
        network: trained network.
        how: what is asked, see `snnlib.queries`.
    """
    images, labels = points(data, device)
    model, steps = restore(network, device), network.info["recipe"]["steps"]
    z, correct = answers(model, images, labels, how, steps=steps, mean=model.mean)
    return {"z": z, "correct": correct}, {}
