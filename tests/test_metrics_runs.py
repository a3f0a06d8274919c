"""Intervals over runs: against textbook formulas, and how often they are right in simulations."""

import numpy as np
import pytest
from scipy import stats

from snnlib.errors import SettingError
from snnlib.metrics.runs import holm, mean_over_runs, share_over_seeds


def agreeing(share, s=5, c=10):
    """Trials of which every run has so many successes, each time the same ones."""
    return np.tile(np.arange(c) < share * c, (s, 1)).astype(float)


def test_a_share_has_a_width_when_all_runs_agree_and_holds_its_value():
    few, many = (share_over_seeds(np.ones((s, 10))) for s in (3, 30))
    assert few.value == few.high == 1 and 0.7 < few.low < 0.97
    assert many.low > few.low
    none = share_over_seeds(np.zeros((3, 10)))
    assert none.low == 0 and none.high == pytest.approx(1 - few.low)


def test_a_share_of_many_independent_trials_is_like_a_binomial_one():
    trials = np.random.default_rng(0).binomial(1, 0.4, size=(200, 20))
    ours, exact = share_over_seeds(trials), stats.binomtest(int(trials.sum()), 4000).proportion_ci()
    assert (ours.low, ours.high) == pytest.approx((exact.low, exact.high), abs=0.002)


def test_a_share_widens_when_runs_or_scorers_disagree():
    differ = np.array([np.zeros(10), np.ones(10)] * 2)
    agree = agreeing(0.5, 4)
    one, other = share_over_seeds(agree), share_over_seeds(differ)
    assert one.value == other.value and other.high - other.low > 1.5 * (one.high - one.low)
    scorers = np.repeat(agree[:, None], 3, 1) * np.array([1, 1, 0])[:, None]
    same = np.repeat(agree[:, None], 3, 1) * 2 / 3
    assert share_over_seeds(scorers).value == pytest.approx(share_over_seeds(same).value)
    assert share_over_seeds(scorers).low < share_over_seeds(same).low - 0.1


def test_one_run_has_a_value_but_no_interval():
    found = share_over_seeds(agreeing(0.3, 1))
    assert found.value == pytest.approx(0.3) and found.low is None and "one run" in found.why
    assert mean_over_runs([0.2]).low is None
    by_two = share_over_seeds(np.stack([agreeing(0.3, 1), agreeing(0.5, 1)], 1))
    assert by_two.low is not None  # scorers that differ say something, too


@pytest.mark.parametrize("bad", [[], [0.1, 0.2], [[0.1, np.nan]], [[1.2]]])
def test_what_are_no_trials_is_refused(bad):
    with pytest.raises(SettingError):
        share_over_seeds(np.array(bad, dtype=float))


def test_without_skewness_a_mean_has_students_interval():
    x = np.array([1.0, 2.0, 3.0])
    found, ends = mean_over_runs(x), stats.ttest_1samp(x, 0).confidence_interval()
    assert (found.value, found.low, found.high) == pytest.approx((2, *ends))
    assert mean_over_runs([0.2, 0.2]).high == 0.2


def test_bounds_are_kept_and_the_interval_is_longer_on_the_side_of_the_tail():
    values = np.array([0.99, 0.98, 0.97, 0.7])
    found = mean_over_runs(values, (0, 1))
    error = values.std(ddof=1) / 2
    third = ((values - values.mean()) ** 3).sum() * 4 / (3 * 2) / 16
    shift = third / error**3 / 6  # Johnson's
    scale = error / (values.mean() * (1 - values.mean()))
    logits = np.log(values.mean() / (1 - values.mean())) + (np.array([-3.182446, 3.182446]) + shift) * scale
    assert (found.low, found.high) == pytest.approx(tuple(1 / (1 + np.exp(-logits))), rel=1e-6)
    assert found.high < 1 and found.value - found.low > 2 * (found.high - found.value)
    positive = mean_over_runs([1.0, 0.1, 0.2, 5.0], (0, np.inf))
    assert positive.low > 0 and positive.high - positive.value > 2 * (positive.value - positive.low)
    stretched = mean_over_runs(2 * values - 1, (-1, 1))
    assert (stretched.low, stretched.high) == pytest.approx((2 * found.low - 1, 2 * found.high - 1))


def test_halls_transformation_corrects_for_skewness_without_bounds():
    """T + k T^2 / 3 + k^2 T^3 / 27 + k / 6 is Student's quantile at either end; k: skewness over root n."""
    x = np.array([0.1, 0.2, 0.3, 2.0])
    found, error = mean_over_runs(x), x.std(ddof=1) / 2
    k = stats.skew(x, bias=False) / 2
    for end, quantile in ((found.low, 3.182446), (found.high, -3.182446)):
        t = (x.mean() - end) / error
        assert t + k * t**2 / 3 + k**2 * t**3 / 27 + k / 6 == pytest.approx(quantile, rel=1e-5)
    mirrored = mean_over_runs(-x)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_scorers_that_disagree_widen_the_interval_of_a_mean():
    agree, differ = np.full((3, 3), 0.6) + [[0.01], [0], [-0.01]], np.array([[0.9, 0.6, 0.3]] * 3)
    narrow, wide = (mean_over_runs(x, (0, 1)) for x in (agree, differ))
    assert narrow.value == pytest.approx(wide.value) and wide.high - wide.low > 5 * (narrow.high - narrow.low)
    one_scorer, none_named = (mean_over_runs(np.reshape([0.5, 0.6, 0.7], shape)) for shape in ((3, 1), 3))
    assert one_scorer == none_named


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03 times 3, 2, 1, never falling, at most 1."""
    np.testing.assert_allclose(holm(np.array([0.03, 0.01, 0.02])), [0.04, 0.03, 0.04])
    assert holm(np.array([0.9, 0.8])).max() == 1 and holm([0.03, 0.01]).tolist() == [0.03, 0.02]


@pytest.mark.parametrize("bad", [[], 0.5, [0.1, np.nan], [0.1, np.inf], [0.1, 1.2], np.full((2, 2, 2), 0.5)])
def test_what_are_no_values_of_runs_is_refused(bad):
    with pytest.raises(SettingError, match="no values of runs"):
        mean_over_runs(bad, (0, 1))
