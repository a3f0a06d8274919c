"""What paper A's reproduction on one data set consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...training import Recipe

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class InversionStudy:
    """Paper A on one data set.

    ``attacks`` are the paper's rows, ``controls`` ours: settings of an attack by name, with its
    ``method`` and the ``target`` it is made on (``ann``, ``snn``, or ``snn_reset_after``: an SNN that
    resets after the decay). ``frames``: see `snnlib.datasets.events`; empty for images. ``unseen``:
    whether the common scorers are trained on the test part, which no target has seen, instead of the
    training part. ``course``: after how many iterations each attack is looked at on its way.
    ``ours`` names the settings that the paper does not give, ``deviations`` what is not done as published.
    """

    dataset: str
    target_ann: Recipe
    target_snn: Recipe
    scorer_ann: Recipe
    scorer_snn: Recipe
    neuron: Settings
    scorer_neuron: Settings
    attacks: Mapping[str, Settings]
    controls: Mapping[str, Settings]
    hidden: int = 3000
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    scorer_seeds: tuple[int, ...] = (0, 1, 2)
    unseen: bool = True
    draws: int = 1000
    course: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    frames: Settings = field(default_factory=dict)
    shrink: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()

    @property
    def rows(self) -> dict[str, Settings]:
        """The paper's attacks, then the controls."""
        return {**self.attacks, **self.controls}
