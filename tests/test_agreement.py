"""The table of how often each verdict comes out: runs are kept, differ by what they say, and are counted."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import agreement
from snnlib.reproduction.places import references


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Runs that give the reference's tables and weights by their arithmetic; with seed 1, A3 comes out otherwise."""
    asked = []

    def reproduce(command, check, env):
        options = dict(zip(command[4::2], command[5::2]))
        asked.append((options["--seed"], env.get("ATEN_CPU_CAPABILITY", ""), env["SNNLIB_STORE"]))
        tables, store = Path(options["--out"], "tables"), Path(env["SNNLIB_STORE"])
        shutil.copytree(references() / "quick" / "tables", tables)
        if options["--seed"] == "1":
            rows = pd.read_csv(tables / "A-V.csv")
            rows.loc[rows["claim"] == "A3", "verdict_on_claim"] = "supported"
            rows.to_csv(tables / "A-V.csv", index=False)
        for label, content in {"train a": env.get("ATEN_CPU_CAPABILITY", ""), "train b": "the same"}.items():
            folder = store / label
            folder.mkdir(parents=True)
            record = {"task": "snnlib.reproduction.tasks.train.train", "label": label}
            (folder / "record.json").write_text(json.dumps(record))
            (folder / "arrays.safetensors").write_text(content)

    monkeypatch.setattr(subprocess, "run", reproduce)
    command = ["agreement", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--seeds", "0", "1"]
    monkeypatch.setattr(sys, "argv", command)
    return asked


def test_each_run_has_its_seed_arithmetic_and_store_and_is_not_repeated(runs, tmp_path):
    agreement.main()
    assert [(seed, capability) for seed, capability, _ in runs] == [
        (s, c) for s in "01" for c in ("", "avx2", "default")
    ]
    assert len({store for *_, store in runs}) == 6
    text = (tmp_path / "out" / "verdicts.md").read_text()
    agreement.main()
    assert len(runs) == 6 and (tmp_path / "out" / "verdicts.md").read_text() == text


def test_verdicts_are_counted_and_a_reversed_one_is_seen(runs, tmp_path):
    agreement.main()
    found = pd.read_csv(tmp_path / "out" / "verdicts.csv")
    assert found.groupby("arithmetic")["weights"].nunique().eq(1).all() and found["weights"].nunique() == 3
    text = (tmp_path / "out" / "verdicts.md").read_text()
    a3, b1 = (next(line for line in text.splitlines() if line.startswith(f"| {claim}:")) for claim in ("A3", "B1"))
    assert a3.split("|")[2:5] == [" 3 of 6 ", "  ", " 3 of 6 "]
    assert b1.split("|")[2:5] == [" 6 of 6 ", "  ", "  "]
    value = (
        pd.read_csv(references() / "quick" / "tables" / "B-V.csv").query("claim == 'B2' and primary")["value"].item()
    )
    assert found.query("claim == 'B2'")["value"].sub(value).abs().max() < 1e-9
