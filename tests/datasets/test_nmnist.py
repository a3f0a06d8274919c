"""N-MNIST: its files, and the saccades of its simulation against real recordings."""

import numpy as np
import pytest

from snnlib.datasets.event_camera import Camera, watch
from snnlib.datasets.mnist import embedded_digits
from snnlib.datasets.nmnist import read_nmnist, saccades
from snnlib.errors import DataError
from snnlib.reproduction.brainleaks.published import real_recordings


def test_a_recording_of_nmnist_is_read_bit_by_bit(tmp_path):
    rows = [(3, 4, 0x80 | 0x01, 0x02, 0x03), (0, 240, 0, 0, 0), (5, 6, 0x01, 0, 9)]
    (tmp_path / "a.bin").write_bytes(np.array(rows, np.uint8).tobytes())
    found = read_nmnist(tmp_path / "a.bin")
    assert found.tolist() == [(3, 4, True, 0x010203), (5, 6, False, 0x010009 + 2**13)]
    (tmp_path / "b.bin").write_bytes(bytes(7))
    with pytest.raises(DataError, match="7 bytes"):
        read_nmnist(tmp_path / "b.bin")
    (tmp_path / "c.bin").write_bytes(np.array([*rows, (34, 0, 1, 4, 0)], np.uint8).tobytes())
    with pytest.raises(DataError, match="c.bin has values of x other than whole numbers from 0 to 33"):
        read_nmnist(tmp_path / "c.bin")


def record(image: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return watch(*saccades(image, rng), Camera(), rng)


def test_a_recording_is_determined_by_its_generator():
    image = embedded_digits()[0][7]
    np.testing.assert_array_equal(record(image, 1), record(image, 1))
    assert len(record(image, 1)) != len(record(image, 2))


@pytest.fixture(scope="module")
def recordings():
    """Four digits of each class."""
    return [record(image, i) for i, image in enumerate(embedded_digits()[0][::125])]


@pytest.fixture(scope="module")
def real():
    """Statistics of 1,100 recordings of N-MNIST."""
    return real_recordings()


def test_recordings_are_as_long_and_as_balanced_as_real_ones(recordings, real):
    duration = np.array([e["t"].max() for e in recordings]) / 1e3
    assert duration.mean() == pytest.approx(real["mean"]["duration_ms"], abs=2)
    assert duration.std() == pytest.approx(real["sd"]["duration_ms"], abs=1.5)
    share = np.mean([e["p"].mean() for e in recordings])
    assert share == pytest.approx(real["mean"]["share_brighter"], abs=0.01)
    assert all(e[axis].min() >= 0 and e[axis].max() < 34 for e in recordings for axis in "xy")


def test_recordings_have_as_many_events_as_real_ones(recordings, real):
    counts = np.array([len(e) for e in recordings])
    assert counts.mean() == pytest.approx(real["mean"]["events"], rel=0.1)
    assert counts.std() == pytest.approx(real["sd"]["events"], rel=0.25)


def test_events_come_when_they_come_in_real_recordings(recordings, real):
    bins = real.loc["events_per_10ms"]
    edges = np.append(bins["bin_start_ms"], 340)
    counts = np.mean([np.histogram(e["t"] / 1e3, edges)[0] for e in recordings], axis=0)
    assert np.corrcoef(counts, bins["mean"])[0, 1] > 0.98
    assert np.abs(counts - bins["mean"]).sum() < 0.15 * bins["mean"].sum()


def test_a_digit_moves_down_then_up_to_the_right_then_left(recordings):
    def middle(axis, start, stop):
        return np.mean([e[axis][(e["t"] > start) & (e["t"] < stop)].mean() for e in recordings])

    down, along = ([middle(axis, t, t + 20e3) for t in (20e3, 60e3, 170e3, 270e3)] for axis in "yx")
    assert down[1] - down[0] > 2 and down[2] - down[1] < -2 and abs(down[3] - down[2]) < 1.5
    assert along[2] - along[1] > 2 and along[3] - along[2] < -2
