"""What a run is asked for, in one object from the command line to the notebooks."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SettingError
from ..paths import expanded
from . import places, profiles
from .items import INVENTORY, Item, select


@dataclass(frozen=True)
class Options:
    """The parameters of a run; each numbered notebook has them in its first cell.

    Attributes:
        profile: the size of the run, one of `snnlib.reproduction.profiles.PROFILES`.
        out: folder of results; ``figures/<profile>`` if empty.
        device: ``cpu``, ``cuda``, or ``auto``: the GPU if there is one.
        seed: number of the run, from which every seed is derived: with another one, everything random is drawn anew.
        workers: processes that run jobs side by side; 0: one for each processor, at most 8, or one on a GPU.
        dask: address of a dask scheduler to use instead.
        only: IDs of the tables and figures that are wanted, ``A`` or ``B`` for all of a paper; all without any.

    Raises:
        SettingError: for a profile or an ID that is not there, or a number that is no count.
    """

    profile: str = "quick"
    out: str | Path | None = ""
    device: str = "auto"
    seed: int = 0
    workers: int = 0
    dask: str = ""
    only: Sequence[str] = ()

    def __post_init__(self):
        asked = (self.only,) if isinstance(self.only, str) else self.only
        of_paper = {paper: [item.id for item in INVENTORY if item.id[0] == paper] for paper in "AB"}
        object.__setattr__(self, "only", tuple(id for name in asked for id in of_paper.get(name, [name])))
        object.__setattr__(self, "out", str(self.out or ""))
        profiles.profile(self.profile)
        select(self.only)
        for name in ("seed", "workers"):
            number = getattr(self, name)
            if number != int(number) or number < 0:
                raise SettingError(f"{name} cannot be {number}.", "Pass a whole number, 0 or more.")

    @property
    def items(self) -> tuple[Item, ...]:
        """The tables and figures that are wanted."""
        return select(self.only)

    @property
    def folder(self) -> Path:
        """The folder of results, absolute; SettingError if it cannot be written to."""
        named = Path(os.path.realpath(expanded(self.out)))  # which complains of no link that leads to itself
        return places.writable(named if self.out else places.figures() / self.profile)
