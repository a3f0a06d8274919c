"""What is run at which size. The only place for epochs, sizes, seeds and numbers of time steps.

`paper` holds the papers' settings as far as they were published and are built; every other profile is
`paper` with changes. `departures` lists the changes, so that tables and report can declare them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import SettingError
from .paper import PAPER
from .sizes import GPU, QUICK, SMOKE
from .study import NETWORKS, InversionStudy, MembershipStudy, Profile, recipe

__all__ = [
    "NETWORKS",
    "PAPER",
    "PROFILES",
    "Departure",
    "InversionStudy",
    "MembershipStudy",
    "Profile",
    "departures",
    "deviations",
    "profile",
    "recipe",
]

PROFILES = {p.name: p for p in (SMOKE, QUICK, GPU, PAPER)}


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        SettingError: for an unknown name.
    """
    if name not in PROFILES:
        raise SettingError(f"There is no profile named {name!r}.", f"Choose one of {', '.join(PROFILES)}.")
    return PROFILES[name]


@dataclass(frozen=True)
class Departure:
    """A setting that differs from the paper's."""

    study: str
    setting: str
    paper: Any
    here: Any


def departures(chosen: Profile) -> list[Departure]:
    """All settings in which a profile differs from `paper`."""
    found = []
    for kind in ("inversion", "membership"):
        for name, study in getattr(chosen, kind).items():
            original = _flat(getattr(PAPER, kind)[name])
            for setting, value in _flat(study).items():
                if original.get(setting) != value:
                    found.append(Departure(name, setting, original.get(setting), value))
    return found


def deviations(chosen: Profile) -> dict[str, list[str]]:
    """What is not done as published, whatever the size: sentences, each with the studies that it holds for."""
    found: dict[str, list[str]] = {}
    for name, study in {**chosen.inversion, **chosen.membership}.items():
        for text in study.deviations:
            found.setdefault(text, []).append(name)
    return found


def _flat(study: Any) -> dict[str, Any]:
    return {path: value for f in fields(study) for path, value in _leaves(f.name, getattr(study, f.name))}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, value
