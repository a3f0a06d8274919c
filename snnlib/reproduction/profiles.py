"""Profiles: the sizes at which both papers are run. What each paper runs at a size stands in its ``sizes``."""

from typing import NamedTuple

from ..errors import SettingError


class Profile(NamedTuple):
    """A size at which everything is run, and what it is for."""

    name: str
    purpose: str


PROFILES = {
    "smoke": Profile("smoke", "every step once, far too small to mean anything; for tests"),
    "quick": Profile("quick", "all results at small size; minutes on a laptop, no network needed"),
    "night": Profile("night", "real data, on them paper A's network sizes; shortened schedules; overnight on a laptop"),
    "gpu": Profile("gpu", "full data (N-MNIST: a fifth), shortened schedules, paper B at half its width; for a GPU"),
    "paper": Profile("paper", "the papers' settings, as far as they are known and built; for a GPU"),
}


def profile(name: str) -> Profile:
    """The profile of that name; SettingError if there is none."""
    if name not in PROFILES:
        raise SettingError(f"There is no profile named {name!r}.", f"Choose one of {', '.join(PROFILES)}.")
    return PROFILES[name]
