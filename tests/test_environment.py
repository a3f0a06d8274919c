"""What is recorded of the machine and the code of a run."""

import shutil
import subprocess

import pytest

from snnlib import __version__
from snnlib.reproduction import environment


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the package in it, in place of the real one."""
    (tmp_path / "snnlib").mkdir()
    (tmp_path / "snnlib" / "a.py").write_text("a = 1\n")
    monkeypatch.setattr(environment, "PACKAGE", tmp_path / "snnlib")
    return tmp_path


def code():
    return environment.environment("cpu", 2)["code"]


def test_without_a_checkout_the_version_has_to_do(checkout):
    assert code() == {"version": __version__}
    (checkout / ".git").mkdir()  # no repository
    assert code() == {"version": __version__}


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
def test_the_commit_and_whether_code_is_as_committed(checkout, monkeypatch):
    def git(*command):
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *command], cwd=checkout, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "a")
    assert code()["clean"] is True and len(code()["commit"]) == 40
    (checkout / "results.csv").write_text("not code")
    assert code()["clean"] is True
    (checkout / "snnlib" / "b.py").write_text("b = 1\n")
    assert code()["clean"] is False
    monkeypatch.setenv("PATH", "")
    assert code() == {"version": __version__}


def test_the_machine_is_told_by_processor_instruction_set_and_threads():
    found = environment.environment("cpu", 3)
    assert found["instructions"].startswith("cpu") and found["threads"] == {"jobs at a time": 3, "of each job": 1}
    assert found["versions"]["torch"] and found["processor"]
