"""The benchmark: peers compute the same as snnlib, and every row is timed."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from benchmarks import attacks, contests, membership, reproduction, training
from benchmarks.measure import Contest, distance, in_turn
from benchmarks.peers import SnnTorch
from snnlib.paths import project

ROWS = ["mlp-600-T8", "lif-T4", "lif-cuda-T4-snntorch", "resnet-direct-T1", "auc"]


def test_a_quick_run_writes_a_table_with_every_row_and_its_time(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", *ROWS, "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=project(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = pd.read_csv(tmp_path / "bench.csv")
    assert list(lines["row"].unique()) == contests.chosen(ROWS)
    timed = lines[~lines["remark"].isin(["not installed", "none on this machine"])]
    assert (timed["seconds"] > 0).all() and (timed["low"] <= timed["seconds"]).all() and (timed["repeats"] == 3).all()
    assert ("lif-cuda-T4-snntorch" in set(timed["row"])) == torch.cuda.is_available()
    assert set(timed.loc[timed["row"] == "mlp-600-T8-snntorch", "role"]) == {"snnlib", "peer", "floor"}
    peers = timed[timed["role"] == "peer"]
    assert (peers["distance"] <= peers["tolerance"]).all()
    assert (timed["threads"] == 1).all() and (timed["processor"].str.len() > 0).all()
    assert {file.name for file in tmp_path.iterdir()} == {f"bench.{ending}" for ending in ("csv", "md", "png", "svg")}
    assert "torch " + torch.__version__ in (tmp_path / "bench.md").read_text()


@pytest.mark.parametrize("attack", attacks.ATTACKS)
def test_the_released_way_finds_the_same_samples(attack):
    contest = attacks.brainleaks(attack, hidden=1000, steps=12)
    assert contest.distance() <= contest.tolerance


def test_a_potential_is_compared_as_well_as_spikes_and_gradients():
    network = training.mlp([28, 28], 10, 20, training.DYNAMICS[SnnTorch])
    x, y = torch.ones(3, 2, 28, 28), torch.tensor([0, 1])
    found = training.results(network, x, y, training.of_potential)
    assert [of.shape for of in found[:3]] == [(3, 2, 10), (3, 2, 10), (20, 784)] and len(found) == 6


def test_published_rmia_by_hand():
    """Ratios 1, 4 and 9 against a population of 1, 2, 3 and 8: more than twice as large as 0, 1 (of 1) and 3 of 4."""
    points, population = (torch.tensor(x).double().log().numpy() for x in ([1, 4, 9], [1, 2, 3, 8]))
    assert membership.published_rmia(points, population, 2.001).tolist() == [0, 0.25, 0.75]
    assert membership.pairwise_rmia(points, population, 2.001).tolist() == [0, 0.25, 0.75]


def test_results_that_differ_are_not_timed(monkeypatch):
    ran = []
    contest = Contest("work", lambda: ran.append(1), lambda: ran.append(2), distance=lambda: 0.02, tolerance=0.01)
    monkeypatch.setitem(contests.ROWS, "wrong", lambda: contest)
    with pytest.raises(AssertionError, match=r"differ by 0\.02"):
        list(contests.measured("wrong"))
    assert not ran
    assert distance([[1, 1, 0, 2]], [[1, 1, 1, 1]]) == 0.5


def test_a_peer_that_is_missing_is_named(monkeypatch):
    for name in ["norse", *(name for name in sys.modules if name.startswith("norse."))]:
        monkeypatch.setitem(sys.modules, name, None)
    (line,) = contests.measured("mlp-600-T8-norse", 1)
    assert (line["who"], line["remark"]) == ("norse", "not installed")


def test_all_take_their_turn():
    order = []
    times = in_turn({name: lambda name=name: order.append(name) for name in ("ours", "theirs", "floor")}, 3)
    assert order[-9:] == ["ours", "theirs", "floor"] * 3
    assert {name: len(seconds) for name, seconds in times.items()} == {"ours": 3, "theirs": 3, "floor": 3}


def test_a_name_that_no_row_has():
    assert contests.chosen(["auc"]) == ["auc"]
    with pytest.raises(ValueError, match="no row 'speed'"):
        contests.chosen(["speed"])


def test_a_profile_is_timed_by_notebook_and_by_task(monkeypatch):
    """Two tasks at the first run of each store, none at the second; whole seconds of a notebook as it prints them."""

    def run(command, *, env, **_):
        folder = Path(env["SNNLIB_STORE"], "ab")
        for n, (task, seconds) in enumerate((("train.train", 1.5), ("train.train", 2.0), ("score.score", 0.5))):
            (folder / str(n)).mkdir(parents=True, exist_ok=True)
            record = {"task": f"snnlib.reproduction.tasks.{task}", "seconds": seconds}
            (folder / str(n) / "record.json").write_text(json.dumps(record))
        return SimpleNamespace(stdout="[1/4] 01_train  runs: never run\n[1/4] 01_train  17 s\n")

    monkeypatch.setattr(subprocess, "run", run)
    made = reproduction.measured("smoke", {"load at the start": "0.1", "clock": "wall"})
    found = made.rows.set_index(["part", "run"])["seconds"]
    assert found["task train", "cold, 2 workers"] == 3.5 and found["task score", "cold, 1 worker"] == 0.5
    assert found["notebook 01_train", "again, --force"] == 17
    assert made.shown.loc["task train", "again"] == "—"
    assert found["whole command"].min() >= 0
