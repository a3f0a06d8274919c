"""A-F4: nothing is lost between the windows of the strip; the film has every step and is the same twice."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from snnlib.errors import SettingError
from snnlib.randomness import numpy_generator
from snnlib.report.figure import figure_files
from snnlib.report.style import style
from snnlib.reproduction.brainleaks.film import film, film_strip


@pytest.fixture(autouse=True)
def as_in_print():
    with mpl.rc_context():
        style()
        yield


def spikes(steps=30, height=34, width=34, seed=0):
    return (numpy_generator(seed, "film").random((steps, height, width)) < 0.1).astype(np.float32)


@pytest.mark.parametrize("steps", [30, 25, 4])
def test_the_windows_of_a_film_strip_sum_to_the_last_picture(steps):
    sample = spikes(steps)
    *windows, total = (np.asarray(ax.images[0].get_array()) for ax in film_strip({"a recording": sample}, 3.0).axes)
    assert len(windows) == min(10, steps)
    np.testing.assert_array_equal(sum(windows), total)
    np.testing.assert_array_equal(total, sample.sum(0))


def test_windows_of_a_row_share_one_scale_and_rows_do_not():
    figure = film_strip({"few": spikes(3), "many": 3 * spikes(3)}, 3.0)
    limits = [ax.images[0].get_clim() for ax in figure.axes]
    assert limits[0] == limits[1] == limits[2]
    assert limits[4][1] == 3 * limits[0][1]
    assert limits[3] == (0, spikes(3).sum(0).max())


def test_labels_tell_the_time_of_each_window():
    figure = film_strip({"name": spikes(23)}, 2.5)
    labels = [ax.get_xlabel() for ax in figure.axes]
    assert labels[:3] == ["0–5", "5–10", "10–15"] and labels[-2:] == ["50–57.5", "all 57.5 ms"]
    assert figure.axes[0].get_title(loc="left").startswith("name")


@pytest.mark.parametrize("draw", [film, lambda sample, _: film_strip({"one picture": sample}, 3.0)])
def test_a_single_picture_is_refused(draw):
    with pytest.raises(SettingError, match=r"\[T, H, W\]"):
        draw(np.zeros((4, 4)), "")


def test_a_frame_shows_its_step_on_the_left_and_the_sum_so_far_on_the_right():
    sample = np.zeros((3, 2, 2))
    sample[0, 0, 0] = sample[1, 1, 1] = 1
    first, second, third = (np.asarray(frame) for frame in film(sample, "").frames)
    height, width = first.shape
    corner = (int(0.4 * height), int(0.15 * width))  # of the left picture; the right one begins at half of the width
    right = (corner[0], corner[1] + width // 2)
    assert [frame[corner] for frame in (first, second, third)] == [255, 0, 0]
    assert [frame[right] for frame in (first, second, third)] == [255, 255, 255]


def test_a_gif_has_every_step_and_is_the_same_twice():
    first, second = (figure_files(film(spikes(), "sample"))["gif"] for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (30, 80, 0)
