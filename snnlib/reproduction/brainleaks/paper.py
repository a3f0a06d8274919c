"""Paper A's settings, as far as they were published."""

from dataclasses import replace

from ...training import Recipe
from .study import InversionStudy


def leaky(beta: float, surrogate: str, parameter: float, reset: str) -> dict:
    return {"beta": beta, "threshold": 1.0, "surrogate": [surrogate, parameter], "reset": reset}


# The authors' target networks reset before the decay (snnTorch 0.7), their scorers after it.
_TARGET = leaky(0.7, "fast_sigmoid", 40, "subtract_then_decay")
_SCORER = leaky(0.7, "fast_sigmoid", 40, "decay_then_subtract")
_FREDRIKSON = {
    "method": "fredrikson",
    "target": "ann",
    "rate": 0.1,
    "steps": 5000,
    "patience": 100,
    "enough": 0.01,
    "clamp": True,
}
_V1 = {"method": "brainleaks_v1", "target": "snn", "iterations": 10, "read": "potential"}
_V2 = {
    "method": "brainleaks_v2",
    "target": "snn",
    "iterations": 10,
    "population": 7,
    "rate": 1.0,
    "epsilon": 1e-10,
    "alpha": 0.1,
    "sparsity": 0.01,
    "cost": "confidence",
    "moment": "as released",
    "read": "potential",
}
_V2_EVENTS = _V2 | {"population": 5, "epsilon": 1e-12, "cost": "log", "moment": "running"}


def attacks(fredrikson: dict | None = None, v1: dict | None = None, v2: dict | None = None) -> dict[str, dict]:
    """The paper's three attacks with changes to MNIST's settings, and our controls, which follow them."""
    fredrikson, v1, v2 = _FREDRIKSON | (fredrikson or {}), _V1 | (v1 or {}), _V2 | (v2 or {})
    after = {"target": "snn_reset_after"}
    controls = {
        "random_pixels": {"method": "shuffled", "of": "fredrikson"},
        "random_spikes": {"method": "shuffled", "of": "brainleaks_v1"},
        "random_spikes_v2": {"method": "shuffled", "of": "brainleaks_v2"},
        "class_mean": {"method": "class_mean"},
        "ascent": v1 | {"method": "ascent"},
        "v2_no_penalty": v2 | {"sparsity": 0.0},
        "v2_running_moment": v2 | {"moment": "running"},
        "v1_reset_after": v1 | after,
        "v2_reset_after": v2 | after,
    }
    if v2["moment"] == "running":
        del controls["v2_running_moment"]
    course = {"fredrikson": (0, 1, 3, 10, 30, 100), "brainleaks_v1": (0, 1, 2, 5), "brainleaks_v2": (0, 1, 2, 5)}
    rows = {"fredrikson": fredrikson, "brainleaks_v1": v1, "brainleaks_v2": v2}
    return {"attacks": rows, "controls": controls, "course": course}


_MNIST = InversionStudy(
    dataset="mnist",
    target_ann=Recipe(lr=1e-3, batch=1000, epochs=50),
    target_snn=Recipe(lr=5e-5, batch=100, epochs=10, clip=1.0, steps=25),
    scorer_ann=Recipe(lr=1e-3, epochs=20),
    scorer_snn=Recipe(lr=2e-4, epochs=20, steps=25, readout="potential"),
    neuron=_TARGET,
    scorer_neuron=_SCORER,
    ours=("batch and epochs of the SNN scorer", "batch of the ANN scorer"),
    **attacks(),
)

_EVENTS = {"steps": 100, "coding": "recorded", "readout": "potential"}
_EVENT_SCORER = leaky(0.8, "atan", 1.5, "decay_then_subtract")
_ATT_FACES = replace(
    _MNIST,
    dataset="att_faces",
    target_ann=Recipe(lr=5e-5, batch=8, epochs=70),
    target_snn=Recipe(lr=5e-5, batch=8, epochs=70, clip=1.0, steps=25),
    scorer_ann=Recipe(lr=1e-3, batch=8, epochs=40),
    scorer_snn=Recipe(lr=2e-4, batch=8, epochs=40, steps=25, readout="potential"),
    scorer_neuron=_EVENT_SCORER,
    unseen=False,
    ours=(
        "all settings of the SNN, its scorer and its attacks: MNIST's, with the ANN's batch and epochs; the scorer's "
        "neuron is that of the event data, because MNIST's did not learn faces in every seed",
        "batch of the ANN scorer",
    ),
    **attacks(fredrikson={"clamp": False}),
)

_EVENT_ANN = "the ANN, its scorer and the attack on it: MNIST's settings, on frames summed over time"

_NMNIST = InversionStudy(
    dataset="nmnist",
    frames={"denoise": 40_000, "window": 3_000, "polarity": "first", "steps": None},
    target_ann=Recipe(lr=1e-3, batch=1000, epochs=50),
    target_snn=Recipe(lr=2e-4, batch=100, epochs=20, clip=1.0, **_EVENTS),
    scorer_ann=Recipe(lr=1e-3, epochs=20),
    scorer_snn=Recipe(lr=5e-5, epochs=20, **_EVENTS),
    neuron=_TARGET,
    scorer_neuron=_EVENT_SCORER,
    ours=(
        _EVENT_ANN,
        "20 epochs for the SNN and its scorer (published: at least 20)",
        "batch of the SNN scorer",
    ),
    **attacks(v2=_V2_EVENTS | {"rate": 1e-3, "alpha": 0.3, "sparsity": 0.3}),
)

_DVSGESTURE = replace(
    _NMNIST,
    dataset="dvsgesture",
    frames={"denoise": 100_000, "window": 50_000, "polarity": "merged", "steps": None},
    target_ann=Recipe(lr=1e-3, batch=100, epochs=50),
    target_snn=Recipe(lr=5e-5, batch=6, epochs=20, clip=1.0, **_EVENTS),
    scorer_ann=Recipe(lr=1e-3, batch=20, epochs=20),
    scorer_snn=Recipe(lr=2e-4, batch=6, epochs=20, **_EVENTS),
    unseen=False,
    ours=(
        _EVENT_ANN,
        "20 epochs for the SNN (published: unknown, more than 10) and its scorer (published: at least 20)",
    ),
    **attacks(v1={"iterations": 25, "read": "spikes"}, v2=_V2_EVENTS | {"rate": 0.1, "alpha": 0.2, "sparsity": 0.1}),
)

PAPER = {"mnist": _MNIST, "att_faces": _ATT_FACES, "nmnist": _NMNIST, "dvsgesture": _DVSGESTURE}
