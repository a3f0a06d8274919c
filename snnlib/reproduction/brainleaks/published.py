"""What was published that paper A's numbers are compared with; read from ``published/``."""

from pathlib import Path

import pandas as pd

from ..published import read, value

_FOLDER = Path(__file__).parent / "published"
_COLUMNS = {"target_accuracy": "target_test_accuracy_pct", "scorer_accuracy": "scorer_test_accuracy_pct"}  # percent
_DEVIATIONS = {"attack_accuracy": "attack_accuracy_std", "top3_accuracy": "top3_std"}


def published(dataset: str, attack: str, metric: str, draws: int = 1) -> float | None:
    """A number of the paper's, one run; None if it was not published."""
    if metric == "target_confidence":  # a number of ours
        return None
    table, column = read(_FOLDER / "poursiami2024.csv"), _COLUMNS.get(metric, metric)
    number = value(table, column, dataset=dataset, attack=attack, draws=draws)
    return number / 100 if number is not None and metric in _COLUMNS else number


def published_over_draws(dataset: str, metric: str) -> tuple[float | None, ...]:
    """Mean and standard deviation of AA or Top-3 over 1,000 draws of BrainLeaks-v2's probabilities."""
    return tuple(published(dataset, "brainleaks_v2", of, draws=1000) for of in (metric, _DEVIATIONS[metric]))


def real_recordings() -> pd.DataFrame:
    """What N-MNIST's recordings are like, by ``quantity``: mean and s.d. over 1,100 of them (no paper's numbers)."""
    return read(_FOLDER / "nmnist_recordings.csv").set_index("quantity")
