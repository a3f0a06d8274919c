"""In which settings a profile differs from the papers, and what is not done as published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from .brainleaks.sizes import STUDIES as INVERSION
from .mia_snn.sizes import STUDIES as MEMBERSHIP


@dataclass(frozen=True)
class Departure:
    """A setting that differs from the paper's."""

    study: str
    setting: str
    paper: Any
    here: Any


def departures(profile: str) -> list[Departure]:
    """All settings in which a profile differs from ``paper``."""
    found = []
    for studies in (INVERSION, MEMBERSHIP):
        for name, study in studies[profile].items():
            original = dict(_leaves("", studies["paper"][name]))
            for setting, value in _leaves("", study):
                if original.get(setting) != value:
                    found.append(Departure(name, setting, original.get(setting), value))
    return found


def deviations(profile: str) -> dict[str, list[str]]:
    """What is not done as published, whatever the size: sentences, each with the studies that it holds for."""
    studies_of: dict[str, list[str]] = {}
    for name, study in {**INVERSION[profile], **MEMBERSHIP[profile]}.items():
        for text in study.deviations:
            studies_of.setdefault(text, []).append(name)
    return studies_of


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All settings below a value, each with its path, such as ``ann.epochs``."""
    value = vars(value) if is_dataclass(value) else value
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}".removeprefix("."), inner)
    else:
        yield path, value
