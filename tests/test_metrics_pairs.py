"""Membership scores as means over targets in complementary pairs: by hand, and their intervals against a bootstrap."""

import numpy as np
import pytest
from scipy.special import logit

from snnlib.errors import SettingError
from snnlib.metrics.estimate import Estimate
from snnlib.metrics.membership import membership_scores, scores_over_pairs
from snnlib.pairs import split_pairs


def in_pairs(pairs, n=400, spread=0.3, seed=0):
    """Scores and members ``[M, N]``: networks differ in how much they leak, points in how all of them score them."""
    rng, inside = np.random.default_rng(seed), split_pairs(n, pairs, seed)
    easy, gain = rng.normal(size=n), 1 + spread * rng.normal(size=(2 * pairs, 1))
    return easy + 0.5 * rng.normal(size=(2 * pairs, n)) + gain * inside, inside


def test_means_over_targets_are_those_of_each_alone():
    scores, members = in_pairs(4)
    found = scores_over_pairs(scores, members, (0.05, 0.1, 0.001))
    each = [membership_scores(*of, (0.05, 0.1)) for of in zip(scores, members, strict=True)]
    assert found.auc.value == pytest.approx(np.mean([of.auc.value for of in each]))
    for rate in (0.05, 0.1):
        assert found.tpr_at_fpr[rate].value == pytest.approx(np.mean([of.tpr_at_fpr[rate].value for of in each]))
    assert found.tpr_at_fpr[0.001] == Estimate(None, why="pool too small")


def test_targets_that_are_alike_leave_the_points_to_vary():
    """One pair four times: the interval of a TPR is that of a bootstrap over points, drawn in a loop."""
    scores, members = (np.tile(of, (4, 1)) for of in in_pairs(1))
    found = scores_over_pairs(scores, members, (0.1,))
    rng, drawn = np.random.default_rng(5), []
    for _ in range(200):
        i = rng.integers(400, size=400)
        of = (membership_scores(s[i], m[i], (0.1,), resamples=2) for s, m in zip(scores[:2], members[:2], strict=True))
        drawn.append(np.mean([one.tpr_at_fpr[0.1].value for one in of]))
    tpr = found.tpr_at_fpr[0.1]
    on_logits = (np.diff(logit([tpr.low, tpr.high])) / 2 * tpr.value * (1 - tpr.value)).item()
    assert on_logits == pytest.approx(1.96 * np.std(drawn), rel=0.2)
    apart = scores_over_pairs(*in_pairs(4, spread=1.5), (0.1,))  # networks that differ leave more
    assert apart.auc.high - apart.auc.low > 1.5 * (found.auc.high - found.auc.low)


def test_what_is_certain_of_all_targets_has_no_width_and_a_pair_alone_no_interval():
    members = split_pairs(40, 2, 0)
    found = scores_over_pairs(members.astype(float), members, (0.5,))
    assert (found.auc.value, found.auc.low, found.auc.high) == (1, 1, 1)
    assert found.tpr_at_fpr[0.5] == Estimate(1.0, 1.0, 1.0)
    with pytest.raises(SettingError, match="at least two pairs"):
        scores_over_pairs(members[:2].astype(float), members[:2])
