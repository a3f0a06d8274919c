"""Tables: what people read is made from the rows, and every format holds every cell."""

import io

import pandas as pd
import pytest
from helpers.report import a_table

from snnlib.metrics.estimate import Estimate
from snnlib.report.table import NOTHING, Table, estimate_of, html, latex, markdown, pivot, printed_number, shown_once
from snnlib.report.table import values as cells_of

ESTIMATES = {"auc": Estimate(0.5, 0.4, 0.61), "tpr": Estimate(None, why="too few")}


def tidy():
    """Two data sets, two attacks, two metrics; the second attack has no published value and no TPR."""
    return pd.DataFrame(
        [
            {"data": data, "attack": attack, "metric": metric} | cells_of(estimate, 0.7 if attack == "P" else None)
            for data in ("one", "two")
            for attack in ("P", "R")
            for metric, estimate in ESTIMATES.items()
            if (attack, metric) != ("R", "tpr")
        ]
    )


def ours(row):
    return estimate_of(row).text()


def published(row):
    return None if pd.isna(row["published"]) else printed_number(row["published"])


def test_a_pivot_has_a_line_a_key_and_a_column_a_metric_in_the_order_of_the_rows():
    shown = pivot(tidy(), ["data", "attack"], "metric", ours).reset_index()
    assert shown.columns.tolist() == ["data", "attack", "auc", "tpr"]
    assert shown["data"].tolist() == ["one", "", "two", ""] and shown["attack"].tolist() == ["P", "R", "P", "R"]
    assert shown["auc"].tolist() == ["0.50 [0.40, 0.61]"] * 4
    assert shown["tpr"].tolist() == ["too few", NOTHING] * 2


def test_published_values_stand_in_lines_of_their_own_where_there_are_any():
    shown = pivot(tidy(), ["data", "attack"], "metric", {"ours": ours, "published": published}).reset_index()
    assert shown[""].tolist() == ["ours", "published", "ours"] * 2
    assert shown["attack"].tolist() == ["P", "", "R"] * 2
    assert shown["auc"].tolist()[:3] == ["0.50 [0.40, 0.61]", "0.70", "0.50 [0.40, 0.61]"]


def test_a_value_is_shown_again_where_one_to_its_left_has_changed():
    frame = pd.DataFrame({"a": ["x", "x", "y", "y"], "b": [1, 1, 1, 2], "c": [0, 0, 0, 0]})
    found = shown_once(frame, ["a", "b"])
    assert found["a"].tolist() == ["x", "", "y", ""] and found["b"].tolist() == [1, "", 1, 2]
    assert found["c"].tolist() == [0] * 4 and frame["b"].tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize("estimate", [*ESTIMATES.values(), Estimate(0.25, why="one run")])
def test_an_estimate_survives_rows_and_csv(estimate):
    row = cells_of(estimate, None) | {"metric": "auc"}
    read = pd.read_csv(io.StringIO(pd.DataFrame([row]).to_csv(index=False))).to_dict("records")[0]
    assert estimate_of(row) == estimate_of(read) == estimate


def test_a_missing_published_number_is_said_to_be_missing():
    assert printed_number(None) == printed_number(float("nan")) == "not published" and printed_number(0.5, 1) == "0.5"


def test_markdown_and_latex_hold_every_cell():
    rows = pd.DataFrame({"score": ["p ≥ q", "a | b"], "θ": ["5 %", NOTHING]})
    text = Table("B-T1", rows, rows.set_index("score"), ["λ > 0"], "Formulas").text()
    lines = [line for line in markdown(text).splitlines() if line.startswith("|")]
    assert lines == ["| score | θ |", "| --- | --- |", "| p ≥ q | 5 % |", r"| a \| b | — |"]
    tex = latex(text)
    assert r"\toprule" in tex and tex.count(r"\\") == 3 and tex.isascii()
    assert r"p $\ge$ q & 5 \%" in tex and "a | b & ---" in tex and r"$\lambda$ $>$ 0" in tex


def test_cells_of_html_are_text_and_never_markup():
    table = a_table(cell="<b>&")
    assert "<td>&lt;b&gt;&amp;</td>" in html(table.text())
    assert "<li>where it is from</li>" in table._repr_html_()
