"""DVSGesture: its files, and what a camera sees of the drawn gestures."""

import numpy as np
import pytest

from snnlib.datasets.dvsgesture import CAMERA, GESTURES, gesture, read_dvsgesture
from snnlib.datasets.event_camera import watch
from snnlib.errors import DataError, SettingError


def film(label: int, seed: int = 0, **settings):
    return gesture(label, np.random.default_rng(seed), **({"side": 32, "duration": 1.5} | settings))


def motion(frames: np.ndarray) -> np.ndarray:
    """Mean change between frames, ``[side, side]``."""
    return np.abs(np.diff(frames, axis=0)).mean(0)


def turning(frames: np.ndarray) -> float:
    """Whole turns of the place that changes, clockwise on the image (rows count downwards), from the area it sweeps."""
    change = np.abs(frames[8:] - frames[:-8])
    change *= change > 0.08
    rows, columns = np.mgrid[: frames.shape[1], : frames.shape[2]]
    mass = change.sum((1, 2)) + 1e-6
    y, x = (change * rows).sum((1, 2)) / mass, (change * columns).sum((1, 2)) / mass
    y, x = y - y.mean(), x - x.mean()
    return (x[:-1] * y[1:] - y[:-1] * x[1:]).sum() / (2 * np.pi * (x * x + y * y).mean())


def test_there_are_the_ten_classes_of_dvsgesture_in_order():
    assert len(GESTURES) == 10 and GESTURES[0] == "hand clapping" and GESTURES[-1] == "air guitar"
    assert GESTURES.index("right arm clockwise") == 3 and GESTURES.index("left arm counter-clockwise") == 6


def test_a_film_has_the_documented_shape_and_range():
    frames, times = film(0, side=24, duration=0.5, step=10.0)
    assert frames.shape == (50, 24, 24) and frames.dtype == np.float32
    assert 0 <= frames.min() < frames.max() <= 1
    np.testing.assert_array_equal(times, np.arange(50) * 10_000)


def test_a_film_is_determined_by_its_generator():
    np.testing.assert_array_equal(film(4, 1)[0], film(4, 1)[0])
    assert np.abs(film(4, 1)[0] - film(4, 2)[0]).max() > 0.1


def test_frames_do_not_depend_on_how_many_are_drawn_at_once(monkeypatch):
    whole = film(7)[0]
    monkeypatch.setattr("snnlib.datasets.dvsgesture.CHUNK", 1)
    np.testing.assert_allclose(film(7)[0], whole, rtol=0, atol=1e-6)  # grey values in [0, 1], in single precision


@pytest.mark.parametrize("label", [1, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_right_arm_moves_on_the_images_left_and_the_left_arm_on_its_right(label, seed):
    partner = {1: 2, 3: 5, 4: 6}[label]
    for which, half in ((label, slice(0, 16)), (partner, slice(16, 32))):
        change = motion(film(which, seed)[0])
        assert change[:, half].sum() > 0.75 * change.sum()


@pytest.mark.parametrize("label", [0, 7, 8])
def test_both_arms_move_where_both_are_needed(label):
    change = np.mean([motion(film(label, seed)[0]) for seed in range(4)], axis=0)
    assert 0.4 < change[:, :16].sum() / change.sum() < 0.6


@pytest.mark.parametrize("label", [3, 4, 5, 6])
def test_arms_turn_in_the_direction_of_their_name_as_the_camera_sees_it(label):
    sign = -1 if "counter" in GESTURES[label] else 1
    turns = [sign * turning(film(label, seed)[0]) for seed in range(6)]
    assert min(turns) > 0.5 and max(turns) < 3


def test_the_body_keeps_its_place_within_a_pixel_or_two():
    head = film(9, side=64)[0][:, 8:24, 20:44]
    assert np.abs(head - head[0]).mean() < 0.03


def test_an_event_camera_sees_the_arms_and_little_else():
    for label in range(10):
        rng = np.random.default_rng(label)
        frames, times = gesture(label, rng, side=32, duration=1.5)
        events = watch(frames, times, CAMERA, rng)
        assert 1000 < len(events) < 20_000
        assert 0.3 < events["p"].mean() < 0.7


@pytest.mark.parametrize("label", [-1, 10])
def test_a_gesture_that_does_not_exist_is_refused(label):
    with pytest.raises(SettingError, match="0 to 9"):
        film(label)


@pytest.mark.parametrize("setting", [{"side": 4}, {"duration": 0.001}, {"step": 0.0}])
def test_films_without_pixels_or_frames_are_refused(setting):
    with pytest.raises(SettingError, match="No film"):
        film(0, **setting)


def test_milliseconds_of_dvsgesture_do_not_overflow(tmp_path):
    np.save(tmp_path / "3.npy", np.array([[1, 2, 1, 60_000], [3, 4, 0, 59_950]], np.uint16))
    assert read_dvsgesture(tmp_path / "3.npy").tolist() == [(3, 4, False, 59_950_000), (1, 2, True, 60_000_000)]
    np.save(tmp_path / "4.npy", np.zeros((2, 3)))
    (tmp_path / "5.npy").write_bytes(b"no array")
    for name in ("4.npy", "5.npy"):
        with pytest.raises(DataError):
            read_dvsgesture(tmp_path / name)


@pytest.mark.parametrize("row", [[65_556, 0, 0, 1], [128, 0, 0, 1], [0, -1, 0, 1], [0, 0, 7, 1], [0, 0, 0, np.nan]])
def test_events_that_the_camera_cannot_send_are_refused(tmp_path, row):
    np.save(tmp_path / "3.npy", np.array([[127, 127, 1, 0], row]))
    with pytest.raises(DataError, match=r"3.npy has values of (x|y|p|t) other than whole numbers"):
        read_dvsgesture(tmp_path / "3.npy")
