"""Jobs that invert a network."""

import warnings
from collections.abc import Mapping

from ...engine.store import Artefact
from ...errors import NotReached, SettingError
from ...inversion import ATTACKS
from .train import restore


def invert(target: Artefact, method: str, settings: Mapping, device: str = "cpu"):
    """Attack all classes of a trained network (a job): the arrays of an `snnlib.inversion.Inversion`."""
    if method not in ATTACKS:
        raise SettingError(f"There is no attack named {method!r}.", f"Choose one of {', '.join(ATTACKS)}.")
    network, spec = restore(target, device), target.info["network"]
    with warnings.catch_warnings():  # the tables show the target's confidence in every sample
        warnings.simplefilter("ignore", NotReached)
        result = ATTACKS[method](network, range(spec["classes"]), shape=spec["shape"], **settings)
    return {name: tensor.cpu().numpy() for name, tensor in vars(result).items()}, {"method": method}
