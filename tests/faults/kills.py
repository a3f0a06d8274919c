"""Kill a run at any moment, go on, compare: `python tests/faults/kills.py [--kills N] [--seed N] [ID ...]`.

A run of profile smoke loses one of its processes to SIGKILL at a random moment: itself, a kernel, a worker, whatever it
has. It ends, by the kill or with an error in words, and is started again, until there were enough kills. What it writes
then has the same bytes as what a run wrote that nobody killed.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ("tables", "figures", "data")  # notebooks, the report and the record hold times
PATIENCE = 600  # seconds that a run may take


def start(folder: Path, ids: list[str]) -> subprocess.Popen:
    """A run with its own store and folder of results; what it prints is in ``printed``."""
    command = [sys.executable, "-m", "snnlib", "reproduce", "--profile", "smoke", "--device", "cpu", "--workers", "2"]
    places = {"SNNLIB_STORE": str(folder / "store"), "SNNLIB_DATA": str(folder / "none")}
    folder.mkdir(exist_ok=True)
    with (folder / "printed").open("w") as printed:
        return subprocess.Popen(
            [*command, "--out", folder / "out", *(["--only", *ids] if ids else [])],
            cwd=ROOT, env=os.environ | places | {"PYTHONPATH": str(ROOT)}, stdout=printed, stderr=printed,
        )  # fmt: skip


def written(folder: Path) -> dict[str, bytes]:
    """What a run has written, by its place."""
    files = (file for kind in KEPT for file in (folder / "out" / kind).rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def family(top: int) -> list[tuple[int, str]]:
    """A process and all that came from it, as far as they run: numbers and commands, as Linux has them in /proc."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    found = {top}
    while new := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= new
    return [(pid, commands[pid]) for pid in sorted(found) if commands.get(pid)]  # a process that has ended has none


def kill_one(run: subprocess.Popen, draw: random.Random) -> str:
    """End one process of a run, and say which; an empty text if the run was over."""
    try:
        victim, called = draw.choice(family(run.pid))
        os.kill(victim, signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return ""
    names = {"ipykernel": "kernel", "multiprocessing": "worker", "-m snnlib": "run"}
    return next((name for sign, name in names.items() if sign in called), "other")


def kills(wanted: int, seed: int, ids: list[str], top: Path) -> tuple[Counter, list[str]]:
    """How many processes of which kind were killed, and what went wrong, a line each."""
    draw, counts, wrong, begin = random.Random(seed), Counter(), [], time.monotonic()
    if start(top / "whole", ids).wait(PATIENCE):
        return counts, [(top / "whole" / "printed").read_text()]
    expected, most = written(top / "whole"), 2 * (time.monotonic() - begin) / max(1, wanted) + 8
    while sum(counts.values()) < wanted:
        run = start(top / "killed", ids)
        time.sleep(draw.uniform(0, most))
        victim = kill_one(run, draw)
        code = run.wait(PATIENCE)
        if victim:
            counts[victim] += 1
            text = (top / "killed" / "printed").read_text()
            if code not in (0, 1, -9) or "Traceback" in text:
                wrong.append(f"kill {sum(counts.values())}, of a {victim}: exit code {code}\n{text[-2000:]}")
        if code == 0:  # begin anew
            shutil.rmtree(top / "killed")
    code = start(top / "killed", ids).wait(PATIENCE)
    found = written(top / "killed")
    wrong += [f"{place} differs" for place in sorted(expected | found) if expected.get(place) != found.get(place)]
    wrong += [(top / "killed" / "printed").read_text()] if code else []
    left = [f for f in (top / "killed").rglob(".*") if f.name.startswith((".writing-", ".partial-"))]
    return counts, wrong + [f"{file} was left" for file in left]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="items to run, all without")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        counts, wrong = kills(options.kills, options.seed, options.ids, Path(top))
    print(f"kills {sum(counts.values())} ({', '.join(f'{n} of a {name}' for name, n in counts.items())}), ", end="")
    print(f"faults {len(wrong)}", *wrong[:20], sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
