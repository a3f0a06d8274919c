"""What has not changed is not done again: exactly the notebooks that depend on a change run."""

import json
import os
import shutil

import pytest

from snnlib.engine import code
from snnlib.reproduction import execution, places, stamps
from snnlib.reproduction.items import INVENTORY
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.notebooks import ORDER, reproduce
from snnlib.reproduction.options import Options

PAPERS = {"02_invert": ("brainleaks", "mnist"), "03_mia": ("mia_snn", "cifar100")}
CELLS = {
    "01_train": "from snnlib.neurons import lif",
    "02_invert": "from snnlib.reproduction.brainleaks import tables",
    "03_mia": "from snnlib.reproduction.mia_snn import tables",
    "04_compare": "from snnlib.metrics import runs",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the four notebooks without a kernel; the names of those that ran.

    Their cells import modules of each paper. What runs in the kernel is played: it makes one file of an item, looks
    for a data set, and the last one reads what the others made.
    """
    ran = []
    shutil.copytree(code.ROOT, tmp_path / "snnlib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "notebooks").mkdir()
    for name, cell in CELLS.items():
        cells = [{"cell_type": "code", "source": [cell], "metadata": {}, "outputs": []}]
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    monkeypatch.setattr(stamps, "ROOT", tmp_path / "snnlib")
    monkeypatch.setattr(stamps, "module_file", lambda name: moved(code.module_file(name)))
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path / "notebooks")
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path / "data"))
    for folder in ("MNIST/raw", "cifar-100-binary"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / "file").write_bytes(b"data")

    def moved(file):
        return file and tmp_path / "snnlib" / file.relative_to(code.ROOT)

    def kernel(notebook, parameters, folder, *_):
        name, lab = notebook.stem, Lab(**parameters)
        item = next(item for item in INVENTORY if item.notebook == name and "F" not in item.id)
        text = name.split("_")[0] + (tmp_path / "says").read_text() * (name == "02_invert")
        lab._keep(item.id, {f"tables/{item.id}.csv": text}, [])
        if name in PAPERS:
            lab._trace.add("datasets", [PAPERS[name][1]])
            lab._trace.add("tasks", ["snnlib.reproduction.tasks.train"])
        if name == ORDER[-1]:
            lab.results()
        folder.mkdir(exist_ok=True)
        (folder / notebook.name).write_text(f"executed {name}")
        ran.append(name)

    monkeypatch.setattr(execution, "run_notebook", kernel)
    (tmp_path / "says").write_text("")

    def go(force=False, **options):
        ran.clear()
        reproduce(Options("smoke", tmp_path / "out", "cpu", workers=1, **options), force)
        return list(ran)

    assert go() == list(ORDER) and go() == []
    return go


def test_nothing_runs_twice_unless_it_is_forced(run, capsys):
    assert run() == [] and capsys.readouterr().out.count("skipped (--force runs it)") == 4
    assert run(force=True) == list(ORDER) and run() == []


@pytest.mark.parametrize(
    ("module", "which"),
    [
        ("reproduction/brainleaks/tables.py", ["02_invert"]),
        ("reproduction/mia_snn/tables.py", ["03_mia"]),
        ("reproduction/tasks/train.py", ["02_invert", "03_mia"]),
        ("neurons.py", ["01_train", "02_invert", "03_mia"]),
        ("metrics/estimate.py", ["02_invert", "03_mia", "04_compare"]),
        ("cli.py", []),
    ],
)
def test_a_module_makes_those_run_that_import_it(run, tmp_path, module, which):
    with open(tmp_path / "snnlib" / module, "a") as file:
        file.write("# another byte\n")
    assert run() == which and run() == []


def test_a_cell_makes_its_notebook_run(run, tmp_path):
    file = tmp_path / "notebooks" / "03_mia.ipynb"
    file.write_text(file.read_text().replace("import tables", "import tables  # a word"))
    assert run() == ["03_mia"] and run() == []


def test_what_another_notebook_makes_anew_makes_those_run_that_read_it(run, tmp_path):
    (tmp_path / "says").write_text("something else")
    assert run() == []
    with open(tmp_path / "snnlib" / "reproduction" / "brainleaks" / "tables.py", "a") as file:
        file.write("# another byte\n")
    assert run() == ["02_invert", "04_compare"] and run() == []


@pytest.mark.parametrize("change", [lambda file: file.write_bytes(b"x"), lambda file: file.unlink()])
def test_an_output_that_is_changed_or_gone_is_made_again(run, tmp_path, change):
    table = next(item for item in INVENTORY if item.notebook == "03_mia" and "F" not in item.id).id
    change(tmp_path / "out" / "tables" / f"{table}.csv")
    assert run() == ["03_mia"] and run() == []
    change(tmp_path / "out" / "notebooks" / "02_invert.ipynb")
    assert run() == ["02_invert"] and run() == []


def test_a_record_that_is_gone_is_made_again(run, tmp_path):
    (tmp_path / "out" / "run.json").unlink()
    assert run() == list(ORDER) and run() == []


def test_data_count_by_their_content(run, tmp_path):
    file = tmp_path / "data" / "MNIST" / "raw" / "file"
    os.utime(file, (1, 1))
    assert run() == []
    file.write_bytes(b"DATA")
    assert run() == ["02_invert"] and run() == []
    (tmp_path / "data" / "cifar-100-binary" / "more").write_bytes(b"")
    assert run() == ["03_mia"] and run() == []
    file.unlink()
    assert run() == ["02_invert"] and run() == []


def test_another_version_processor_or_number_of_the_run_makes_all_run(run, monkeypatch):
    real = stamps.versions()
    monkeypatch.setattr(stamps, "versions", lambda: real | {"torch": "9.9"})
    assert run() == list(ORDER) and run() == []
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "of an abacus")  # torch is not asked here
    assert run() == list(ORDER) and run() == []
    assert run(seed=1) == list(ORDER) and run(seed=1) == [] and run() == list(ORDER)


def test_a_run_of_some_items_never_stands_for_the_whole(run, tmp_path):
    item = next(item for item in INVENTORY if item.notebook == "03_mia" and "F" not in item.id).id
    assert run(only=[item]) == []  # it is up to date
    (tmp_path / "out" / "tables" / f"{item}.csv").unlink()
    assert run(only=[item]) == ["03_mia"]
    shutil.rmtree(tmp_path / "out")
    assert run(only=[item]) == ["03_mia", "04_compare"] and run() == list(ORDER)


def test_a_run_that_was_interrupted_goes_on_with_what_was_not_done(run, tmp_path, monkeypatch):
    shutil.rmtree(tmp_path / "out")
    kernel = execution.run_notebook

    def interrupted(notebook, *rest):
        if notebook.stem == "02_invert":
            raise KeyboardInterrupt
        kernel(notebook, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(execution, "run_notebook", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert run() == ["02_invert", "03_mia", "04_compare"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"done": "x"}', "[" * 100_000])
def test_a_damaged_stamp_makes_its_notebook_run(run, tmp_path, content):
    (tmp_path / "out" / "notebooks" / "03_mia.stamp.json").write_text(content)
    assert run() == ["03_mia"] and run() == []


def test_data_behind_a_link_count_too(run, tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.rename(tmp_path / "elsewhere")
    raw.symlink_to(tmp_path / "elsewhere")
    assert run() == []
    (tmp_path / "elsewhere" / "file").write_bytes(b"other data")
    assert run() == ["02_invert"] and run() == []
