"""The report from a folder of results, complete or not."""

import html
import json
import shutil
import subprocess

import jinja2
import pytest
from helpers.report import a_figure, a_table, rows_of

from snnlib.report.page import page as rendered
from snnlib.report.table import Table
from snnlib.reproduction.findings import claims_figure
from snnlib.reproduction.items import select
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.summary import report


@pytest.fixture
def lab(tmp_path):
    return Lab("smoke", tmp_path, device="cpu", workers=1)


def test_an_empty_folder_gives_a_report_that_says_so(lab):
    text = report(lab.out, lab.profile)
    assert text.count("Not made in this run") > 5
    assert text.count("each network has thresholds of its own") == 1  # said once for all studies that it holds for


def test_tables_pictures_notes_and_departures_are_in_it(lab):
    lab.table("A-T2", a_table)
    lab.figure("B-F2", a_figure, ["a <note>"])
    text = report(lab.out, lab.profile)
    assert "<td>0.123456789</td>" in text and "data:image/png;base64" in text
    assert "a &lt;note&gt;" in text and "where it is from" in text
    assert "settings differ" in text and 'href="tables/A-T2.csv"' in text
    title = html.escape(select(("B-F2",))[0].title)
    assert f'alt="B-F2: {title}. a &lt;note&gt;"' in text


def test_what_another_profile_has_made_is_not_in_it(lab):
    lab.table("A-T2", a_table)
    assert "0.123456789" not in report(lab.out, PROFILES["quick"])


@pytest.mark.parametrize("cell", ["<script>alert(1)</script>", "a | b"])
def test_cells_are_text_and_never_markup(lab, cell):
    lab.table("A-T2", lambda: a_table(cell=cell))
    text = report(lab.out, lab.profile)
    assert "<script>alert" not in text and f">{html.escape(cell)}</td>" in text


def test_a_page_without_one_of_its_parts_is_refused():
    with pytest.raises(jinja2.UndefinedError):
        rendered(title="a title")


@pytest.fixture
def page(lab):
    """A report with verdicts, a picture and two numbers beside published ones."""
    verdicts = rows_of(
        claim=["A1", "A1", "A2"], comparison=["AA of both", "AA of v1", "AA"], primary=[True, False, True],
        verdict_on_claim=["supported", "supported", "contradicted"], remark_on_claim=["", "", "why"],
        value=[1.0, 1.0, -1.0], low=[0.9, 0.8, -1.2], high=[1.1, 1.2, -0.8], margin=[0.0, 0.0, 0.1],
        p_supported=[0.001, 0.002, 1.0], p_contradicted=[1.0, 1.0, 0.002], difference_published=[0.5, None, None],
    )  # fmt: skip
    measured = rows_of(
        attack=["brainleaks_v1"] * 3, metric=["daa", "attack_accuracy", "top3_accuracy"], value=[0.9, 0.5, 0.7],
        low=[0.8, 0.4, 0.6], high=[0.95, 0.6, 0.8], published=[0.85, 0.9, None],
    )  # fmt: skip
    lab.table("A-V", lambda: Table("A-V", verdicts, verdicts[["claim", "verdict_on_claim"]].set_index("claim")))
    lab.figure("A-V", lambda: claims_figure(verdicts))
    lab.table("A-T2", lambda: Table("A-T2", measured, measured[["attack", "metric"]].set_index("attack")))
    lab.figure("B-F2", a_figure, ["a note"])
    return lab.write("report.html", report(lab.out, lab.profile))


def test_verdicts_come_first_and_every_published_number_is_listed(page):
    text = page.read_text(encoding="utf-8")
    assert text.index('id="verdicts"') < text.index('id="A-T2"')
    assert 'A1 <span class="supported">supported</span></td><td>0.006</td><td>1</td><td>1 of 1</td>' in text
    assert 'A2 <span class="contradicted">contradicted</span></td><td>1</td><td>0.012</td><td>0 of 1</td>' in text
    assert text.index("Of 2 claims, 1 is supported (A1), 1 is contradicted (A2) and none is open.") < text.index("<img")
    assert "2 numbers have a published value" in text and "own data 1 of 2 intervals hold" in text
    assert "<td>0.500*</td><td>0.400 to 0.600</td><td>0.900</td><td>no</td>" in text


def test_links_to_files_resolve(page):
    links = [part.split('"')[0] for part in page.read_text(encoding="utf-8").split('href="')[1:]]
    files = [link for link in links if not link.startswith("#")]
    assert len(files) > 5 and all((page.parent / link).exists() for link in files)


PROBE = """<iframe id="f" width="360" height="700" srcdoc="{page}"></iframe><script>
addEventListener("load", () => setTimeout(() => {{
  const inner = f.contentWindow, doc = f.contentDocument, buttons = doc.querySelectorAll("table.sortable button");
  const first = () => doc.querySelector("table.sortable tbody tr").cells[3].textContent;
  buttons[3].click(); const least = first(); buttons[3].click();
  document.body.textContent = JSON.stringify({{
    errors: inner.errors, width: doc.documentElement.scrollWidth, least: least, most: first(),
    unnamed: [...doc.images].filter(i => !i.alt || !i.naturalWidth).length, images: doc.images.length,
    fetched: inner.performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
    dead: [...doc.querySelectorAll("a[href^='#']")].filter(a => !doc.getElementById(a.hash.slice(1))).length}});
}}, 300));</script>"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
def test_in_a_browser_it_fits_a_phone_sorts_and_fetches_nothing(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    watched = text.replace("<head>", "<head><script>errors = []; onerror = m => errors.push(m)</script>", 1)
    probe = tmp_path / "probe.html"
    probe.write_text("<meta charset='utf-8'>" + PROBE.format(page=html.escape(watched)), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    dom = subprocess.run([*command, probe.as_uri()], capture_output=True, text=True, timeout=600, check=True).stdout
    found = json.loads(html.unescape(dom[dom.index("{") : dom.rindex("}") + 1]))
    assert found.pop("width") <= 360
    assert (found.pop("least"), found.pop("most")) == ("0.500*", "0.900*")
    assert found == {"errors": [], "images": 2, "unnamed": 0, "fetched": 0, "dead": 0}
