"""Verdicts: only where both tests agree, and the complement is never a reference."""

import numpy as np
import pytest

from snnlib import claims, tables
from snnlib.claims import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Comparison, membership_verdicts
from snnlib.datasets import membership as split
from snnlib.metrics import Estimate
from snnlib.profiles import PROFILES
from snnlib.results import Accuracies, MembershipResults

INFO = {
    "dataset": "photos-tiles",
    "title": "photos-tiles",
    "source": "embedded",
    "shape": [16, 16, 3],
    "sizes": {"pool": 600},
}
STUDY = PROFILES["quick"].membership["cifar100"]


def results(gain):
    """Signals of 600 points: how easy a point is, noise, and ``gain[model]`` more for members."""
    members, rng = split(600, 4, 0), np.random.default_rng(1)
    easy, log_p = 2 * rng.normal(size=600), {}
    for model in ("ann", *STUDY.reported):
        for index in range(5):
            for dropout in (False, True):
                logit = easy + 0.7 * rng.normal(size=600) + gain[model] * members[index]
                log_p[model, index, dropout] = -np.logaddexp(0, -logit)[None]
    return MembershipResults(STUDY, INFO, members, log_p)


def accuracies(gain):
    rng = np.random.default_rng(2)
    test = {
        (m, i): 0.5 + gain * (m if m != "ann" else 5) + 0.01 * rng.normal()
        for m in (1, 2, 3, 4, "ann")
        for i in range(5)
    }
    return Accuracies(STUDY, INFO, test, test)


def verdicts(gain, accuracy_gain):
    rows = membership_verdicts("B-V", results(gain), accuracies(accuracy_gain), "quick").rows
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_effects_that_are_there_are_supported():
    found = verdicts({1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0}, 0.05)
    assert found["B2"] == found["B3"] == found["B7"] == SUPPORTED


def test_effects_of_the_other_sign_are_contradicted():
    found = verdicts({1: 4.0, 2: 2.0, 4: 1.2, "ann": 0.5}, -0.05)
    assert found["B2"] == found["B3"] == found["B7"] == CONTRADICTED


def test_without_a_leak_nothing_is_supported():
    found = verdicts(dict.fromkeys((1, 2, 4, "ann"), 0.0), 0.0)
    assert SUPPORTED not in found.values()


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
    assert claims._worst([SUPPORTED, INCONCLUSIVE, SUPPORTED]) == INCONCLUSIVE
    assert claims._worst([SUPPORTED, INCONCLUSIVE, CONTRADICTED]) == CONTRADICTED


@pytest.mark.parametrize(("target", "left_out"), [(1, 2), (2, 1), (3, 4), (4, 3)])
def test_the_complement_of_a_target_is_not_among_its_references(target, left_out):
    r = results(dict.fromkeys((1, 2, 4, "ann"), 1.0))
    own, references = tables.signals(r, 2, False, target=target)
    np.testing.assert_allclose(own, r.log_p[2, target, False][0])
    assert len(references) == 3
    assert not any(np.allclose(row, r.log_p[2, left_out, False][0]) for row in references)
