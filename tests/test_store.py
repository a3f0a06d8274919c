"""The store: keys, verification, damage, several writers."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from snnlib.engine import device
from snnlib.engine import store as engine
from snnlib.engine.device import chosen_device
from snnlib.engine.store import Job, Store, record_of
from snnlib.errors import SettingError, StoreError
from snnlib.randomness import numpy_generator

CALLS = []


def double(x, device="cpu", **more):
    """A job: twice a number; another job's artefact may be among its settings."""
    CALLS.append(x)
    value = float(x.arrays["y"]) if hasattr(x, "arrays") else x
    return {"y": np.array(2.0 * value)}, {"x": value}


@pytest.fixture(autouse=True)
def forget_calls():
    CALLS.clear()


def test_nothing_is_computed_twice(store):
    job = Job(double, {"x": 3})
    assert job not in store
    first, second = store.make(job), store.make(Job(double, {"x": 3}))
    assert CALLS == [3] and job in store
    assert first.key == second.key and float(second.arrays["y"]) == 6.0 and second.info == {"x": 3}


def test_a_job_takes_the_artefacts_of_the_jobs_it_needs(store):
    assert float(store.make(Job(double, {"x": Job(double, {"x": 5})})).arrays["y"]) == 20.0


def test_everything_that_determines_a_result_changes_the_key(tmp_path, monkeypatch):
    store = Store(tmp_path)
    monkeypatch.setattr(device, "machine", lambda name: f"a {name}")
    keys = [
        store.key(Job(double, {"x": 1})),
        store.key(Job(double, {"x": 2})),
        store.key(Job(double, {"x": 1, "extra": None})),
        store.key(Job(double, {"x": Job(double, {"x": 1})})),
        store.key(Job(double, {"x": Job(double, {"x": 2})})),
        Store(tmp_path, "cuda").key(Job(double, {"x": 1})),
    ]
    monkeypatch.setattr(engine, "_versions", lambda: {"torch": "another"})
    keys.append(store.key(Job(double, {"x": 1})))
    monkeypatch.setattr(engine, "code_fingerprint", lambda module: "another")
    keys.append(store.key(Job(double, {"x": 1})))
    assert len(set(keys)) == len(keys)
    assert store.key(Job(double, {"x": 1}, "a label")) == keys[-1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "arrays.safetensors").write_bytes(b"short"),
        lambda folder: flip_last_byte(folder / "arrays.safetensors"),
        lambda folder: (folder / "arrays.safetensors").unlink(),
        lambda folder: (folder / "record.json").write_text("{"),
        lambda folder: (folder / "record.json").write_text("[]"),
        lambda folder: (folder / "record.json").write_text((folder / "record.json").read_text().replace("3", "4")),
    ],
)
def test_a_damaged_artefact_is_set_aside_and_made_again(store, damage):
    job = Job(double, {"x": 3})
    key = store.make(job).key
    damage(store.root / key[:2] / key)
    with pytest.warns(UserWarning, match="damaged"):
        again = store.make(job)
    assert float(again.arrays["y"]) == 6.0 and CALLS == [3, 3]
    assert len(list((store.root / "damaged").iterdir())) == 1
    assert store.make(job).info == {"x": 3} and CALLS == [3, 3]


def flip_last_byte(file):
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_writer_that_is_killed_leaves_nothing_that_is_read(store, tmp_path):
    script = textwrap.dedent("""
        import os, sys, numpy as np
        from pathlib import Path
        from snnlib import randomness
        from snnlib.engine import store
        store.file_sha256 = lambda path: os._exit(9)  # killed between writing and renaming
        store.Store(sys.argv[1])._write(store.Job(randomness.numpy_generator, {"x": 1}), {"y": np.zeros(3)}, {}, 0.0)
    """)
    assert subprocess.run([sys.executable, "-c", script, str(store.root)]).returncode == 9
    assert store.load(Job(numpy_generator, {"x": 1})) is None
    assert not list(store.root.rglob("record.json"))


def test_the_slower_of_two_writers_finds_the_others_result(store):
    job = Job(double, {"x": 3})
    first = store._write(job, {"y": np.array(6.0)}, {"by": "the quicker"}, 0.0)
    second = store._write(job, {"y": np.array(7.0)}, {"by": "the slower"}, 0.0)
    assert first.key == second.key and first.record == second.record
    assert second.info == {"by": "the quicker"} and float(second.arrays["y"]) == 6.0
    assert not list(store.root.rglob(".writing-*"))


def test_a_disk_that_damages_what_is_written_is_said(store, monkeypatch):
    sums = iter(["as it was written", "as it is read"])
    monkeypatch.setattr(engine, "file_sha256", lambda _: next(sums))
    with pytest.warns(UserWarning, match="damaged"), pytest.raises(StoreError, match="just written.*Check that disk"):
        store.make(Job(double, {"x": 3}))


def test_networks_that_are_asked_for_their_info_take_no_memory_for_weights(tmp_path):
    script = textwrap.dedent("""
        import sys, tracemalloc, test_store
        store, job = test_store.Store(sys.argv[1]), test_store.Job(test_store.large)
        store.make(job)
        tracemalloc.start()
        found = [store.load(job) for _ in range(10)]
        print([a.info["is"] for a in found] == ["large"] * 10, tracemalloc.get_traced_memory()[1] < 2e6)
        print(found[0].arrays["x"].shape, found[0].arrays["x"] is found[0].arrays["x"])
    """)  # in a process of its own: where types are checked, an array of each artefact is looked at
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(tmp_path)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert found.splitlines() == ["True True", "(1000, 1000) True"]


def large(device):
    """A job with 4 MB of arrays."""
    return {"x": np.zeros((1000, 1000), np.float32)}, {"is": "large"}


def test_what_is_deleted_while_it_is_in_use_is_said(tmp_path):
    with pytest.raises(StoreError, match="cannot be read any more.*Run again"):
        _ = engine._Arrays(tmp_path / "arrays.safetensors")["y"]  # a whole artefact is read where types are checked


def test_the_folders_of_two_results_that_are_swapped_are_noticed(store):
    """Each record fits its arrays, but not the key it lies under."""
    jobs = [Job(double, {"x": x}) for x in (3, 4)]
    one, other = (store.root / key[:2] / key for key in (store.make(job).key for job in jobs))
    one.rename(store.root / "aside")
    other.rename(one)
    (store.root / "aside").rename(other)
    for job, value in zip(jobs, (6.0, 8.0), strict=True):
        with pytest.warns(UserWarning, match="result of another job"):
            assert float(store.make(job).arrays["y"]) == value


def test_another_instruction_set_is_another_key(store, monkeypatch):
    monkeypatch.delenv("MKL_CBWR", raising=False)
    keys = {store.key(Job(double, {"x": 1}))}
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "ABACUS")
    keys.add(store.key(Job(double, {"x": 1})))
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    keys.add(store.key(Job(double, {"x": 1})))
    assert len(keys) == 3


def in_steps(partial, device, fails):
    """A job that keeps what it has done, and goes on from there."""
    done = int((partial / "done").read_text()) if partial.exists() else 0
    partial.mkdir(parents=True, exist_ok=True)
    (partial / "done").write_text(str(done + 1))
    if done < fails:
        raise KeyboardInterrupt
    return {"y": np.array(done)}, {}


def test_a_job_goes_on_from_what_it_kept_which_goes_when_it_is_done(store):
    job = Job(in_steps, {"fails": 2})
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            store.make(job)
    assert (store.root / "partial" / store.key(job)).is_dir()
    assert int(store.make(job).arrays["y"]) == 2 and not list((store.root / "partial").iterdir())


def test_a_full_disk_is_said_and_leaves_nothing(store, monkeypatch):
    def full(*_):
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(engine, "save_file", full)
    with pytest.raises(StoreError, match="No space left.*Make room"):
        store.make(Job(double, {"x": 3}))
    assert not [f for f in store.root.rglob("*") if f.is_file() or f.name.startswith(".writing")]


def test_what_cannot_be_read_is_no_damage(store, monkeypatch):
    job = Job(double, {"x": 3})
    store.make(job)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "file_sha256", refuse)
        with pytest.raises(StoreError, match="cannot be read"):
            store.load(job)
    assert store.load(job) is not None and not (store.root / "damaged").exists()


def test_the_record_says_what_made_the_artefact(store):
    record = store.make(Job(double, {"x": 3}, "double three")).record
    assert record["task"].endswith("double") and record["settings"] == {"x": 3} and record["label"] == "double three"
    assert {"torch", "snntorch", "numpy"} <= record["libraries"].keys() and record["machine"] and record["made"]
    json.dumps(record)


def test_a_store_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="SNNLIB_STORE"):
        Store(tmp_path / "file" / "store")


@pytest.mark.parametrize(
    ("build", "text"), [(None, "for CPUs only. Install a build for CUDA"), ("12.8", "No CUDA device")]
)
def test_a_gpu_out_of_reach_is_told_with_the_reason(monkeypatch, build, text):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", build)
    with pytest.raises(SettingError, match=text):
        chosen_device("cuda")
    assert chosen_device("auto") == "cpu"


def test_files_are_read_as_they_were_written_whatever_the_locale(store):
    script = "import sys, test_store as t; print(t.Store(sys.argv[1]).make(t.Job(t.double, {'x': 3})).key)"
    foreign = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(store.root)]
    done = subprocess.run(command, env=os.environ | foreign, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert store.load(Job(double, {"x": 3})).key == done.stdout.strip()


def put(path):
    """What is in a result's place that is no result."""
    return {
        "a link": lambda other: path.symlink_to(other),
        "a file": lambda _: path.write_text("x"),
        "without a record": lambda _: path.mkdir(),
        "a folder for a record": lambda _: (path / "record.json").mkdir(parents=True),
        "deep": lambda _: (path.mkdir(), (path / "record.json").write_text("[" * 100_000)),
    }


@pytest.mark.parametrize("kind", put(Path()))
def test_no_damage_in_the_place_of_a_result_is_read_or_in_the_way(store, kind):
    one, other = Job(double, {"x": 1.0}), Job(double, {"x": 2.0})
    folders = [store._folder(job) for job in (one, other) if store.make(job)]
    shutil.rmtree(folders[0])
    put(folders[0])[kind](folders[1])
    assert record_of(store.root, store.key(one)) is None
    with pytest.warns(UserWarning, match="is damaged"):
        assert float(store.make(one).arrays["y"]) == 2
    assert float(store.make(other).arrays["y"]) == 4


def test_damage_that_cannot_be_moved_is_told(store):
    job = Job(double, {"x": 1.0})
    store.make(job)
    (store._folder(job) / "record.json").unlink()
    (store.root / "damaged").write_text("a file")
    with pytest.raises(StoreError, match="cannot be moved to .*damaged: File exists"):
        store.load(job)
