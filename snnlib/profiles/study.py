"""What a profile is made of: recipes of training, and a study of each paper on one data set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SettingError

Settings = Mapping[str, Any]
NETWORKS = {"resnet18": "ResNet18", "vgg16": "VGG-16"}  # as they are written


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
    target_ann: Settings
    target_snn: Settings
    scorer_ann: Settings
    scorer_snn: Settings
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


@dataclass(frozen=True)
class MembershipStudy:
    """Paper B on one data set, or on its stand-in where it is not there, with one kind of network.

    ``hybrid`` is by T; ``direct`` trains an SNN of ``neuron`` from its first weights on, for as many
    networks as ``direct_references`` asks for (empty: none). Networks are asked about each point as it
    is and with ``dropout``, those of ``controlled`` (see `snnlib.plan`) also in the ways of
    ``controls``. ``tuning``: ``models`` whose references try out ``probabilities`` and numbers of
    ``copies`` for the dropout (empty: none). ``ours`` names the settings that the paper does not give,
    ``deviations`` what is not done as published.
    """

    dataset: str
    stand_in: str
    ann: Settings
    hybrid: Mapping[int, Settings]
    network: str = "resnet18"
    direct: Settings = field(default_factory=dict)
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


@dataclass(frozen=True)
class Profile:
    """Everything that is run, by data set."""

    name: str
    purpose: str
    inversion: Mapping[str, InversionStudy]
    membership: Mapping[str, MembershipStudy]
