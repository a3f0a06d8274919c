"""What is run at which size. The only place for epochs, sizes, seeds and numbers of time steps.

`paper` holds the papers' settings as far as they were published and are built; every other profile is
`paper` with changes. `departures` lists the changes, so that tables and report can declare them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import SettingError
from .brainleaks.paper import _ATT_FACES, _DVSGESTURE, _MNIST, _NMNIST, attacks
from .brainleaks.sizes import _smaller_inversion, _smoke_inversion
from .brainleaks.study import InversionStudy
from .mia_snn.paper import _CIFAR10, _CIFAR100, _VGG
from .mia_snn.sizes import _GPU_MEMBERSHIP, _QUICK_MEMBERSHIP, _membership_of
from .mia_snn.study import MembershipStudy
from .recipes import changed_recipe


@dataclass(frozen=True)
class Profile:
    """Everything that is run, by data set."""

    name: str
    purpose: str
    inversion: Mapping[str, InversionStudy]
    membership: Mapping[str, MembershipStudy]


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


def deviations(chosen: Profile) -> dict[str, list[str]]:
    """What is not done as published, whatever the size: sentences, each with the studies that it holds for."""
    found: dict[str, list[str]] = {}
    for name, study in {**chosen.inversion, **chosen.membership}.items():
        for text in study.deviations:
            found.setdefault(text, []).append(name)
    return found


def _flat(study: Any) -> dict[str, Any]:
    return {path: value for f in fields(study) for path, value in _leaves(f.name, getattr(study, f.name))}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, value


PAPER = Profile(
    name="paper",
    purpose="the papers' settings, as far as they are known and built; for a GPU",
    inversion={"mnist": _MNIST, "att_faces": _ATT_FACES, "nmnist": _NMNIST, "dvsgesture": _DVSGESTURE},
    membership={"cifar100": _CIFAR100, "cifar10": _CIFAR10, "cifar10-vgg16": _VGG},
)


QUICK = Profile(
    name="quick",
    purpose="all results at small size; minutes on a laptop, no network needed",
    inversion={
        "mnist": _smaller_inversion(
            PAPER.inversion["mnist"],
            steps=8,
            epochs={
                "target_ann": {"batch": 100, "epochs": 30},
                "target_snn": {"lr": 4e-3, "schedule": "cosine"},
                "scorer_ann": {"epochs": 10},
                "scorer_snn": {"lr": 4e-3, "epochs": 3, "schedule": "cosine"},
            },
            hidden=600,
            limits={"train": 2500, "test": 1000},
            draws=30,
            seeds=(0, 1, 2),
        ),
        "att_faces": _smaller_inversion(
            PAPER.inversion["att_faces"],
            steps=6,
            epochs={
                "target_ann": {"lr": 1e-4, "batch": 32, "epochs": 100},
                "target_snn": {"lr": 2e-4, "batch": 16, "epochs": 40},
                "scorer_ann": {"lr": 5e-4, "batch": 32, "epochs": 40},
                "scorer_snn": {"lr": 1e-3, "batch": 4, "epochs": 24, "schedule": "cosine"},
            },
            **attacks(fredrikson={"clamp": False, "steps": 1000}),
            hidden=600,
            shrink=3,
            draws=6,
            seeds=(0, 1, 2),
            scorer_seeds=(0, 1, 2, 3),  # they disagree about faces more than about anything else
        ),
        "nmnist": _smaller_inversion(
            PAPER.inversion["nmnist"],
            steps=20,
            epochs={
                "target_ann": {"batch": 100, "epochs": 30},
                "target_snn": {"lr": 2e-3, "batch": 50, "epochs": 5, "schedule": "cosine"},
                "scorer_ann": {"epochs": 20},
                "scorer_snn": {"lr": 4e-3, "batch": 50, "epochs": 3, "schedule": "cosine"},
            },
            frames=PAPER.inversion["nmnist"].frames | {"window": 15_000, "steps": 20},
            # frames of five times the length hold five times the spikes
            **attacks(v2=PAPER.inversion["nmnist"].attacks["brainleaks_v2"] | {"rate": 5e-3}),
            hidden=300,
            limits={"train": 800, "test": 400},
            draws=20,
            seeds=(0, 1, 2),
        ),
        "dvsgesture": _smaller_inversion(
            PAPER.inversion["dvsgesture"],
            steps=30,
            epochs={
                "target_ann": {"batch": 20, "epochs": 30},
                "target_snn": {"lr": 1e-3, "batch": 10, "epochs": 10, "schedule": "cosine"},
                "scorer_ann": {"epochs": 20},
                "scorer_snn": {"lr": 2e-3, "batch": 10, "epochs": 6, "schedule": "cosine"},
            },
            frames=PAPER.inversion["dvsgesture"].frames | {"steps": 30},
            hidden=300,
            shrink=4,
            limits={"train": 300, "test": 100},
            draws=20,
            seeds=(0, 1, 2),
        ),
    },
    membership=_membership_of(PAPER.membership, _QUICK_MEMBERSHIP),
)


SMOKE = Profile(
    name="smoke",
    purpose="every step once, far too small to mean anything; for tests",
    inversion={name: _smoke_inversion(study) for name, study in QUICK.inversion.items()},
    membership=_membership_of(
        PAPER.membership,
        {
            name: {
                "ann": sizes["ann"] | {"epochs": 2},
                **{key: sizes[key] | {"epochs": 1} for key in ("first", "later")},
                # the only place where small profiles go through the whole augmentation
                "direct": sizes["direct"] | {"epochs": 1, "padding": 2, "autoaugment": True, "cutout": 4},
                **{"copies": 2, "width": 4, "shrink": 2, "direct_references": 2},
                "references": 4 if name == "cifar100" else 2,  # tuning needs two pairs
                "limits": {"pool": 200},
                "controlled": (2,) if name == "cifar100" else (),
                "tuning": {"models": (1,), "probabilities": (0.01, 0.1), "copies": (1, 2)}
                if name == "cifar100"
                else {},
            }
            for name, sizes in _QUICK_MEMBERSHIP.items()
        },
    ),
)


GPU = Profile(
    name="gpu",
    purpose="full data, shortened schedules; for a GPU",
    inversion={
        name: replace(
            study,
            target_snn=changed_recipe(study.target_snn, lr=5e-4),
            scorer_snn=changed_recipe(study.scorer_snn, lr=1e-3, epochs=5),
            seeds=(0, 1, 2),
            draws=200,
            limits={"train": 12_000, "test": 2_000} if name == "nmnist" else {},  # denoising takes 40 ms each
        )
        for name, study in PAPER.inversion.items()
    },
    membership=_membership_of(PAPER.membership, _GPU_MEMBERSHIP),
)


PROFILES = {p.name: p for p in (SMOKE, QUICK, GPU, PAPER)}
