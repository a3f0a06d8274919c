"""Event data: from files and from the simulation, through tonic's transforms, to packed frames."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from snnlib.datasets import sources
from snnlib.datasets.catalogue import known
from snnlib.datasets.formats import EVENTS, read_dvsgesture, read_nmnist
from snnlib.datasets.frames import to_frames
from snnlib.datasets.sources import count, dataset, locate, read, recordings
from snnlib.errors import DataError, SettingError
from snnlib.reproduction.brainleaks import camera
from snnlib.reproduction.brainleaks.camera import statistics
from snnlib.reproduction.tasks import data
from snnlib.reproduction.tasks.events import prepare
from snnlib.spikes import Recordings

FRAMES = {"denoise": 40_000, "window": 10_000, "polarity": "first", "steps": None}


def events(*rows):
    """Rows of x, y, p, t."""
    made = np.zeros(len(rows), EVENTS)
    for event, (x, y, p, t) in zip(made, rows, strict=True):
        event["x"], event["y"], event["p"], event["t"] = x, y, p, t
    return made


def pairs(p, *times, x=3):
    """Two neighbours at each time, so that denoising keeps them."""
    return [(x + side, 5, p, t) for t in times for side in (0, 1)]


def test_frames_hold_one_polarity_or_both_and_at_most_one_event_a_pixel():
    rows = sorted(pairs(0, 0, 100, 12_000, 31_000) + pairs(1, 2_000, 25_000, x=7), key=lambda row: row[3])
    first = to_frames(events(*rows), 1, (34, 34), FRAMES)
    merged = to_frames(events(*rows), 1, (34, 34), FRAMES | {"polarity": "merged"})
    assert first.shape == merged.shape == (3, 34, 34) and first.dtype == bool
    assert np.argwhere(first).tolist() == [[0, 5, 3], [0, 5, 4], [1, 5, 3], [1, 5, 4]]
    assert merged[0, 5, 7] and merged[2, 5, 8] and not merged[1, 5, 7]
    assert len(to_frames(events(*rows), 1, (34, 34), FRAMES | {"steps": 2})) == 2


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


def put_nmnist(folder, train=30, test=20):
    """Recordings in the official layout: digit d moves along row 3 d."""
    for part, n in (("Train", train), ("Test", test)):
        for i in range(n):
            digit = i % 10
            file = folder / "NMNIST" / part / str(digit) / f"{i:05}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            t = np.repeat(np.arange(0, 50_000, 1000), 2)
            x = np.arange(len(t)) % 30
            content = np.stack([x, 0 * x + 3 * digit, t >> 16 & 127, t >> 8 & 255, t & 255], 1)
            file.write_bytes(content.astype(np.uint8).tobytes())


def test_a_recording_of_nmnist_is_read_bit_by_bit(tmp_path):
    rows = [(3, 4, 0x80 | 0x01, 0x02, 0x03), (0, 240, 0, 0, 0), (5, 6, 0, 0, 9)]
    (tmp_path / "a.bin").write_bytes(np.array(rows, np.uint8).tobytes())
    found = read_nmnist(tmp_path / "a.bin")
    assert found.tolist() == [(5, 6, False, 9 + 2**13), (3, 4, True, 0x010203)]  # sorted by time
    (tmp_path / "b.bin").write_bytes(bytes(7))
    with pytest.raises(DataError, match="7 bytes"):
        read_nmnist(tmp_path / "b.bin")


def test_milliseconds_of_dvsgesture_do_not_overflow(tmp_path):
    np.save(tmp_path / "3.npy", np.array([[1, 2, 1, 60_000], [3, 4, 0, 50]], np.uint16))
    assert read_dvsgesture(tmp_path / "3.npy").tolist() == [(3, 4, False, 50_000), (1, 2, True, 60_000_000)]
    np.save(tmp_path / "4.npy", np.zeros((2, 3)))
    (tmp_path / "5.npy").write_bytes(b"no array")
    for name in ("4.npy", "5.npy"):
        with pytest.raises(DataError):
            read_dvsgesture(tmp_path / name)


def test_a_part_of_the_files_will_do_and_comes_in_order(tmp_path, monkeypatch, store):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    source = locate("nmnist")
    assert source.kind == "own copy" and count(source) == 50
    made = store.make(data.job("nmnist", frames=FRAMES, limits={"train": 20}))
    labels = made.arrays["train_labels"]
    assert made.info["sizes"] == {"train": 20, "test": 20} and np.bincount(labels).tolist() == [2] * 10
    packed, lengths = (torch.from_numpy(made.arrays[f"train_{name}"]) for name in ("packed", "lengths"))
    frames = Recordings(packed, lengths, (34, 34)).frames()
    for i, label in enumerate(labels):  # part by part, and yet each with its own label
        rows = frames[:, i].sum((0, 2)).nonzero()[:, 0].tolist()
        assert rows == [3 * label]


def test_files_that_change_or_are_missing_are_noticed(tmp_path, monkeypatch, store):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    job = data.job("nmnist", frames=FRAMES)
    (tmp_path / "NMNIST" / "Train" / "0" / "00000.bin").write_bytes(bytes(5))
    assert locate("nmnist").digest != job.settings["part_0"].settings["digest"]
    with pytest.raises(DataError, match="changed"):
        store.make(job)
    for file in (tmp_path / "NMNIST" / "Test").rglob("*.bin"):
        file.unlink()
    assert locate("nmnist").kind == "damaged" and "NMNIST/Test" in locate("nmnist").problems[0]


def test_gestures_are_read_by_name_and_the_eleventh_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    for part in ("Train", "Test"):
        for gesture in (*range(9, -1, -1), 10):
            file = tmp_path / "DVSGesture" / f"ibmGesture{part}" / "user01_led" / f"{gesture}.npy"
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, np.array([[1, 2, 1, 0], [2, 2, 0, 60]], np.uint16))
    source = locate("dvsgesture")
    assert [label for _, label in recordings(source.dataset, tmp_path)[0]] == list(range(10))
    assert source.kind == "own copy"


@pytest.mark.parametrize(
    ("gone", "problem"),
    [
        (["Train/3"], "no recording of 3 is in NMNIST/Train"),
        (["Test/0", "Test/9"], "no recording of 0, 9 is in NMNIST/Test"),
        ([f"Test/{digit}" for digit in range(10)], "no recording is in NMNIST/Test"),
    ],
)
def test_a_part_of_the_files_without_some_class_is_damaged(tmp_path, monkeypatch, gone, problem):
    """Else the picture of another digit would be shown as the one that lacks."""
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    for part in gone:
        shutil.rmtree(tmp_path / "NMNIST" / part)
    source = locate("nmnist")
    assert source.kind == "damaged" and source.problems == (problem,)
    with pytest.raises(DataError, match=problem):
        read(source)


def test_gestures_that_lack_are_called_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    for part in ("Train", "Test"):
        for gesture in range(9 if part == "Test" else 10):
            file = tmp_path / "DVSGesture" / f"ibmGesture{part}" / "user01_led" / f"{gesture}.npy"
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, np.array([[1, 2, 1, 0]], np.uint16))
    assert locate("dvsgesture").problems == ("no recording of air guitar is in DVSGesture/ibmGestureTest",)


@pytest.mark.parametrize("name", ["nmnist", "dvsgesture"])
@pytest.mark.parametrize(
    "change", [{"sensor": (64, 64)}, {"sizes": (20, 10)}, {"classes": ("hand clapping", "air guitar")}]
)
def test_what_a_simulation_is_made_of_makes_new_artefacts(name, change, monkeypatch, store):
    """The catalogue does not count for the fingerprint of the code, so that its numbers must be in the settings."""
    before = store.key(data.job(name, frames=FRAMES))
    entry = dataset(name)
    changed = replace(entry, recorded=replace(entry.recorded, **change))
    monkeypatch.setattr(sources, "known", lambda wanted: changed if wanted == name else known(wanted))
    assert store.key(data.job(name, frames=FRAMES)) != before


def test_a_simulation_is_made_of_its_settings(store):
    frames = FRAMES | {"denoise": 100_000, "polarity": "merged", "window": 50_000, "steps": 2}
    settings = data.job("dvsgesture", shrink=8, frames=frames).settings["part_1"].settings
    few = dict(settings) | {"sensor": [96, 96], "sizes": [18, 9], "classes": 3}
    arrays, info = prepare(**few)
    assert info["shape"] == [12, 12] and info["sizes"] == {"train": 18, "test": 9} and info["classes"] == 3
    assert arrays["train_labels"].tolist() == [1, 0, 2] and arrays["test_labels"].tolist() == [1]


@pytest.mark.parametrize(("name", "shrink", "side"), [("nmnist", 1, 34), ("dvsgesture", 4, 32)])
def test_simulated_recordings_are_the_same_each_time_and_of_every_class(name, shrink, side, store):
    frames = FRAMES | {"denoise": 100_000, "polarity": "merged", "window": 50_000, "steps": 4}
    job = data.job(name, shrink=shrink, limits={"train": 20, "test": 10}, frames=frames)
    made = store.make(job)
    assert made.info["source"] == "simulated" and made.info["shape"] == [side, side]
    assert np.bincount(made.arrays["train_labels"]).tolist() == [2] * 10
    assert (made.arrays["train_lengths"] == 4).all()
    part = job.settings["part_1"]
    again, _ = part.task(**part.settings)
    assert again["train_packed"].tobytes() == store.make(part).arrays["train_packed"].tobytes()
    assert 0.005 < np.unpackbits(made.arrays["train_packed"]).mean() < 0.5


def test_statistics_of_simulated_and_of_real_recordings(tmp_path, monkeypatch, store):
    assert list(camera.jobs(10)) == ["simulated"]
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    jobs = camera.jobs(10)
    found = {kind: store.make(job).arrays for kind, job in jobs.items()}
    assert list(found) == ["simulated", "real"]
    assert (found["real"]["events"] == 100).all() and (found["real"]["share_brighter"] == 0).all()
    np.testing.assert_array_equal(found["real"]["per_bin"].sum(1), found["real"]["events"])
    np.testing.assert_allclose(found["real"]["duration_ms"], 49)
    for digit, shown in enumerate(found["real"]["picture"]):  # each digit as itself
        assert shown.any(1).nonzero()[0].tolist() == [3 * digit]
    with pytest.raises(SettingError, match="9 recordings do not show 10 digits"):
        statistics("simulated", "", 9)
    assert found["simulated"]["picture"].shape == (10, 34, 34) and found["simulated"]["picture"].sum() > 1000
