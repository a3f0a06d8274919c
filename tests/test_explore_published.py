"""The explorer of published values: chosen by paper, data, table and metric."""

import numpy as np
import pandas as pd
import pytest
from helpers.report import explorer_of, rows_of

from snnlib.reproduction.comparison import beside_published
from snnlib.reproduction.explore.published import published_explorer, published_overview
from snnlib.reproduction.explore.widgets import settle


@pytest.fixture
def rows():
    """One attack of paper A, and two of paper B on a stand-in; one of the numbers is not published."""
    a = rows_of(
        metric=["attack_accuracy", "daa"], attack=["brainleaks_v1"] * 2, value=[0.9, 0.8], low=[0.7, 0.6],
        high=[1.0, 0.7], published=[0.95, 0.9],
    ).assign(id="A-T2")  # fmt: skip
    b = rows_of(
        metric=["auc", "tpr_at_1 %"] * 2, attack=["P", "P", "RMIA", "RMIA"], value=[0.6, 0.1, 0.7, 0.2],
        low=[0.5, 0.0, None, 0.1], high=[0.7, 0.2, None, 0.3], published=[0.65, 0.3, 0.8, None],
    ).assign(id="B-T2", study="cifar100", data="photos-tiles", model="4", dropout=False)  # fmt: skip
    return pd.concat([a, b], ignore_index=True)


def labels(figure):
    return [label.get_text() for label in figure.axes[1].get_yticklabels()]


def test_numbers_are_chosen_by_paper_data_table_and_metric(rows):
    explorer = explorer_of(published_explorer, rows)
    assert explorer.state == {"paper": "B", "data": "cifar100", "table": "B-T2", "metric": "AUC"}
    figure = explorer.draw(explorer.state)
    assert labels(figure) == ["B-T2 cifar100, SNN T=4, P: AUC*", "B-T2 cifar100, SNN T=4, RMIA: AUC*"]
    heading, sources = (text.get_text() for text in figure.texts)
    assert heading.startswith("2 of 5") and "photos-tiles (embedded) for cifar100" in sources
    assert "own data 0 of 0 intervals" in heading and heading.endswith("simulations 1 of 1.")


def test_options_follow_from_what_is_chosen_before(rows):
    explorer = explorer_of(published_explorer, rows)
    assert list(dict(explorer.options("paper"))) == ["all", "A", "B"]
    assert list(dict(explorer.options("metric"))) == ["all", "AUC", "TPR at FPR 1 %"]
    state = settle(explorer.choices, {"paper": "A", "data": "cifar100"})
    assert state == {"paper": "A", "data": "all", "table": "all", "metric": "all"}
    assert all(label.startswith("A-T2 mnist") for label in labels(explorer.draw(state)))


def test_a_long_list_is_cut_and_says_so(rows):
    numbers = beside_published(rows)
    figure = published_overview(numbers, np.ones(len(numbers), bool), most=2)
    assert len(labels(figure)) == 2 and "the first 2 are listed" in figure.texts[0].get_text()
