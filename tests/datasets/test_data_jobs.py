"""Jobs that read data sets: their parts, their keys and what they notice."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from helpers.data import CIFAR, cifar_records, put_cifar, put_gestures, put_nmnist

from snnlib import paths
from snnlib.datasets.catalogue import CATALOGUE
from snnlib.datasets.nmnist import NMNIST
from snnlib.datasets.sources import count, locate
from snnlib.engine import code
from snnlib.errors import DataError, SettingError
from snnlib.reproduction.brainleaks import camera
from snnlib.reproduction.tasks.data import data_job
from snnlib.spikes import Recordings

FRAMES = {"denoise": 40_000, "window": 10_000, "polarity": "first", "steps": None}


def test_limits_keep_classes_equal_and_points_in_order(store):
    full = store.make(data_job("mnist"))
    part = store.make(data_job("mnist", limits={"train": 205}))
    assert sorted(np.bincount(part.arrays["train_labels"])) == [20] * 5 + [21] * 5
    assert len(part.arrays["test_labels"]) == 1000
    where = [
        np.flatnonzero((full.arrays["train_images"] == x).all((1, 2)))[0] for x in part.arrays["train_images"][:20]
    ]
    assert where == sorted(where)


def test_shrinking_averages_squares(store):
    full, half = (store.make(data_job("photos-tiles", shrink=k)).arrays["images"] for k in (1, 2))
    assert half.shape == (1843, 16, 16, 3)
    np.testing.assert_allclose(half[7, 3, 5], full[7, 6:8, 10:12].mean((0, 1)), atol=0.51)


def test_data_that_change_while_in_use_are_noticed(store):
    put_cifar(paths.data())
    job = data_job("cifar100")
    (paths.data() / CIFAR / "test.bin").write_bytes(cifar_records(10, 2))
    with pytest.raises(DataError, match="changed"):
        store.make(job)


def test_a_part_of_the_files_will_do_and_comes_in_order(tmp_path, monkeypatch, store):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    source = locate(NMNIST)
    assert source.kind == "own copy" and count(source) == 50
    made = store.make(data_job("nmnist", frames=FRAMES, limits={"train": 20}))
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
    job = data_job("nmnist", frames=FRAMES)
    (tmp_path / "NMNIST" / "Train" / "0" / "00000.bin").write_bytes(bytes(5))
    assert locate(NMNIST).digest != job.settings["part_0"].settings["digest"]
    with pytest.raises(DataError, match="changed"):
        store.make(job)
    for file in (tmp_path / "NMNIST" / "Test").rglob("*.bin"):
        file.unlink()
    assert locate(NMNIST).kind == "damaged" and "NMNIST/Test" in locate(NMNIST).problems[0]


@pytest.mark.parametrize(("name", "shrink", "side"), [("nmnist", 1, 34), ("dvsgesture", 4, 32)])
def test_simulated_recordings_are_the_same_each_time_and_of_every_class(name, shrink, side, store):
    frames = FRAMES | {"denoise": 100_000, "polarity": "merged", "window": 50_000, "steps": 4}
    job = data_job(name, shrink=shrink, limits={"train": 20, "test": 10}, frames=frames)
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
        camera.statistics("simulated", "", 9)
    assert found["simulated"]["picture"].shape == (10, 34, 34) and found["simulated"]["picture"].sum() > 1000


@pytest.mark.parametrize("name", ["nmnist", "dvsgesture"])
def test_the_runs_seed_simulates_other_recordings(name, store):
    settings = {"shrink": 2, "limits": {"train": 20, "test": 10}, "frames": FRAMES | {"denoise": 100_000, "steps": 4}}
    parts = [data_job(name, **settings, seed=seed).settings["part_0"] for seed in (0, 1)]
    first, second = (store.make(part).arrays["train_packed"] for part in parts)
    assert first.shape[0] == second.shape[0] and first.tobytes() != second.tobytes()


def test_the_runs_seed_draws_other_points_of_the_same_classes(store):
    first, again, second = (
        store.make(data_job("photos-10", limits={"pool": 100}, seed=seed)).arrays for seed in (0, 0, 7)
    )
    assert first["images"].tobytes() == again["images"].tobytes() != second["images"].tobytes()
    assert np.bincount(second["labels"]).tolist() == [10] * 10
    assert store.key(data_job("photos-10", seed=1)) == store.key(data_job("photos-10"))  # nothing is drawn


def test_a_stand_in_is_read_only_where_the_data_set_is_missing():
    assert data_job("cifar100", "photos-tiles").settings["name"] == "photos-tiles"
    put_cifar(paths.data())
    assert data_job("cifar100", "photos-tiles").settings["name"] == "cifar100"


@pytest.mark.parametrize(
    ("changed", "anew"),
    [("mnist", {"mnist", "nmnist"}), ("cifar", {"cifar10", "cifar100"}), ("dvsgesture", {"dvsgesture"})],
)
def test_code_of_a_data_set_makes_only_its_own_artefacts_anew(changed, anew, monkeypatch):
    def fingerprints():
        code.code_fingerprint.cache_clear()
        code.imports.cache_clear()
        return {entry.name: code.code_fingerprint(entry.task.__module__) for entry in CATALOGUE}

    before, name = fingerprints(), f"snnlib.datasets.{changed}"
    monkeypatch.setitem(code.sources(), name, code.sources()[name] + "\nCHANGED = True\n")
    after = fingerprints()
    code.code_fingerprint.cache_clear()
    assert {entry for entry in before if before[entry] != after[entry]} == anew


def test_no_task_imports_the_catalogue():
    """Else a line for another data set would make all artefacts anew."""
    assert "snnlib.datasets.catalogue" not in code.closure(entry.task.__module__ for entry in CATALOGUE)


def test_data_are_looked_at_without_torch():
    modules = "snnlib.datasets.catalogue, snnlib.reproduction.fetching, snnlib.reproduction.unused"
    text = f"import sys; import {modules}; print(*{{'torch', 'tonic', 'PIL', 'certifi'}} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_recordings_of_gestures_are_reduced(store):
    put_gestures(paths.data())
    frames = FRAMES | {"denoise": 100_000, "polarity": "merged"}
    made = store.make(data_job("dvsgesture", shrink=4, limits={"test": 9}, frames=frames))
    assert made.info["source"] == "own copy" and made.info["shape"] == [32, 32]
    assert made.info["sizes"] == {"train": 10, "test": 9} and made.info["classes"] == 10
    assert made.arrays["train_labels"].tolist() == list(range(10)) and len(made.arrays["test_packed"]) == 9
