"""Paper A at other sizes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .paper import PAPER, attacks
from .study import InversionStudy


def _smaller_inversion(study: InversionStudy, steps: int, epochs: Mapping[str, dict], **changes: Any) -> InversionStudy:
    recipes = {
        name: replace(getattr(study, name), **({"steps": steps} if name.endswith("snn") else {}), **epochs[name])
        for name in ("target_ann", "target_snn", "scorer_ann", "scorer_snn")
    }
    return replace(study, **recipes, **changes)


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


QUICK = {
    "mnist": _smaller_inversion(
        PAPER["mnist"],
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
        PAPER["att_faces"],
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
        PAPER["nmnist"],
        steps=20,
        epochs={
            "target_ann": {"batch": 100, "epochs": 30},
            "target_snn": {"lr": 2e-3, "batch": 50, "epochs": 5, "schedule": "cosine"},
            "scorer_ann": {"epochs": 20},
            "scorer_snn": {"lr": 4e-3, "batch": 50, "epochs": 3, "schedule": "cosine"},
        },
        frames=PAPER["nmnist"].frames | {"window": 15_000, "steps": 20},
        # frames of five times the length hold five times the spikes
        **attacks(v2=PAPER["nmnist"].attacks["brainleaks_v2"] | {"rate": 5e-3}),
        hidden=300,
        limits={"train": 800, "test": 400},
        draws=20,
        seeds=(0, 1, 2),
    ),
    "dvsgesture": _smaller_inversion(
        PAPER["dvsgesture"],
        steps=30,
        epochs={
            "target_ann": {"batch": 20, "epochs": 30},
            "target_snn": {"lr": 1e-3, "batch": 10, "epochs": 10, "schedule": "cosine"},
            "scorer_ann": {"epochs": 20},
            "scorer_snn": {"lr": 2e-3, "batch": 10, "epochs": 6, "schedule": "cosine"},
        },
        frames=PAPER["dvsgesture"].frames | {"steps": 30},
        hidden=300,
        shrink=4,
        limits={"train": 300, "test": 100},
        draws=20,
        seeds=(0, 1, 2),
    ),
}
SMOKE = {name: _smoke_inversion(study) for name, study in QUICK.items()}
GPU = {
    name: replace(
        study,
        target_snn=replace(study.target_snn, lr=5e-4),
        scorer_snn=replace(study.scorer_snn, lr=1e-3, epochs=5),
        seeds=(0, 1, 2),
        draws=200,
        limits={"train": 12_000, "test": 2_000} if name == "nmnist" else {},  # denoising takes 40 ms each
    )
    for name, study in PAPER.items()
}
STUDIES = {"smoke": SMOKE, "quick": QUICK, "gpu": GPU, "paper": PAPER}  # by profile
