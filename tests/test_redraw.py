"""Figures and tables once more, from the data that a run has kept."""

import json
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest
from helpers.report import a_figure, a_table

from snnlib.cli import main
from snnlib.errors import DataError, SettingError
from snnlib.report.figure import pack
from snnlib.reproduction.items import INVENTORY
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.figures import split_diagram
from snnlib.reproduction.places import references
from snnlib.reproduction.redraw import data_files, redraw

REFERENCE = references() / "quick"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder with two tables, a figure and a figure of two parts."""
    folder = tmp_path_factory.mktemp("results")
    lab = Lab("smoke", folder, device="cpu", workers=1)
    lab.table("A-T2", a_table)
    lab.table("B-T1", lambda: a_table("B-T1", cell="µ ≥ 1"))
    lab.figure("B-F1", split_diagram, ["a note", "µ ≥ 1"])
    for points in (4, 8):
        lab.figure("B-F2", lambda points=points: split_diagram(points, pairs=2), part=str(points))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    files = (file for kind in ("figures", "tables") for file in (folder / kind).iterdir())
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files}


def test_every_figure_and_table_comes_out_with_the_same_bytes(out, tmp_path, capsys):
    before = dict(mpl.rcParams)
    assert main(["figures", "--from", str(out), "--to", str(tmp_path)]) == 0
    assert dict(mpl.rcParams) == before
    assert content(tmp_path) == content(out) and len(content(out)) == 2 * 3 + 3 * 2
    printed = capsys.readouterr().out.splitlines()
    assert f"{tmp_path / 'figures' / 'B-F2_8'}: png, svg" in printed and len(printed) == 5


def test_one_figure_is_all_of_its_parts_and_no_other(out, tmp_path):
    written = redraw(out, tmp_path, ["B-F2", "A-T2"])
    names = sorted(file.name for file in written if file.suffix != ".svg")
    assert names == ["A-T2.csv", "A-T2.md", "A-T2.tex", "B-F2_4.png", "B-F2_8.png"]


def test_without_another_folder_the_files_are_made_in_their_own(out, tmp_path):
    shutil.copytree(out / "data", tmp_path / "data")
    redraw(tmp_path, only=["A-T2", "B-F1"])
    assert (tmp_path / "tables" / "A-T2.md").read_bytes() == (out / "tables" / "A-T2.md").read_bytes()
    assert sorted(f.name for f in tmp_path.rglob("*.*") if f.parent.name != "data") == [
        "A-T2.md", "A-T2.tex", "B-F1.png", "B-F1.svg",
    ]  # fmt: skip


def test_the_reference_run_has_data_of_everything():
    missing = [item.id for item in INVENTORY if not data_files(REFERENCE, item.id)]
    assert not missing
    size = sum(file.stat().st_size for file in REFERENCE.rglob("*") if file.is_file())
    assert size < 15e6, "the committed results are kept small"


@pytest.mark.slow
def test_the_reference_figures_are_what_their_data_give(tmp_path):
    """All that is kept is drawn; tables have the same bytes, pictures too where no image library has a part in them."""
    written = {file.relative_to(tmp_path) for file in redraw(REFERENCE, tmp_path)}
    kept = {f.relative_to(REFERENCE) for kind in ("figures", "tables") for f in (REFERENCE / kind).iterdir()}
    assert written == kept
    for name in [*(f for f in written if f.parent.name == "tables"), *map(Path, ("figures/B-F1.svg",))]:
        assert (tmp_path / name).read_bytes() == (REFERENCE / name).read_bytes(), name


def test_what_is_not_there_is_named(out, tmp_path):
    with pytest.raises(SettingError, match="B-T9"):
        redraw(out, tmp_path, ["B-T9"])
    with pytest.raises(DataError, match=r"no data of B-T3\.") as error:
        redraw(out, tmp_path, ["B-T3", "A-T2"])
    assert "snnlib reproduce" in error.value.remedy
    with pytest.raises(DataError, match="no data of figures and tables"):
        redraw(tmp_path)
    with pytest.raises(DataError, match="no folder"):
        redraw(tmp_path / "nowhere")


def of_figure(drawing: str, **data: object) -> bytes:
    return pack({"name": "B-F1", "notes": [], "drawing": drawing, "data": data})


SPLIT = "snnlib.reproduction.mia_snn.figures:split_diagram"


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("B-F1.npz", b"no archive"),
        ("B-F1.npz", b""),
        ("B-F1.npz", of_figure("no_such")),
        ("B-F1.npz", of_figure("snnlib.reproduction.no_such:split_diagram")),
        ("B-F1.npz", of_figure("snnlib.reproduction.mia_snn.figures:no_such")),
        ("B-F1.npz", of_figure(SPLIT, x=1)),
        ("B-F1.npz", of_figure("shutil:rmtree", path=".")),
        ("B-F1.npz", pack({"name": "B-F1"})),
        ("B-T1.json", b"{"),
        ("B-T1.json", b"[]"),
        ("B-T1.json", b'{"id": "B-T1"}'),
        ("B-T1.json", b"\xff"),
    ],
)
def test_damaged_data_are_told_in_two_sentences(name, damage, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(damage)
    assert main(["figures", "--from", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert name in error and len(error.splitlines()) == 2


def test_a_figure_without_data_leaves_no_data_of_another(tmp_path):
    lab = Lab("smoke", tmp_path, device="cpu", workers=1)
    lab.figure("B-F1", split_diagram)
    assert (tmp_path / "data" / "B-F1.npz").exists()
    lab.figure("B-F1", a_figure)
    assert not (tmp_path / "data" / "B-F1.npz").exists()


def test_the_cells_of_a_table_are_kept_as_text(out):
    text = json.loads((out / "data" / "A-T2.json").read_text(encoding="utf-8"))
    assert text.keys() == {"id", "title", "columns", "cells", "notes"}
    assert all(isinstance(cell, str) for line in text["cells"] for cell in line)
