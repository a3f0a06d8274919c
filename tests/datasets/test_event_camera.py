"""The simulated event camera against hand calculation."""

from dataclasses import replace

import numpy as np
import pytest

from snnlib.datasets.event_camera import Camera, watch
from snnlib.datasets.formats import EVENTS
from snnlib.errors import SettingError

EXACT = Camera(threshold=0.25, threshold_sd=0.0, jitter=0.0, refractory=0.0, noise=0.0, dark=0.1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def ramp(rise: float, seconds: float = 1.0, step: int = 1000):
    """One pixel whose logarithm changes by ``rise`` at constant speed."""
    times = np.arange(0, round(seconds * 1e6) + 1, step)
    logarithm = np.log(0.3) + rise * times / times[-1]
    return (np.exp(logarithm) - EXACT.dark)[:, None, None], times


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("step", [1000, 300_000])
def test_a_ramp_of_the_logarithm_gives_an_event_at_each_threshold(rng, sign, step):
    events = watch(*ramp(sign * 1.1 * 0.9, 0.9, step), EXACT, rng)
    # 1.1 per second: a threshold of 0.25 is passed every 0.25 / 1.1 s, three times in 0.9 s.
    np.testing.assert_allclose(events["t"], np.arange(1, 4) * 0.25 / 1.1 * 1e6, atol=2)
    assert (events["p"] == (sign > 0)).all() and events.dtype == EVENTS


def test_what_changes_in_the_refractory_period_is_lost(rng):
    events = watch(*ramp(1.0), replace(EXACT, refractory=60_000.0), rng)
    # Each event now needs 0.25 s of change, and then 0.06 s in which change does not count.
    np.testing.assert_allclose(events["t"], 1e6 * np.array([0.25, 0.56, 0.87]), atol=2)


def test_no_pixel_sends_events_closer_than_the_refractory_period(rng):
    frames, times = rng.random((200, 6, 6)), np.arange(200) * 1000
    camera = replace(EXACT, threshold_sd=0.3, refractory=1700.0)
    events = watch(frames, times, camera, rng)
    for pixel in range(36):
        gaps = np.diff(events["t"][events["y"] * 6 + events["x"] == pixel])
        assert len(gaps) > 20 and gaps.min() >= 1699


def test_a_still_scene_gives_only_noise_at_the_stated_rate(rng):
    frames, times = np.full((11, 20, 30), 0.5), np.arange(11) * 1_000_000
    assert len(watch(frames, times, EXACT, rng)) == 0
    events = watch(frames, times, replace(EXACT, noise=2.0), rng)
    assert len(events) == pytest.approx(2 * 600 * 10, rel=0.05)
    assert events["p"].mean() == pytest.approx(0.5, abs=0.03)
    assert events["t"].mean() == pytest.approx(5e6, rel=0.03)
    assert (events["x"].max(), events["y"].max()) == (29, 19)


def test_thresholds_differ_between_pixels_by_the_stated_spread(rng):
    frames, times = ramp(10.0)
    events = watch(frames.repeat(40, 1).repeat(40, 2), times, replace(EXACT, threshold_sd=0.1), rng)
    first = np.full(1600, -1)
    pixel, where = np.unique(events["y"].astype(int) * 40 + events["x"], return_index=True)
    first[pixel] = events["t"][where]
    assert first.mean() == pytest.approx(25_000, rel=0.02) and first.std() == pytest.approx(2500, rel=0.1)


def test_a_pixels_threshold_changes_from_event_to_event_around_its_mean(rng):
    gaps = np.diff(watch(*ramp(25.0), replace(EXACT, jitter=0.2), rng)["t"])
    assert gaps.mean() == pytest.approx(10_000, rel=0.1) and gaps.std() == pytest.approx(2000, rel=0.3)


def test_events_are_where_and_when_a_bright_bar_comes_and_goes(rng):
    frames, times = np.zeros((50, 8, 12)), np.arange(50) * 1000
    frames[20:30, 2:4, 7] = 1
    events = watch(frames, times, EXACT, rng)
    assert set(zip(events["y"].tolist(), events["x"].tolist())) == {(2, 7), (3, 7)}
    assert ((events["t"] < 20_500) == events["p"]).all() and events["p"].mean() == 0.5
    assert (np.diff(events["t"]) >= 0).all()


@pytest.mark.parametrize("times", [[0, 1000, 1000], [0, 2000, 1000]])
def test_times_that_do_not_increase_are_refused(rng, times):
    with pytest.raises(SettingError, match="increasing"):
        watch(np.zeros((3, 2, 2)), np.array(times), EXACT, rng)


def test_negative_luminance_and_impossible_cameras_are_refused(rng):
    with pytest.raises(SettingError, match="logarithm"):
        watch(np.full((2, 2, 2), -0.5), np.array([0, 1]), EXACT, rng)
    for setting in ({"threshold": 0.0}, {"dark": 0.0}, {"refractory": -1.0}, {"noise": -1.0}, {"jitter": -1.0}):
        with pytest.raises(SettingError, match="cannot see"):
            Camera(**setting)
