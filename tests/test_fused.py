"""Neurons on a GPU in one launch: the kernels by Triton's interpreter here, on a GPU in test_gpu."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
import torch

from snnlib import fused, neurons
from snnlib.neurons import Known, atan, lif, surrogate_named
from snnlib.paths import project

FILE = "tests/helpers/interpreted.py"


needs_triton = pytest.mark.skipif(find_spec("triton") is None, reason="Triton is not installed: pip install triton")


@needs_triton
def test_kernels_by_the_interpreter():
    """In a process of its own: Triton looks at the variable when it is imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", FILE]
    done = subprocess.run(command, cwd=project(), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def compiled(kernel, **settings):
    """The PTX of a kernel, for a GPU that need not be there; each number is of 32 bits."""
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    settings |= {"AT_LEVEL": False, "BLOCK": 256}
    whole = {"n", "steps", "step", "across", "s_step", "s_across", "p_step", "p_across"}
    signature = {
        name: "constexpr" if name in settings else "i32" if name in whole else "*fp32" for name in kernel.arg_names
    }
    constants = {(kernel.arg_names.index(name),): value for name, value in settings.items()}
    source = ASTSource(kernel, signature, constants)
    return compile(source, target=GPUTarget("cuda", 80, 32), options={"enable_fp_fusion": False}).asm["ptx"]


@needs_triton
def test_kernels_compile_for_a_gpu_with_every_product_rounded(monkeypatch, tmp_path):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    forward = {reset: compiled(fused._forward, RESET=reset) for reset in neurons.RESETS}
    for code in forward.values():
        found = set(re.findall(r"[a-z.0-9]+\.f32", code))  # instructions that compute with floats
        assert found & {"mul.rn.f32", "add.rn.f32"} and not [name for name in found if "fma" in name or "ftz" in name]
    for name in neurons.SURROGATES:
        assert "fma" not in compiled(fused._backward, SURROGATE=name, ZERO=True)
    assert compiled(fused._backward, SURROGATE="atan", ZERO=False, of_spikes=None, before=None, start=None)


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
