"""The teaching notebooks, with solutions and as students get them."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

from snnlib.engine.processes import HEADLESS
from snnlib.reproduction.execution import kernel_manager
from snnlib.reproduction.places import notebooks

pytestmark = pytest.mark.slow
FOLDER = notebooks() / "teaching"
NAMES = sorted(file.name for file in (FOLDER / "solutions").glob("*.ipynb"))
CLEAR = "%reset -f\nimport matplotlib.pyplot; matplotlib.pyplot.close('all')"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of all notebooks, ``solutions/...`` and student versions, by name.

    They run one after the other in one kernel, because importing torch takes longer than a chapter. What a chapter has
    defined is deleted before the next one; an error stops none, so that each test tells of its own.
    """
    parts = {f"{folder}{name}": [] for name in NAMES for folder in ("solutions/", "")}
    for name, cells in parts.items():
        cells += [nbformat.v4.new_code_cell(CLEAR), *nbformat.read(FOLDER / name, 4).cells]
    together = [cell for cells in parts.values() for cell in cells]
    for number, cell in enumerate(together):
        cell.id = f"cell-{number}"  # each once
    whole = nbformat.v4.new_notebook(cells=together)
    before = os.environ.get(HEADLESS)
    os.environ[HEADLESS] = "1"
    try:
        NotebookClient(
            whole,
            timeout=600,
            allow_errors=True,
            kernel_name="python3",
            kernel_manager_class=kernel_manager(str(tmp_path_factory.mktemp("kernel"))),
            resources={"metadata": {"path": str(FOLDER)}},
        ).execute()
    finally:
        os.environ.pop(HEADLESS) if before is None else os.environ.update({HEADLESS: before})
    return {name: [o for cell in cells for o in cell.get("outputs", [])] for name, cells in parts.items()}


def printed(outputs, stream="stdout"):
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == stream)


def failures(outputs):
    return [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_the_solutions_are_right(outputs, name):
    found = outputs[f"solutions/{name}"]
    text = printed(found)
    assert not failures(found) and not printed(found, "stderr")
    assert [text.count(f"✓ exercise {i}") for i in (1, 2, 3)] == [1, 1, 1], text
    assert "✗" not in text and "not answered yet" not in text, text
    assert sum("image/png" in output.get("data", {}) for output in found) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_the_student_version_runs_without_an_answer(outputs, name):
    found = outputs[name]
    text = printed(found)
    assert not failures(found) and not printed(found, "stderr")
    assert text.count("not answered yet") == 3 and "✓" not in text and "✗" not in text, text
    assert sum("image/png" in output.get("data", {}) for output in found) >= 4
