"""Intervals and tests over runs: against textbook formulas, and how often they are right in simulations."""

import numpy as np
import pytest
from scipy import stats

from snnlib.errors import SettingError
from snnlib.metrics.runs import difference_of_shares, holm, mean_over_runs, share_over_seeds


def test_share_over_seeds_has_a_width_when_all_runs_agree():
    three, many = share_over_seeds(np.ones(3), 10), share_over_seeds(np.ones(30), 10)
    assert three.high == 1 and 0.5 < three.low < 0.7
    assert many.low > 0.97


def test_share_over_seeds_is_clopper_pearson_where_runs_vary_as_chance_would():
    rng = np.random.default_rng(0)
    shares = rng.binomial(20, 0.4, size=200) / 20
    ours = share_over_seeds(shares, 20)
    exact = stats.binomtest(int(shares.sum() * 20), 4000).proportion_ci()
    assert (ours.low, ours.high) == pytest.approx((exact.low, exact.high), abs=0.006)


def test_runs_on_the_same_points_do_not_make_the_points_more():
    shares = np.full(20, 0.9)
    shared, own = (share_over_seeds(shares, 80, shared=s) for s in (True, False))
    exact = stats.binomtest(72, 80).proportion_ci()
    assert (shared.low, shared.high) == pytest.approx((exact.low, exact.high))
    assert own.high - own.low < 0.5 * (shared.high - shared.low)


def test_share_over_seeds_widens_when_runs_disagree():
    agree = share_over_seeds(np.array([0.5, 0.5, 0.5, 0.5]), 10)
    differ = share_over_seeds(np.array([0.0, 1.0, 0.0, 1.0]), 10)
    assert differ.high - differ.low > 1.5 * (agree.high - agree.low)


def test_share_over_seeds_covers_the_truth_when_runs_share_their_luck():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(300):
        p = rng.beta(6, 4, size=4)  # each run has a chance of its own, 0.6 on average
        interval = share_over_seeds(rng.binomial(10, p) / 10, 10)
        hits += interval.low <= 0.6 <= interval.high
    assert hits / 300 >= 0.93


def test_one_run_has_a_value_but_no_interval():
    found = share_over_seeds(np.array([0.3]), 10)
    assert found.value == 0.3 and found.low is None and "one run" in found.why


@pytest.mark.parametrize("bad", [[], [0.1, np.nan], [1.2]])
def test_what_are_no_shares_is_refused(bad):
    with pytest.raises(SettingError):
        share_over_seeds(np.array(bad, dtype=float), 10)


def test_scorers_that_disagree_widen_the_interval():
    agree, differ = np.full((3, 3), 0.6), np.array([[0.9, 0.6, 0.3]] * 3)
    narrow, wide = share_over_seeds(agree, 40), share_over_seeds(differ, 40)
    assert narrow.value == pytest.approx(wide.value) and wide.high - wide.low > 2 * (narrow.high - narrow.low)
    one_scorer, none_named = (share_over_seeds(np.reshape([0.5, 0.6, 0.7], shape), 40) for shape in ((3, 1), 3))
    numbers = [(found.value, found.low, found.high) for found in (one_scorer, none_named)]
    assert numbers[0] == pytest.approx(numbers[1])
    one_target = share_over_seeds(np.array([[0.5, 0.6, 0.7]]), 40)
    assert one_target.low is not None and share_over_seeds(np.array([[0.5]]), 40).low is None


def crossed(rng, share, targets=3, scorers=3, classes=10, spread=(0.15, 0.15)):
    """Recognised or not, where targets and scorers each have a luck of their own."""
    p = share + spread[0] * rng.normal(size=(targets, 1, 1)) + spread[1] * rng.normal(size=(1, scorers, 1))
    return (rng.random((targets, scorers, classes)) < p.clip(0, 1)).astype(float)


def test_crossed_intervals_cover_the_truth_where_those_over_targets_alone_do_not():
    rng, ours, targets_only = np.random.default_rng(5), 0, 0
    for _ in range(300):
        shares = crossed(rng, 0.5, targets=10, spread=(0.05, 0.2)).mean(2)
        found, alone = share_over_seeds(shares, 10), share_over_seeds(shares.mean(1), 10)
        ours += found.low <= 0.5 <= found.high
        targets_only += alone.low <= 0.5 <= alone.high
    assert ours / 300 >= 0.93 and targets_only / 300 < 0.8


def test_a_difference_of_shares_by_hand():
    """One target and scorer, ten classes: 8 against 4 recognised, 5 of them for one only, 1 for the other only."""
    one = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0.0])[None, None]
    other = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0.0])[None, None]
    found, p = difference_of_shares(one, other)
    variance = ((6 + 1) / 12 - (4 / 12) ** 2) / 12  # Agresti and Min: two trials more
    assert found.value == pytest.approx(0.4)
    half = stats.t.ppf(0.975, 9) * variance**0.5
    assert (found.low, found.high) == pytest.approx((0.4 - half, 0.4 + half))
    assert p == pytest.approx(2 * stats.t.sf(0.4 / variance**0.5, 9))


def test_a_difference_of_shares_has_a_width_when_all_agree_and_stays_in_range():
    ones = np.ones((3, 3, 10))
    found, p = difference_of_shares(ones, 0.1)
    assert found.low < 0.9 < found.high <= 1 and p < 0.05
    same, p = difference_of_shares(ones, ones)
    assert same.value == 0 and same.low < 0 < same.high and p == 1


def test_differences_of_shares_are_significant_as_rarely_as_they_say():
    rng = np.random.default_rng(8)
    for paired in (True, False):
        p = [difference_of_shares(crossed(rng, 0.5), crossed(rng, 0.5), paired=paired)[1] for _ in range(300)]
        assert np.mean(np.array(p) < 0.05) <= 0.07


def test_mean_over_runs_is_students_test():
    x = np.array([1.0, 2.0, 4.0])
    found, p = mean_over_runs(x)
    test = stats.ttest_1samp(x, 0)
    interval = test.confidence_interval()
    assert (found.value, found.low, found.high, p) == pytest.approx((7 / 3, *interval, test.pvalue))
    assert mean_over_runs(np.array([0.2]))[1] == 1 and mean_over_runs(np.array([0.2, 0.2]))[1] == 0


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03 times 3, 2, 1, never falling, at most 1."""
    np.testing.assert_allclose(holm(np.array([0.03, 0.01, 0.02])), [0.04, 0.03, 0.04])
    assert holm(np.array([0.9, 0.8])).max() == 1


def test_lists_are_as_good_as_arrays():
    assert mean_over_runs([1, 2, 4]) == mean_over_runs(np.array([1.0, 2, 4]))
    assert share_over_seeds([0.5, 0.75], 4) == share_over_seeds(np.array([0.5, 0.75]), 4)
    assert holm([0.03, 0.01]).tolist() == [0.03, 0.02]
    one = np.ones((2, 2, 3))
    assert difference_of_shares(one.tolist(), 0.1) == difference_of_shares(one, 0.1)
