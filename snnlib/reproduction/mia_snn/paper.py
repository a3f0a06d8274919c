"""Paper B's settings, as far as they were published."""

from dataclasses import replace

from ...training import Recipe
from ..brainleaks.sizes import leaky
from .study import MembershipStudy

_SGD = Recipe(
    optimizer="sgd", lr=0.1, momentum=0.1, weight_decay=5e-4, batch=256, epochs=200, schedule="cosine",
    coding="constant", readout="logits", padding=4,
)  # fmt: skip
_HYBRID = replace(_SGD, lr=5e-3, momentum=0.9, weight_decay=0.0, batch=16, epochs=30)
_DIRECT = Recipe(
    lr=1e-3, batch=128, epochs=250, schedule="cosine", steps=4, coding="constant", readout="logits", padding=4
)
_POLICY = {"autoaugment": True, "cutout": 8}


def _recipes(**changes: object) -> dict:
    """The recipes of ANN, hybrid and direct training, with the same changes to all."""
    hybrid = {t: replace(_HYBRID, steps=t, epochs=50 if t == 1 else 30, **changes) for t in (1, 2, 3, 4)}
    return {"ann": replace(_SGD, **changes), "hybrid": hybrid, "direct": replace(_DIRECT, **changes)}


_CIFAR10 = MembershipStudy(
    dataset="cifar10",
    stand_in="photos-10",
    **_recipes(),
    neuron=leaky(0.5, "gaussian", 0.5, "zero"),
    ours=(
        "batch, schedule and augmentation, the hybrid networks' optimiser: from the released code",
        "number of references, drop probability and copies: from the released code",
        "batch, schedule and neuron of direct training: defaults of the code of its method's authors, or our choice",
    ),
    deviations=(
        "each network has thresholds of its own, taken with batch norm in evaluation mode, and the last epoch counts; "
        "the released code gives references the target's thresholds and keeps the epoch that is best on non-members",
    ),
)
_COPIES = _CIFAR10.dropout["copies"]

_CIFAR100 = replace(
    _CIFAR10,
    dataset="cifar100",
    stand_in="photos-tiles",
    **_recipes(**_POLICY) | {"ann": replace(_SGD, **_POLICY, lr=0.02)},
    controls={
        "a mask per step": {"kind": "dropout", "each_step": True} | dict(_CIFAR10.dropout),
        "flips": {"kind": "flips", "copies": 2},
        "shifts": {"kind": "shifts", "pixels": 2, "copies": _COPIES},
        "noise": {"kind": "noise", "sd": 0.02, "copies": _COPIES},
    },
    controlled=(1, 2, 4, "ann"),
    tuning={"models": (1, 2, 4), "probabilities": (0.003, 0.01, 0.03, 0.1), "copies": (1, 3, 10, 30)},
)

_VGG = replace(_CIFAR10, network="vgg16", direct=None, neuron={}, ours=_CIFAR10.ours[:2])

PAPER = {"cifar100": _CIFAR100, "cifar10": _CIFAR10, "cifar10-vgg16": _VGG}
