"""Jobs that query a network."""

from collections.abc import Mapping

from ...engine.store import Artefact
from ...queries import answers
from .points import points
from .train import restore


def query(data: Artefact, network: Artefact, kinds: Mapping[str, Mapping], device: str = "cpu"):
    """Ask a network about every point of the pool (a job): ``z/<kind>`` and ``correct/<kind>``, ``[copies, N]`` each.

    Args:
        data: the pool.
        network: trained network.
        kinds: what is asked, by name, see `snnlib.queries`.
    """
    images, labels = points(data, device)
    model, steps = restore(network, device), network.info["recipe"]["steps"]
    asked = {kind: answers(model, images, labels, how, steps=steps, mean=model.mean) for kind, how in kinds.items()}
    return {f"{part}/{kind}": array for kind, of in asked.items() for part, array in zip(("z", "correct"), of)}, {}
