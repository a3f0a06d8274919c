"""The explorer of paper B: the dot stands where the threshold is."""

import numpy as np
import pytest
from helpers.mia import membership_results

from snnlib.metrics.membership import roc
from snnlib.reproduction.explore.widgets import settle
from snnlib.reproduction.mia_snn import explorers
from snnlib.reproduction.mia_snn.explorers import roc_explorer, threshold_on_roc
from snnlib.reproduction.mia_snn.plan import DROPOUT


@pytest.fixture
def explorer(monkeypatch):
    """The explorer of made-up results."""
    shown = []
    monkeypatch.setattr(explorers, "show", shown.append)
    results = membership_results()
    roc_explorer({"cifar100": results}, "quick", named=0.05)
    return results, shown[0]


@pytest.mark.parametrize("change", [{}, {"attack": "R", "dropout": DROPOUT, "model": "ann"}])
def test_the_point_of_the_threshold_has_the_rates_of_the_roc(explorer, change):
    results, found = explorer
    state = settle(found.choices, found.state | change)
    figure = found.draw(state)
    attacked = results.attacked(state["model"], state["dropout"])
    curve = set(zip(*roc(attacked.scores(state["attack"]), attacked.members), strict=True))
    heaps, *curves = figure.axes
    for ax in curves:
        (dot,) = (line for line in ax.get_lines() if line.get_marker() == "o")
        fpr, tpr = dot.get_xdata()[0], dot.get_ydata()[0]
        assert (fpr, tpr) in curve
    named, accused = round(200 * tpr), round(200 * fpr)
    assert named + accused >= 20  # 5 % of 400, or more where scores are equal
    text = figure.texts[0].get_text()
    assert f"{named} of 200 members, {accused} of 200 others" in text
    per = f"{named / accused:.1f} members per" if accused else "no"
    assert f"{per} false accusation" in text
    assert len(heaps.get_legend().get_texts()) == 2 and "photos-tiles for cifar100" in figure.texts[1].get_text()


def test_no_error_is_said_in_words():
    scores, members = np.array([3.0, 2.0, 2.0, 1.0, 0.0]), np.array([True, True, False, True, False])
    text = threshold_on_roc(scores, members, 3.0, "title").texts[0].get_text()
    assert "1 of 3 members, 0 of 2 others: no false accusation" in text


def test_a_constant_score_still_has_a_picture():
    assert threshold_on_roc(np.zeros(6), np.arange(6) < 3, 0.0, "constant").axes


def test_without_results_nothing_is_shown():
    assert "asked for" in roc_explorer({}, "quick").data
