"""Paper A at other sizes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..recipes import changed_recipe
from .study import InversionStudy


def _smaller_inversion(study: InversionStudy, steps: int, epochs: Mapping[str, dict], **changes: Any) -> InversionStudy:
    recipes = {
        name: changed_recipe(getattr(study, name), **({"steps": steps} if name.endswith("snn") else {}), **epochs[name])
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
