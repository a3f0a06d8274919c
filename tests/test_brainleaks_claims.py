"""Verdicts on paper A's claims: supported where they hold, contradicted where the opposite does."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.brainleaks import inversion_results

from snnlib.metrics.estimate import Estimate
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from snnlib.reproduction.brainleaks.claims import CLAIMS, Comparison, inversion_verdicts


def rows_where(recognised, classes=10):
    """A-V on four data sets; ``recognised``: how many of ten samples, by data set and row."""
    results = {}
    for name in ("att_faces", "mnist", "nmnist", "dvsgesture"):
        r = inversion_results(name, scorer_seeds=(0, 1, 2), targets=(0, 1, 2, 3, 4))
        confidence = {}
        for key, old in r.confidence.items():
            right = np.arange(classes)[:, None] < recognised(name, key[0])
            draw = np.where(right, np.eye(classes), np.roll(np.eye(classes), 1, 0))
            confidence[key] = draw[None].repeat(len(old), 0)
        results[name] = replace(r, confidence=confidence, info=r.info | {"classes": classes})
    return inversion_verdicts("A-V", results, "smoke").rows


def comparisons(results, claim):
    """A-V's comparisons of one data set behind a claim, by their text."""
    rows = inversion_verdicts("A-V", {"mnist": results}, "smoke").rows
    return rows[rows["claim"] == claim].set_index("comparison")["value"]


def on_claims(rows):
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_a_claim_is_supported_where_it_holds():
    def recognised(data, row):
        if row.startswith("random"):
            return 0
        return 10 if data in ("mnist", "att_faces") or row == "brainleaks_v2" else 4

    rows = rows_where(recognised)
    verdicts = on_claims(rows)
    assert verdicts["A2"] == verdicts["A5"] == verdicts["A6"] == SUPPORTED and verdicts.keys() == CLAIMS.keys()
    a3 = rows[rows["claim"] == "A3"].set_index(["study", "comparison"])["value"]
    assert a3["nmnist", "AA of v2 - of v1"] == pytest.approx(0.6) and len(a3) == 4
    assert rows[rows["claim"] == "A2"]["comparison"].str.contains("common scorers").all()


def test_a_claim_is_contradicted_where_the_opposite_holds():
    others = ("fredrikson", "random_spikes", "random_pixels")
    verdicts = on_claims(rows_where(lambda data, row: 10 if row in others else 0))
    assert verdicts["A1"] == verdicts["A2"] == CONTRADICTED


def test_where_nothing_is_recognised_nothing_that_needs_a_leak_is_supported():
    verdicts = on_claims(rows_where(lambda data, row: 1))
    assert verdicts["A1"] == verdicts["A3"] == verdicts["A4"] == INCONCLUSIVE


def test_each_attack_is_compared_with_its_own_spikes_at_random_places():
    rows = rows_where(lambda data, row: 0 if row == "random_spikes" else 10)
    a1 = rows.query("claim == 'A1' and study == 'mnist'").set_index("comparison")["value"]
    assert a1["AA of v1 - of its spikes at random places"] == pytest.approx(1)
    assert a1["AA of v2 - of its spikes at random places"] == pytest.approx(0)


def test_only_samples_that_the_targets_accept_count_as_sparse():
    """Of four samples, the targets take three for their class; an empty sample that none takes is no success."""
    r = inversion_results("mnist", targets=(0, 1, 2))
    samples = {key: s.copy() for key, s in r.samples.items()}
    for seed in r.study.seeds:
        samples["brainleaks_v2", seed][:, 2] = 0  # the class with a confidence of 0.2
    a5 = comparisons(replace(r, samples=samples), "A5")
    assert a5["spike rate, v1 - v2; 9 of 12 samples"] == pytest.approx(0.4)
    none = replace(r, final={key: np.full(4, 0.3) for key in r.final})
    assert comparisons(none, "A5").empty


def test_a_spread_that_cannot_be_large_is_no_evidence_that_it_is_small():
    r = inversion_results("mnist")
    assert len(comparisons(r, "A6")) == 1
    assert comparisons(replace(r, info=r.info | {"classes": 40}), "A6").empty


def test_a_margin_lets_a_difference_be_a_little_below_zero():
    slightly = Comparison("A2", "mnist", "x", Estimate(-0.05, -0.08, -0.02), 0.01, margin=0.1)
    assert slightly.verdict(0.01) == SUPPORTED
    clearly = Comparison("A2", "mnist", "x", Estimate(-0.5, -0.6, -0.4), 0.001, margin=0.1)
    assert clearly.verdict(0.001) == CONTRADICTED


def test_a_claim_and_its_verdict_are_shown_once_with_every_comparison():
    table = inversion_verdicts("A-V", {"mnist": inversion_results()}, "smoke")
    assert len(table.shown) == len(table.rows)
    claims = [text for text in table.shown.index if text]
    assert [text[:2] for text in claims] == list(table.rows["claim"].unique())
    assert list(table.shown["verdict"]) == list(table.rows["verdict"])
    assert list(table.shown["on the claim"] != "") == [bool(text) for text in table.shown.index]
