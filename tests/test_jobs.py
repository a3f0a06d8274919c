"""Running jobs: order, parallel workers, failures, kills."""

import gc
import os
import platform
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from helpers.lib import wait_until

from snnlib.engine.jobs import Workers, _dask_client, _make, _missing, compute
from snnlib.engine.store import Job, Store
from snnlib.errors import RunError, SettingError


def add(device, trace=None, **terms):
    """A job: the sum of numbers and of other jobs' results."""
    if trace:
        with open(trace, "a") as file:
            file.write(f"{os.getpid()} {torch.get_num_threads()}\n")
    return {"sum": np.array(sum(float(t.arrays["sum"]) if hasattr(t, "arrays") else t for t in terms.values()))}, {}


def fail(device, kind):
    """A job that fails."""
    if kind == "bug":
        raise ZeroDivisionError("a bug")
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    raise SettingError("A setting is wrong.", "Choose another.")


def multiply_matrices(device, seed):
    """A job whose last bits depend on the number of threads."""
    x = torch.randn(400, 400, generator=torch.Generator().manual_seed(seed))
    for _ in range(20):
        x = (x @ x.T) / x.norm()
    return {"x": x.numpy()}, {}


@pytest.fixture
def two_workers():
    workers = Workers(2)
    yield workers
    workers.close()


def test_what_is_needed_runs_first_and_nothing_twice(store):
    low = Job(add, {"a": 1.0, "b": 2.0}, "low")
    high = Job(add, {"a": low, "b": Job(add, {"a": low, "b": 10.0}, "middle")}, "high")
    seen = []
    found = compute([high, low], store, progress=lambda label, done, total, _: seen.append((label, done, total)))
    assert [float(a.arrays["sum"]) for a in found] == [16.0, 3.0]
    assert seen == [("low", 1, 3), ("middle", 2, 3), ("high", 3, 3)]
    compute([high], store, progress=lambda *_: pytest.fail("ran again"))


def test_what_a_stored_job_needs_is_not_looked_for(store):
    low = Job(add, {"a": 1.0})
    high = Job(add, {"a": low})
    compute([high], store)
    key = store.key(low)
    for file in (store.root / key[:2] / key).iterdir():
        file.unlink()
    (store.root / key[:2] / key).rmdir()
    compute([high], store, progress=lambda *_: pytest.fail("ran again"))


def test_a_stored_need_of_many_jobs_is_verified_once(store, monkeypatch):
    low = Job(add, {"a": 1.0})
    compute([low], store)
    looked, load = [], store.load
    monkeypatch.setattr(store, "load", lambda job: looked.append(job) or load(job))
    missing = _missing([Job(add, {"a": low, "b": float(n)}) for n in range(5)], store, {})
    assert len(missing) == 5 and looked.count(low) == 1


def test_a_worker_that_would_make_something_else_is_refused_with_both_causes(store):
    with pytest.raises(RunError, match=r"other code, other libraries or another GPU.*restart the kernel.*same.*GPU"):
        _make(store, Job(add, {"a": 1.0}), "the key that was asked for")


def test_threads_of_a_worker_check_their_jobs_one_after_the_other(store, monkeypatch):
    """To know a job's key is to parse code, and in Python 3.11 threads that meet in `ast.parse` may fail."""
    jobs, key, inside, most = [Job(add, {"a": float(n)}) for n in range(6)], Store.key, [], []

    def slow(self, job):
        inside.append(job)
        most.append(len(inside))
        time.sleep(0.01)
        inside.remove(job)
        return key(self, job)

    keys = [store.key(job) for job in jobs]
    monkeypatch.setattr(Store, "key", slow)
    with ThreadPoolExecutor(4) as threads:
        assert len([*threads.map(_make, [store] * 6, jobs, keys)]) == 6
    assert set(most) == {1} and all(map(store.load, jobs))


@pytest.mark.slow
def test_workers_share_the_jobs_one_thread_each_and_give_the_same_bytes(store, tmp_path, two_workers):
    trace = tmp_path / "trace"
    compute([Job(add, {"a": float(i), "trace": str(trace)}) for i in range(6)], store, two_workers)
    lines = [line.split() for line in trace.read_text().splitlines()]
    assert len(lines) == 6 and {threads for _, threads in lines} == {"1"} and str(os.getpid()) not in dict(lines)
    job = Job(multiply_matrices, {"seed": 1})
    (here,) = compute([job], type(store)(tmp_path / "other"))
    (there,) = compute([job], store, two_workers)
    assert here.arrays["x"].tobytes() == there.arrays["x"].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("bug", RunError, "'the job'.*ZeroDivisionError"),
        ("setting", SettingError, "the job: A setting is wrong. Choose"),
        ("killed", RunError, "killed.*'the job'"),
    ],
)
def test_a_failure_in_a_worker_names_the_job_and_keeps_the_rest(store, two_workers, kind, error, text):
    good, bad = Job(add, {"a": 1.0}), Job(fail, {"kind": kind}, "the job")
    with pytest.raises(error, match=text):
        compute([bad], store, two_workers)
    assert bad not in store
    assert float(compute([good], store, two_workers)[0].arrays["sum"]) == 1.0  # new workers take over


def test_a_failure_in_this_process_names_the_job(store):
    with pytest.raises(RunError, match="'the job'.*a bug"):
        compute([Job(fail, {"kind": "bug"}, "the job")], store)


@pytest.mark.slow
def test_an_interrupt_is_for_the_process_that_started_the_workers(store, two_workers):
    compute([Job(add, {"a": float(n)}) for n in range(2)], store, two_workers)
    for process in two_workers.executor._processes:
        os.kill(process, signal.SIGINT)
    (found,) = compute([Job(add, {"a": 3.0})], store, two_workers)
    assert float(found.arrays["sum"]) == 3.0


def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path):
    script = textwrap.dedent("""
        import multiprocessing, os, time
        from snnlib.engine.jobs import Workers
        if __name__ == "__main__":
            print(Workers(2).executor.submit(os.getpid).result(), flush=True)
            time.sleep(600)
    """)
    (tmp_path / "parent.py").write_text(script)
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py"], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not running(worker))


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere"])
def test_a_dask_address_where_nobody_answers(address):
    distributed = pytest.importorskip("distributed")
    with pytest.raises(RunError, match="dask scheduler"):
        _ = Workers(dask=address).executor
    clients = [o for o in gc.get_objects() if type(o) is distributed.Client]
    assert not clients  # one that is collected while another one starts blocks both


@pytest.mark.slow
def test_a_dask_cluster_runs_jobs_and_gives_the_same_bytes(store, tmp_path):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "processes": True}
    with distributed.LocalCluster(**options) as cluster:
        workers = Workers(dask=cluster.scheduler_address)
        job = Job(multiply_matrices, {"seed": 1}, "multiply")
        (there,) = compute([job], store, workers)
        with pytest.raises(RunError, match="'the job'.*a bug"):
            compute([Job(fail, {"kind": "bug"}, "the job")], store, workers)
        workers.close()
    (here,) = compute([job], type(store)(tmp_path / "other"))
    assert here.arrays["x"].tobytes() == there.arrays["x"].tobytes()


@pytest.mark.slow
def test_a_dask_worker_that_runs_several_jobs_at_once_is_refused():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None, "processes": False}
    with distributed.LocalCluster(**options) as cluster, pytest.raises(RunError, match="several jobs.*--nthreads 1"):
        _ = Workers(dask=cluster.scheduler_address).executor


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_memory_that_is_freed_is_used_again_without_asking_for_new_pages():
    code = """
        import resource, sys
        import numpy as np
        from snnlib.engine.processes import keep_memory

        if sys.argv[1] == "kept":
            keep_memory()
        for i in range(12):
            if i == 2:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            [np.ones(2_000_000) for _ in range(6)]  # 16 MB each, 4,000 pages
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    kept, others = (
        int(subprocess.run([*command, how], capture_output=True, text=True, check=True).stdout)
        for how in ("kept", "others")
    )
    assert kept < 0.3 * others


def test_without_dask_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"\.\[dask\]"):
        _dask_client("tcp://127.0.0.1:9")
