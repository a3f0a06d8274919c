"""Workers that are not there, come late, have threads, or go; and what a broken pool says."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.lib import wait_until

from snnlib.engine import jobs
from snnlib.engine.jobs import Workers, compute
from snnlib.engine.store import Job
from snnlib.errors import RunError

pytestmark = pytest.mark.slow
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])}


def spans(device, folder, seconds, n):
    """A job that writes when it began and ended, in which process."""
    start = time.time()
    (Path(folder) / f"{n}.began").touch()
    time.sleep(seconds)
    (Path(folder) / f"{n}.json").write_text(json.dumps([os.getpid(), start, time.time()]))
    return {"n": np.array(float(n))}, {}


def kills(device, folder, n):
    """A job that kills its process once others run."""
    (Path(folder) / str(n)).touch()
    if n == 3:
        time.sleep(0.5)
        os._exit(9)
    time.sleep(0.2 if n < 3 else 30)
    return {"n": np.array(float(n))}, {}


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler without workers, and what starts workers."""
    pytest.importorskip("distributed")
    file, started = tmp_path / "scheduler.json", []

    def start(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(file), "--no-dashboard"]
        started.append(subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL, cwd=tmp_path))
        return started[-1]

    process = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    wait_until(lambda: file.exists() and file.read_text())
    yield json.loads(file.read_text())["address"], lambda *more: start("worker", *more), process
    for process in reversed(started):
        process.kill()
        process.wait()


def test_a_cluster_without_workers_is_said_and_not_waited_for_for_ever(scheduler, store, monkeypatch, capsys):
    monkeypatch.setattr(jobs, "PATIENCE", 1.0)
    workers = Workers(dask=scheduler[0])
    with pytest.raises(RunError, match=r"has no workers.*dask worker ADDRESS --nthreads 1"):
        compute([Job(spans, {"folder": "", "seconds": 0.0, "n": 1})], store, workers)
    workers.close()
    assert f"No worker is at {scheduler[0]}: waiting for one, up to 1 s." in capsys.readouterr().out


def test_jobs_in_threads_of_a_worker_that_joins_late_take_turns(scheduler, store, tmp_path):
    """What a job sets is set for its process: two at once would change each other's last bits."""
    address, start, _ = scheduler
    workers = Workers(dask=address)
    wanted = [Job(spans, {"folder": str(tmp_path), "seconds": 0.3, "n": n}) for n in range(8)]
    late = threading.Timer(2, start, ["--nthreads", "4"])
    late.start()
    assert [float(a.arrays["n"]) for a in compute(wanted, store, workers)] == list(range(8))
    workers.close()
    late.join()
    times = sorted(json.loads((tmp_path / f"{n}.json").read_text()) for n in range(8))
    assert len({pid for pid, *_ in times}) == 1
    assert all(end <= start for (_, _, end), (_, start, _) in zip(times, times[1:]))


def test_workers_that_all_go_while_jobs_run_end_the_run(scheduler, store, tmp_path, monkeypatch, capsys):
    address, start, _ = scheduler
    worker, workers = start("--nthreads", "1", "--no-nanny"), Workers(dask=address)
    assert workers.executor  # once the worker is there, however long it takes
    monkeypatch.setattr(jobs, "PATIENCE", 3.0)
    capsys.readouterr()
    wanted = [Job(spans, {"folder": str(tmp_path), "seconds": s, "n": n}) for n, s in enumerate((0.0, 600.0))]
    # in the only thread, so the other one is done and stored
    gone = threading.Thread(target=lambda: (wait_until((tmp_path / "1.began").exists), worker.kill()))
    gone.start()
    with pytest.raises(RunError, match="has no workers"):
        compute(wanted, store, workers)
    gone.join()
    assert "No worker is at" in capsys.readouterr().out and wanted[0] in store


def test_only_jobs_that_ran_are_named_when_a_worker_is_killed(store, tmp_path):
    workers = Workers(2)
    wanted = [Job(kills, {"folder": str(tmp_path), "n": n}, f"job {n}") for n in range(60)]
    with pytest.raises(RunError, match="A worker was killed") as error:
        compute(wanted, store, workers)
    named = re.findall(r"'job (\d+)'", error.value.problem)
    assert "3" in named and len(named) <= 2 and {file.name for file in tmp_path.glob("[0-9]*")} <= {*"01234"}


def test_a_scheduler_that_goes_while_jobs_run_ends_the_run(scheduler, store, tmp_path, monkeypatch):
    address, start, process = scheduler
    start("--nthreads", "1", "--no-nanny")
    workers = Workers(dask=address)
    assert workers.executor  # once the worker is there, however long it takes
    monkeypatch.setattr(jobs, "PATIENCE", 3.0)
    wanted = [Job(spans, {"folder": str(tmp_path), "seconds": s, "n": n}) for n, s in enumerate((0.0, 600.0))]
    gone = threading.Thread(target=lambda: (wait_until((tmp_path / "1.began").exists), process.kill()))
    gone.start()
    with pytest.raises(RunError, match="has no workers, or has ended|failed"):
        compute(wanted, store, workers)
    gone.join()
