"""Figures: drawn from plain data, the same bytes for the same data, whatever the reader's settings are."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers.report import a_figure
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from snnlib.errors import DataError
from snnlib.report.figure import Film, drawn_by, figure_files, pack, unpack
from snnlib.report.style import COLOURS, style


@pytest.fixture(autouse=True)
def in_print():
    with mpl.rc_context():
        style()
        yield


def test_a_figure_gives_the_same_bytes_each_time_and_is_closed():
    first, second = (figure_files(a_figure(), ["a note"]) for _ in range(2))
    assert first == second and first.keys() == {"png", "svg"} and first["png"].startswith(b"\x89PNG")
    assert not plt.get_fignums()


def test_the_settings_of_the_reader_change_nothing():
    expected = figure_files(a_figure())
    mpl.rcParams |= {"lines.linewidth": 9, "axes.prop_cycle": mpl.cycler(color=["red"]), "font.size": 30}
    mpl.rcParams |= {"xtick.direction": "in", "axes.titlecolor": "red", "path.sketch": (1, 100, 2)}
    style()
    assert figure_files(a_figure()) == expected


def test_a_film_becomes_a_gif_that_repeats_for_ever():
    frames = [Image.fromarray(np.full((4, 6, 3), 50 * i, np.uint8)) for i in range(4)]
    first, second = (figure_files(Film(frames, 80)) for _ in range(2))
    assert first == second and first.keys() == {"gif"}
    with Image.open(io.BytesIO(first["gif"])) as gif:
        assert (gif.n_frames, gif.size) == (4, (6, 4)) and gif.info["duration"] == 80 and gif.info["loop"] == 0


def draw(values, label):
    figure, ax = plt.subplots()
    ax.plot(values, label=label)
    return figure


@drawn_by(draw)
def collected(results):
    return {"values": np.array(results) * 2, "label": "twice"}


def test_a_figure_carries_its_data_and_the_name_of_what_draws_it():
    figure = collected([1, 2])
    assert figure.source["drawing"] == f"{__name__}:collected"
    np.testing.assert_equal(figure.source["data"], {"values": np.array([2, 4]), "label": "twice"})
    again = collected.draw(**unpack(pack(figure.source))["data"])
    assert figure_files(again) == figure_files(figure)


def test_colours_stay_apart_in_grey():
    grey = [np.dot(to_rgb(COLOURS[m]), [0.299, 0.587, 0.114]) for m in (1, 2, 4, "ann")]
    assert all(a - b > 0.08 for a, b in zip(grey, grey[1:], strict=False))


LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=4)
ARRAYS = st.sampled_from(
    [np.arange(3), np.zeros((2, 0)), np.array([True]), np.array([np.nan, 1e-300]), np.float32([[1]])]
)
TREES = st.recursive(
    LEAVES | ARRAYS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@given(st.dictionaries(st.text(min_size=1, max_size=3), TREES, max_size=4))
def test_data_come_back_as_they_were(data):
    np.testing.assert_equal(unpack(pack(data)), data)
    assert pack(data) == pack(data)


def test_tuples_and_numbers_of_numpy_are_kept_as_plain_ones():
    found = unpack(pack({"steps": (1, 2), "x": np.float64(0.1), "b": np.bool_(True)}))
    assert found == {"steps": [1, 2], "x": 0.1, "b": True}


@pytest.mark.parametrize("content", [b"", b"no archive", pack({"x": 1})[:-30]])
def test_damaged_data_are_refused(content):
    with pytest.raises(DataError, match=r"my file .* damaged"):
        unpack(content, "my file")
