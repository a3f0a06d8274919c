"""Repeatable numbers: what is set while a job runs, and that it is set back."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from snnlib.engine.code import code_fingerprint, sources
from snnlib.engine.repeatable import GPU, repeatable
from snnlib.engine.store import Job, Store


def multiply(device, size):
    """A job whose last bits depend on NumPy's threads."""
    x = np.random.default_rng(0).standard_normal((size, size))
    return {"product": x @ x}, {}


def settings():
    threads = sorted((library["filepath"], library["num_threads"]) for library in threadpool_info())
    return torch.get_num_threads(), threads, [getattr(place, name) for place, name, _ in GPU]


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_job_sets_is_set_back(monkeypatch, fails):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    before = settings()
    try:
        with repeatable():
            threads, libraries, gpu = settings()
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert threads == 1 and {count for _, count in libraries} == {1}
    assert gpu == [False, False, True, False]
    assert settings() == before


def test_a_job_with_numpy_gives_the_same_bytes_on_any_number_of_processors(tmp_path):
    script = "import sys, test_repeatable as t; from snnlib.engine.store import Job, Store; "
    script += "print(Store(sys.argv[1]).make(t.Job(t.multiply, {'size': 1000})).record['sha256']['arrays'])"
    found = set()
    for threads in ("1", "2"):
        environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        environment |= {"OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", script, str(tmp_path / threads)]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


def test_what_is_set_is_part_of_every_key(monkeypatch, tmp_path):
    job, module = Job(multiply, {"size": 2}), repeatable.__module__
    before = Store(tmp_path).key(job)
    monkeypatch.setitem(sources(), module, sources()[module] + "\nx = 1\n")
    code_fingerprint.cache_clear()
    try:
        assert Store(tmp_path).key(job) != before
    finally:
        code_fingerprint.cache_clear()
