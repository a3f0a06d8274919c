"""Explorers: a state that exists, controls that change it, and a picture that stands there without them."""

import io
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from PIL import Image

from snnlib.engine.processes import HEADLESS
from snnlib.reproduction.explore import widgets
from snnlib.reproduction.explore.neuron import neuron_trace
from snnlib.reproduction.explore.published import published_explorer
from snnlib.reproduction.explore.widgets import Explorer, settle, show, stepped

CHOICES = {
    "kind": lambda _: {"letters": "ab", "digits": "cd"},
    "item": lambda s: {"ab": {"a": 1, "b": 2}, "cd": {"c": 5, "d": 9, "e": 20}}[s["kind"]],
}


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, in order, in a session that may be live."""
    things = []

    def display(thing, display_id=None):
        things.append(thing)
        return SimpleNamespace(update=things.append)

    monkeypatch.setattr(widgets, "display", display)
    monkeypatch.delenv(HEADLESS, raising=False)
    return things


def explorer(states):
    """One that notes the states that it draws."""

    def draw(state):
        states.append(dict(state))
        return neuron_trace(0.1 * state["item"], 0.5, 1.0, "zero")

    return Explorer(draw, CHOICES, {"item": 2}, "a neuron")


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        ({}, {"kind": "ab", "item": 1}),
        ({"kind": "cd", "item": 2}, {"kind": "cd", "item": 5}),
        ({"kind": "cd", "item": 100}, {"kind": "cd", "item": 20}),
        ({"kind": "?", "item": "?", "other": 1}, {"kind": "ab", "item": 1}),
    ],
)
def test_what_is_not_allowed_becomes_the_nearest_number_or_the_first(wanted, state):
    assert settle(CHOICES, wanted) == state


def test_the_values_of_a_slider_are_whole_numbers_if_its_steps_are():
    assert stepped(1, 5, 2) == {"1": 1, "3": 3, "5": 5} and isinstance(stepped(1, 5, 2)["3"], int)
    assert list(stepped(0, 0.3, 0.1).values()) == [0.0, 0.1, 0.2, 0.3]


def test_a_moved_control_draws_once_and_takes_the_others_along():
    states, images = [], []
    moved = explorer(states)
    box = moved.controls(images.append)
    assert [w.description for w in box.children] == ["kind", "item"] and moved.widgets["item"].value == 2
    moved.widgets["item"].value = 1
    moved.widgets["kind"].value = "cd"
    assert states == [{"kind": "ab", "item": 1}, {"kind": "cd", "item": 5}]
    assert dict(moved.widgets["item"].options) == {"c": 5, "d": 9, "e": 20}
    moved.widgets["item"].value = 20
    assert len(images) == 3 and len({image.data for image in images}) == 3


def test_a_control_with_one_option_rests():
    single = Explorer(lambda s: None, {"item": lambda _: {"only": 3}}, {}, "")
    single.controls(lambda _: None)
    slider = single.widgets["item"]
    assert slider.disabled and {value for _, value in slider.options} == {3} and len(slider.options) == 2


@pytest.mark.parametrize("case", ["headless", "no ipywidgets", "no kernel", "live"])
def test_the_picture_is_always_there_and_controls_where_somebody_can_move_them(shown, monkeypatch, case):
    monkeypatch.setattr(widgets, "get_ipython", lambda: None if case == "no kernel" else SimpleNamespace(kernel=1))
    if case == "headless":
        monkeypatch.setenv(HEADLESS, "1")
    if case == "no ipywidgets":
        monkeypatch.setitem(sys.modules, "ipywidgets", None)
    drawn = explorer([])
    show(drawn)
    assert Image.open(io.BytesIO(shown[0].data)).size[0] > 900
    assert len(shown) == (2 if case == "live" else 1)
    if case == "live":  # the one picture is replaced, none is added below
        drawn.widgets["item"].value = 1
        assert len(shown) == 3 and shown[2].data != shown[0].data


def test_without_results_nothing_is_shown(shown):
    empty = pd.DataFrame(columns=["published", "value", "metric", "attack", "low", "high", "data", "study", "source"])
    assert "asked for" in published_explorer(empty).data and not shown
