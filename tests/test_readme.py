"""What README.md says holds: its code runs, its commands parse, its links lead somewhere, its verdicts are those."""

import re
import runpy
import shlex

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from test_folders import picture, recording

from snnlib.cli import parser
from snnlib.errors import SettingError
from snnlib.paths import PACKAGE
from snnlib.reproduction import places
from snnlib.reproduction.items import select

ROOT = PACKAGE.parent
TEXT = (ROOT / "README.md").read_text()
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
        words = shlex.split(line)
        options = parser().parse_args(words + (["--from", "x"] if words == ["figures"] else []))
        select(tuple(getattr(options, "only", ())))
    with pytest.raises(SettingError):
        select(("A-T99",))


def test_links_lead_to_files():
    links = re.findall(r"\]\((?!http)([^)]+)\)", TEXT)
    assert len(links) > 8
    assert not [link for link in links if not (ROOT / link).exists()]


def test_the_verdicts_are_those_of_the_reference_run():
    made = runpy.run_path(str(ROOT / ".ci" / "readme.py"))
    table = made["verdict_table"]()
    assert made["with_verdicts"](TEXT, table) == TEXT, f"run 'make readme'; the table is now:\n{table}"
    assert table.count("\n") == 2 + 13
    assert "old" not in made["with_verdicts"](f"a{made['BEGIN']}old{made['END']}b", "new\n")


def reference(*ids):
    return pd.concat(pd.read_csv(places.references() / "quick" / "tables" / f"{id}.csv") for id in ids)


@pytest.mark.parametrize("data", ["photos-tiles", "photos-10"])
def test_the_range_of_aucs_is_that_of_the_reference_run(data):
    rows = reference("B-T2", "B-T3", "B-T5")
    rows = rows.query("data == @data and attack == 'RMIA' and metric == 'auc' and not dropout")
    low, high = (f"{100 * value:.0f}" for value in (rows["value"].min(), rows["value"].max()))
    assert f"{low} to {high} % on {data}" in " ".join(TEXT.split())


def test_what_is_said_of_inverted_samples_holds_in_the_reference_run():
    """Most digits and gestures are recognised by others; of faces, most of v1's and few of v2's by other SNNs."""
    rows = reference("A-T1", "A-T2", "A-T3", "A-T4").query("metric == 'attack_accuracy'")
    aa = rows[rows["attack"].str.startswith("brainleaks")].set_index(["attack", "judge"])
    faces, others = (aa.loc[of, "value"] for of in (aa["data"] == "att_faces", aa["data"] != "att_faces"))
    assert others.size == 12 and others.min() > 0.5
    assert faces["brainleaks_v1", "snn"] > 0.5 and faces["brainleaks_v2", "snn"] < 0.25


def test_what_is_said_of_the_ann_holds_in_the_reference_run():
    """It leaks more in every comparison, by so many points, and none is certain."""
    b3 = reference("B-V").query("claim == 'B3'")
    text = " ".join(TEXT.split())
    for data in ("photos-tiles", "photos-10"):
        points = 100 * b3.loc[b3["data"] == data, "value"]
        assert (
            f"{points.min():.0f} to {points.max():.0f}{' points of AUC' * (data == 'photos-tiles')} on {data}" in text
        )
    assert set(b3["verdict"]) == {"inconclusive"} and b3["value"].min() > 0


def test_the_numbers_that_differ_most_from_paper_a_are_those_of_the_reference_run():
    rows = reference("A-T2", "A-T3", "A-T4").query("metric == 'attack_accuracy' and judge in ('ann', 'snn')")
    both = rows.set_index(["data", "attack", "judge"])[["value", "published"]].mul(100).round().astype("Int64")
    text = " ".join(TEXT.split())
    for (data, attack, judge), where in {
        ("nmnist", "brainleaks_v1", "snn"): "{} % of BrainLeaks-v1's samples on N-MNIST (published: {} %)",
        ("dvsgesture", "brainleaks_v1", "snn"): "{} % on DVSGesture ({} %)",
        ("mnist", "fredrikson", "ann"): "{} % of those from MNIST's ANN ({} %)",
    }.items():
        assert where.format(*both.loc[(data, attack, judge)]) in text
    better = reference("A-V").query("claim == 'A3' and study != 'mnist'")
    assert (better["high"] < 0.1).all() and (better["value"] < -0.1).all()
