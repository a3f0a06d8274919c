"""The report from a folder of results, complete or not."""

import html

import pytest
from test_lab import a_figure, a_table

from snnlib import inventory
from snnlib.lab import Lab
from snnlib.profiles import PROFILES
from snnlib.report import write_report


def test_an_empty_folder_gives_a_report_that_says_so(tmp_path):
    page = write_report(tmp_path, PROFILES["quick"]).read_text()
    assert page.count("Not made in this run") > 5 and "Not as published" in page


def test_tables_pictures_notes_and_departures_are_in_it(tmp_path):
    lab = Lab("smoke", tmp_path, device="cpu", workers=1)
    lab.table("A-T2", a_table)
    lab.figure("B-F2", a_figure, ["a <note>"])
    page = write_report(tmp_path, PROFILES["smoke"]).read_text()
    assert "<td>0.123456789</td>" in page and "data:image/png;base64" in page
    assert "a &lt;note&gt;" in page and "where it is from" in page
    assert "settings differ" in page and 'href="tables/A-T2.csv"' in page
    title = html.escape(inventory.select(("B-F2",))[0].title)
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
    assert f"<td>{html.escape(text)}</td>" in page
