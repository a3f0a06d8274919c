"""From a file of one's own to the page: ``snnlib audit``."""

import json
import re
import sys

import matplotlib as mpl
import numpy as np
import pytest

from snnlib.audit import page
from snnlib.audit.command import run, template
from snnlib.audit.evaluation import evaluate
from snnlib.audit.inversion import InversionAudit
from snnlib.cli import main
from snnlib.errors import DataError, SettingError
from snnlib.membership import Signals
from snnlib.metrics.estimate import Estimate

SMALL = {
    '"references": 8': '"references": 2',
    "epochs=20": "epochs=3",
    '"inversion": {"shape": (64,)}': '"inversion": {"shape": (64,), "queries": 50, "grid": {"rate": (0.1,)}}',
}


def signals(leak=1.0, n=200, networks=6, seed=0):
    rng = np.random.default_rng(seed)
    inside = np.repeat(rng.random((networks // 2, n)) < 0.5, 2, 0)
    inside[1::2] = ~inside[1::2]
    z = rng.normal(size=n) + rng.normal(size=(networks, 1, n)) + leak * inside[:, None]
    return Signals(z, z > 0, inside, rng.integers(0, 10, n), by_step=np.repeat(z, 2, 1))


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The template at a small size, and what was said."""
    folder = tmp_path_factory.mktemp("audited")
    text = template()
    for old, new in SMALL.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "my_audit.py").write_text(text)
    return folder, list(run(folder / "my_audit.py", folder / "audit"))


@pytest.mark.slow
def test_the_template_becomes_a_page(audited):
    folder, said = audited
    html = (folder / "audit" / "audit.html").read_text()
    assert "Handwritten digits, snnTorch" in html and said[0] in html.replace("&#39;", "'")
    headings = re.findall("<h2>(.*?)</h2>", html)
    assert headings[0].startswith("What was audited") and headings[-1].startswith("What it took")
    assert {"Who was in the training set?", "What does a class look like to it?", "What was not tried"} <= {*headings}
    assert "http://" not in html and "https://" not in html
    rows = json.loads((folder / "audit" / "rows.json").read_text())
    auc = next(row for row in rows["membership"] if (row["attack"], row["metric"]) == ("RMIA", "auc"))
    assert f"{100 * auc['value']:.1f} [{100 * auc['low']:.1f}, {100 * auc['high']:.1f}]" in html
    assert {row["attack"] for row in rows["inversion"]} >= {"BrainLeaks-v1", "BrainLeaks-v1, untrained twin"}


@pytest.mark.slow
def test_what_networks_answered_is_audited_again_without_training(audited, capsys):
    folder, said = audited
    assert main(["audit", str(folder / "audit" / "networks" / "signals.npz"), "--out", str(folder / "again")]) == 0
    assert said[0] in capsys.readouterr().out and (folder / "again" / "audit.html").exists()


@pytest.mark.slow
def test_an_audit_that_is_done_is_told_again_and_one_with_another_title_is_drawn_again(audited, monkeypatch):
    folder, said = audited
    page = (folder / "audit" / "audit.html").read_bytes()

    def again(*given, **options):
        raise AssertionError("it is done")

    monkeypatch.setattr("snnlib.audit.command.inversion", again)
    assert list(run(folder / "my_audit.py", folder / "audit")) == said
    assert (folder / "audit" / "audit.html").read_bytes() == page
    monkeypatch.setitem(sys.modules["my_audit"].about, "title", "Other")
    with pytest.raises(AssertionError, match="it is done"):
        list(run(folder / "my_audit.py", folder / "audit"))
    assert b"Other" in (folder / "audit" / "audit.html").read_bytes()


@pytest.mark.slow
def test_a_plan_writes_no_page(audited, capsys):
    folder, _ = audited
    assert main(["audit", str(folder / "my_audit.py"), "--plan", "--out", str(folder / "plan")]) == 0
    assert "4 networks take about" in capsys.readouterr().out and not (folder / "plan" / "audit.html").exists()


def test_the_template_is_printed_as_python(capsys):
    assert main(["audit", "--template"]) == 0
    compile(capsys.readouterr().out, "my_audit.py", "exec")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def train(x, y, seed): ...", r"has no function data\(\)"),
        ("def data(): ...", r"has no function train\(x, y, seed\)"),
        ("def data(): ...\ndef train(x, y): ...", r"has no function train\(x, y, seed\)"),
        ("about = {'reference': 3}\ndef data(): ...\ndef train(x, y, seed): ...", "cannot be reference"),
        ("about = ['title']\ndef data(): ...\ndef train(x, y, seed): ...", "cannot be list"),
        ("about = {'adapt': {'reads': 1}}\ndef data(): ...\ndef train(x, y, seed): ...", "adapt in .* cannot be reads"),
        ("about = {'inversion': True}\ndef data(): ...\ndef train(x, y, seed): ...", "inversion in .* cannot be bool"),
        ("about = {'inversion': {}}\ndef data(): ...\ndef train(x, y, seed): ...", "inversion in .* has no shape"),
        ("def data(): open('nowhere')\ndef train(x, y, seed): ...", r"data\(\) in .* failed"),
        ("def data(:", "line 1: invalid syntax"),
    ],
)
def test_a_file_without_what_is_needed_is_refused(tmp_path, text, problem):
    file = tmp_path / f"file{abs(hash(text))}.py"
    file.write_text(text)
    with pytest.raises(SettingError, match=problem):
        list(run(file, tmp_path / "out"))


def test_a_file_named_as_another_module_is_refused(tmp_path):
    (tmp_path / "json.py").write_text("def data(): ...\ndef train(x, y, seed): ...")
    with pytest.raises(SettingError, match="another module named json"):
        list(run(tmp_path / "json.py", tmp_path / "out"))


@pytest.mark.parametrize("name", ["my.audit.py", "audit.ipynb", "audit"])
def test_a_file_that_cannot_be_imported_is_refused(tmp_path, name):
    (tmp_path / name).write_text("")
    with pytest.raises(SettingError, match="which can be imported"):
        list(run(tmp_path / name, tmp_path / "out"))


@pytest.mark.slow
def test_a_page_of_the_membership_stands_when_an_inversion_goes_wrong(tmp_path):
    text = template().replace('"references": 8', '"references": 2').replace("epochs=20", "epochs=1")
    (tmp_path / "goes_wrong.py").write_text(text.replace('{"shape": (64,)}', '{"shape": (63,)}'))
    with pytest.raises(SettingError, match=r"input of shape \[10, 3, 63\]"):
        list(run(tmp_path / "goes_wrong.py", tmp_path / "out"))
    assert "Who was in the training set?" in (tmp_path / "out" / "audit.html").read_text()


@pytest.mark.parametrize("package", ["matplotlib", "seaborn", "jinja2"])
def test_a_package_that_the_page_needs_is_missed_before_anything_is_trained(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # not installed
    (tmp_path / "never_asked.py").write_text("def data(): raise SystemExit('too late')\ndef train(x, y, seed): data()")
    with pytest.raises(DataError, match=rf"The package {package} is not installed. .*'.\[reproduce\]'"):
        [*run(tmp_path / "never_asked.py", tmp_path / "audit")]
    with pytest.raises(DataError, match=package):
        page()


@pytest.mark.parametrize("file", [[], ["nowhere.py"]])
def test_no_file_is_told_how_to_get_one(file, capsys):
    assert main(["audit", *file]) == 1
    assert "snnlib audit --template" in capsys.readouterr().err


def test_a_leak_and_no_leak_are_told_apart_on_the_page():
    found = {leak: evaluate(signals(leak), coins=True, resamples=50) for leak in (0.0, 2.0)}
    low = {leak: audit.row()["low"] for leak, audit in found.items()}
    assert low[0.0] < 0.5 < low[2.0]
    html = page(found[2.0], title="<b>mine</b>")
    assert "&lt;b&gt;mine&lt;/b&gt;" in html and "Inversion: what a class looks like" in html  # as not tried
    assert f"below {found[2.0].epsilon['epsilon']:.2f}" in html
    assert "RMIA (counts)" in html and "after every time step" in html


def test_few_targets_are_told():
    said = {
        networks: "With so few targets" in page(evaluate(signals(networks=networks), resamples=20))
        for networks in (4, 6)
    }
    assert said == {4: True, 6: False}


def test_without_coins_there_is_no_epsilon_and_plots_look_as_before():
    with mpl.rc_context({"lines.linewidth": 7.0}):
        html = page(evaluate(signals(), resamples=50))
        assert mpl.rcParams["lines.linewidth"] == 7.0
    assert "There is no bound" in html and "fair coins" in html


def test_an_inversion_alone_has_a_page_with_its_samples():
    sure = {"confidence": Estimate(0.5, 0.4, 0.6)}
    samples, controls = {"attack": np.zeros((2, 1, 4, 4))}, ("other",)
    grid = [{"rate": 0.1, "confidence": 0.5, "chosen": True}]
    audit = InversionAudit((0,), samples | {"other": samples["attack"]}, [], {"attack": sure}, controls, grid, (), ())
    html = page(inversion=audit)
    assert "Membership: whether a point was in the training set" in html and "0.50 [0.40, 0.60]" in html
    assert html.count("data:image/png") == 1 and "which shows little" in html
