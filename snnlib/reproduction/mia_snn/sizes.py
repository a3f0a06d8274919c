"""Paper B at other sizes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .paper import PAPER
from .study import MembershipStudy


def _smaller_membership(
    study: MembershipStudy, ann: dict, first: dict, later: dict, direct: dict, copies: int, **changes: Any
) -> MembershipStudy:
    hybrid = {t: replace(study.hybrid[t], **(first if t == 1 else later)) for t in study.hybrid}
    controls = {
        way: dict(how) | ({"copies": copies} if how["kind"] != "flips" else {}) for way, how in study.controls.items()
    }
    changes = {
        "direct": replace(study.direct, **direct) if study.direct else None,
        "dropout": dict(study.dropout) | {"copies": copies},
        "controls": controls,
    } | changes
    return replace(study, ann=replace(study.ann, **ann), hybrid=hybrid, **changes)


def _membership_of(studies: Mapping[str, MembershipStudy], sizes: Mapping[str, dict]) -> dict[str, MembershipStudy]:
    """Studies by name, each with its sizes."""
    return {name: _smaller_membership(study, **sizes[name]) for name, study in studies.items()}


_NONE = {"padding": 0, "autoaugment": False, "cutout": None}  # only flips: on a thousand images more hides the effect
_QUICK_COMMON = {
    "ann": {"lr": 0.05, "momentum": 0.9, "batch": 32, "epochs": 25} | _NONE,
    "first": {"lr": 0.05, "batch": 32, "epochs": 6} | _NONE,
    "later": {"lr": 0.03, "batch": 32, "epochs": 2} | _NONE,
    "direct": {"lr": 1e-2, "batch": 32, "epochs": 32} | _NONE,
    "copies": 3,
    "width": 8,
    "shrink": 2,
}
_QUICK_MEMBERSHIP = {
    "cifar100": _QUICK_COMMON
    | {
        "limits": {"pool": 1300},
        "references": 6,  # pairs are what verdicts are tested over
        "controlled": (2, "ann"),
        "tuning": {"models": (1,), "probabilities": (0.003, 0.01, 0.03, 0.1), "copies": (1, 3)},
    },
    "cifar10": _QUICK_COMMON
    | {
        "ann": _QUICK_COMMON["ann"] | {"epochs": 20},
        "direct": _QUICK_COMMON["direct"] | {"lr": 5e-3, "epochs": 16},
        "limits": {"pool": 1000},
    },
    "cifar10-vgg16": _QUICK_COMMON
    | {
        "ann": _QUICK_COMMON["ann"] | {"lr": 0.01, "epochs": 35},
        "first": _QUICK_COMMON["first"] | {"lr": 0.005, "epochs": 12},
        "later": _QUICK_COMMON["later"] | {"lr": 0.005},
        "limits": {"pool": 1000},
    },
}


_GPU_COMMON = {
    "ann": {"lr": 0.1, "momentum": 0.9, "epochs": 15},
    "first": {"lr": 0.03, "batch": 128, "epochs": 4},
    "later": {"lr": 0.03, "batch": 128, "epochs": 1},
    "direct": {"lr": 2e-3, "epochs": 6},
    "copies": 3,
    "width": 32,
}
_GPU_MEMBERSHIP = {
    "cifar100": _GPU_COMMON
    | {
        "references": 6,
        "controlled": (2, "ann"),
        "tuning": {"models": (1,), "probabilities": (0.003, 0.01, 0.03, 0.1), "copies": (1, 3)},
    },
    "cifar10": _GPU_COMMON,
    "cifar10-vgg16": _GPU_COMMON,
}


QUICK = _membership_of(PAPER, _QUICK_MEMBERSHIP)
SMOKE = _membership_of(
    PAPER,
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
            "tuning": {"models": (1,), "probabilities": (0.01, 0.1), "copies": (1, 2)} if name == "cifar100" else {},
        }
        for name, sizes in _QUICK_MEMBERSHIP.items()
    },
)
GPU = _membership_of(PAPER, _GPU_MEMBERSHIP)
STUDIES = {"smoke": SMOKE, "quick": QUICK, "gpu": GPU, "paper": PAPER}  # by profile
