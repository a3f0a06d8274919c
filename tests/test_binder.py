"""environment.yml, pyproject.toml, constraints.txt and postBuild say the same: what Binder and conda install."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from snnlib.paths import PACKAGE

ROOT = PACKAGE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
PINS = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]

PYTHONS = [text.rpartition(" ")[2] for text in PROJECT["classifiers"] if text.startswith("Programming Language")]
CUDA = ("nvidia-", "cuda-", "triton")  # what torch's build for CUDA brings along: as it says


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_installs_this_package_with_its_constraints():
    *conda, last = ENVIRONMENT["dependencies"]
    assert conda == ["python=3.11", "make", "pip"] and ENVIRONMENT["channels"] == ["conda-forge"]
    constraints, package = last["pip"]  # "-c" and "-e" make Binder copy the project before it installs
    assert constraints == "-c constraints.txt" and (ROOT / "constraints.txt").exists()
    extras = re.fullmatch(r"-e \.\[(.*)\]", package)[1].split(",")
    assert set(extras) <= PROJECT["optional-dependencies"].keys()
    assert f'--editable ".[{",".join(extras)}]"' in (ROOT / "Makefile").read_text()


def test_python_is_one_that_the_package_takes():
    (python,) = (text.split("=")[1] for text in ENVIRONMENT["dependencies"] if str(text).startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    assert python == PYTHONS[0]  # the first one that make looks for, with which the reference was made


def test_constraints_are_exact_and_sorted_and_torch_is_first():
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", pin) for pin in PINS)
    names = [plain(pin.split("==")[0]) for pin in PINS]
    assert names[0] == "torch" and len(set(names)) == len(names)
    assert PINS[1:] == sorted(PINS[1:], key=str.upper)


@pytest.mark.parametrize(
    "text", [*PROJECT["dependencies"], *(t for extra in PROJECT["optional-dependencies"].values() for t in extra)]
)
def test_every_dependency_is_pinned_to_a_version_that_it_allows(text):
    needed, pins = Requirement(text), dict(pin.split("==") for pin in PINS)
    if needed.name == PROJECT["name"]:  # an extra that takes in another one
        assert needed.extras <= PROJECT["optional-dependencies"].keys()
        return
    versions = {plain(name): version for name, version in pins.items()}
    assert needed.specifier.contains(versions[plain(needed.name)])


def pinned():
    """The metadata of what is installed in the pinned version, by name."""
    versions = {plain(name): version for name, version in (pin.split("==") for pin in PINS)}
    found = {plain(of.metadata["Name"]): of for of in importlib.metadata.distributions()}
    return versions, {name: of for name, of in found.items() if versions.get(name) == of.version.split("+")[0]}


@pytest.mark.parametrize("python", PYTHONS)
def test_pinned_packages_admit_every_python_and_what_they_need_there_is_pinned(python):
    """Asked of the packages' own metadata, so that pip finds what it needs on a Python that is not here."""
    versions, installed = pinned()
    assert len(installed) > 100
    for name, of in installed.items():
        assert SpecifierSet(of.metadata.get("Requires-Python", "")).contains(python), name
        for needed in map(Requirement, of.requires or ()):
            there = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
            if (needed.marker is None or needed.marker.evaluate(there)) and not needed.name.startswith(CUDA):
                assert needed.specifier.contains(versions[plain(needed.name)], prereleases=True), (name, needed)


@pytest.mark.parametrize("file", ["postBuild", ".ci/binder.sh", ".ci/run"])
def test_scripts_can_be_run_and_stop_at_the_first_error(file):
    text = (ROOT / file).read_text()
    assert os.access(ROOT / file, os.X_OK) and re.match(r"#!/(bin/bash|usr/bin/env bash)\n", text)
    assert "set -euo pipefail" in text
    subprocess.run(["bash", "-n", ROOT / file], check=True)


def test_postbuild_runs_in_the_projects_folder(tmp_path):
    command = tmp_path / "snnlib"
    command.write_text(f'#!/bin/bash\nexec {sys.executable} -m snnlib "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(["./postBuild"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "B-F1: png, svg" in done.stdout and list(tmp_path.glob("*/tables/B-T1.md"))
