"""What the pages in ``docs/`` tell their readers to do, done: examples, changes of files, commands."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of each fenced block of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def copy_of_project(folder: Path) -> Path:
    """What a contributor changes, without results, store and environment."""
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("snnlib", "notebooks"):
        shutil.copytree(PROJECT / name, folder / name, ignore=left_out)
    (folder / "tests").mkdir()
    for name in ("pyproject.toml", "tests/conftest.py", "tests/typecheck.py"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


def make_changes(page: str, project: Path) -> None:
    """Make every change that a page shows."""
    for language, text in blocks(page):
        first = text.splitlines()[0]
        if language == "diff":
            _edit(text, project)
        elif first.startswith("# new file: "):
            (project / first.removeprefix("# new file: ")).write_text(text.split("\n", 1)[1])
        elif first.startswith("# new cell at the end of "):
            _add_cell(project / first.removeprefix("# new cell at the end of "), text.split("\n", 1)[1])


def _edit(change: str, project: Path) -> None:
    """Apply a change as ``diff`` shows it; what it takes away or stands beside must be in the file just once."""
    head, *hunks = re.split(r"^@@\n", change, flags=re.MULTILINE)
    file = project / re.search(r"^\+\+\+ b/(.*)$", head, re.MULTILINE)[1]
    text = file.read_text()
    for hunk in hunks:
        lines = [(line[:1] or " ", line[1:]) for line in hunk.splitlines()]
        old, new = ("".join(f"{rest}\n" for sign, rest in lines if sign in kept) for kept in (" -", " +"))
        assert text.count(old) == 1, f"{file.name} does not have once what the page shows:\n{old}"
        text = text.replace(old, new)
    file.write_text(text)


def _add_cell(file: Path, source: str) -> None:
    notebook = nbformat.read(file, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(source.strip()))
    nbformat.write(notebook, file)


def commands(page: str) -> list[list[str]]:
    """The commands that a page has run in the project's environment."""
    lines = [line for language, text in blocks(page) if language == "sh" for line in text.splitlines()]
    found = [line.partition("#")[0].split() for line in lines if line.startswith(".venv/bin/")]
    tools = {".venv/bin/python": [sys.executable], ".venv/bin/snnlib": [sys.executable, "-m", "snnlib"]}
    return [tools[tool] + rest for tool, *rest in found]


def run(command: list[str], project: Path, store: Path) -> str:
    """What a command prints, run with the copy's code; it fails as the test does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # the copy is not measured
    env |= {"PYTHONPATH": str(project), "SNNLIB_STORE": str(store), "SNNLIB_DATA": str(project / "data")}
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


JOBS = [f"reproduction.tasks.{name}" for name in ("train", "invert", "score", "query")]
JOBS += [f"datasets.{name}" for name in ("mnist", "att_faces", "nmnist", "dvsgesture", "cifar", "photos")]


def fingerprints(project: Path) -> dict[str, str]:
    """Of the code of all modules that have jobs, in a copy of the project."""
    code = f"import json; from snnlib.engine.code import code_fingerprint as of; jobs = {JOBS}; "
    code += 'print(json.dumps({name.rpartition(".")[2]: of(f"snnlib.{name}") for name in jobs}))'
    return json.loads(run([sys.executable, "-c", code], project, project))
