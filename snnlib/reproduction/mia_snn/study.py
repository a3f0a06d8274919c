"""What paper B's reproduction on one data set consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...training import Recipe

Settings = Mapping[str, Any]

NETWORKS = {"resnet18": "ResNet18", "vgg16": "VGG-16"}  # as they are written


@dataclass(frozen=True)
class MembershipStudy:
    """Paper B on one data set, or on its stand-in where it is not there, with one kind of network.

    ``hybrid`` is by T; ``direct`` trains an SNN of ``neuron`` from its first weights on, for as many
    networks as ``direct_references`` asks for (None: none). Networks are asked about each point as it
    is and with ``dropout``, those of ``controlled`` (see `snnlib.plan`) also in the ways of
    ``controls``. ``tuning``: ``models`` whose references try out ``probabilities`` and numbers of
    ``copies`` for the dropout (empty: none). ``ours`` names the settings that the paper does not give,
    ``deviations`` what is not done as published.
    """

    dataset: str
    stand_in: str
    ann: Recipe
    hybrid: Mapping[int, Recipe]
    network: str = "resnet18"
    direct: Recipe | None = None
    neuron: Settings = field(default_factory=dict)
    reported: tuple[int, ...] = (1, 2, 4)
    width: int = 64
    references: int = 4
    direct_references: int = 4
    seed: int = 0
    dropout: Settings = field(default_factory=lambda: {"probability": 0.01, "copies": 30, "seed": 0})
    controls: Mapping[str, Settings] = field(default_factory=dict)
    controlled: tuple[int | str, ...] = ()
    tuning: Settings = field(default_factory=dict)
    shrink: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()

    def title(self, data: str) -> str:
        """How the study is called on data of this title."""
        return f"{data}, {NETWORKS[self.network]}"

    @property
    def models(self) -> tuple[int | str, ...]:
        """All that are attacked: the reported T, ``ann``, and ``direct`` if there is one."""
        return (*self.reported, "ann", *(("direct",) if self.direct else ()))
