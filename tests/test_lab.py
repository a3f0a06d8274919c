"""The lab: what is wanted, what is written, what is recorded."""

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from snnlib.engine.files import write
from snnlib.engine.processes import HEADLESS
from snnlib.engine.store import Job
from snnlib.errors import DataError, SettingError, StoreError
from snnlib.paths import data, project
from snnlib.report.table import Table
from snnlib.reproduction.brainleaks.film import film
from snnlib.reproduction.brainleaks.plan import inversion_plans
from snnlib.reproduction.items import read_run
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.plan import membership_plans
from snnlib.reproduction.places import notebooks, store


def number(device, n):
    """A job."""
    return {"n": torch.tensor(n).numpy()}, {}


@pytest.fixture
def lab(tmp_path):
    return Lab("smoke", tmp_path / "out", device="cpu", workers=1, only=["A-T2", "B-F2"])


def a_table(id="A-T2"):
    rows = pd.DataFrame({"attack": ["x"], "value": [0.123456789]})
    return Table(id, rows, rows.set_index("attack"), ["where it is from"])


def a_figure():
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    return figure


def test_tables_and_figures_are_written_and_recorded(lab):
    lab.table("A-T2", a_table)
    lab.figure("B-F2", a_figure, ["where it is from"])
    assert {f.name for f in (lab.out / "tables").iterdir()} == {"A-T2.csv", "A-T2.md", "A-T2.tex"}
    assert {f.name for f in (lab.out / "figures").iterdir()} == {"B-F2.png", "B-F2.svg"}
    run = read_run(lab.out)
    assert run["items"]["A-T2"]["profile"] == "smoke" and run["items"]["A-T2"]["notes"] == ["where it is from"]
    assert "where it is from" not in (lab.out / "tables" / "A-T2.csv").read_text()


def test_parts_of_a_figure_are_recorded_together_and_old_parts_are_forgotten(tmp_path):
    for parts in (("a", "b"), ("b", "c")):
        lab = Lab("smoke", tmp_path, device="cpu", workers=1)
        for part in parts:
            lab.figure("B-F2", a_figure, part=part)
    files = read_run(tmp_path)["items"]["B-F2"]["files"]
    assert [f for f in files if f.endswith("png")] == ["figures/B-F2_b.png", "figures/B-F2_c.png"]


def test_the_same_content_keeps_its_date_and_its_record_to_the_byte(tmp_path, monkeypatch):
    def run(at, value=1.0, profile="smoke"):
        monkeypatch.setattr("snnlib.reproduction.lab.time.strftime", lambda *_: at)
        lab = Lab(profile, tmp_path, device="cpu", workers=1)
        rows = pd.DataFrame({"attack": ["x"], "value": [value]})
        lab.table("A-T2", lambda: Table("A-T2", rows, rows.set_index("attack"), []))
        for part in ("a", "b"):
            lab.figure("B-F2", a_figure, part=part)
        made = {id: item["made"] for id, item in read_run(tmp_path)["items"].items()}
        return made, (tmp_path / "run.json").read_bytes()

    first = run("first")
    assert first[0] == {"A-T2": "first", "B-F2": "first"} and run("second") == first
    assert run("third", value=2.0)[0] == {"A-T2": "third", "B-F2": "first"}
    (tmp_path / "figures" / "B-F2_a.svg").write_text("something else")
    assert run("fourth", value=2.0)[0] == {"A-T2": "third", "B-F2": "fourth"}
    assert run("fifth", value=2.0, profile="quick")[0] == {"A-T2": "fifth", "B-F2": "fifth"}


def test_a_figure_gives_the_same_bytes_each_time(lab):
    contents = []
    for _ in range(2):
        lab.figure("B-F2", a_figure)
        contents.append([f.read_bytes() for f in sorted((lab.out / "figures").iterdir())])
    assert contents[0] == contents[1]
    assert not plt.get_fignums()


def test_what_was_not_asked_for_is_not_made(lab):
    shown = lab.table("A-T1", lambda: pytest.fail("made"))
    assert "not asked for" in shown.data and not lab.out.exists()
    assert list(inversion_plans(lab)) == ["mnist"] and list(membership_plans(lab)) == ["cifar100"]


def test_an_animation_is_kept_as_a_gif_beside_its_figure(tmp_path):
    lab = Lab("smoke", tmp_path, device="cpu", workers=1, only=["A-F4"])
    lab.figure("A-F4", a_figure)
    shown = lab.figure("A-F4", lambda: film(np.eye(3)[None].repeat(2, 0), "eye"))
    assert shown.format == "gif" and (tmp_path / "figures" / "A-F4.gif").read_bytes().startswith(b"GIF8")
    assert read_run(tmp_path)["items"]["A-F4"]["files"][-2:] == ["figures/A-F4.gif", "data/A-F4.gif.npz"]
    other = Lab("smoke", tmp_path, device="cpu", workers=1, only=["A-T2"])
    assert "not asked for" in other.figure("A-F4", lambda: pytest.fail("made")).data


def test_progress_is_a_line_when_headless(lab, monkeypatch, capsys):
    monkeypatch.setenv(HEADLESS, "1")
    lab.run([Job(number, {"n": i}) for i in range(3)], "count")
    assert capsys.readouterr().out.startswith("count: 3 of 3 jobs")
    lab.run([Job(number, {"n": 0})], "count")
    assert capsys.readouterr().out == ""


def test_progress_is_a_bar_for_people(lab, monkeypatch, capfd):
    monkeypatch.delenv(HEADLESS, raising=False)
    lab.run([Job(number, {"n": i}) for i in range(3)], "count")
    assert "3/3" in capfd.readouterr().err


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write(tmp_path / "a" / "x.txt", "old")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(StoreError, match="x.txt cannot be written to .*disk full.*Make room"):
        write(tmp_path / "a" / "x.txt", "new")
    assert (tmp_path / "a" / "x.txt").read_text() == "old"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"profile": "huge"}, "no profile named 'huge'.*Choose one of smoke"),
        ({"device": "tpu"}, "no device named 'tpu'.*auto, cpu or cuda"),
        ({"device": "cuda:0"}, "no device named 'cuda:0'"),
        ({"only": ["C-T1"]}, "no table or figure 'C-T1'.*Choose from A-V"),
        ({"only": ["a-t2"]}, "no table or figure 'a-t2'.*Did you mean A-T2"),
        ({"only": "B-F2_roc"}, "Did you mean B-F2"),
        ({"workers": -1}, "workers cannot be -1.*0 or more"),
        ({"out": "file"}, "folder .*file cannot be used: .*file is a file. Name another"),
        ({"out": "file/below"}, "cannot be used: .*file is a file"),
    ],
)
def test_impossible_labs_are_refused(tmp_path, monkeypatch, options, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=text):
        Lab(**options)
    assert [f.name for f in tmp_path.iterdir()] == ["file"]


def test_a_folder_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingError, match="may not be written to"):
        Lab("smoke", tmp_path / "out")


def test_a_single_id_need_not_be_a_list(tmp_path):
    assert [item.id for item in Lab("smoke", tmp_path, only="A-T2").items] == ["A-T2"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"items": 3}'])
def test_a_damaged_record_is_told(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(DataError, match=r"run.json is damaged\. Delete it"):
        Lab("smoke", tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(tmp_path):
    with pytest.raises(SettingError, match="CUDA"):
        Lab("smoke", tmp_path, device="cuda")


@pytest.mark.parametrize(("variable", "place"), [("SNNLIB_DATA", data), ("SNNLIB_STORE", store)])
def test_a_relative_folder_is_the_same_in_a_shell_and_in_a_notebook(monkeypatch, tmp_path, variable, place):
    monkeypatch.setenv(variable, "mine")
    found = []
    for folder in (project(), notebooks(), tmp_path):
        monkeypatch.chdir(folder)
        found.append(place().resolve())
    assert found == [project() / "mine"] * 3
    monkeypatch.setenv(variable, str(tmp_path))
    assert place() == tmp_path


def test_workers_default_to_the_processors(tmp_path):
    assert Lab("smoke", tmp_path, device="cpu").workers.count == min(os.cpu_count(), 8)
