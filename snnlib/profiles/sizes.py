"""Profiles that are `paper` at another size."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .paper import PAPER, attacks
from .study import InversionStudy, MembershipStudy, Profile, Settings, recipe


def _with(base: Settings, **changes: Any) -> dict:
    return recipe(**(dict(base) | changes))


def _smaller_inversion(study: InversionStudy, steps: int, epochs: Mapping[str, dict], **changes: Any) -> InversionStudy:
    recipes = {
        name: _with(getattr(study, name), **({"steps": steps} if name.endswith("snn") else {}), **epochs[name])
        for name in ("target_ann", "target_snn", "scorer_ann", "scorer_snn")
    }
    return replace(study, **recipes, **changes)


def _smaller_membership(
    study: MembershipStudy, ann: dict, first: dict, later: dict, direct: dict, copies: int, **changes: Any
) -> MembershipStudy:
    hybrid = {t: _with(study.hybrid[t], **(first if t == 1 else later)) for t in study.hybrid}
    controls = {
        way: dict(how) | ({"copies": copies} if how["kind"] != "flips" else {}) for way, how in study.controls.items()
    }
    changes = {
        "direct": _with(study.direct, **direct) if study.direct else {},
        "dropout": dict(study.dropout) | {"copies": copies},
        "controls": controls,
    } | changes
    return replace(study, ann=_with(study.ann, **ann), hybrid=hybrid, **changes)


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


def _smoke_inversion(study: InversionStudy) -> InversionStudy:
    few = {"epochs": 1}
    names = ("target_ann", "target_snn", "scorer_ann", "scorer_snn")
    fredrikson = study.attacks["fredrikson"] | {"steps": 50}
    return _smaller_inversion(
        study,
        steps=5,
        epochs={name: few | {"batch": 20} for name in names},
        hidden=100,
        limits={"train": 80, "test": 80} if study.frames else {"train": 400, "test": 80},
        frames=study.frames | {"steps": 5} if study.frames else {},
        draws=4,
        seeds=(0, 1),
        scorer_seeds=(0,),
        course={"fredrikson": (0, 10), "brainleaks_v1": (0, 2), "brainleaks_v2": (0, 2)},
        attacks=study.attacks | {"fredrikson": fredrikson},
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

GPU = Profile(
    name="gpu",
    purpose="full data, shortened schedules; for a GPU",
    inversion={
        name: replace(
            study,
            target_snn=_with(study.target_snn, lr=5e-4),
            scorer_snn=_with(study.scorer_snn, lr=1e-3, epochs=5),
            seeds=(0, 1, 2),
            draws=200,
            limits={"train": 12_000, "test": 2_000} if name == "nmnist" else {},  # denoising takes 40 ms each
        )
        for name, study in PAPER.inversion.items()
    },
    membership=_membership_of(PAPER.membership, _GPU_MEMBERSHIP),
)
