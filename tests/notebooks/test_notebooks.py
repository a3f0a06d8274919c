"""The four notebooks at profile smoke, and what holds for every notebook."""

import ast
import contextlib
import json
import os
import shutil
import time

import pandas as pd
import pytest

from snnlib.reproduction.items import INVENTORY, read_run
from snnlib.reproduction.notebooks import ORDER, reproduce
from snnlib.reproduction.options import Options
from snnlib.reproduction.places import notebooks

FILES = sorted(notebooks().glob("*.ipynb"))


def cells(file):
    return json.loads(file.read_text())["cells"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_committed_without_outputs_with_short_cells_and_literal_parameters(file):
    tagged = 0
    for cell in (c for c in cells(file) if c["cell_type"] == "code"):
        source = "".join(cell["source"])
        assert not cell["outputs"] and cell["execution_count"] is None
        assert len([line for line in source.splitlines() if line.strip()]) <= 10
        if "parameters" in cell["metadata"].get("tags", []):
            tagged += 1
            for node in ast.parse(source).body:
                ast.literal_eval(node.value)
    assert tagged == 1


def test_all_notebooks_that_are_reproduced_take_the_same_parameters():
    files = [f for f in FILES if f.stem in ORDER]
    sources = [
        next("".join(c["source"]) for c in cells(f) if "parameters" in c["metadata"].get("tags", [])) for f in files
    ]
    assert [f.stem for f in files] == list(ORDER) and len(set(sources)) == 1
    assert {f.stem for f in FILES} - {*ORDER} == {"05_audit"}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory, run_of_tests):
    """Two runs one after the other: the first computes, the second reads the store, of which other tests get a copy.

    The first without worker processes: to start them takes longer than such jobs.
    """
    folder = tmp_path_factory.mktemp("smoke")
    before = os.environ.get("SNNLIB_STORE")
    os.environ["SNNLIB_STORE"] = str(folder / "store")
    seconds = []
    for name, workers in (("first", 1), ("second", 0)):
        start = time.monotonic()
        reproduce(Options("smoke", folder / name, workers=workers))
        seconds.append(time.monotonic() - start)
        records = {f: f.stat().st_mtime_ns for f in (folder / "store").rglob("record.json")}
        if name == "first":
            made = records
            shutil.copytree(folder / "store", folder / "copy")
            with contextlib.suppress(OSError):  # where another process was first
                (folder / "copy").replace(run_of_tests / "smoke-store")
    yield folder, seconds, made, records
    os.environ.pop("SNNLIB_STORE") if before is None else os.environ.update(SNNLIB_STORE=before)


@pytest.mark.slow
def test_every_table_and_figure_is_made(smoke):
    folder, *_ = smoke
    for item in INVENTORY:
        place, kinds = ("figures", {".png", ".svg"}) if "F" in item.id else ("tables", {".csv", ".md", ".tex"})
        files = [f for f in (folder / "first" / place).iterdir() if f.stem.split("_")[0] == item.id]
        kinds |= {".gif"} if item.id == "A-F4" else set()
        assert {f.suffix for f in files} == kinds and all(f.stat().st_size > 200 for f in files)
    assert read_run(folder / "first")["items"].keys() == {item.id for item in INVENTORY}


@pytest.mark.slow
def test_the_second_run_computes_nothing_and_gives_the_same_bytes(smoke):
    folder, _, made, records = smoke
    assert records == made and len(made) > 50
    for kind in ("data", "tables", "figures"):
        for file in (folder / "first" / kind).iterdir():
            assert file.read_bytes() == (folder / "second" / kind / file.name).read_bytes(), file.name


@pytest.mark.slow
def test_what_has_not_changed_is_skipped_in_seconds(smoke, capsys):
    """With real notebooks, real tasks and a real record; see test_stamps for what makes one run again."""
    folder, (first, _), *_ = smoke
    folder /= "second"
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    start = time.monotonic()
    reproduce(Options("smoke", folder))
    assert time.monotonic() - start < first / 20 and capsys.readouterr().out.count("skipped") == len(ORDER)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()} == before


@pytest.mark.slow
def test_the_report_is_whole_and_asks_nobody(smoke):
    page = (smoke[0] / "first" / "report.html").read_text()
    assert "http://" not in page and "https://" not in page and 'src="data:image/png;base64,' in page
    for item in INVENTORY:
        assert f'id="{item.id}"' in page
    assert page.count("Not made in this run") == 0
    assert "settings differ from the papers" in page and "not published" in page


@pytest.mark.slow
def test_rows_carry_profile_source_and_interval(smoke):
    for item in INVENTORY:
        if "F" in item.id or item.id == "B-T1":  # formulas hold no number
            continue
        rows = pd.read_csv(smoke[0] / "first" / "tables" / f"{item.id}.csv")
        sources = rows["source"].str.split(", ").explode()  # a contrast may be a mean over several
        assert (rows["profile"] == "smoke").all() and sources.isin(["embedded", "simulated"]).all()
        measured = rows.dropna(subset=["low"])
        assert len(measured) > 0 and (measured["low"] <= measured["value"] + 1e-9).all()
        assert (measured["value"] <= measured["high"] + 1e-9).all()


@pytest.mark.slow
def test_items_without_published_values_still_get_a_report(tmp_path):
    reproduce(Options("smoke", tmp_path, only=["B-F1", "B-T1"]))
    page = (tmp_path / "report.html").read_text()
    assert 'id="B-F1"' in page and 'id="B-T1"' in page


@pytest.mark.slow
def test_one_notebook_alone_with_one_item_trains_what_it_needs(smoke, monkeypatch, tmp_path):
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "fresh"))
    reproduce(Options("smoke", tmp_path / "out", only=["A-T2"]))
    assert [f.name for f in (tmp_path / "out" / "tables").iterdir() if f.suffix == ".csv"] == ["A-T2.csv"]
    assert (tmp_path / "out" / "tables" / "A-T2.csv").read_bytes() == (
        smoke[0] / "first" / "tables" / "A-T2.csv"
    ).read_bytes()
    assert not list((tmp_path / "out").glob("figures/*"))
