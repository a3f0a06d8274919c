"""Verdicts: only where both tests agree, and the complement is never a reference."""

from dataclasses import replace

import numpy as np
import pytest
from test_tables import inversion_results

from snnlib import tables
from snnlib.claims import CONTRADICTED, INCONCLUSIVE, SUPPORTED, inversion_verdicts, membership_verdicts
from snnlib.claims import inversion as of_inversion
from snnlib.claims import membership as membership_claims
from snnlib.claims.membership import Comparison
from snnlib.claims.verdict import worst
from snnlib.datasets import membership as split
from snnlib.metrics import Estimate
from snnlib.plan import DROPOUT, PLAIN
from snnlib.profiles import PROFILES
from snnlib.results import Accuracies, MembershipResults

INFO = {
    "dataset": "photos-tiles",
    "title": "photos-tiles",
    "source": "embedded",
    "shape": [16, 16, 3],
    "sizes": {"pool": 600},
}
STUDY = replace(PROFILES["quick"].membership["cifar100"], references=4, direct_references=4)
FLAT = dict.fromkeys((1, 2, 4, "ann", "direct"), 1.0)


def results(gain, dropout=0.0, study=STUDY):
    """Signals of 600 points: how easy a point is, noise, and ``gain[model]`` more for members."""
    members, rng = split(600, 4, 0), np.random.default_rng(1)
    easy, log_p = 2 * rng.normal(size=600), {}
    for model in study.models:
        for index in range(5):
            for way in (PLAIN, DROPOUT):
                effect = gain[model] + (dropout if way == DROPOUT else 0)
                logit = easy + 0.7 * rng.normal(size=600) + effect * members[index]
                log_p[model, index, way] = -np.logaddexp(0, -logit)[None]
    return MembershipResults(study, INFO, members, log_p)


def accuracies(gain, study=STUDY):
    rng = np.random.default_rng(2)
    test = {
        (m, i): 0.5 + gain * (m if m not in ("ann", "direct") else 5) + 0.01 * rng.normal()
        for m in (1, 2, 3, 4, "ann", "direct")
        for i in range(5)
    }
    return Accuracies(study, INFO, test, test)


def verdicts(gain, accuracy_gain):
    both = {"cifar100": results(gain)}, {"cifar100": accuracies(accuracy_gain)}
    rows = membership_verdicts("B-V", *both, "quick").rows
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_effects_that_are_there_are_supported():
    found = verdicts({1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0, "direct": 2.0}, 0.05)
    assert found["B2"] == found["B3"] == found["B7"] == SUPPORTED


def test_effects_of_the_other_sign_are_contradicted():
    found = verdicts({1: 4.0, 2: 2.0, 4: 1.2, "ann": 0.5, "direct": 4.0}, -0.05)
    assert found["B2"] == found["B3"] == found["B6"] == found["B7"] == CONTRADICTED


def test_without_a_leak_nothing_is_supported():
    found = verdicts(dict.fromkeys(FLAT, 0.0), 0.0)
    assert SUPPORTED not in found.values() and set(found) == set(membership_claims.CLAIMS)


def rows_of(results_by_study):
    accuracy = {name: accuracies(0.0, r.study) for name, r in results_by_study.items()}
    return membership_verdicts("B-V", results_by_study, accuracy, "quick").rows.set_index("comparison")


def test_what_the_paper_published_stands_beside_each_comparison():
    found = rows_of({"cifar100": results(FLAT)})["difference_published"]
    assert found["RMIA, direct - converted T=4, > -5"] == pytest.approx(0.5962 - 0.7757)
    assert found["RMIA, with - without dropout, T=1"] == pytest.approx(0.0676)
    assert found["RMIA, SNN - ANN references, T=2"] == pytest.approx(0.7281 - 0.6773)
    assert found["RMIA, ANN references - guessing, T=1"] == pytest.approx(0.1342)
    assert found["test accuracy, T=2 - T=1"] == pytest.approx(0.026)


def test_dropout_that_helps_attack_p_contradicts_that_it_does_not():
    """The same gain supports one half of claim B4 and contradicts the other."""
    found = rows_of({"cifar100": results(FLAT, dropout=1.5)})
    assert found.loc["RMIA, with - without dropout, T=1", "verdict"] == SUPPORTED
    assert found.loc["P, without - with dropout, T=1, > -1", "verdict"] == CONTRADICTED
    assert set(found[found["claim"] == "B4"]["verdict_on_claim"]) == {CONTRADICTED}


def test_a_claim_is_as_good_as_on_its_worst_data_set():
    grows = {1: 0.5, 2: 1.5, 4: 3.0, "ann": 4.0, "direct": 1.0}
    ten = replace(PROFILES["quick"].membership["cifar10"], references=4, direct_references=4)
    vgg = PROFILES["quick"].membership["cifar10-vgg16"]
    rows = rows_of({"cifar100": results(grows), "cifar10": results(FLAT, study=ten), "vgg": results(grows, study=vgg)})
    b2 = rows[rows["claim"] == "B2"].groupby(["study", "network"])["verdict_on_data"].first()
    assert b2["cifar100", "resnet18"] == b2["cifar10", "vgg16"] == SUPPORTED
    assert b2["cifar10", "resnet18"] == INCONCLUSIVE
    assert set(rows[rows["claim"] == "B2"]["verdict_on_claim"]) == {INCONCLUSIVE}
    assert not ((rows["network"] == "vgg16") & rows["claim"].isin(["B5", "B6"])).any()


@pytest.mark.parametrize(
    ("points", "p", "targets", "expected"),
    [
        (0.1, 0.001, (0.1, 0.05, 0.15), SUPPORTED),
        (-0.1, 0.001, (-0.1, -0.15, -0.05), CONTRADICTED),
        (0.1, 0.2, (0.1, 0.05, 0.15), INCONCLUSIVE),
        (0.1, 0.001, (0.1, -0.05, 0.25), INCONCLUSIVE),
        (0.1, 0.001, (-0.1, -0.15, -0.05), INCONCLUSIVE),
        (0.1, 0.001, (0.1, None, None), INCONCLUSIVE),
    ],
)
def test_a_verdict_needs_both_tests(points, p, targets, expected):
    comparison = Comparison("B1", "x", Estimate(points, points - 0.01, points + 0.01), p, Estimate(*targets))
    assert comparison.verdict(p) == expected


def test_one_bad_comparison_decides_a_claim():
    assert worst([SUPPORTED, INCONCLUSIVE, SUPPORTED]) == INCONCLUSIVE
    assert worst([SUPPORTED, INCONCLUSIVE, CONTRADICTED]) == CONTRADICTED


@pytest.mark.parametrize(("target", "left_out"), [(1, 2), (2, 1), (3, 4), (4, 3)])
def test_the_complement_of_a_target_is_not_among_its_references(target, left_out):
    r = results(FLAT)
    own, references = tables.signals(r, 2, target=target)
    np.testing.assert_allclose(own, r.log_p[2, target, PLAIN][0])
    assert len(references) == 3
    assert not any(np.allclose(row, r.log_p[2, left_out, PLAIN][0]) for row in references)


# ---------------------------------------------------------------- paper A


def paper_a(shares, classes=10):
    """Results of four data sets; ``shares``: how many of ten samples are recognised, by row."""
    everything = {}
    for name in ("att_faces", "mnist", "nmnist", "dvsgesture"):
        r = inversion_results(name, scorer_seeds=(0, 1, 2), targets=(0, 1, 2, 3, 4))
        confidence = {}
        for (row, seed, judge, k), old in r.confidence.items():
            known = shares(name, row)
            good = np.eye(classes)[None] * (np.arange(classes) < known)[:, None]
            bad = np.roll(np.eye(classes), 1, 0)[None] * (np.arange(classes) >= known)[:, None]
            confidence[row, seed, judge, k] = (good + bad).repeat(len(old), 0)
        everything[name] = replace(r, confidence=confidence, info=r.info | {"classes": classes})
    return inversion_verdicts("A-V", everything, "smoke").rows


def of_claims(rows):
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_what_paper_a_claims_is_supported_where_it_holds():
    def shares(data, row):
        if row.startswith("random"):
            return 0
        return {"mnist": 10, "att_faces": 10}.get(data, 10 if row == "brainleaks_v2" else 4)

    rows = paper_a(shares)
    found = of_claims(rows)
    assert found["A2"] == found["A5"] == SUPPORTED and found["A6"] == SUPPORTED
    a3 = rows[rows["claim"] == "A3"].set_index(["study", "comparison"])["value"]
    assert a3["nmnist", "AA of v2 - of v1"] == pytest.approx(0.6) and len(a3) == 4
    assert set(rows["claim"]) == {"A1", "A2", "A3", "A4", "A5", "A6"}


def test_what_paper_a_claims_is_contradicted_where_the_opposite_holds():
    found = of_claims(paper_a(lambda data, row: 10 if row in ("fredrikson", "random_spikes", "random_pixels") else 0))
    assert found["A1"] == found["A2"] == CONTRADICTED


def test_where_nothing_is_recognised_nothing_is_supported_but_what_needs_no_leak():
    found = of_claims(paper_a(lambda data, row: 1))
    assert found["A1"] == found["A3"] == found["A4"] == INCONCLUSIVE


def test_a_claim_needs_all_of_its_comparisons_and_one_against_it_is_enough():
    sure, unsure, against = (
        of_inversion.Comparison("A1", "mnist", "x", Estimate(v, v - 0.1, v + 0.1), p)
        for v, p in ((0.5, 0.001), (0.5, 0.2), (-0.5, 0.001))
    )
    corrected = np.array([0.002, 0.002])
    assert of_inversion._on_claims([sure, sure], corrected) == {"A1": SUPPORTED}
    assert of_inversion._on_claims([sure, unsure], np.array([0.002, 0.2])) == {"A1": INCONCLUSIVE}
    assert of_inversion._on_claims([sure, against], corrected) == {"A1": CONTRADICTED}


def test_a_margin_lets_a_difference_be_a_little_below_zero():
    slightly = of_inversion.Comparison("A2", "mnist", "x", Estimate(-0.05, -0.08, -0.02), 0.01, margin=0.1)
    assert slightly.verdict(0.01) == SUPPORTED
    clearly = of_inversion.Comparison("A2", "mnist", "x", Estimate(-0.5, -0.6, -0.4), 0.001, margin=0.1)
    assert clearly.verdict(0.001) == CONTRADICTED
