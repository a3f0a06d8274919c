"""Paper B's published values as shares; the CSV files in ``published/`` hold percentages."""

from pathlib import Path

import numpy as np

from ..published import read, value
from .plan import DROPOUT
from .study import MembershipStudy, Model

_FOLDER = Path(__file__).parent / "published"
ATTACKS, ACCURACIES, ROC = (_FOLDER / f"guan2025{part}.csv" for part in ("", "_accuracy", "_roc"))
COLUMNS = {"auc": "auc", "tpr_at_0.1 %": "tpr_at_0.1pct_fpr", "tpr_at_1 %": "tpr_at_1pct_fpr"}


def published_attack(study: MembershipStudy, model: Model, *how: str | None) -> float:
    """What the paper gives for an attack (see `printed_attack`); NaN where that cannot be right."""
    copied = study.network == "vgg16" and model == "ann"  # table 3 repeats table 2's values, digit for digit
    return np.nan if copied else printed_attack(study, model, *how)


def printed_attack(
    study: MembershipStudy, model: Model, attack: str, query: str, references: Model | None = None, metric: str = "auc"
) -> float:
    """What is printed for an attack, right or wrong; NaN where there is nothing."""
    table = 3 if study.network == "vgg16" else 4 if references == "ann" else 5 if model == "direct" else 2
    keys = {"table": table, "attack": attack, "dropout": "yes" if query == DROPOUT else "no"}
    return _share(ATTACKS, COLUMNS[metric], study, model, **keys)


def published_accuracy(study: MembershipStudy, model: Model) -> float:
    """The published test accuracy; NaN where there is none."""
    return _share(ACCURACIES, "test_accuracy_pct", study, model) if study.network == "resnet18" else np.nan


def published_roc(dataset: str, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """FPR and TPR of the published points of an ROC; empty where there are none."""
    rows = read(ROC)
    steps = rows["T"].isna() if model == "ann" else rows["T"] == model
    rows = rows[steps & (rows["dataset"] == dataset)]
    return rows["fpr"].to_numpy(), rows["tpr"].to_numpy()


def _share(file: Path, column: str, study: MembershipStudy, model: Model, **keys: object) -> float:
    train, steps = {"ann": ("ann", None), "direct": ("direct", 4)}.get(model, ("hybrid", model))
    percent = value(read(file), column, dataset=study.dataset, train=train, T=steps, **keys)
    return np.nan if percent is None else percent / 100
