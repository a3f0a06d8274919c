"""Figures and tables once more, from the data that a run has kept."""

import json
import re
import shutil
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_lab import a_figure
from test_tables import inversion_results, membership_results

from snnlib import paths
from snnlib.cli import main
from snnlib.errors import DataError, SettingError
from snnlib.report.figure import pack, unpack
from snnlib.reproduction.brainleaks.camera_figure import camera_check
from snnlib.reproduction.brainleaks.claims import inversion_verdicts
from snnlib.reproduction.brainleaks.figures import all_classes, comparison_grid, confidence_matrices, course_of_attack
from snnlib.reproduction.brainleaks.film import animation, film_strip
from snnlib.reproduction.brainleaks.schematic import attack_schematic
from snnlib.reproduction.brainleaks.tables import inversion_table
from snnlib.reproduction.items import built
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.figures import (
    confidence_histograms,
    confidence_scatter,
    risk_against_steps,
    roc_curves,
    split_diagram,
)
from snnlib.reproduction.mia_snn.tables import formula_table, membership_table
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.redraw import _files, redraw

REFERENCE = paths.references() / "quick"


def make_all(out: Path) -> None:
    """All figures and some tables of both papers, from results made by hand."""
    lab = Lab("smoke", out, device="cpu", workers=1)
    inversion = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    membership, film = membership_results(), inversion["nmnist"].recording[:, 1]
    statistics = {"events": 3000, "duration_ms": 308, "share_brighter": 0.5, "per_bin": np.arange(33)}
    simulated = {key: np.array([value, value * 1.1]) for key, value in statistics.items()}
    simulated |= {key: np.random.default_rng(0).integers(0, 9, (10, 34, 34)) for key in ("picture", "picture_darker")}
    lab.figure("A-SF3", lambda: camera_check({"simulated": simulated}), ["a note"])
    lab.figure("B-F1", split_diagram)
    lab.figure("A-F1", attack_schematic, ["a note"])
    lab.figure("A-SF1", lambda: course_of_attack(inversion), ["one", "two"])
    lab.figure("A-F2", lambda: comparison_grid(inversion, {"mnist": (0, 1), "nmnist": (2,)}))
    for name, results in inversion.items():
        lab.figure("A-F3", lambda results=results: all_classes(results, columns=2), [name], part=name)
    lab.figure("A-F4", lambda: film_strip({"film": film}, milliseconds=3.0))
    lab.animation("A-F4", lambda: animation(film, "title"))
    lab.figure("A-SF2", lambda: confidence_matrices(inversion))
    lab.figure("B-F2", lambda: roc_curves(membership), part="roc")
    lab.figure("B-F2", lambda: confidence_scatter(membership), part="scatter")
    lab.figure("B-F2", lambda: risk_against_steps(membership), part="risk")
    lab.figure("B-F3", lambda: confidence_histograms(membership), ["µ ≥ 1"])
    lab.table("A-T2", lambda: inversion_table("A-T2", inversion["mnist"], "smoke"))
    lab.table("B-T1", lambda: formula_table("B-T1"))
    lab.table("B-T2", lambda: membership_table("B-T2", {"cifar100": membership}, "smoke"))
    lab.table("A-V", lambda: inversion_verdicts("A-V", {"mnist": inversion["mnist"]}, "smoke"))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    make_all(folder)
    return folder


def content(folder: Path) -> dict:
    return {
        f"{f.parent.name}/{f.name}": f.read_bytes() for kind in ("figures", "tables") for f in (folder / kind).iterdir()
    }


def test_every_figure_and_table_comes_out_with_the_same_bytes(out, tmp_path, capsys):
    made = {file.stem.split("_")[0] for file in (out / "figures").iterdir()}
    assert made == {item.id for item in built() if item.kind == "figure"}
    before = dict(mpl.rcParams)
    assert main(["figures", "--from", str(out), "--to", str(tmp_path)]) == 0
    assert dict(mpl.rcParams) == before
    assert content(tmp_path) == content(out)
    printed = capsys.readouterr().out.splitlines()
    assert sum(len(line.partition(": ")[2].split(", ")) for line in printed) == len(content(out))
    assert f"{tmp_path / 'figures' / 'B-F2_roc'}: png, svg" in printed and len(printed) < len(content(out)) / 2


def test_one_figure_is_all_of_its_parts_and_no_other(out, tmp_path):
    written = redraw(out, tmp_path, ["B-F2", "A-F4", "A-T2"])
    names = sorted(file.name for file in written if file.suffix != ".svg")
    assert names == ["A-F4.gif", "A-F4.png", "A-T2.csv", "A-T2.md", "A-T2.tex"] + [
        f"B-F2_{part}.png" for part in ("risk", "roc", "scatter")
    ]


def test_without_another_folder_the_files_are_made_in_their_own(out, tmp_path):
    shutil.copytree(out / "data", tmp_path / "data")
    redraw(tmp_path, only=["A-T2", "B-F1"])
    assert (tmp_path / "tables" / "A-T2.md").read_bytes() == (out / "tables" / "A-T2.md").read_bytes()
    assert sorted(f.name for f in tmp_path.rglob("*.*") if f.parent.name != "data") == [
        "A-T2.md", "A-T2.tex", "B-F1.png", "B-F1.svg",
    ]  # fmt: skip


def test_the_reference_run_has_data_of_all_that_is_built():
    missing = [item.id for item in built() if not _files(REFERENCE, item.id)]
    assert not missing
    size = sum(file.stat().st_size for file in REFERENCE.rglob("*") if file.is_file())
    assert size < 15e6, "the committed results are kept small"


def parts_of(drawing: Path) -> tuple[str, np.ndarray, list[np.ndarray]]:
    """An SVG file's text, its numbers, and the points of its lines; names that are hashes of lines are counted."""
    names: dict[str, str] = {}
    text = re.sub(
        r"\b[mp][0-9a-f]{10}\b", lambda found: names.setdefault(found[0], f"#{len(names)}"), drawing.read_text()
    )
    lines = [np.array(re.findall(r"([-.\d]+) ([-.\d]+)", d), float) for d in re.findall(r' d="(.*?)"', text, re.DOTALL)]
    rest, number = re.sub(r' d=".*?"', "", text, flags=re.DOTALL), r"-?\d+\.\d+"
    return re.sub(number, "0.0", rest), np.array(re.findall(number, rest), float), lines


def farthest(points: np.ndarray, line: np.ndarray) -> float:
    """How far the farthest of some points is from a line through others."""
    start, along = line[:-1], np.diff(line, axis=0)
    length = np.maximum((along**2).sum(-1), 1e-12)
    share = ((points[:, None] - start) * along).sum(-1) / length
    foot = start + share.clip(0, 1)[..., None] * along
    return float(np.linalg.norm(points[:, None] - foot, axis=-1).min(1).max())


def test_the_reference_figures_are_what_their_data_give(tmp_path):
    """Tables, and drawings without pictures, which no image library has a part in.

    Tables are the same bytes. The last bits of a logarithm depend on the processor, and with them which points of a
    curve matplotlib leaves out where it is as good as straight: curves are the same to a fifth of a point (1/360 inch).
    """
    redraw(REFERENCE, tmp_path, ["B-F1", "B-F2", "B-T2", "A-V"])
    for file in (tmp_path / "tables").iterdir():
        assert file.read_bytes() == (REFERENCE / "tables" / file.name).read_bytes(), file.name
    for file in (tmp_path / "figures").glob("*.svg"):
        (text, numbers, lines), (*same, others) = parts_of(file), parts_of(REFERENCE / "figures" / file.name)
        assert text == same[0] and len(lines) == len(others) > 10, file.name
        np.testing.assert_allclose(numbers, same[1], rtol=0, atol=1e-3, err_msg=file.name)
        for line, other in zip(lines, others):
            if not np.array_equal(line, other):
                assert max(farthest(line, other), farthest(other, line)) < 0.2, file.name


def test_runs_are_kept_apart_from_the_references():
    """Git knows the references alone; no profile has the name of their folder."""
    assert paths.references().parent == paths.figures() and paths.references().name not in PROFILES
    ignored = (paths.project() / ".gitignore").read_text().splitlines()
    assert "/figures/*" in ignored and [line for line in ignored if line.startswith("!/figures")] == [
        "!/figures/reference/"
    ]


def test_what_is_not_there_is_named(out, tmp_path):
    with pytest.raises(SettingError, match="B-T9"):
        redraw(out, tmp_path, ["B-T9"])
    with pytest.raises(DataError, match=r"no data of B-T3\.") as error:
        redraw(out, tmp_path, ["B-T3", "A-T2"])
    assert "snnlib reproduce" in error.value.remedy
    with pytest.raises(DataError, match="no data of figures and tables"):
        redraw(tmp_path)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("B-F1.npz", b"no archive"),
        ("B-F1.npz", b""),
        ("B-F1.npz", pack({"name": "B-F1", "notes": [], "drawing": "no_such", "data": {}})),
        ("B-F1.npz", pack({"name": "B-F1", "notes": [], "drawing": "split_diagram", "data": {"x": 1}})),
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
    text = json.loads((out / "data" / "A-T2.json").read_text())
    assert text.keys() == {"id", "title", "columns", "cells", "notes"}
    assert all(isinstance(cell, str) for line in text["cells"] for cell in line)


LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=4)
ARRAYS = st.sampled_from(
    [np.arange(3), np.zeros((2, 0)), np.array([True]), np.array([np.nan, 1e-300]), np.float32([[1]])]
)
TREES = st.recursive(
    LEAVES | ARRAYS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@given(st.dictionaries(st.text(min_size=1, max_size=3), TREES, max_size=4))
def test_data_come_back_as_they_were(data):
    np.testing.assert_equal(unpack(pack(data)), data)
    assert pack(data) == pack(data)


def test_tuples_and_numbers_of_numpy_are_kept_as_plain_ones():
    found = unpack(pack({"steps": (1, 2), "x": np.float64(0.1), "b": np.bool_(True)}))
    assert found == {"steps": [1, 2], "x": 0.1, "b": True}
