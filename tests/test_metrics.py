"""Metrics of both kinds of attack on arrays small enough to count by hand, and properties of their intervals."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from snnlib.errors import SettingError
from snnlib.metrics.inversion import inversion_scores, recognised
from snnlib.metrics.membership import (
    auc,
    auc_difference,
    auc_influence,
    membership_scores,
    roc,
    roc_band,
    scores_over_pairs,
)

FPR = (0, 0.0011, 0.0076, 0.0734, 0.2264, 1)
TPR = (0, 0.0036, 0.0174, 0.1254, 0.2837, 1)


def points_with(fpr, tpr, n=10_000):
    """Scores of five values, n members and n non-members, with exactly this ROC."""
    counts = [np.round(np.diff(rate) * n).astype(int) for rate in (tpr, fpr)]
    scores = np.concatenate([np.repeat(np.arange(len(c), 0, -1.0), c) for c in counts])
    return scores, np.repeat([True, False], n)


def test_roc_with_many_ties_by_hand():
    scores, members = points_with(FPR, TPR)
    fpr, tpr = roc(scores, members)
    np.testing.assert_allclose(fpr, FPR, atol=1e-12)
    np.testing.assert_allclose(tpr, TPR, atol=1e-12)
    assert membership_scores(scores, members, resamples=20).auc.value == pytest.approx(0.5326, abs=5e-5)


def test_tpr_is_that_of_the_lowest_threshold_within_the_fpr_and_not_interpolated():
    scores, members = points_with(FPR, TPR)
    found = membership_scores(scores, members, fpr=(0.001, 0.01, 0.0734), resamples=20).tpr_at_fpr
    assert found[0.001].value == 0
    assert found[0.01].value == pytest.approx(0.0174)
    assert found[0.0734].value == pytest.approx(0.1254)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_auc_equals_that_of_scikit_learn(points):
    scores, members = np.array([float(s) for s, _ in points]), np.array([m for _, m in points])
    if members.all() or not members.any():
        members[0] = not members[0]
    ours = membership_scores(scores, members, fpr=()).auc.value
    assert ours == pytest.approx(roc_auc_score(members, scores))


def test_scores_do_not_change_under_a_monotone_transform_or_another_order():
    rng = np.random.default_rng(0)
    members = np.arange(1200) % 2 == 0
    scores = rng.normal(size=1200) + members
    order = rng.permutation(1200)
    plain = membership_scores(scores, members, fpr=(0.01, 0.1))
    for other in (membership_scores(np.exp(scores), members, fpr=(0.01, 0.1)),):
        assert other == plain
    shuffled = membership_scores(scores[order], members[order], fpr=(0.01, 0.1))
    assert shuffled.auc.value == pytest.approx(plain.auc.value)
    assert shuffled.tpr_at_fpr[0.01].value == pytest.approx(plain.tpr_at_fpr[0.01].value)


def test_an_fpr_that_the_pool_cannot_resolve_is_said_so_instead_of_a_number():
    scores, members = np.arange(1000.0), np.arange(1000) % 2 == 0
    found = membership_scores(scores, members, fpr=(0.001, 0.0099, 0.01), resamples=10).tpr_at_fpr
    assert found[0.001].value is None and found[0.0099].why == "pool too small"
    assert found[0.01].value is not None


def test_interval_of_the_auc_covers_the_truth_about_as_often_as_it_says():
    """Normal scores a distance of 1 apart have an AUC of Phi(1 / sqrt 2)."""
    truth, rng = stats.norm.cdf(1 / np.sqrt(2)), np.random.default_rng(1)
    members = np.arange(300) % 2 == 0
    hits = 0
    for _ in range(200):
        found = membership_scores(rng.normal(size=300) + members, members, fpr=()).auc
        hits += found.low <= truth <= found.high
    assert 0.90 <= hits / 200 <= 0.99


def test_interval_of_a_tpr_with_ten_false_positives_covers_about_as_often_as_documented():
    truth, rng = stats.norm.cdf(1 + stats.norm.ppf(0.01)), np.random.default_rng(8)
    members, hits = np.arange(2000) % 2 == 0, 0
    for _ in range(150):
        found = membership_scores(rng.normal(size=2000) + members, members, fpr=(0.01,), resamples=150).tpr_at_fpr[0.01]
        hits += found.low <= truth <= found.high
    assert 0.84 <= hits / 150 <= 0.99


def test_shuffled_labels_give_intervals_that_hold_one_half():
    rng, hits = np.random.default_rng(2), 0
    scores, members = rng.normal(size=400), np.arange(400) % 2 == 0
    for _ in range(100):
        found = membership_scores(scores, rng.permutation(members), fpr=()).auc
        hits += found.low < 0.5 < found.high
    assert 88 <= hits <= 99


def test_band_is_narrow_around_the_roc_of_many_points():
    rng, members = np.random.default_rng(4), np.arange(4000) % 2 == 0
    scores = rng.normal(size=4000) + members
    grid = np.array([0.01, 0.1, 0.5])
    low, high = roc_band(scores, members, grid)
    fpr, tpr = roc(scores, members)
    at = np.array([tpr[fpr <= rate].max() for rate in grid])
    assert (low <= at).all() and (at <= high).all() and (high - low < 0.1).all()


@pytest.mark.parametrize(
    ("scores", "members"),
    [
        (np.array([1.0, np.nan]), np.array([True, False])),
        (np.array([1.0, 2.0]), np.array([True, True])),
        (np.array([1.0, 2.0, 3.0]), np.array([True, False])),
    ],
)
def test_scores_that_make_no_roc_are_refused(scores, members):
    with pytest.raises(SettingError):
        membership_scores(scores, members)


def test_members_may_be_ones_and_zeros():
    """Of six pairs of a member (0.5, 0.1, 0.2) and another (0.9, 0.4), one has the member above: 0.5 over 0.4."""
    scores, members = np.array([0.9, 0.5, 0.4, 0.1, 0.2]), np.array([0, 1, 0, 1, 1])
    assert auc(scores, members) == pytest.approx(1 / 6)
    assert roc_auc_score(members, scores) == pytest.approx(1 / 6)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, float])
def test_every_measure_is_the_same_for_booleans_and_for_ones_and_zeros(kind):
    rng, members = np.random.default_rng(9), np.random.default_rng(10).random((2, 60)) < 0.4
    scores, others = rng.normal(size=(2, 60)), rng.normal(size=(2, 60))
    grid = np.array([0.1, 0.5])
    for measure in (
        lambda m: roc(scores[0], m[0]),
        lambda m: auc(scores[0], m[0]),
        lambda m: membership_scores(scores[0], m[0], (0.2,), resamples=20),
        lambda m: roc_band(scores[0], m[0], grid, resamples=20),
        lambda m: auc_difference(scores[0], others[0], m[0]),
        lambda m: auc_difference(scores, others, m),
        lambda m: scores_over_pairs(np.tile(scores, (2, 1)), np.tile(m, (2, 1)), (0.2,), resamples=20),
        lambda m: auc_influence(scores[0], m[0]),
    ):
        np.testing.assert_equal(measure(members.astype(kind)), measure(members))


@pytest.mark.parametrize("members", [np.array([0, 2, 1]), np.array([-1, 1, 1]), np.array([0.5, 0, 1])])
def test_members_that_are_neither_are_refused(members):
    scores = np.array([1.0, 2.0, 3.0])
    for measure in (roc, auc, membership_scores, lambda s, m: auc_difference(s, s, m)):
        with pytest.raises(SettingError, match="True and False, or 1 and 0"):
            measure(scores, members)


def test_inversion_metrics_by_hand():
    a = np.array(
        [
            [0.6, 0.2, 0.1, 0.05, 0.05],  # right
            [0.5, 0.3, 0.1, 0.05, 0.05],  # second of its row, largest of its column
            [0.4, 0.25, 0.2, 0.1, 0.05],  # third, largest of its column
            [0.4, 0.2, 0.15, 0.14, 0.11],  # fourth, largest of its column
            [0.1, 0.1, 0.1, 0.1, 0.6],  # right, largest of its column
        ]
    )
    scores = inversion_scores(a)
    assert scores.attack_accuracy == pytest.approx(2 / 5)
    assert scores.top3_accuracy == pytest.approx(4 / 5)
    assert scores.average_confidence == pytest.approx((0.6 + 0.3 + 0.2 + 0.14 + 0.6) / 5)
    assert scores.daa == pytest.approx(5 / 5)


def test_a_scorer_that_says_the_same_of_everything_gets_what_a_lottery_gives():
    scores = inversion_scores(np.full((10, 10), 0.1))
    assert scores.attack_accuracy == pytest.approx(0.1)
    assert scores.top3_accuracy == pytest.approx(0.3)
    assert scores.daa == pytest.approx(0.1)


@pytest.mark.parametrize("bad", [np.zeros((2, 3)), np.full((2, 2), np.nan)])
def test_what_is_no_confidence_matrix_is_refused(bad):
    with pytest.raises(SettingError, match="square"):
        inversion_scores(bad)


def test_recognised_breaks_ties_by_lot_and_takes_stacks():
    a = np.array([[[0.5, 0.5], [0.2, 0.8]], [[0.9, 0.1], [0.9, 0.1]]])
    np.testing.assert_array_equal(recognised(a), [[0.5, 1], [1, 0]])
    np.testing.assert_array_equal(recognised(a, 2), np.ones((2, 2)))


def test_a_paired_difference_is_that_of_the_aucs_and_surer_than_an_unpaired_one():
    rng, members = np.random.default_rng(6), np.arange(1000) % 2 == 0
    one = rng.normal(size=1000) + members
    other = one + 0.3 * rng.normal(size=1000)
    found, p = auc_difference(one, other, members)
    aucs = [membership_scores(s, members, fpr=()).auc for s in (one, other)]
    assert found.value == pytest.approx(aucs[0].value - aucs[1].value)
    assert found.low > 0 and p < 0.05
    assert found.high - found.low < 0.5 * (aucs[0].high - aucs[0].low)


def test_equal_scores_differ_by_nothing():
    scores, members = np.arange(50.0), np.arange(50) % 3 == 0
    found, p = auc_difference(scores, 2 * scores, members)
    assert (found.value, found.low, found.high, p) == (0, 0, 0, 1)


def test_p_values_of_a_paired_difference_are_small_as_often_as_they_say():
    rng, members = np.random.default_rng(7), np.arange(200) % 2 == 0
    p = []
    for _ in range(200):
        common = rng.normal(size=200) + members
        p.append(auc_difference(*(common + rng.normal(size=(2, 200))), members)[1])
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.10


def test_a_mean_over_targets_is_the_mean_of_their_differences_and_more_certain_than_one():
    rng = np.random.default_rng(0)
    members = np.stack([rng.permutation(400) < 200 for _ in range(6)])
    ones, others = (rng.normal(size=(6, 400)) + gain * members for gain in (1.0, 0.5))
    found, p = auc_difference(ones, others, members)
    each = [auc_difference(a, b, m)[0] for a, b, m in zip(ones, others, members, strict=True)]
    assert found.value == pytest.approx(np.mean([e.value for e in each]))
    assert found.high - found.low < 0.6 * np.mean([e.high - e.low for e in each])
    assert p < 0.001


def test_the_same_points_for_all_targets_let_their_errors_add_up():
    """Six copies of one target tell no more than one."""
    rng = np.random.default_rng(1)
    members = rng.permutation(400) < 200
    one, other = rng.normal(size=400) + members, rng.normal(size=400)
    alone, _ = auc_difference(one, other, members)
    six, _ = auc_difference(*(np.tile(x, (6, 1)) for x in (one, other, members)))
    assert (six.low, six.high) == pytest.approx((alone.low, alone.high))


def test_the_interval_of_a_mean_over_targets_is_the_bootstraps_over_points():
    rng = np.random.default_rng(3)
    members, easy = np.stack([rng.permutation(500) < 250 for _ in range(4)]), rng.normal(size=500)
    ones, others = (easy + rng.normal(size=(4, 500)) + gain * members for gain in (1.0, 0.6))
    found, _ = auc_difference(ones, others, members)
    drawn = []
    for _ in range(200):
        i = rng.integers(500, size=500)
        drawn.append(np.mean([auc(a[i], m[i]) - auc(b[i], m[i]) for a, b, m in zip(ones, others, members)]))
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.2)


# ---------------------------------------------------------------- DeLong's intervals


def covariance_by_definition(scores, members):
    """AUCs ``[K]`` of scores ``[K, N]`` and their covariance, by DeLong et al.: loops over all pairs of points."""
    wins = np.array(
        [[[(a > b) + (a == b) / 2 for b in row[~members]] for a in row[members]] for row in scores], dtype=float
    )
    m, n = wins.shape[1:]
    aucs = wins.mean((1, 2))
    inside, outside = wins.mean(2) - aucs[:, None], wins.mean(1) - aucs[:, None]
    return aucs, inside @ inside.T / (m - 1) / m + outside @ outside.T / (n - 1) / n


@pytest.mark.parametrize("digits", [1, 12])
def test_the_aucs_interval_and_that_of_a_difference_are_delongs(digits):
    """Rounded to one digit many scores are equal."""
    rng, members = np.random.default_rng(11), np.arange(90) % 3 == 0
    common = rng.normal(size=90) + members
    scores = np.round(common + rng.normal(size=(2, 90)) * [[0.3], [0.8]], digits)
    aucs, covariance = covariance_by_definition(scores, members)
    for row, value, variance in zip(scores, aucs, np.diag(covariance), strict=True):
        found = membership_scores(row, members, fpr=()).auc
        assert auc(row, members) == pytest.approx(value) and found.value == pytest.approx(value)
        half = 1.959964 * np.sqrt(variance) / (value * (1 - value))
        ends = 1 / (1 + np.exp(-(np.log(value / (1 - value)) + np.array([-half, half]))))
        assert (found.low, found.high) == pytest.approx(ends, rel=1e-6)
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    found, p = auc_difference(*scores, members)
    assert found.value == pytest.approx(aucs[0] - aucs[1])
    assert found.high - found.low == pytest.approx(2 * 1.959964 * error, rel=1e-6)
    assert p == pytest.approx(2 * stats.norm.sf(abs(aucs[0] - aucs[1]) / error))


def test_delongs_interval_is_the_bootstraps_to_the_third_digit():
    rng, members = np.random.default_rng(12), np.arange(20_000) % 2 == 0
    scores = np.round(rng.normal(size=20_000) + members, 2)
    found = membership_scores(scores, members, fpr=()).auc
    drawn = []
    for _ in range(1000):
        a, b = (side[rng.integers(len(side), size=len(side))] for side in (scores[members], scores[~members]))
        drawn.append(stats.rankdata(np.concatenate([a, b]))[: len(a)].sum())
    n = len(scores) // 2
    low, high = (np.quantile(drawn, [0.025, 0.975]) - n * (n + 1) / 2) / n**2
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-4)


@pytest.mark.parametrize("truth", [0.7, 0.95, 0.98])
def test_delongs_interval_covers_the_truth_at_200_points(truth):
    rng, members, hits = np.random.default_rng(13), np.arange(200) % 2 == 0, 0
    distance = stats.norm.ppf(truth) * np.sqrt(2)
    for _ in range(400):
        found = membership_scores(rng.normal(size=200) + distance * members, members, fpr=()).auc
        hits += found.low <= truth <= found.high
        assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0.92 <= hits / 400 <= 0.98


def test_pairs_of_sixty_thousand_points_are_not_written_down():
    """900 million pairs of a member and a non-member: ranks do, with some numbers a point."""
    rng, members = np.random.default_rng(14), np.arange(60_000) % 2 == 0
    scores = rng.normal(size=60_000) + members
    tracemalloc.start()
    try:
        membership_scores(scores, members, fpr=())
        auc_difference(scores, rng.normal(size=60_000), members)
        assert tracemalloc.get_traced_memory()[1] < 60_000 * 8 * 50
    finally:
        tracemalloc.stop()


def test_scores_that_leave_no_spread():
    members = np.array([True, True, False, False])
    found = membership_scores(np.array([4.0, 3, 2, 1]), members, fpr=()).auc
    assert (found.low, found.value, found.high) == (1, 1, 1)
    single = membership_scores(np.array([4.0, 3, 2]), members[:3], fpr=()).auc
    assert single.value == 1 and single.low is None and single.why
    difference, p = auc_difference(np.array([4.0, 3, 2]), np.array([1.0, 3, 2]), members[:3])
    assert difference.value == 0.5 and difference.low is None and p == 1
