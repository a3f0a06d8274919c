"""Jobs that invert a network."""

from collections.abc import Mapping

from ...engine.store import Artefact
from ...inversion import ATTACKS, _choice
from .train import restore


def invert(target: Artefact, method: str, settings: Mapping, device: str = "cpu"):
    """Attack all classes of a trained network (a job): samples, the course of confidence."""
    _choice("attack", method, tuple(ATTACKS))
    network = restore(target, device)
    spec = target.info["network"]
    result = ATTACKS[method](network, range(spec["classes"]), shape=spec["shape"], **settings)
    return {name: tensor.cpu().numpy() for name, tensor in vars(result).items()}, {"method": method}
