"""How long a profile takes by notebook: cold with 1 and 2 workers, again, and again with all notebooks forced."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from snnlib.report.table import NOTHING, Table

from .results import notes


def measured(profile: str, machine: Mapping[str, str]) -> Table:
    """Seconds of each notebook and of the whole command, and of the store's jobs by their task, for four runs."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="snnlib-bench-") as folder:
        for workers in (1, 2):
            place = Path(folder, str(workers))
            lines += _run(profile, workers, place, f"cold, {workers} workers" if workers > 1 else "cold, 1 worker")
            if workers == 1:
                lines += _run(profile, workers, place, "again")
                lines += _run(profile, workers, place, "again, forced", "--force")
    rows = pd.DataFrame(lines)
    shown = rows.pivot_table("seconds", "part", "run", sort=False).map(lambda s: f"{s:.1f}").fillna(NOTHING)
    shown = shown.replace("nan", NOTHING)[list(rows["run"].unique())]
    said = [
        "Seconds. Jobs: what the processes that compute took, summed; notebooks: from start to end.",
        *notes(machine)[3:],
    ]
    return Table(f"bench-{profile}", rows, shown, said, f"snnlib reproduce --profile {profile}")


def _run(profile: str, workers: int, place: Path, name: str, *more: str) -> list[dict]:
    store, out = place / "store", place / "out"
    options = ["--profile", profile, "--workers", str(workers), "--out", str(out), *more]
    done_before = _notebooks(out)
    jobs_before = _jobs(store)
    start = time.perf_counter()
    environment = os.environ | {"SNNLIB_STORE": str(store)}
    subprocess.run([sys.executable, "-m", "snnlib", "reproduce", *options], check=True, env=environment)
    parts = {"whole command": time.perf_counter() - start}
    parts |= {name: s for name, (when, s) in _notebooks(out).items() if done_before.get(name, ("",))[0] != when}
    parts |= {f"jobs: {task}": seconds for task, seconds in (_jobs(store) - jobs_before).items()}
    return [{"run": name, "part": part, "seconds": seconds} for part, seconds in parts.items()]


def _notebooks(out: Path) -> dict[str, tuple[str, float]]:
    """When each executed notebook was begun, and how long it took."""
    found = {}
    for file in sorted((out / "notebooks").glob("*.ipynb")):
        papermill = json.loads(file.read_text(encoding="utf-8"))["metadata"]["papermill"]
        found[file.stem] = papermill["start_time"], papermill["duration"]
    return found


def _jobs(store: Path) -> Counter:
    """Seconds of the artefacts in a store by their task."""
    seconds: Counter = Counter()
    for file in store.rglob("record.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        seconds[record["job"]["function"].rpartition(".")[2].rpartition(":")[2]] += record["seconds"]
    return seconds
