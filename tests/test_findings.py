"""What came out, in words, in lines and in a picture: every number is that of a row."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from helpers.report import rows_of

from snnlib.reproduction.findings import claim_lines, claimed_side, claims_figure, primary, sentences


def contrasts(claim, *ps, verdict="inconclusive", remark="", value=0.1):
    """Primary contrasts of a claim with p-values for and against."""
    of = [(claim, f"{claim} {n}", True, value, pro, contra) for n, (pro, contra) in enumerate(ps)]
    names = ("claim", "comparison", "primary", "value", "p_supported", "p_contradicted")
    rows = rows_of(**dict(zip(names, zip(*of, strict=True), strict=True)))
    same = {
        "id": f"{claim[0]}-V",
        "low": value - 0.05,
        "high": value + 0.05,
        "difference_published": 0.2,
        "margin": 0.0,
    }
    return rows.assign(**same, verdict_on_claim=verdict, remark_on_claim=remark)


@pytest.fixture
def rows():
    aa = rows_of(attack=["brainleaks_v1"], judge=["snn"], metric=["attack_accuracy"], value=[0.876], published=[1.0])
    aucs = rows_of(
        study=["cifar100"] * 2, data=["photos-tiles"] * 2, model=["1", "ann"], attack=["RMIA"] * 2, metric=["auc"] * 2,
        dropout=[False] * 2, value=[0.734, 0.9], published=[0.69, 0.8],
    )  # fmt: skip
    of_claims = [
        contrasts("A1", (0.001, 1.0), (0.004, 0.9), verdict="supported"),
        contrasts("A2", (0.6, 0.1)),
        contrasts("B2", (0.2, 0.3), remark="it would take 9 pairs"),
        contrasts("B3", (1.0, 0.001), verdict="contradicted", value=-0.123),
    ]
    return pd.concat([aa.assign(id="A-T2"), aucs.assign(id="B-T2"), *of_claims], ignore_index=True)


def test_five_sentences_have_the_numbers_of_the_rows(rows):
    inverted, attacks, membership, models, claims = sentences(rows)
    assert "88 % on MNIST (published: 100)" in inverted
    assert "10.0 points more of the SNNs' samples than of the ANN's [5.0, 15.0; published: 20.0 points more]" in attacks
    assert "73 % on photos-tiles (published on CIFAR-100: 69)" in membership and "90" not in membership  # of SNNs only
    assert "12.3 points lower against the ANN than against SNNs [-17.3, -7.3; published: 20.0 points higher]" in models
    assert claims == "Of 4 claims, 1 is supported (A1), 1 is contradicted (B3) and 2 are open (A2, B2)."


def test_scorers_that_miss_dim_samples_only_are_told(rows):
    rows["high"] = rows["high"].fillna(0.9)
    said = {0.95: "88 % on MNIST (95 once they are as bright as the data) (published: 100)", 0.89: "88 % on MNIST (pub"}
    for value, text in said.items():
        aa = rows_of(attack=["v1_matched"], judge=["snn"], metric=["attack_accuracy"], value=[value]).assign(id="A-T2")
        assert text in sentences(pd.concat([rows, aa], ignore_index=True))[0]


def test_without_tables_nothing_is_said(rows):
    assert sentences(rows[:0]) == [] and claim_lines(rows[:0]) == []
    assert len(sentences(rows[rows["id"] == "B-T2"])) == 1


def test_evidence_for_and_against_is_holms_over_the_claims_of_a_paper(rows):
    lines = {line["claim"]: line for line in claim_lines(rows)}
    assert list(lines) == ["A1", "A2", "B2", "B3"]
    assert float(lines["A1"]["for"]) == pytest.approx(0.004 * 6)  # its least certain contrast, of six claims
    assert float(lines["A2"]["against"]) == pytest.approx(0.1 * 6)
    assert float(lines["B3"]["against"]) == pytest.approx(0.001 * 7)
    assert lines["A1"]["data"] == "MNIST" and lines["B2"]["remark"] == "it would take 9 pairs"


def test_comparisons_on_the_claimed_side_are_counted_against_their_margins():
    rows = pd.DataFrame({"value": [0.3, 0.1, -0.05, -0.2, None], "margin": [0.0, 0.0, 0.1, 0.1, 0.0]})
    assert claimed_side(rows.assign(primary=[True, *[False] * 4])) == "2 of 3"  # single ones that were measured
    assert claimed_side(rows[:1].assign(primary=True)) == "1 of 1"


def test_the_picture_has_a_row_for_each_primary_contrast(rows):
    untested = contrasts("A3", (1.0, 1.0)).assign(value=None, low=None, high=None)
    figure = claims_figure(pd.concat([rows, untested]))
    (ax,) = figure.axes
    assert [label.get_text()[:2] for label in ax.get_yticklabels()] == ["A1", "A1", "A2", "B2", "B3", "A3"]
    assert [text.get_text() for text in ax.texts].count("not tested") == 1
    assert len(primary(rows)) == 5
    plt.close(figure)
