"""The doctor says what is wrong and what to do, and nothing where all is well."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
import torch

from snnlib import paths
from snnlib.cli import main
from snnlib.reproduction import doctor
from snnlib.reproduction.doctor import _data, _machine, _notebooks, _packages, _store, examine
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.unused import unused


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
    problems = ill(_packages())
    assert len(problems) == 2 and "snntorch 0.9.0, needed: snntorch<2,>=1.0" in " ".join(problems)
    assert "Run: pip install 'safetensors>=0.5'" in " ".join(problems)
    assert main(["doctor"]) == 1 and "NOT safetensors is missing" in capsys.readouterr().out


def test_a_store_out_of_reach_and_a_full_disk(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "file" / "store"))
    assert "Set SNNLIB_STORE" in ill(_store())[0]
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "free")(1e9))
    assert ill(_store()) == ["1 GB of disk free: Make room, or set SNNLIB_STORE to another disk."]


@pytest.mark.parametrize(("package", "blind"), [("papermill", {"notebooks"}), ("torch", {"machine"})])
def test_a_package_that_cannot_be_imported_hides_nothing_else(package, blind):
    script = f"import sys; sys.modules['{package}'] = None; from snnlib import cli; sys.exit(cli.main(['doctor']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    problems = [(line, lines[n + 1]) for n, line in enumerate(lines) if line.startswith("NOT")]
    assert done.returncode == 1 and done.stderr == ""
    assert {what.removeprefix("NOT ").split(":")[0] for what, _ in problems} == blind
    assert all(package in what and "run: pip install" in remedy for what, remedy in problems)
    assert {"ok  Jupyter kernel python3", "ok  MNIST: embedded"} & set(lines) and "processors" in done.stdout


def test_the_versions_leave_out_what_is_not_installed(monkeypatch):
    known = importlib.metadata.version

    def version(name):
        if name == "tonic":
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    findings = examine()
    assert [f.what.split(",")[0] for f in findings if not f.well] == ["tonic is missing"]
    assert any(f.what.startswith("packages: torch") and "tonic" not in f.what for f in findings)


def test_a_data_folder_that_is_a_file_is_one_finding_among_others(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path / "file"))
    assert [p for p in ill(examine()) if "SNNLIB_DATA" not in p] == []
    assert len(ill(examine())) == 1 and len(examine()) > 5


@pytest.mark.parametrize(
    ("build", "nvidia", "text"),
    [
        (None, True, "a GPU that is not used: This torch is a build for CPUs only. Install a build for CUDA"),
        ("12.8", True, "a GPU that is not used: No CUDA device is available."),
        (None, False, "no GPU (none is needed)"),
    ],
)
def test_a_gpu_that_torch_cannot_use_is_told_apart_from_none(monkeypatch, build, nvidia, text):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", build)
    monkeypatch.setattr("shutil.which", lambda _: "nvidia-smi" if nvidia else None)
    (gpu,) = (f for f in _machine() if "GPU" in f.what)
    assert gpu.well and gpu.what.startswith(text)


def test_notebooks_are_looked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "notebooks", lambda: tmp_path)
    assert "01_train" in ill(_notebooks())[0]


@pytest.mark.parametrize(("gigabytes", "problems"), [(1.0, 1), (64.0, 0), (None, 0)])
def test_little_memory_is_a_matter_of_workers(monkeypatch, gigabytes, problems):
    names = {"SC_PHYS_PAGES": 0} if gigabytes else {}
    monkeypatch.setattr(os, "sysconf_names", names)
    monkeypatch.setattr(os, "sysconf", lambda name: round(gigabytes * 1e9 / 4096) if name == "SC_PHYS_PAGES" else 4096)
    assert len(ill(_machine())) == problems


def test_what_lies_in_the_data_folder_and_is_not_used_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    for folder in ("cifar-10-batches-bin", "mnist", "AT&T", "NMNIST/train", ".hidden"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "cifar-10-batches-bin" / "test_batch.bin").write_bytes(b"x")  # damaged, not unused
    for file in ("cifar-100-binary.tar.gz", "README.md"):
        (tmp_path / file).write_bytes(b"x")
    said = [
        f"Nothing in {tmp_path / 'AT&T'} is used: no data set is looked for there.",
        f"Nothing in {tmp_path / 'NMNIST'} is used: N-MNIST is looked for as {tmp_path / 'NMNIST' / 'Train'}.",
        f"{tmp_path / 'cifar-100-binary.tar.gz'} is an archive, which is not used: unpack it in {tmp_path}.",
        f"Nothing in {tmp_path / 'mnist'} is used: no data set is looked for there. Is it MNIST?",
    ]
    assert unused() == said
    assert {f"{s}: data/README.md says which file goes where." for s in said} < set(ill(_data()))
    assert main(["data", "list"]) == 0
    assert [line.removeprefix("Note: ") for line in capsys.readouterr().out.splitlines()[-4:]] == said


def test_a_data_folder_that_is_not_there_is_no_trouble_unless_it_was_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path / "dta"))
    assert unused() == [f"SNNLIB_DATA is {tmp_path / 'dta'}, which is not there: no official files are used."]
    Lab("smoke", tmp_path / "out", device="cpu")
    assert f"Note: {unused()[0]}" in capsys.readouterr().out
    monkeypatch.delenv("SNNLIB_DATA")
    monkeypatch.setattr(paths, "project", lambda: tmp_path)
    assert unused() == []


def test_damaged_data_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").write_bytes(b"x")
    assert "MNIST: damaged" in ill(_data())[0]
