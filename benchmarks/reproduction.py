"""How long a profile takes by notebook and by task: cold with one worker and with two, again, and again by force."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from snnlib.report.table import NOTHING, Table

from .results import machine_notes

RUNS = (("cold, 1 worker", 1, ()), ("again", 1, ()), ("again, --force", 1, ("--force",)), ("cold, 2 workers", 2, ()))
ENDED = re.compile(r"\[\d+/\d+\] (\w+)  (\d+) s")  # what a notebook prints at its end


def measured(profile: str, machine: Mapping[str, str]) -> Table:
    """Seconds of the whole command, of each notebook, and of the store's new artefacts summed by task."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="snnlib-bench-") as folder:
        for run, workers, more in RUNS:
            parts = _run(profile, workers, Path(folder, str(workers)), *more)
            lines += [{"run": run, "part": part, "seconds": seconds} for part, seconds in parts.items()]
    rows = pd.DataFrame(lines).assign(workers=lambda of: of["run"].map({run: workers for run, workers, _ in RUNS}))
    shown = rows.pivot_table("seconds", "part", "run", sort=False)[[run for run, *_ in RUNS]]
    text = shown.map(lambda seconds: NOTHING if pd.isna(seconds) else f"{seconds:.1f}")
    said = ["In seconds, one run each. Task: what its artefacts took, summed over the processes that made them."]
    return Table(f"bench-{profile}", rows, text, said + machine_notes(machine), f"snnlib reproduce --profile {profile}")


def _run(profile: str, workers: int, place: Path, *more: str) -> dict[str, float]:
    store, before = place / "store", _by_task(place / "store")
    options = ["--profile", profile, "--workers", str(workers), "--out", str(place / "out"), *more]
    environment, start = os.environ | {"SNNLIB_STORE": str(store)}, time.perf_counter()
    command = [sys.executable, "-m", "snnlib", "reproduce", *options]
    said = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout
    parts = {"whole command": time.perf_counter() - start}
    parts |= {f"notebook {name}": float(seconds) for name, seconds in ENDED.findall(said)}
    return parts | {f"task {task}": seconds for task, seconds in (_by_task(store) - before).items()}


def _by_task(store: Path) -> Counter:
    """Seconds that a store's artefacts took, by the task that made them."""
    seconds: Counter = Counter()
    for file in store.rglob("record.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        seconds[record["task"].rpartition(".")[2]] += record["seconds"]
    return seconds
