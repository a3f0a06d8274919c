"""The report from a folder of results, complete or not."""

import html
import json
import shutil
import subprocess

import pandas as pd
import pytest
from test_lab import a_figure, a_table

from snnlib.report.rows import compared, tally
from snnlib.report.table import Table
from snnlib.reproduction.items import select
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.summary import write_report


def test_an_empty_folder_gives_a_report_that_says_so(tmp_path):
    page = write_report(tmp_path, PROFILES["quick"]).read_text()
    assert page.count("Not made in this run") > 5
    assert page.count("each network has thresholds of its own") == 1  # said once for all studies that it holds for


def test_tables_pictures_notes_and_departures_are_in_it(tmp_path):
    lab = Lab("smoke", tmp_path, device="cpu", workers=1)
    lab.table("A-T2", a_table)
    lab.figure("B-F2", a_figure, ["a <note>"])
    page = write_report(tmp_path, PROFILES["smoke"]).read_text()
    assert "<td>0.123456789</td>" in page and "data:image/png;base64" in page
    assert "a &lt;note&gt;" in page and "where it is from" in page
    assert "settings differ" in page and 'href="tables/A-T2.csv"' in page
    title = html.escape(select(("B-F2",))[0].title)
    assert f'alt="B-F2: {title}"' in page


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a | b"])
def test_cells_are_text_and_never_markup(tmp_path, text):
    table = a_table()
    table.shown["value"] = table.shown["value"].astype(object)
    table.shown.iloc[0, 0] = text
    lab = Lab("smoke", tmp_path, device="cpu", workers=1)
    lab.table("A-T2", lambda: table)
    page = write_report(tmp_path, PROFILES["smoke"]).read_text()
    assert "<script>" not in page
    assert f">{html.escape(text)}</td>" in page


def rows(**columns):
    common = {"study": "mnist", "data": "mnist", "source": "embedded", "profile": "smoke"}
    return pd.DataFrame([common | dict(zip(columns, values, strict=True)) for values in zip(*columns.values())])


@pytest.fixture
def page(tmp_path):
    """A report with verdicts, a picture and two numbers beside published ones."""
    lab = Lab("smoke", tmp_path, device="cpu", workers=1)
    verdicts = rows(
        claim=["A1", "A1", "A2"], verdict_on_claim=["supported", "supported", "contradicted"],
        value=[1.0, 1.0, -1.0], margin=[0.0, 0.0, 0.1],
    )  # fmt: skip
    measured = rows(
        attack=["brainleaks_v1"] * 3, metric=["daa", "attack_accuracy", "top3_accuracy"], value=[0.9, 0.5, 0.7],
        low=[0.8, 0.4, 0.6], high=[0.95, 0.6, 0.8], published=[0.85, 0.9, None],
    )  # fmt: skip
    lab.table("A-V", lambda: Table("A-V", verdicts, verdicts[["claim", "verdict_on_claim"]].set_index("claim")))
    lab.table("A-T2", lambda: Table("A-T2", measured, measured[["attack", "metric"]].set_index("attack")))
    lab.figure("B-F2", a_figure, ["a note"])
    return write_report(tmp_path, PROFILES["smoke"])


def test_verdicts_come_first_and_every_published_number_is_listed(page):
    text = page.read_text()
    assert text.index('id="verdicts"') < text.index('id="A-T2"')
    assert text.count('<td class="supported">supported</td>') == 1 and '<td class="contradicted">' in text
    assert "supported</td><td>2 of 2</td>" in text and "contradicted</td><td>0 of 1</td>" in text
    assert "2 numbers have a published value" in text and "own data 1 of 2 intervals hold" in text
    assert "<td>0.500*</td><td>0.400 to 0.600</td><td>0.900</td><td>no</td>" in text


PROBE = """<iframe id="f" width="360" height="700" srcdoc="{page}"></iframe><script>
addEventListener("load", () => setTimeout(() => {{
  const inner = f.contentWindow, doc = f.contentDocument, buttons = doc.querySelectorAll("table.sortable button");
  const first = () => doc.querySelector("table.sortable tbody tr").cells[3].textContent;
  buttons[3].click(); const least = first(); buttons[3].click();
  document.body.textContent = JSON.stringify({{
    errors: inner.errors, width: doc.documentElement.scrollWidth, least: least, most: first(),
    unnamed: [...doc.images].filter(i => !i.alt || !i.naturalWidth).length, images: doc.images.length,
    asked: inner.performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
    dead: [...doc.querySelectorAll("a[href^='#']")].filter(a => !doc.getElementById(a.hash.slice(1))).length}});
}}, 300));</script>"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
def test_in_a_browser_it_fits_a_phone_sorts_and_asks_nobody(page, tmp_path):
    watched = page.read_text().replace("<head>", "<head><script>errors = []; onerror = m => errors.push(m)</script>", 1)
    probe = tmp_path / "probe.html"
    probe.write_text("<meta charset='utf-8'>" + PROBE.format(page=html.escape(watched)))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    dom = subprocess.run([*command, probe.as_uri()], capture_output=True, text=True, timeout=120, check=True).stdout
    found = json.loads(html.unescape(dom[dom.index("{") : dom.rindex("}") + 1]))
    assert found.pop("width") <= 360
    assert (found.pop("least"), found.pop("most")) == ("0.500*", "0.900*")
    assert found == {"errors": [], "images": 1, "unnamed": 0, "asked": 0, "dead": 0}


def test_links_to_files_resolve(page):
    links = [part.split('"')[0] for part in page.read_text().split('href="')[1:]]
    files = [link for link in links if not link.startswith("#")]
    assert len(files) > 5 and all((page.parent / link).exists() for link in files)


def test_intervals_are_held_against_the_print_and_counted_by_kind_of_data():
    measured = rows(
        id=["A-T2"] * 6, attack=["brainleaks_v1"] * 4 + ["R"] * 2,
        metric=["attack_accuracy", "average_confidence", "daa", "daa", "tpr_at_1 %", "auc"],
        value=[0.9, 0.9, 0.5, 0.5, 0.0, 0.6], low=[0.69, 0.69, 0.1, None, 0.0, 0.5],
        high=[0.99988, 0.99988, 0.2, None, 0.0, 0.7], published=[1.0, 1.0, 0.15, 0.5, 0.0, 0.65],
        data=["mnist"] * 4 + ["photos-10"] * 2, study=["mnist"] * 4 + ["cifar10"] * 2,
        source=["official", "own copy", "simulated", "embedded", "embedded", "embedded"],
    )  # fmt: skip
    found = compared(measured)
    assert found["holds"].tolist() == ["yes", "no", "yes", "", "fixed", "yes"]  # confidences are printed to 0.0001
    assert found["real"].tolist() == [True, True, False, True, False, False]
    assert "own data 1 of 2 intervals" in tally(found) and tally(found).endswith("simulations 2 of 2")


def test_nothing_published_is_nothing_held():
    found = compared(rows(metric=["auc"], attack=["P"], value=[0.6], low=[0.5], high=[0.7], published=[None]))
    assert found.empty and "0 of 0" in tally(found)
