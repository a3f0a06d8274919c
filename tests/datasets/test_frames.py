"""From events to binary frames, through tonic's transforms."""

import numpy as np
import pytest
from helpers.data import events

from snnlib.datasets.frames import to_frames
from snnlib.errors import DataError, SettingError

FRAMES = {"denoise": 40_000, "window": 10_000, "polarity": "first", "steps": None}


def pairs(p, *times, x=3):
    """Two neighbours at each time, so that denoising keeps them."""
    return [(x + side, 5, p, t) for t in times for side in (0, 1)]


def test_frames_hold_one_polarity_or_both_and_at_most_one_event_a_pixel():
    rows = sorted(pairs(0, 0, 100, 12_000, 31_000) + pairs(1, 2_000, 25_000, x=7), key=lambda row: row[3])
    first = to_frames(events(*rows), 1, (34, 34), FRAMES)
    merged = to_frames(events(*rows), 1, (34, 34), FRAMES | {"polarity": "merged"})
    assert first.shape == merged.shape == (3, 34, 34) and first.dtype == bool
    assert np.argwhere(first).tolist() == [[0, 5, 3], [0, 5, 4], [1, 5, 3], [1, 5, 4]]
    assert merged[0, 5, 8] and merged[2, 5, 7] and not merged[1, 5, 7]
    assert len(to_frames(events(*rows), 1, (34, 34), FRAMES | {"steps": 2})) == 2


def test_frames_do_not_depend_on_where_the_clock_starts():
    rng = np.random.default_rng(0)
    times = np.sort(rng.integers(0, 90_000, 400))
    rows = list(zip(rng.integers(0, 34, 400), rng.integers(0, 34, 400), rng.integers(0, 2, 400), times))
    early, late = (events(*((x, y, p, t + start) for x, y, p, t in rows)) for start in (0, 10**9))
    np.testing.assert_array_equal(to_frames(early, 1, (34, 34), FRAMES), to_frames(late, 1, (34, 34), FRAMES))
    recorded = [to_frames(of, 1, (34, 34), FRAMES | {"clock": "as recorded"}) for of in (early, late)]
    assert recorded[0][:4].sum() > 2 * recorded[1][:4].sum()  # tonic keeps all of the first 40 ms, noise or not


def test_lonely_events_are_noise_and_reduction_merges_pixels():
    rows = [*pairs(0, 0, 100), (20, 20, 0, 60_000), *pairs(0, 70_000)]
    found = to_frames(events(*rows), 2, (17, 17), FRAMES)
    assert found[:, 10, 10].sum() == 0 and found[0, 2, 1] and found[0, 2, 2] and found.shape == (7, 17, 17)


def test_settings_and_recordings_that_give_no_frames_are_refused():
    with pytest.raises(SettingError, match="polarity"):
        to_frames(events(*pairs(0, 0)), 1, (34, 34), FRAMES | {"polarity": "second"})
    with pytest.raises(DataError, match="no event left"):
        to_frames(events(), 1, (34, 34), FRAMES)
    with pytest.raises(DataError, match="no event inside"):
        to_frames(events(*pairs(0, 0, 100, x=32)), 9, (3, 3), FRAMES)  # 34 is no multiple of 9
