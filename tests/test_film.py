"""Films: nothing is lost between windows, animations are self-contained; the schematic obeys its formulas."""

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from snnlib.errors import SettingError
from snnlib.randomness import numpy_generator
from snnlib.report import style
from snnlib.report.figure import as_gif
from snnlib.reproduction.brainleaks.film import animation, as_html, film_strip
from snnlib.reproduction.brainleaks.schematic import attack_schematic, example_step, example_update


@pytest.fixture(autouse=True)
def as_in_print():
    with plt.rc_context():
        style()
        yield


def spikes(steps=30, height=34, width=34, seed=0):
    return (numpy_generator(seed, "film").random((steps, height, width)) < 0.1).astype(np.float32)


def pictures(figure):
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes]


def labels(figure):
    return [ax.get_xlabel() for ax in figure.axes]


@pytest.mark.parametrize("steps", [30, 25, 4])
def test_the_windows_of_a_film_strip_sum_to_the_last_picture(steps):
    sample = spikes(steps)
    *windows, total = pictures(film_strip({"a recording": sample}))
    assert len(windows) == min(10, steps)
    np.testing.assert_array_equal(sum(windows), total)
    np.testing.assert_array_equal(total, sample.sum(0))


def test_windows_of_a_row_share_one_scale_and_rows_do_not():
    figure = film_strip({"few": spikes(6), "many": 3 * spikes(6)}, frames=3)
    limits = [ax.images[0].get_clim() for ax in figure.axes]
    assert limits[0] == limits[1] == limits[2]
    assert limits[4][1] == 3 * limits[0][1]
    assert limits[3] == (0, spikes(6).sum(0).max())


def test_labels_tell_the_steps_or_the_time():
    sample = {"name": spikes(7)}
    assert labels(film_strip(sample, frames=3)) == ["1–2", "3–4", "5–7", "all 7 steps"]
    in_time = labels(film_strip(sample, frames=3, milliseconds=2.5))
    assert in_time == ["0–5", "5–10", "10–17.5", "all 17.5 ms"]
    figure = film_strip(sample, frames=7)
    assert labels(figure)[:2] == ["1", "2"]
    assert figure.axes[0].get_title(loc="left") == "name"


def test_what_is_no_film_is_refused():
    with pytest.raises(SettingError, match=r"\[T, H, W\]"):
        film_strip({"one picture": np.zeros((4, 4))})
    with pytest.raises(SettingError, match="at least one"):
        film_strip({})


def test_an_animation_shows_each_step_and_the_sum_so_far():
    sample = spikes(4, 3, 5)
    moving = animation(sample, "BrainLeaks-v1")
    as_gif(moving)  # ends on the last step
    figure = moving._fig
    now, so_far = pictures(figure)
    np.testing.assert_array_equal(now, sample[-1])
    np.testing.assert_array_equal(so_far, sample.sum(0))
    assert figure.texts[0].get_text() == "BrainLeaks-v1, step 4 of 4"


def test_a_gif_has_every_step_and_is_the_same_twice():
    first, second = (as_gif(animation(spikes(), "sample")) for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as gif:
        assert gif.n_frames == 30
        assert gif.info["duration"] == 80


def test_the_player_fetches_nothing_and_is_small_and_the_same_twice():
    first, second = (as_html(animation(spikes())) for _ in range(2))
    assert first == second
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//|@import|url\(", first)
    assert "http" not in first and "fa-" not in first.split("base64")[0]
    assert len(first) < 1_500_000
    assert first.count("data:image/png;base64") == 30


def test_the_example_of_version_1_follows_from_its_formulas():
    step = example_step()
    size = np.abs(step["g"])
    np.testing.assert_allclose(step["n"], (size - size.min()) / (size.max() - size.min()))
    assert set(np.unique(step["M"])) == {0, 1}
    assert not step["M"][step["n"] == 0].any() and step["M"][step["n"] == 1].all()
    np.testing.assert_array_equal(step["fused"], np.sign(step["g"]) * step["M"])
    np.testing.assert_array_equal(step["X_next"], step["X"] + np.sign(step["g"]) * step["M"] > 0)
    change = step["X_next"] - step["X"]
    assert (change > 0).any() and (change < 0).any()


def test_the_example_starts_at_zero_and_goes_on_where_it_stopped():
    first, second = (example_step(iteration=i) for i in (1, 2))
    assert not first["X"].any()
    np.testing.assert_array_equal(second["X"], first["X_next"])


def test_the_example_of_version_2_follows_from_its_formulas():
    step = example_update()
    weights = step["costs"] / step["costs"].sum()
    np.testing.assert_allclose(step["g"], np.einsum("k,tkn->tn", weights, step["gradients"]))
    assert set(np.unique(step["draws"])) == {0, 1}
    np.testing.assert_allclose(step["moved"], step["P"] - step["step"])
    expected = np.maximum(step["moved"], 0)
    np.testing.assert_allclose(step["P_next"], expected / max(1, expected.max()))
    assert (step["moved"] < 0).any() and step["moved"].max() > 1 and ((step["P"] > 0) & (step["P"] < 1)).any()


def test_no_text_of_the_schematic_leaves_the_page_or_touches_another():
    figure = attack_schematic()
    figure.draw_without_rendering()
    texts = [t for holder in (figure, *figure.axes) for t in holder.texts if t.get_text() not in "+−"]
    boxes = [t.get_window_extent() for t in texts]
    page = figure.bbox
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, texts[i].get_text()
        for j in range(i):
            assert not box.overlaps(boxes[j]), (texts[i].get_text(), texts[j].get_text())
    assert min(t.get_fontsize() for t in texts) >= 6
