"""What paper A's reproduction on one data set consists of, and what its parts are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...training import Recipe

Settings = Mapping[str, Any]

METRICS = {
    "target_accuracy": "target accuracy",
    "target_confidence": "target's confidence",
    "scorer_accuracy": "scorer accuracy",
    "attack_accuracy": "AA",
    "top3_accuracy": "Top-3",
    "average_confidence": "average confidence",
    "daa": "DAA",
}
ATTACK_NAMES = {"fredrikson": "Fredrikson", "brainleaks_v1": "BrainLeaks-v1", "brainleaks_v2": "BrainLeaks-v2"}
CONTROL_NAMES = {
    "plain_descent": "Fredrikson, one gradient a step",
    "random_pixels": "random pixels: Fredrikson's, shuffled",
    "random_spikes": "random spikes: v1's, shuffled",
    "random_spikes_v2": "random spikes: v2's probabilities, shuffled",
    "random_matched": "random spikes: v1's, shuffled, as bright as the data",
    "v1_matched": "BrainLeaks-v1, as bright as the data",
    "v2_matched": "BrainLeaks-v2, as bright as the data",
    "class_mean": "class mean of the training data",
    "ascent": "gradient ascent, not binarised",
    "v2_no_penalty": "BrainLeaks-v2, λ = 0",
    "v2_running_moment": "BrainLeaks-v2, intended second moment",
    "v1_reset_after": "BrainLeaks-v1, reset after the decay",
    "v2_reset_after": "BrainLeaks-v2, reset after the decay",
}
ACCEPTED = 0.5  # confidence from which on a target takes a sample for its class
SCORER_NAMES = {"ann": "ANN scorers", "snn": "SNN scorers", "common": "common scorers"}


@dataclass(frozen=True)
class InversionStudy:
    """Paper A on one data set. The rows of its tables are the paper's attacks and our controls."""

    dataset: str  #: its name in the catalogue
    target_ann: Recipe  #: how the attacked ANN is trained
    target_snn: Recipe  #: how the attacked SNNs are trained; its ``steps`` are those of the attacks, too
    scorer_ann: Recipe  #: how ANN scorers are trained, the common ones included
    scorer_snn: Recipe  #: how SNN scorers are trained
    neuron: Settings  #: of the attacked SNNs: see `snnlib.neurons.lif`
    scorer_neuron: Settings  #: of the SNN scorers
    attacks: Mapping[str, Settings]  #: the paper's: settings by name, with ``method`` and ``target`` (``ann``, ``snn``)
    checkpoints: Mapping[str, tuple[int, ...]]  #: after how many iterations each attack is looked at on its way
    hidden: int = 3000  #: hidden units of a target
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)  #: of the targets, one each
    scorer_seeds: tuple[int, ...] = (0, 1, 2)  #: of the scorers of each kind
    scorer_points: int | None = None  #: how many training points scorers learn from, at most
    reset_after: int | None = None  #: how many targets are trained with the other reset; None: all
    watched: tuple[int, ...] = ()  #: batches with which ANN scorers are trained once more and watched as they learn
    unseen: bool = True  #: whether common scorers train on the test part, which no target has seen
    draws: int = 1000  #: draws of spikes for which a scorer is shown a sample
    frames: Settings = field(default_factory=dict)  #: of recordings, see `snnlib.datasets.frames`; empty for images
    shrink: int = 1  #: side of the squares of pixels that are averaged into one
    limits: Mapping[str, int] = field(default_factory=dict)  #: most points of ``train`` and ``test``; else all
    ours: tuple[str, ...] = ()  #: settings that the paper does not give, in words
    deviations: tuple[str, ...] = ()  #: what is not done as published, in words

    @property
    def controls(self) -> dict[str, Settings]:
        """Our rows: samples shuffled or, as images, brought to the data's brightness, the class mean, and attacks that
        differ from the paper's in one thing each."""
        descent, v1, v2 = self.attacks.values()
        bright = {"random": "random_spikes", "v1": "brainleaks_v1", "v2": "brainleaks_v2"} if not self.frames else {}
        rows = {
            "plain_descent": {**descent, "accumulate": False},
            "random_pixels": {"method": "shuffled", "of": "fredrikson"},
            "random_spikes": {"method": "shuffled", "of": "brainleaks_v1"},
            "random_spikes_v2": {"method": "shuffled", "of": "brainleaks_v2"},
            **{f"{name}_matched": {"method": "matched", "of": of} for name, of in bright.items()},
            "class_mean": {"method": "class_mean"},
            "ascent": {**v1, "method": "ascent"},
            "v2_no_penalty": {**v2, "sparsity": 0.0},
            "v2_running_moment": {**v2, "moment": "running"},
            "v1_reset_after": {**v1, "target": "snn_reset_after"},
            "v2_reset_after": {**v2, "target": "snn_reset_after"},
        }
        return {name: of for name, of in rows.items() if of not in (descent, v2)}  # an attack may be its own control

    @property
    def rows(self) -> dict[str, Settings]:
        """The paper's attacks, then the controls."""
        return {**self.attacks, **self.controls}

    def kind_of(self, row: str) -> str:
        """``ann`` or ``snn``: the kind of network that a row's samples are for."""
        source = self.rows[row].get("of", row)  # what was changed
        return "ann" if self.rows[source].get("target") == "ann" else "snn"

    def scorers_of(self, row: str) -> tuple[str, ...]:
        """Kinds of scorers of a row's samples: its own kind first, as in the paper, then the common ones.

        Images can be shown to SNN scorers as well. Pictures of summed events cannot: they are not spread over time.
        """
        own = self.kind_of(row)
        return (own, "common") if own == "snn" or self.frames else (own, "common", "snn")

    def seeds_of(self, row: str) -> tuple[int, ...]:
        """The targets of a row: one for the mean of a class, which needs none, and ``reset_after`` for that control."""
        few = {"class_mean": 1, "v1_reset_after": self.reset_after, "v2_reset_after": self.reset_after}
        return self.seeds[: few.get(row)]
