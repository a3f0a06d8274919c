"""Verdicts: all comparisons of a claim must hold; one that is certain of the opposite contradicts it."""

from dataclasses import dataclass

import numpy as np
import pytest

from snnlib.metrics.runs import holm
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Tested, p_value, verdicts_by, weakest


@dataclass
class Comparison(Tested):
    p: float
    side: int
    claim: str = "A1"


def verdicts(*comparisons):
    return verdicts_by(lambda c: c.claim, comparisons, holm(np.array([c.p for c in comparisons])))


@pytest.mark.parametrize(
    ("p", "side", "verdict"),
    [(0.01, 1, SUPPORTED), (0.01, -1, CONTRADICTED), (0.01, 0, INCONCLUSIVE), (0.05, 1, INCONCLUSIVE)],
)
def test_one_comparison(p, side, verdict):
    assert Comparison(p, side).verdict(p) == verdict
    assert verdicts(Comparison(p, side)) == {"A1": verdict}


def test_a_claim_needs_all_of_its_comparisons_but_no_correction_for_their_number():
    assert verdicts(*[Comparison(0.04, 1)] * 10) == {"A1": SUPPORTED}
    assert verdicts(*[Comparison(1e-9, 1)] * 9, Comparison(0.06, 1)) == {"A1": INCONCLUSIVE}
    assert verdicts(*[Comparison(1e-9, 1)] * 9, Comparison(0.001, -1)) == {"A1": CONTRADICTED}


def test_claims_are_corrected_for_their_number():
    assert verdicts(Comparison(0.04, 1), Comparison(0.9, 1, "A2")) == {"A1": INCONCLUSIVE, "A2": INCONCLUSIVE}
    assert verdicts(Comparison(0.02, 1), Comparison(0.04, 1, "A2")) == {"A1": SUPPORTED, "A2": SUPPORTED}


def test_several_verdicts_are_as_good_as_the_weakest():
    assert weakest([SUPPORTED, INCONCLUSIVE]) == INCONCLUSIVE and weakest([SUPPORTED, SUPPORTED]) == SUPPORTED
    assert weakest([INCONCLUSIVE, CONTRADICTED, SUPPORTED]) == CONTRADICTED


def test_tiny_p_values_are_not_spelled_out():
    assert (p_value(1e-20), p_value(2e-6), p_value(0.51234)) == ("< 1e-06", "2e-06", "0.51")
