"""The doctor says what is wrong and what to do, and nothing where all is well."""

import importlib.metadata
import shutil
from collections import namedtuple

import pytest

from snnlib import doctor, paths
from snnlib.cli import main


def ill(findings):
    return [f"{f.what}: {f.remedy}" for f in findings if not f.well]


def test_a_machine_that_runs_the_tests_is_well(capsys):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "ok  Python 3." in printed and "NOT" not in printed and "photos-tiles stands in" in printed


def test_a_package_that_is_missing_or_too_old_is_named_with_the_command_that_helps(monkeypatch, capsys):
    known = importlib.metadata.version

    def version(name):
        if name == "safetensors":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.9.0" if name == "snntorch" else known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    problems = ill(doctor._packages())
    assert len(problems) == 2 and "snntorch 0.9.0, needed: snntorch<2,>=1.0" in " ".join(problems)
    assert "Run: pip install 'safetensors>=0.5'" in " ".join(problems)
    assert main(["doctor"]) == 1 and "NOT safetensors is missing" in capsys.readouterr().out


def test_a_store_out_of_reach_and_a_full_disk(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "file" / "store"))
    assert "Set SNNLIB_STORE" in ill(doctor._store())[0]
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "free")(1e9))
    assert ill(doctor._store()) == ["1 GB of disk free: Make room, or set SNNLIB_STORE to another disk."]


def test_notebooks_are_looked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "notebooks", lambda: tmp_path)
    assert "01_train" in ill(doctor._notebooks())[0]


@pytest.mark.parametrize(("gigabytes", "problems"), [(1.0, 1), (64.0, 0), (None, 0)])
def test_little_memory_is_a_matter_of_workers(monkeypatch, gigabytes, problems):
    monkeypatch.setattr(doctor, "_memory_gb", lambda: gigabytes)
    assert len(ill(doctor._machine())) == problems


def test_damaged_data_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").write_bytes(b"x")
    assert "MNIST: damaged" in ill(doctor._data())[0]
