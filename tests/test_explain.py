"""What a number rests on, from the record of a small real run and its store."""

import json
import shutil
from dataclasses import replace

import pytest
from helpers.mia import membership_results

from snnlib.cli import main
from snnlib.engine.store import record_of
from snnlib.errors import DataError, SettingError
from snnlib.reproduction.brainleaks.plan import inversion_plans
from snnlib.reproduction.brainleaks.results import inversion_results
from snnlib.reproduction.brainleaks.tables import inversion_table
from snnlib.reproduction.explain import explain
from snnlib.reproduction.items import read_run
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.results import artefacts


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Table A-T2 of profile smoke: the folder of results and the store."""
    folder = tmp_path_factory.mktemp("explain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNNLIB_STORE", str(folder / "store"))
        lab = Lab("smoke", folder / "out", device="cpu", workers=1, only=["A-T2"])
        (plan,) = inversion_plans(lab).values()
        results = inversion_results(plan, lab.run)
        lab.table("A-T2", lambda: inversion_table("A-T2", results, "smoke"))
    return folder / "out", folder / "store"


@pytest.fixture
def out(ran, tmp_path, monkeypatch):
    shutil.copytree(ran[0], tmp_path / "out")
    monkeypatch.setenv("SNNLIB_STORE", str(ran[1]))
    return tmp_path / "out"


WHERE = ("attack=brainleaks_v1", "metric=attack_accuracy", "judge=snn")


def test_the_chain_goes_from_the_number_to_the_data(out):
    lines = list(explain(out, "A-T2", WHERE))
    assert lines[0] == "A-T2: Model inversion on MNIST" and lines[1].startswith(
        "  mnist, brainleaks_v1, attack_accuracy"
    )
    jobs = [line.split("  ")[2] for line in lines if " s on " in line]
    assert jobs[0].startswith("read MNIST") and jobs[-1].startswith("score brainleaks_v1 on MNIST")
    for what in ("train MNIST target snn, seed 0", "train MNIST scorer snn", "brainleaks_v1 on MNIST, seed 1"):
        assert sum(job.startswith(what) for job in jobs) == 1
    assert not any("fredrikson" in job for job in jobs)
    at = next(n for n, line in enumerate(lines) if "brainleaks_v1 on MNIST, seed 0" in line)
    assert "settings.iterations 10" in lines[at + 1]


def test_each_artefact_names_those_it_came_from_which_stand_before_it(out):
    seen = set()
    for line in explain(out, "A-T2", WHERE):
        if " s on " in line:
            key, _, source = line.strip().partition("  ")
            assert set(source.partition(", from ")[2].split()) <= seen
            seen.add(key)
    assert len(seen) == 8


def test_the_run_is_on_record(out):
    run = read_run(out)
    (record,) = run["runs"].values()
    assert run["items"]["A-T2"]["run"] in run["runs"]
    assert record["instructions"].startswith("cpu ") and record["processor"] is not None
    assert record["threads"] == {"jobs at a time": 1, "of each job": 1}
    assert {"python", "torch", "numpy"} <= record["versions"].keys() and record["code"]["version"]
    assert list(record["data"]) == ["mnist"] and len(record["data"]["mnist"].split()[1]) == 64
    assert record["settings"] == {"profile": "smoke", "device": "cpu", "seed": 0}


def test_settings_that_differ_from_the_paper_are_those_of_the_study(out):
    lines = list(explain(out, "A-T2", WHERE))
    departures = lines[lines.index("settings that differ from the paper's:") + 1 :]
    assert "  mnist hidden: 100 (paper: 3000)" in departures
    assert all(line.startswith("  mnist ") for line in departures)


def test_the_command_prints_it(out, capsys):
    assert main(["explain", "A-T2", *WHERE, "--profile", "smoke", "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == list(explain(out, "A-T2", WHERE))


def test_what_the_store_has_lost_is_said(out, ran, tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "copy"))
    shutil.copytree(ran[1], tmp_path / "copy")
    (data,) = (line.split()[0] for line in explain(out, "A-T2", WHERE) if "  read MNIST" in line)
    (folder,) = (tmp_path / "copy").glob(f"*/{data}*")
    record = json.loads((folder / "record.json").read_text())
    assert record_of(tmp_path / "copy", folder.name) == record
    (folder / "record.json").write_text(json.dumps(record | {"settings": {}}))  # another job's
    assert record_of(tmp_path / "copy", folder.name) is None
    lost = [line for line in explain(out, "A-T2", WHERE) if "not in the store any more" in line]
    assert len(lost) == 1 and lost[0].startswith(f"  {data}")
    shutil.rmtree(tmp_path / "copy")
    assert sum("not in the store any more" in line for line in explain(out, "A-T2", WHERE)) == 1


def test_a_record_of_an_older_version_says_that_artefacts_are_unknown(out):
    run = json.loads((out / "run.json").read_text())
    item = {k: of for k, of in run["items"]["A-T2"].items() if k not in ("run", "artefacts")}
    (out / "run.json").write_text(json.dumps({"items": {"A-T2": item}}))
    assert any(line.startswith("from artefacts that were not recorded") for line in explain(out, "A-T2"))


def test_what_is_not_there_is_answered_with_what_is(out):
    with pytest.raises(SettingError, match="no column 'colour'.*Choose from .*judge"):
        list(explain(out, "A-T2", ["colour=red"]))
    with pytest.raises(SettingError, match="attack=v3.*brainleaks_v1"):
        list(explain(out, "A-T2", ["attack=v3"]))
    with pytest.raises(DataError, match="no numbers of B-T2"):
        list(explain(out, "B-T2"))


@pytest.mark.parametrize(
    "changed",
    [{"run": 1}, {"artefacts": 1}, {"artefacts": [{}]}, {"artefacts": [{"key": "../x"}]}, {"artefacts": ["x"]},
     {"artefacts": [{"key": "0" * 64, "attack": [1]}]}],
)  # fmt: skip
def test_a_damaged_record_of_artefacts_is_told(out, changed):
    run = json.loads((out / "run.json").read_text())
    run["items"]["A-T2"] |= changed
    (out / "run.json").write_text(json.dumps(run))
    with pytest.raises(DataError, match="run.json is damaged"):
        list(explain(out, "A-T2"))


def test_rows_rest_on_all_networks_of_a_model_and_on_references_of_another():
    keys = {"data": "d"} | {(model, k): f"{model}{k}" for model in (2, "ann") for k in range(4)}
    results = replace(membership_results(), keys=keys)

    def behind(*how, **more):
        return [of["key"] for of in artefacts(results, *how, **more)]

    assert behind([2]) == ["20", "21", "22", "23"] and behind([2], first=2) == ["22", "23"]
    assert behind([2], "ann") == [f"{model}{k}" for model in (2, "ann") for k in range(4)]
