"""Neurons on a GPU in one launch: the kernels by Triton's interpreter here, on a GPU in test_gpu."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
import torch

from snnlib import fused, neurons
from snnlib.neurons import Known, atan, lif, surrogate_named
from snnlib.paths import project

FILE = "tests/helpers/interpreted.py"


@pytest.mark.skipif(find_spec("triton") is None, reason="Triton is not installed: pip install triton (1 GB)")
def test_kernels_by_the_interpreter():
    """In a process of its own: Triton looks at the variable when it is imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", FILE]
    done = subprocess.run(command, cwd=project(), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_on_a_cpu_triton_is_not_even_imported(monkeypatch):
    monkeypatch.setattr(fused, "fit", lambda *_: pytest.fail("asked"))
    current = torch.ones(3, 2).requires_grad_()
    lif(current, beta=0.5)[0].sum().backward()
    assert neurons._kernels(current, current[0]) is None
    script = (
        "import sys, snnlib.neurons, snnlib.networks; print('triton' in sys.modules, 'snnlib.fused' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=project(), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_without_triton_or_where_it_fails_neurons_are_stepped(monkeypatch):
    fused._run_on.cache_clear()
    monkeypatch.setattr(fused, "triton", None)
    assert not fused.fit(torch.ones(3, 2), torch.ones(2))
    fused._run_on.cache_clear()
    monkeypatch.setattr(fused, "triton", object())
    monkeypatch.setattr(fused, "forward", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="step by step: Triton does not work on cpu: division by zero"):
        assert not fused.fit(torch.ones(3, 2), torch.ones(2))
    fused._run_on.cache_clear()


def test_a_surrogate_says_which_it_is():
    one, other = atan(1.5), surrogate_named("atan", 1.5)
    assert isinstance(one, Known) and (one.name, one.parameter) == (other.name, other.parameter) == ("atan", 1.5)
