"""The explorer of paper A draws what the results hold of a sample, and its controls change it."""

import numpy as np
import pytest
from helpers.brainleaks import inversion_results

from snnlib.reproduction.brainleaks import explorers
from snnlib.reproduction.brainleaks.estimates import checkpoints
from snnlib.reproduction.brainleaks.explorers import sample_explorer
from snnlib.reproduction.explore.widgets import settle


@pytest.fixture
def explorer(monkeypatch):
    """The explorer that a call shows."""
    shown = []
    monkeypatch.setattr(explorers, "show", shown.append)
    return lambda results, **wanted: (sample_explorer(results, "quick", **wanted), shown.pop())[1]


@pytest.fixture(scope="module")
def results():
    return {name: inversion_results(name) for name in ("mnist", "nmnist", "dvsgesture")}


def pictures(figure):
    return [ax.images[0].get_array() for ax in figure.axes if ax.images]


def test_a_sample_is_shown_on_its_way_with_who_is_convinced(explorer, results):
    made = explorer(results, attack="brainleaks_v1", **{"class": 2, "time step": 1})
    state, r = made.state, results["nmnist"]
    assert state["data"] == "nmnist" and state["iteration"] == 2  # the end
    sample, stops = r.samples["brainleaks_v1", 0], checkpoints(r, "brainleaks_v1", 0)
    figure = made.draw(state)
    expected = [r.truth[2], np.zeros((6, 6)), sample.sum(0)[2], sample[1, 2], sample[:2, 2].sum(0)]
    assert stops == [0, 2]
    for shown, array in zip(pictures(figure), expected, strict=True):
        np.testing.assert_allclose(shown, array)
    curve, bars = figure.axes[:2]
    np.testing.assert_allclose(curve.get_lines()[0].get_ydata(), [0.2] * 3)  # class 2 stopped at once
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], np.eye(4)[2])  # the scorers see class 2


def test_scorers_are_those_of_the_chosen_iteration(explorer, results):
    made = explorer(results, attack="brainleaks_v1", **{"class": 2})
    bars = made.draw(settle(made.choices, made.state | {"iteration": 0})).axes[1]
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], np.eye(4)[1])  # at the start, another class


@pytest.mark.parametrize(("data", "ceilings"), [("nmnist", 0), ("dvsgesture", 1)])
def test_a_confidence_by_spikes_is_shown_with_its_ceiling(explorer, results, data, ceilings):
    made = explorer(results, data=data, attack="brainleaks_v1")
    assert len(made.draw(made.state).axes[0].texts) == ceilings


def test_an_ann_has_a_picture_and_no_film(explorer, results):
    made = explorer(results, data="mnist", attack="fredrikson")
    assert list(made.choices["time step"](made.state)) == ["1"]
    figure = made.draw(made.state)
    assert len(pictures(figure)) == 1 + len(checkpoints(results["mnist"], "fredrikson", 0))
    assert figure.axes[0].get_xscale() == "log"


def test_without_results_there_is_nothing_to_explore():
    assert sample_explorer({}, "quick") is not None
