"""What README.md says holds: its code runs, its commands parse, its links lead somewhere, its verdicts are those."""

import re
import runpy
import shlex

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from helpers.data import picture, recording

from snnlib.cli import parser
from snnlib.errors import SettingError
from snnlib.paths import PACKAGE
from snnlib.reproduction.options import Options

ROOT = PACKAGE.parent
TEXT = (ROOT / "README.md").read_text()
MADE = runpy.run_path(str(ROOT / ".ci" / "readme.py"))
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A working directory with the files that a reader has."""
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    torch.manual_seed(0)
    layers = {"fc1": torch.nn.Linear(784, 100), "fc2": torch.nn.Linear(100, 10)}
    state = {f"{name}.{part}": tensor for name, layer in layers.items() for part, tensor in layer.state_dict().items()}
    torch.save(state, "checkpoint.pt")
    for name in ("cats", "dogs"):
        picture(tmp_path / "my-images" / name / "1.png")
        (tmp_path / "my-recordings" / name).mkdir(parents=True)
        np.save(tmp_path / "my-recordings" / name / "1.npy", recording())
    return tmp_path


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_of_code_runs_alone(number, files):
    exec(compile(BLOCKS[number], f"README.md, block {number + 1}", "exec"), {})
    assert ("savefig" in BLOCKS[number]) == (files / "samples.png").exists()


def test_both_ways_to_a_network_give_the_same_samples(files, capsys):
    """The checkpoint in a network of snnlib's, and in one that snnTorch steps through time."""
    ours, theirs = (next(block for block in BLOCKS if word in block) for word in ("import mlp", "snntorch.Leaky("))
    found = []
    for block in (ours.replace("brainleaks_v2}", "brainleaks_v1}"), theirs):
        names = {}
        exec(block, names)
        found.append(names["found"].samples)
    assert found[0].shape == (25, 10, 28, 28) and (found[0] == found[1]).float().mean() > 0.9  # but for rounding


def test_every_command_parses_and_names_what_there_is():
    lines = [line.partition("#")[0] for line in re.findall(r"^\.venv/bin/snnlib (.*)$", TEXT, re.MULTILINE)]
    lines += re.findall(r"`snnlib ([a-z ]+)[`>]", TEXT)
    assert len(lines) > 6
    for line in lines:
        words = shlex.split(line.partition(" > ")[0])
        options = parser().parse_args(words + (["--from", "x"] if words == ["figures"] else []))
        Options(only=getattr(options, "only", ()))
    with pytest.raises(SettingError):
        Options(only=["A-T99"])


def test_a_checkpoint_of_another_network_is_refused(files):
    """Weights by other names, as `torch.nn.DataParallel` leaves them, are no weights: nothing is attacked."""
    state = torch.load("checkpoint.pt", weights_only=True)
    torch.save({f"module.{name}": tensor for name, tensor in state.items()}, "checkpoint.pt")
    for word, error in {"import mlp": KeyError, "snntorch.Leaky(": AssertionError}.items():
        with pytest.raises(error):
            exec(next(block for block in BLOCKS if word in block), {})


def test_readers_import_from_the_library_only():
    modules = set(re.findall(r"^from (snnlib\S+) import", TEXT, re.MULTILINE))
    assert len(modules) > 4 and not [
        name for name in modules if name.split(".")[1] in ("reproduction", "engine", "report")
    ]


def test_links_lead_to_files():
    links = re.findall(r"\]\((?!http)([^)]+)\)", TEXT)
    assert len(links) > 8
    assert not [link for link in links if not (ROOT / link).exists()]


def test_verdicts_and_numbers_are_those_of_the_reference_run():
    assert MADE["written"](TEXT) == TEXT, "run 'make readme'"
    found = {name: part for part, name, _ in MADE["PART"].findall(TEXT)}
    assert set(found) == {"sentences", "verdicts", "speed"}
    assert len(re.findall(r"^\| [AB]\d: ", TEXT, re.MULTILINE)) == 13


def test_what_the_reference_run_says_is_written_between_the_marks_and_nowhere_else():
    others = MADE["PART"].sub(r"\1other\n\3", TEXT)
    assert others.count("\nother\n") == 3 and MADE["written"](others) == MADE["written"](TEXT)
