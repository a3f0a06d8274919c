"""Tests that count and compare numbers hold on other processors: the same code with other vectors and more threads.

PyTorch, oneDNN, MKL and NumPy choose their code by the processor, and each way adds up in another order. A test that
asks two computations for the same bits passes on one processor and fails on the next.
"""

import os
import platform
import subprocess
import sys

import pytest
import torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from snnlib import paths

NAMES = ("inversion", "neurons", "networks", "conversion", "queries", "scoring", "metrics", "metrics_runs")
DRAWN = "tests/test_redraw.py::test_the_reference_figures_are_what_their_data_give"
OLD = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "COMPATIBLE"}
OLD["NPY_DISABLE_CPU_FEATURES"] = " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])
NEWER = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
SCRIPT = """
import sys, pytest, torch
assert torch.backends.cpu.get_cpu_capability() == sys.argv[1]
assert torch.get_num_threads() == int(sys.argv[2])
sys.exit(pytest.main(sys.argv[3:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the settings are those of x86 processors")
@pytest.mark.parametrize(("processor", "threads"), [(OLD, 1), (NEWER, 2)], ids=["old", "avx2"])
def test_what_counts_and_compares_numbers_holds_on_other_processors(processor, threads):
    capability = processor["ATEN_CPU_CAPABILITY"].upper()
    if capability == "AVX2" and torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        pytest.skip("this processor has no AVX2")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    environment |= processor | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    environment["OMP_WAIT_POLICY"] = "passive"  # threads that spin slow the other tests
    files = [*(f"tests/test_{name}.py" for name in NAMES), *([DRAWN] if processor is OLD else [])]
    options = ["-m", "not slow and not gpu", "-p", "no:xdist", "-p", "no:cacheprovider", *files]
    command = [sys.executable, "-c", SCRIPT, capability, str(threads), *options]
    done = subprocess.run(command, cwd=paths.project(), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
