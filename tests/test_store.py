"""The store: keys, verification, damage, several writers."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from snnlib.engine.code import _is_module, code_fingerprint
from snnlib.engine.device import chosen_device
from snnlib.engine.store import Job, Store, _Arrays
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
    monkeypatch.setattr(store, "machine", lambda device: f"a {device}")
    keys = [
        store.key(Job(double, {"x": 1})),
        store.key(Job(double, {"x": 2})),
        store.key(Job(double, {"x": 1, "extra": None})),
        store.key(Job(double, {"x": Job(double, {"x": 1})})),
        store.key(Job(double, {"x": Job(double, {"x": 2})})),
        Store(tmp_path, "cuda").key(Job(double, {"x": 1})),
    ]
    monkeypatch.setattr(store, "_versions", lambda: {"torch": "another"})
    keys.append(store.key(Job(double, {"x": 1})))
    monkeypatch.setattr(store, "code_fingerprint", lambda module: "another")
    keys.append(store.key(Job(double, {"x": 1})))
    assert len(set(keys)) == len(keys)
    assert store.key(Job(double, {"x": 1}, "a label")) == keys[-1]


def test_the_code_fingerprint_follows_imports_and_ignores_comments(tmp_path, monkeypatch):
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "low.py").write_text("def f():\n    return 1\n")
    (package / "high.py").write_text("from . import low\n")
    (package / "beside.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def fingerprint():
        code_fingerprint.cache_clear()
        _is_module.cache_clear()
        return code_fingerprint("pack.high")

    before = fingerprint()
    (package / "low.py").write_text('def f():\n    """Says what it does."""\n    return 1  # why\n')
    (package / "beside.py").write_text("x = 2\n")
    assert fingerprint() == before
    (package / "low.py").write_text("def f():\n    return 2\n")
    assert fingerprint() != before


def test_training_depends_on_neurons_and_not_on_the_report():
    text = "import snnlib.store as s; s._digest = sorted; print(s.code_fingerprint('snnlib.training'))"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
    assert "snnlib.neurons" in found and "snnlib.conversion" in found
    assert "snnlib.report" not in found and "snnlib.tables" not in found and "snnlib.membership'" not in found


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
        from snnlib import randomness, store
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
    monkeypatch.setattr(store, "file_sha256", lambda _: next(sums))
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
        _ = _Arrays(tmp_path / "arrays.safetensors")["y"]


def test_a_full_disk_is_said_and_leaves_nothing(store, monkeypatch):
    def full(*_):
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(store, "save_file", full)
    with pytest.raises(StoreError, match="No space left.*Make room"):
        store.make(Job(double, {"x": 3}))
    assert not [f for f in store.root.rglob("*") if f.is_file() or f.name.startswith(".writing")]


def test_what_cannot_be_read_is_no_damage(store, monkeypatch):
    job = Job(double, {"x": 3})
    store.make(job)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(store, "file_sha256", refuse)
        with pytest.raises(StoreError, match="cannot be read"):
            store.load(job)
    assert store.load(job) is not None and not (store.root / "damaged").exists()


def test_code_that_changes_after_the_import_changes_nothing(monkeypatch):
    code_fingerprint.cache_clear()
    before = code_fingerprint("snnlib.training")
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: real(self, *a, **k) + "\nx = 1\n")
    code_fingerprint.cache_clear()
    assert code_fingerprint("snnlib.training") == before


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
