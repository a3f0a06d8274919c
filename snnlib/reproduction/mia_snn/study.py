"""What paper B's reproduction on one data set consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...training import Recipe

Settings = Mapping[str, Any]
Model = str | int  # ``ann``, ``direct``, or the number of time steps T of a converted network

NETWORKS = {"resnet18": "ResNet18", "vgg16": "VGG-16"}  # as they are written


@dataclass(frozen=True)
class MembershipStudy:
    """Paper B on one data set, or on its stand-in where it is not there, with one kind of network."""

    dataset: str  #: The paper's data set.
    stand_in: str  #: The embedded data set that takes its place.
    ann: Recipe  #: How the ANN is trained.
    hybrid: Mapping[int, Recipe]  #: How converted SNNs are trained, by T, each from the one before, T = 1 from the ANN.
    network: str = "resnet18"  #: ``resnet18`` or ``vgg16``.
    direct: Recipe | None = None  #: How an SNN is trained from its first weights on; None: there is none.
    neuron: Settings = field(default_factory=dict)  #: The directly trained SNN's neuron (see `snnlib.neurons.lif`).
    reported: tuple[int, ...] = (1, 2, 4)  #: The T of converted SNNs that are attacked.
    width: int = 64  #: Channels of the first block; all others follow from it.
    pairs: int = 3  #: Complementary pairs of networks. Each can be the target, with the other pairs as its references.
    direct_pairs: int | None = None  #: How many of these pairs have directly trained SNNs; None: all.
    probability: float = 0.01  #: Drop probability of input dropout.
    copies: int = 30  #: Of each point, for every kind of query that draws random numbers.
    controls: Mapping[str, Settings] = field(default_factory=dict)  #: Other queries by name (see `snnlib.queries`).
    controlled: tuple[Model, ...] = ()  #: The models that get the queries of ``controls``.
    #: ``probabilities`` and numbers of ``copies`` of the dropout that are tried out on ``models``; empty: none.
    tuning: Settings = field(default_factory=dict)
    shrink: int = 1  #: Side of the squares of pixels that are averaged into one.
    limits: Mapping[str, int] = field(default_factory=dict)  #: ``pool``: at most so many points.
    ours: tuple[str, ...] = ()  #: The settings that the paper does not give.
    deviations: tuple[str, ...] = ()  #: What is not done as published.

    def title(self, data: str) -> str:
        """How the study is called on data of this title."""
        return f"{data}, {NETWORKS[self.network]}"

    @property
    def models(self) -> tuple[Model, ...]:
        """All that are attacked."""
        return (*self.reported, "ann", *(("direct",) if self.direct else ()))

    def networks(self, model: Model) -> int:
        """How many networks of a model there are: two a pair."""
        return 2 * (self.direct_pairs or self.pairs if model == "direct" else self.pairs)


def model_name(model: Model) -> str:
    """How a model is called: ``ANN``, ``SNN T=4`` or ``direct SNN``."""
    return {"ann": "ANN", "direct": "direct SNN"}.get(model, f"SNN T={model}")
