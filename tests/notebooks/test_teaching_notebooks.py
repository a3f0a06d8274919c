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
REMEMBER = "_before = set(globals())"
FORGET = "for _name in {n for n in globals() if n[0] != '_'} - _before: del globals()[_name]"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of all notebooks, ``solutions/...`` and student versions, by name.

    Chapters run one after the other in one kernel, because importing torch takes longer than a chapter. What a chapter
    has defined is deleted before the next one; an error stops none, so that each test tells of its own. Cells that a
    chapter has in both versions run once. From an answer to its check the solution comes first; what it alone defines
    is deleted, and the student's cells leave the answer open for those that follow.
    """
    parts = {f"{folder}{name}": [] for name in NAMES for folder in ("solutions/", "")}
    together, new = [], nbformat.v4.new_code_cell
    for name in NAMES:
        solved, open_ = (nbformat.read(FOLDER / part / name, 4).cells for part in ("solutions", ""))
        together.append(new(CLEAR))
        while open_:
            end, solution = 1, open_[:1]
            if solved[0].source != open_[0].source:
                while "check(" not in solved[end - 1].source:
                    end += 1
                solution = solved[:end]
                together += [new(REMEMBER), *solution, new(FORGET)]
            together += open_[:end]
            parts[f"solutions/{name}"] += solution
            parts[name] += open_[:end]
            solved, open_ = solved[end:], open_[end:]
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
