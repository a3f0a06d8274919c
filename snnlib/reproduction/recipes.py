"""Training recipes as data."""

from collections.abc import Mapping
from typing import Any

from ..errors import SettingError

Settings = Mapping[str, Any]


def recipe(**changes: Any) -> dict:
    """A training recipe (see `snnlib.training`) with the settings that most of them share."""
    common = {
        "optimizer": "adam",
        "lr": 1e-3,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "batch": 100,
        "epochs": 10,
        "schedule": "constant",
        "clip": None,
        "steps": None,
        "coding": "bernoulli",
        "readout": "spikes",
        "padding": None,
        "autoaugment": False,
        "cutout": None,
    }
    unknown = changes.keys() - common.keys()
    if unknown:
        raise SettingError(f"A recipe has no setting {min(unknown)!r}.", f"Choose from {', '.join(common)}.")
    return common | changes


def changed_recipe(base: Settings, **changes: Any) -> dict:
    return recipe(**(dict(base) | changes))
