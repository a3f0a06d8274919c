"""Explorers: what they draw, that controls change it, and that a picture stands there without them."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Pillow
from snnlib.report.rows import read_rows
from test_tables import inversion_results, membership_results

from snnlib.engine.processes import HEADLESS
from snnlib.engine.store import Artefact
from snnlib.membership import ATTACKS
from snnlib.metrics.membership import at_threshold, membership_scores, roc
from snnlib.reproduction.brainleaks import explorers
from snnlib.reproduction.brainleaks.explorers import sample_explorer
from snnlib.reproduction.brainleaks.tables import inversion_table
from snnlib.reproduction.explore import widgets
from snnlib.reproduction.explore.neuron import neuron_explorer, neuron_trace
from snnlib.reproduction.explore.published import published_explorer
from snnlib.reproduction.explore.widgets import Explorer, settle, show
from snnlib.reproduction.mia_snn.explorers import roc_explorer, threshold_on_roc
from snnlib.reproduction.mia_snn.plan import DROPOUT
from snnlib.reproduction.mia_snn.questions import questions
from snnlib.reproduction.mia_snn.tables import membership_table, signals

CHOICES = {
    "kind": lambda _: {"letters": "ab", "digits": "cd"},
    "item": lambda s: {"ab": {"a": 1, "b": 2}, "cd": {"c": 5, "d": 9, "e": 20}}[s["kind"]],
}


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, in order, in a session that may be live."""
    found = []

    def display(thing, display_id=None):
        found.append(thing)
        return SimpleNamespace(update=found.append)

    monkeypatch.setattr(widgets, "display", display)
    monkeypatch.delenv(HEADLESS, raising=False)
    return found


@pytest.fixture
def explorer(monkeypatch):
    """The explorer that a call makes."""
    found = []
    monkeypatch.setattr(widgets, "show", found.append)
    return lambda call, *args, **wanted: (call(*args, **wanted), found.pop())[1]


def results():
    data = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    for r in data.values():
        for (attack, stop, seed, _), _ in r.course.items():
            r.stages[attack, stop, seed] = np.full((4, 6, 6), 0.1 * stop)
    return data


def rows(tmp_path):
    (tmp_path / "tables").mkdir()
    for table in (
        inversion_table("A-T2", inversion_results(), "quick"),
        membership_table("B-T2", {"cifar100": membership_results()}, "quick"),
    ):
        table.rows.to_csv(tmp_path / "tables" / f"{table.id}.csv", index=False)
    return read_rows(tmp_path, "quick")


def size(image):
    return Pillow.open(io.BytesIO(image.data)).size


def labelled(ax, label):
    return next(line for line in ax.get_lines() if line.get_label() == label)


# The state


def test_what_is_not_allowed_becomes_the_nearest_number_or_the_first():
    assert settle(CHOICES, {}) == {"kind": "ab", "item": 1}
    assert settle(CHOICES, {"kind": "cd", "item": 2}) == {"kind": "cd", "item": 5}
    assert settle(CHOICES, {"kind": "cd", "item": 100}) == {"kind": "cd", "item": 20}
    assert settle(CHOICES, {"kind": "?", "item": "?", "other": 1}) == {"kind": "ab", "item": 1}


# The wiring


def made(log):
    def draw(state):
        log.append(dict(state))
        return neuron_trace(0.1 * state["item"], 0.5, 1.0, "zero")

    return Explorer(draw, CHOICES, {"item": 2}, "a neuron")


def test_a_moved_control_draws_once_and_takes_the_others_along():
    drawn, images = [], []
    explorer = made(drawn)
    box = explorer.controls(images.append)
    assert [w.description for w in box.children] == ["kind", "item"] and explorer.widgets["item"].value == 2
    explorer.widgets["item"].value = 1
    explorer.widgets["kind"].value = "cd"
    assert drawn == [{"kind": "ab", "item": 1}, {"kind": "cd", "item": 5}]
    assert dict(explorer.widgets["item"].options) == {"c": 5, "d": 9, "e": 20}
    explorer.widgets["item"].value = 20
    assert len(images) == 3 and len({image.data for image in images}) == 3


def test_a_control_with_one_option_rests():
    one = {"item": lambda _: {"only": 3}}
    explorer = Explorer(lambda s: None, one, {}, "")
    explorer.controls(lambda _: None)
    slider = explorer.widgets["item"]
    assert slider.disabled and {value for _, value in slider.options} == {3} and len(slider.options) == 2


@pytest.mark.parametrize("case", ["headless", "no ipywidgets", "no kernel", "live"])
def test_the_picture_is_always_there_and_controls_where_somebody_can_move_them(shown, monkeypatch, case):
    monkeypatch.setattr(widgets, "get_ipython", lambda: None if case == "no kernel" else SimpleNamespace(kernel=1))
    if case == "headless":
        monkeypatch.setenv(HEADLESS, "1")
    if case == "no ipywidgets":
        monkeypatch.setitem(sys.modules, "ipywidgets", None)
    explorer = made([])
    show(explorer)
    assert shown[0].data.startswith(b"\x89PNG") and size(shown[0])[0] > 900
    assert len(shown) == (2 if case == "live" else 1)
    if case == "live":  # the one picture is replaced, none is added below
        explorer.widgets["item"].value = 1
        assert len(shown) == 3 and shown[2].data != shown[0].data


def test_without_results_nothing_is_shown(shown):
    for call, nothing in ((sample_explorer, {}), (roc_explorer, {})):
        assert "asked for" in call(nothing, "quick").data
    assert "asked for" in published_explorer(pd.DataFrame(columns=["published", "value"])).data and not shown


# What is drawn


@pytest.mark.parametrize(
    ("reset", "steps"), [("decay_then_subtract", [2, 5, 8]), ("subtract_then_decay", [2, 4, 6, 8])]
)
def test_the_neuron_fires_when_a_calculation_by_hand_says(explorer, reset, steps):
    found = explorer(neuron_explorer, reset=reset)
    assert found.state == {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": reset}
    trace, raster, rate = found.draw(found.state).axes
    place = [t.get_text().replace(" ", "_") for t in raster.get_yticklabels()].index(reset)
    fired = raster.get_lines()[place].get_xdata()
    assert [t for t in fired if t < 9] == steps and f"{len(fired)} spikes" in trace.get_title()
    (dot,) = (line for line in rate.get_lines() if line.get_marker() == "o")
    assert dot.get_xdata()[0] == 0.6 and dot.get_ydata()[0] == pytest.approx(len(fired) / 30, abs=0.05)


def test_a_sample_is_shown_on_its_way_with_who_is_convinced(explorer):
    found = explorer(sample_explorer, results(), "quick", attack="brainleaks_v1", **{"class": 2, "time step": 1})
    state, r = found.state, results()["nmnist"]
    assert state["data"] == "nmnist" and state["iteration"] == 2  # the end
    stops = explorers.stops(r, "brainleaks_v1", 0)
    axes = found.draw(state).axes
    pictures = [ax.images[0].get_array() for ax in axes if ax.images]
    assert len(pictures) == 1 + len(stops) + 2
    np.testing.assert_allclose(pictures[0], r.truth[2])
    np.testing.assert_allclose(pictures[1], 0)  # the start
    np.testing.assert_allclose(pictures[len(stops)], r.samples["brainleaks_v1", 0].sum(0)[2])
    np.testing.assert_allclose(pictures[-1], r.samples["brainleaks_v1", 0][:2, 2].sum(0))
    course, bars = axes[-2:]
    np.testing.assert_allclose(labelled(course, "target").get_ydata(), [0.2] + [0.2] * 2)  # class 2 stopped at once
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], np.eye(4)[2])  # the scorers see class 2
    start = found.draw(settle(found.choices, state | {"iteration": 0})).axes[-1]
    np.testing.assert_allclose([bar.get_height() for bar in start.patches], np.eye(4)[1])  # another one at the start


def test_a_confidence_by_spikes_is_shown_with_its_ceiling(explorer):
    data = {name: inversion_results(name) for name in ("nmnist", "dvsgesture")}
    for r in data.values():
        r.stages.update({(attack, stop, seed): np.ones((4, 6, 6)) for attack, stop, seed, _ in r.course})
    for name, expected in (("nmnist", []), ("dvsgesture", ["most that output spikes allow"])):
        found = explorer(sample_explorer, data, "quick", data=name, attack="brainleaks_v1")
        course = found.draw(found.state).axes[-2]
        assert [text.get_text() for text in course.texts] == expected


def test_an_ann_has_a_picture_and_no_film(explorer):
    found = explorer(sample_explorer, results(), "quick", data="mnist", attack="fredrikson")
    assert dict(found._options("time step")) == {"1": 0, "1 ": 0}
    axes = found.draw(found.state).axes
    r = results()["mnist"]
    assert sum(bool(ax.images) for ax in axes) == 1 + len(explorers.stops(r, "fredrikson", 0))
    assert axes[-2].get_xscale() == "log" and "mnist, 3: Fredrikson" in axes[0].figure.texts[0].get_text()


def test_the_point_of_the_threshold_has_the_rates_that_metrics_computes(explorer):
    r = membership_results()
    found = explorer(roc_explorer, {"cifar100": r}, "quick", named=0.05)
    for state in (found.state, found.state | {"attack": "R", "dropout": DROPOUT, "model": "ann"}):
        figure = found.draw(settle(found.choices, state))
        scores = ATTACKS[state["attack"]](*signals(r, state["model"], state["dropout"]))
        heaps, *curves = figure.axes
        for ax in curves:
            (dot,) = (line for line in ax.get_lines() if line.get_marker() == "o")
            fpr, tpr = dot.get_xdata()[0], dot.get_ydata()[0]
            assert (fpr, tpr) in set(zip(*roc(scores, r.members[0]), strict=True))
            at = membership_scores(scores, r.members[0], (fpr,)).tpr_at_fpr[fpr]
            assert at.value is None or at.value == pytest.approx(tpr)
        called = round(200 * tpr), round(200 * fpr)
        assert sum(called) >= 20  # 5 % of 400, or more where scores are equal
        assert f"{called[0]} of 200 members, {called[1]} of 200 others" in figure.texts[0].get_text()
        assert f"{called[0] / called[1]:.1f} members per false accusation" in figure.texts[0].get_text()
        assert sum(patch.get_data().values.sum() for patch in heaps.patches[:4:2]) == 400
        assert "stands in for cifar100" in figure.texts[1].get_text()


def test_who_is_called_a_member_is_counted():
    scores, members = np.array([3.0, 2.0, 2.0, 1.0, 0.0]), np.array([True, True, False, True, False])
    found = at_threshold(scores, members, 2.0)
    assert (found.named, found.members, found.accused, found.others) == (2, 3, 1, 2)
    assert found.tpr == pytest.approx(2 / 3) and found.fpr == 0.5
    figure = threshold_on_roc(scores, members, 3.0, "no error")
    assert "no false accusation" in figure.texts[0].get_text()


def test_a_constant_score_still_has_a_picture():
    assert threshold_on_roc(np.zeros(6), np.arange(6) < 3, 0.0, "constant").axes


def test_published_values_are_chosen_by_paper_data_table_and_metric(explorer, tmp_path):
    found = explorer(published_explorer, rows(tmp_path))
    assert found.state == {"paper": "B", "data": "cifar100", "table": "B-T2", "metric": "AUC"}
    figure = found.draw(found.state)
    listed = figure.axes[1].get_yticklabels()
    assert len(listed) == 21 and all("AUC" in label.get_text() for label in listed)
    heading, sources = (text.get_text() for text in figure.texts)
    assert heading.startswith("21 of ") and "photos-tiles (embedded) for" in sources
    assert "own data 0 of 0 intervals" in heading and heading.endswith(" of 21.")
    assert list(dict(found._options("paper"))) == ["all", "A", "B"]
    state = settle(found.choices, {"paper": "A", "data": "cifar100"})
    assert state == {"paper": "A", "data": "all", "table": "all", "metric": "all"}
    labels = [label.get_text() for label in found.draw(state).axes[1].get_yticklabels()]
    assert len(labels) == 18 and all(label.startswith("A-T2") for label in labels)


def test_questions_are_drawn_by_the_functions_that_ask():
    r = membership_results()
    images = np.random.default_rng(0).integers(0, 255, (20, 8, 8, 3), dtype=np.uint8)
    data = Artefact("key", {"images": images}, {"mean": [0.5, 0.5, 0.5]}, {})
    axes = np.reshape(questions(data, r.study, 4).axes, (-1, 4))
    shown = [[ax.images[0].get_array() for ax in line] for line in axes]
    np.testing.assert_allclose(shown[0][0], images[0] / 255)
    dropped = [np.mean([(a == 0.5).all(-1).mean() for a in line]) for line in shown[:3]]
    assert dropped[0] == 0 and dropped[2] > 0.03
    mirrored = [ax.get_ylabel() for ax in axes[:, 0]].index("mirrored")
    np.testing.assert_allclose(shown[mirrored][1], shown[0][1][:, ::-1])
