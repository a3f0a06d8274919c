"""What the teaching notebooks stand on: checks, sliders, small data, and student versions made from the solutions."""

import runpy
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch

from snnlib.engine.processes import HEADLESS
from snnlib.errors import SettingError
from snnlib.paths import PACKAGE
from snnlib.reproduction.explore import widgets
from snnlib.reproduction.explore.teaching import check, digits, explore, faces, network

MADE = runpy.run_path(str(PACKAGE.parent / ".ci" / "teaching.py"))
FOLDER, main, student = (MADE[name] for name in ("FOLDER", "main", "student"))
SOURCES = sorted((FOLDER / "solutions").glob("*.ipynb"), key=lambda file: int(file.stem.split("_")[0]))


def outcome(capsys, answer, expected, **settings):
    check(1, answer, expected, hint="Look again.", **settings)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, 5),
        (True, 1),
        (torch.tensor(0.1), 0.1),
        ([2, 5, 8], [2, 5, 8]),
        ((1.0, 2.0), np.array([1, 2])),
        (torch.ones(3, 4, requires_grad=True), np.ones((3, 4))),
        ([torch.tensor(3.0), 0], [3, 0]),
        (" Larger", "larger"),
    ],
)
def test_a_right_answer(capsys, answer, expected):
    assert outcome(capsys, answer, expected) == "✓ exercise 1\n"


@pytest.mark.parametrize(
    ("answer", "expected", "problem"),
    [
        (4, 5, "Not quite."),
        ([2, 5], [2, 5, 8], "The answer has the shape (2,), but (3,) is expected."),
        (np.ones((2, 3)), np.ones((3, 2)), "The answer has the shape (2, 3)"),
        ("five", 5, "The answer should be a number."),
        (5, "five", "The answer should be text."),
        ([[1], [1, 2]], [1.0, 2.0], "The answer should be numbers."),
        (object(), 5, "The answer should be a number."),
        ([1.0, float("nan")], [1.0, 2.0], "Not every number is finite."),
        ("smaller", "larger", "Not that."),
    ],
)
def test_a_wrong_answer_gets_a_reason_and_the_hint_and_never_an_error(capsys, answer, expected, problem):
    printed = outcome(capsys, answer, expected)
    assert printed.startswith(f"✗ exercise 1: {problem}") and printed.endswith("Look again.\n")


@pytest.mark.parametrize("answer", [..., None, [..., ...], [1, ...], (...,)])
def test_no_answer_yet(capsys, answer):
    assert outcome(capsys, answer, 1.0) == "exercise 1: not answered yet\n"


def test_tolerance_is_an_absolute_difference_of_every_number(capsys):
    assert "✓" in outcome(capsys, [1.04, 100.0], [1.0, 100.04], tolerance=0.05)
    assert "✗" in outcome(capsys, [1.06, 100.0], [1.0, 100.0], tolerance=0.05)
    assert "✗" in outcome(capsys, 1.00001, 1.0)


def test_explore_draws_once_where_nobody_can_move_a_slider(monkeypatch):
    drawn = []
    monkeypatch.setenv(HEADLESS, "1")
    explore(lambda beta=0.5: drawn.append(beta), beta=(0, 1, 0.1))
    monkeypatch.delenv(HEADLESS)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # not installed
    explore(lambda beta=0.7: drawn.append(beta), beta=(0, 1, 0.1))
    assert drawn == [0.5, 0.7]


def test_explore_makes_sliders_in_jupyterlab(monkeypatch):
    shown, drawn = [], []
    monkeypatch.delenv(HEADLESS, raising=False)
    monkeypatch.setattr(widgets, "get_ipython", lambda: SimpleNamespace(kernel=1))

    def display(thing, display_id=None):
        shown.append(thing)
        return SimpleNamespace(update=shown.append)

    monkeypatch.setattr(widgets, "display", display)

    def draw(beta=0.5, steps=3):
        drawn.append((beta, steps))
        plt.figure(figsize=(3.5, 1)).text(0, 0, f"{beta} {steps}")

    explore(draw, beta=(0, 1, 0.1), steps=(1, 5, 2))
    picture, box = shown
    assert picture.data.startswith(b"\x89PNG") and picture.width == 450 and not plt.get_fignums()
    assert [value for _, value in box.children[1].options] == [1, 3, 5]
    box.children[0].value = 0.6
    assert drawn == [(0.5, 3), (0.6, 3)] and shown[2].data != picture.data


def test_digits_and_faces_are_the_same_each_time_and_in_range():
    images, labels = digits(300)
    assert (
        images.shape == (300, 28, 28)
        and images.min() == 0
        and images.max() == 1
        and set(labels.tolist()) == {*range(10)}
    )
    assert torch.equal(images, digits(300)[0]) and not torch.equal(images, digits(300, seed=1)[0])
    assert torch.equal(images[:20], digits(20)[0])
    with pytest.raises(SettingError, match="1 to 5000"):
        digits(5001)
    images, who = faces(3)
    assert images.shape == (30, 37, 30) and 0 <= images.min() < images.max() <= 1
    assert who.tolist() == sorted([0, 1, 2] * 10)


def test_a_network_depends_on_its_seed_and_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    one, same, other = (network(seed, shape=(4, 4), classes=3, hidden=5) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


def notebook(*cells):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return nbformat.v4.new_notebook(cells=[make[kind](text, metadata={"tags": tags}) for kind, text, tags in cells])


def test_the_student_version_keeps_everything_but_the_solutions():
    solved = (
        "x = 1\n# solution: answer = ...  # a number\nsecret = 41\nanswer = secret + 1\n# end of solution\nprint(x)"
    )
    made = student(
        notebook(
            ("markdown", "# Title", []),
            ("code", solved, ["solution"]),
            ("code", "check(1, answer, 42, hint='')", ["check"]),
            ("markdown", "Because.", ["solution"]),
        )
    )
    sources = [cell.source for cell in made.cells]
    assert sources[1] == "x = 1\nanswer = ...  # a number\nprint(x)"
    assert sources[0] == "# Title" and sources[2].startswith("check(1") and sources[3] == MADE["INVITATION"]


@pytest.mark.parametrize(
    "source",
    [
        "answer = 42",
        "# solution: answer = ...\nanswer = 42",
        "answer = 42\n# end of solution",
        "# solution: a = ...\n# solution: b = ...\na = b = 1\n# end of solution",
    ],
)
def test_a_solution_whose_markers_do_not_match_is_refused(source):
    with pytest.raises(SettingError, match="solution"):
        student(notebook(("code", source, ["solution"])))


def test_writing_again_changes_nothing(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / SOURCES[0].name).write_bytes(SOURCES[0].read_bytes())
    main(tmp_path)
    written = (tmp_path / SOURCES[0].name).read_text()
    main(tmp_path)
    assert (tmp_path / SOURCES[0].name).read_text() == written


def test_there_are_ten_chapters_each_linked_to_the_next():
    assert [file.stem.split("_")[0] for file in SOURCES] == [str(i) for i in range(1, 11)]
    for file, following in zip(SOURCES, SOURCES[1:], strict=False):
        assert f"({following.name})" in nbformat.read(file, 4).cells[-1].source


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_the_student_version_is_what_the_solutions_make(file):
    made = nbformat.writes(student(nbformat.read(file, 4))) + "\n"
    assert (FOLDER / file.name).read_text() == made, "run 'make teaching'"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_a_chapter_has_short_cells_no_outputs_three_exercises_and_says_how_to_read_its_pictures(file):
    cells = nbformat.read(file, 4).cells
    assert [cell.id for cell in cells] == [f"cell-{i:02d}" for i in range(1, len(cells) + 1)]
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell in code:
        assert not cell.outputs and cell.execution_count is None
        assert len([line for line in cell.source.splitlines() if line.strip()]) <= 10, cell.source
        assert all(len(line) <= 120 for line in cell.source.splitlines())
        assert "manual_seed" not in cell.source
    tags = [tag for cell in code for tag in cell.metadata.get("tags", [])]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert tags.count("solution") == tags.count("check") == 3
    assert [text.count(f"## Exercise {i}:") for i in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert text.startswith("# ") and "**The question.**" in text and "## What we found" in text
    assert text.count("How to read it") >= 4
