"""Verdicts on paper A's claims: supported where they hold, contradicted where the opposite does."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.brainleaks import inversion_results

from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from snnlib.reproduction.brainleaks.claims import CLAIMS, DECLARED, inversion_verdicts


def results_where(recognised, classes=10, names=("att_faces", "mnist", "nmnist", "dvsgesture")):
    """Five targets and three scorers; ``recognised``: how many of ten samples, by data set and row.

    One more in every second target, and one more by every second scorer's even classes, so that there is a spread.
    """
    results = {}
    for name in names:
        r = inversion_results(name, scorer_seeds=(0, 1, 2), targets=(0, 1, 2, 3, 4))
        confidence = {}
        for key, old in r.confidence.items():
            right = np.arange(classes)[:, None] < recognised(name, key[0]) + key[1] % 2 - key[3] % 2
            draw = np.where(right, np.eye(classes), np.roll(np.eye(classes), 1, 0))
            confidence[key] = draw[None].repeat(len(old), 0)
        results[name] = replace(r, confidence=confidence, info=r.info | {"classes": classes})
    return results


def rows_where(*about, **options):
    """A-V's rows, for results as in `results_where`."""
    return inversion_verdicts("A-V", results_where(*about, **options), "smoke").rows


def on_claims(rows):
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_a_claim_is_supported_where_it_holds():
    def recognised(data, row):
        if row.startswith("random"):
            return 1
        return 8 if data in ("mnist", "att_faces") or row == "brainleaks_v2" else 3

    rows = rows_where(recognised)
    verdicts = on_claims(rows)
    assert verdicts["A1"] == verdicts["A3"] == verdicts["A5"] == SUPPORTED and verdicts.keys() == CLAIMS.keys()
    a3 = rows[rows["claim"] == "A3"].set_index("study")
    assert a3.loc["nmnist, dvsgesture", "value"] == pytest.approx(0.5) and a3.loc["nmnist", "verdict"] == SUPPORTED
    assert a3.loc["nmnist", "difference_published"] == pytest.approx(0.4 - 0.2)
    a4 = rows[(rows["claim"] == "A4") & rows["primary"]].iloc[0]
    assert a4["value"] == pytest.approx(0.25) and a4["study"] == "mnist, nmnist"


def test_a_claim_is_contradicted_where_the_opposite_holds():
    others = ("fredrikson", "random_spikes", "random_spikes_v2")
    verdicts = on_claims(rows_where(lambda data, row: 9 if row in others else 1))
    assert verdicts["A1"] == verdicts["A2"] == CONTRADICTED


def test_where_nothing_is_recognised_nothing_that_needs_a_leak_is_supported():
    verdicts = on_claims(rows_where(lambda data, row: 1))
    assert SUPPORTED not in {verdicts[claim] for claim in ("A1", "A3", "A4")}


def test_each_attack_is_compared_with_its_own_spikes_at_random_places():
    rows = rows_where(lambda data, row: 1 if row == "random_spikes" else 9)
    a1 = rows.query("claim == 'A1' and study == 'mnist'").set_index("comparison")["value"]
    assert a1["AA of v1 - of its spikes at random places"] == pytest.approx(0.8)
    assert a1["AA of v2 - of its spikes at random places"] == pytest.approx(0)


def test_the_attack_is_chosen_by_the_targets_confidence_not_by_its_success():
    results = results_where(lambda data, row: {"brainleaks_v1": 2, "brainleaks_v2": 8}.get(row, 5), names=["mnist"])
    r = results["mnist"]
    surer = {key: np.full(4, 0.99) for key in r.final if key[0] == "brainleaks_v1"}
    for final, value in ((surer, -0.3), ({}, -0.3), ({("brainleaks_v2", k): np.ones(4) for k in range(5)}, 0.3)):
        rows = inversion_verdicts("A-V", {"mnist": replace(r, final=dict(r.final) | final)}, "smoke").rows
        assert rows[rows["claim"] == "A2"]["value"].tolist() == pytest.approx([value])


def test_sparsity_is_a_ratio_of_rates_of_all_samples():
    rows = inversion_verdicts("A-V", {"mnist": inversion_results(targets=(0, 1, 2))}, "smoke").rows
    a5 = rows[rows["claim"] == "A5"].iloc[0]
    assert a5["value"] == pytest.approx(np.mean([np.log((0.6 + 0.01 * k) / (0.2 + 0.01 * k)) for k in range(3)]))
    assert a5["verdict_on_claim"] == SUPPORTED and a5["delta"] == pytest.approx(np.log(1.05))


def test_a_claim_without_the_data_it_needs_is_not_tested_and_says_so():
    table = inversion_verdicts("A-V", {"mnist": inversion_results(scorer_seeds=(0, 1, 2))}, "smoke")
    rows = table.rows.drop_duplicates("claim").set_index("claim")
    assert rows.loc["A4", "remark_on_claim"] == "not tested: no results of nmnist" and np.isnan(rows.loc["A4", "value"])
    assert "dvsgesture" in rows.loc["A3", "remark_on_claim"] and rows.loc["A3", "verdict_on_claim"] == INCONCLUSIVE
    assert "no results of att_faces" in table.shown["difference"].tolist()
    assert rows.loc["A1", "verdict_on_claim"] == SUPPORTED  # it rests on the data that there are


def test_a_single_scorer_is_too_few():
    rows = inversion_verdicts("A-V", {"mnist": inversion_results(scorer_seeds=(0,))}, "smoke").rows
    a1 = rows[(rows["claim"] == "A1") & (rows["study"] == "mnist")]
    assert a1["value"].isna().all() and "no spread" in a1["remark_on_claim"].iloc[0]


def test_every_contrast_is_declared_with_its_reason():
    assert {d.claim for d in DECLARED} == set(CLAIMS) and all(d.why and d.data for d in DECLARED)
    bounds = {d.claim: (round(d.margin, 3), round(d.delta, 3)) for d in DECLARED}
    expected = {"A1": (0, 0.05), "A2": (0.1, -0.1), "A3": (0, 0.05), "A4": (0, 0.05), "A5": (0, 0.049), "A6": (0, 0)}
    assert bounds == expected and "att_faces" not in DECLARED[-1].data  # of 40 classes the s.d. cannot be large
