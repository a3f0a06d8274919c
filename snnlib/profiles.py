"""What is run at which size. The only place for epochs, sizes, seeds and numbers of time steps.

`paper` holds the papers' settings as far as they were published and are built; every other profile is
`paper` with changes. `departures` lists the changes, so that tables and report can declare them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .errors import SettingError

Settings = Mapping[str, Any]


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
    }
    unknown = changes.keys() - common.keys()
    if unknown:
        raise SettingError(f"A recipe has no setting {min(unknown)!r}.", f"Choose from {', '.join(common)}.")
    return common | changes


@dataclass(frozen=True)
class InversionStudy:
    """Paper A on one data set.

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
    hidden: int = 3000
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    scorer_seeds: tuple[int, ...] = (0, 1)
    draws: int = 1000
    shrink: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()


@dataclass(frozen=True)
class MembershipStudy:
    """Paper B on one data set, or on its stand-in where it is not there. ``hybrid`` is by T.

    ``ours`` names the settings that the paper does not give, ``deviations`` what is not done as published.
    """

    dataset: str
    stand_in: str
    ann: Settings
    hybrid: Mapping[int, Settings]
    reported: tuple[int, ...] = (1, 2, 4)
    width: int = 64
    references: int = 4
    seed: int = 0
    dropout: Settings = field(default_factory=lambda: {"probability": 0.01, "copies": 30, "seed": 0})
    shrink: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Everything that is run, by data set."""

    name: str
    purpose: str
    inversion: Mapping[str, InversionStudy]
    membership: Mapping[str, MembershipStudy]


def _leaky(beta: float, surrogate: str, parameter: float, reset: str) -> dict:
    return {"beta": beta, "threshold": 1.0, "surrogate": [surrogate, parameter], "reset": reset}


# The authors' target networks reset before the decay (snnTorch 0.7), their scorers after it.
_TARGET = _leaky(0.7, "fast_sigmoid", 40, "subtract_then_decay")
_SCORER = _leaky(0.7, "fast_sigmoid", 40, "decay_then_subtract")
_V2_MNIST = {
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

_MNIST = InversionStudy(
    dataset="mnist",
    target_ann=recipe(lr=1e-3, batch=1000, epochs=50),
    target_snn=recipe(lr=5e-5, batch=100, epochs=10, clip=1.0, steps=25),
    scorer_ann=recipe(lr=1e-3, epochs=20),
    scorer_snn=recipe(lr=2e-4, epochs=20, steps=25, readout="potential"),
    neuron=_TARGET,
    scorer_neuron=_SCORER,
    attacks={
        "fredrikson": {"rate": 0.1, "steps": 5000, "patience": 100, "enough": 0.01, "clamp": True},
        "brainleaks_v1": {"iterations": 10, "read": "potential"},
        "brainleaks_v2": _V2_MNIST,
    },
    ours=("batch and epochs of the SNN scorer", "batch of the ANN scorer"),
)

_ATT_FACES = replace(
    _MNIST,
    dataset="att_faces",
    target_ann=recipe(lr=5e-5, batch=8, epochs=70),
    target_snn=recipe(lr=5e-5, batch=8, epochs=70, clip=1.0, steps=25),
    scorer_ann=recipe(lr=1e-3, batch=8, epochs=40),
    scorer_snn=recipe(lr=2e-4, batch=8, epochs=40, steps=25, readout="potential"),
    attacks=_MNIST.attacks | {"fredrikson": _MNIST.attacks["fredrikson"] | {"clamp": False}},
    ours=(
        "all settings of the SNN, its scorer and its attacks: MNIST's, with the ANN's batch and epochs",
        "batch of the ANN scorer",
    ),
)

_SGD = recipe(
    optimizer="sgd", lr=0.02, momentum=0.1, weight_decay=5e-4, batch=256, epochs=200, schedule="cosine",
    coding="constant", readout="logits", padding=4,
)  # fmt: skip
_HYBRID = _SGD | {"lr": 5e-3, "momentum": 0.9, "weight_decay": 0.0, "batch": 16, "epochs": 30}

_CIFAR100 = MembershipStudy(
    dataset="cifar100",
    stand_in="photos-tiles",
    ann=_SGD,
    hybrid={t: _HYBRID | {"steps": t, "epochs": 50 if t == 1 else 30} for t in (1, 2, 3, 4)},
    ours=(
        "batch, schedule, crops and flips, the hybrid networks' optimiser: from the released code",
        "number of references, drop probability and copies: from the released code",
    ),
    deviations=(
        "the released code also applies AutoAugment and Cutout to CIFAR-100; both are missing here",
        "what a random crop shifts in is the data's mean",
    ),
)

PAPER = Profile(
    name="paper",
    purpose="the papers' settings, as far as they are known and built; for a GPU",
    inversion={"mnist": _MNIST, "att_faces": _ATT_FACES},
    membership={"cifar100": _CIFAR100},
)


def _with(base: Settings, **changes: Any) -> dict:
    return recipe(**(dict(base) | changes))


def _smaller_inversion(study: InversionStudy, steps: int, epochs: Mapping[str, dict], **changes: Any) -> InversionStudy:
    recipes = {
        name: _with(getattr(study, name), **({"steps": steps} if name.endswith("snn") else {}), **epochs[name])
        for name in ("target_ann", "target_snn", "scorer_ann", "scorer_snn")
    }
    return replace(study, **recipes, **changes)


def _smaller_membership(study: MembershipStudy, ann: dict, first: dict, later: dict, **changes: Any) -> MembershipStudy:
    hybrid = {t: _with(study.hybrid[t], **(first if t == 1 else later)) for t in study.hybrid}
    return replace(study, ann=_with(study.ann, **ann), hybrid=hybrid, **changes)


QUICK = Profile(
    name="quick",
    purpose="all results at small size; minutes on a laptop, no network needed",
    inversion={
        "mnist": _smaller_inversion(
            _MNIST,
            steps=15,
            epochs={
                "target_ann": {"batch": 100, "epochs": 30},
                "target_snn": {"lr": 4e-3, "schedule": "cosine"},
                "scorer_ann": {"epochs": 8},
                "scorer_snn": {"lr": 4e-3, "epochs": 2, "schedule": "cosine"},
            },
            hidden=600,
            limits={"train": 4000, "test": 1000},
            draws=100,
            seeds=(0, 1, 2),
        ),
        "att_faces": _smaller_inversion(
            _ATT_FACES,
            steps=10,
            epochs={
                "target_ann": {"lr": 1e-4, "batch": 32, "epochs": 100},
                "target_snn": {"lr": 2e-4, "batch": 16, "epochs": 40},
                "scorer_ann": {"lr": 5e-4, "batch": 32, "epochs": 40},
                "scorer_snn": {"lr": 5e-4, "epochs": 10},
            },
            attacks=_ATT_FACES.attacks | {"fredrikson": _ATT_FACES.attacks["fredrikson"] | {"steps": 1000}},
            hidden=600,
            shrink=2,
            draws=20,
            seeds=(0, 1, 2),
        ),
    },
    membership={
        "cifar100": _smaller_membership(
            _CIFAR100,
            ann={"lr": 0.05, "momentum": 0.9, "batch": 32, "epochs": 25, "padding": 0},
            first={"lr": 0.05, "batch": 32, "epochs": 8, "padding": 0},
            later={"lr": 0.03, "batch": 32, "epochs": 3, "padding": 0},
            width=12,
            shrink=2,
            limits={"pool": 2000},
            dropout={"probability": 0.01, "copies": 4, "seed": 0},
        ),
    },
)


def _smoke_inversion(study: InversionStudy) -> InversionStudy:
    few = {"epochs": 1}
    names = ("target_ann", "target_snn", "scorer_ann", "scorer_snn")
    return _smaller_inversion(
        study,
        steps=5,
        epochs={name: few | {"batch": 20} for name in names},
        hidden=100,
        limits={"train": 400, "test": 80},
        draws=10,
        seeds=(0, 1),
        scorer_seeds=(0,),
        attacks=study.attacks | {"fredrikson": study.attacks["fredrikson"] | {"steps": 50}},
    )


SMOKE = Profile(
    name="smoke",
    purpose="every step once, far too small to mean anything; for tests",
    inversion={name: _smoke_inversion(study) for name, study in QUICK.inversion.items()},
    membership={
        name: _smaller_membership(
            study, {"epochs": 2}, {"epochs": 1}, {"epochs": 1},
            width=4, references=2, limits={"pool": 300}, dropout={"probability": 0.01, "copies": 2, "seed": 0},
        )
        for name, study in QUICK.membership.items()
    },
)  # fmt: skip

GPU = Profile(
    name="gpu",
    purpose="full data, shortened schedules; for a GPU",
    inversion={
        name: replace(study, target_snn=_with(study.target_snn, lr=5e-4), scorer_snn=_with(study.scorer_snn, epochs=5))
        for name, study in PAPER.inversion.items()
    },
    membership={
        name: _smaller_membership(
            study,
            ann={"lr": 0.1, "momentum": 0.9, "epochs": 30},
            first={"lr": 0.03, "batch": 128, "epochs": 8},
            later={"lr": 0.03, "batch": 128, "epochs": 3},
            dropout={"probability": 0.01, "copies": 8, "seed": 0},
        )
        for name, study in PAPER.membership.items()
    },
)

PROFILES = {p.name: p for p in (SMOKE, QUICK, GPU, PAPER)}


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        SettingError: for an unknown name.
    """
    if name not in PROFILES:
        raise SettingError(f"There is no profile named {name!r}.", f"Choose one of {', '.join(PROFILES)}.")
    return PROFILES[name]


@dataclass(frozen=True)
class Departure:
    """A setting that differs from the paper's."""

    study: str
    setting: str
    paper: Any
    here: Any


def departures(chosen: Profile) -> list[Departure]:
    """All settings in which a profile differs from `paper`."""
    found = []
    for kind in ("inversion", "membership"):
        for name, study in getattr(chosen, kind).items():
            original = _flat(getattr(PAPER, kind)[name])
            for setting, value in _flat(study).items():
                if original.get(setting) != value:
                    found.append(Departure(name, setting, original.get(setting), value))
    return found


def deviations(chosen: Profile) -> list[str]:
    """What is not done as published, whatever the size: one sentence each, naming the study."""
    studies = {**chosen.inversion, **chosen.membership}
    return [f"{name}: {text}" for name, study in studies.items() for text in study.deviations]


def _flat(study: Any) -> dict[str, Any]:
    return {path: value for f in fields(study) for path, value in _leaves(f.name, getattr(study, f.name))}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, value
