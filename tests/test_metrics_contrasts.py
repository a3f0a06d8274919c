"""Contrasts: variances by hand, by brute force and in simulations; critical values, both tails, sample sizes."""

import numpy as np
import pytest
from scipy import stats

from snnlib.errors import SettingError
from snnlib.metrics.contrasts import Contrast, Part, over_pairs, over_targets
from snnlib.metrics.membership import auc, auc_influence
from snnlib.report.verdict import POWER, units_needed, with_units

T3, Z = 3.182446, 1.959964  # quantiles at .975 of Student's t with 3 degrees of freedom and of the normal distribution
TWO_KINDS = Contrast(0.5, (Part("pairs", 0.01, 3, "pairs", 4), Part("points", 0.03, np.inf, "points", 100)))


def test_critical_values_are_cochran_and_coxs():
    by_hand = (0.01 * T3 + 0.03 * Z) / 0.04
    assert TWO_KINDS.critical(0.025) == pytest.approx(by_hand, rel=1e-6)
    estimate = TWO_KINDS.estimate()
    assert (estimate.low, estimate.high) == pytest.approx((0.5 - 0.2 * by_hand, 0.5 + 0.2 * by_hand), rel=1e-6)


@pytest.mark.parametrize("bound", [-1.0, 0.0, 0.45, 0.5, 0.9, 5.0])
def test_a_p_value_is_the_level_whose_critical_value_is_just_reached(bound):
    for side in (1, -1):
        p = TWO_KINDS.p(bound, side)
        assert TWO_KINDS.critical(p) == pytest.approx(side * (0.5 - bound) / 0.2, rel=1e-5, abs=1e-5)
    assert TWO_KINDS.p(bound, 1) + TWO_KINDS.p(bound, -1) == pytest.approx(1, abs=1e-6)


def test_with_one_kind_it_is_students_test():
    x = np.array([0.3, 0.1, 0.4, 0.2, 0.6])
    found = over_targets(x)
    assert found.p(0.1, 1) == pytest.approx(stats.ttest_1samp(x, 0.1, alternative="greater").pvalue)
    assert found.p(0.5, -1) == pytest.approx(stats.ttest_1samp(x, 0.5, alternative="less").pvalue)
    ends = stats.ttest_1samp(x, 0).confidence_interval()
    assert (found.estimate().low, found.estimate().high) == pytest.approx(tuple(ends))


def test_parts_of_one_kind_add_with_satterthwaites_degrees_of_freedom():
    """Variances 4 and 1 of two data sets, halved means: 4/4 + 1/4; (5/4)^2 / (1/3 + (1/4)^2/5) degrees of freedom."""
    one = Contrast(1.0, (Part("pairs", 4.0, 3, "pairs", 4),))
    other = Contrast(3.0, (Part("pairs", 1.0, 5, "pairs", 6), Part("points", 0.0, np.inf, "points", 10)))
    found = 0.5 * (one + other)
    assert found.value == 2 and found.variance == pytest.approx(1.25)
    (variance,), (freedom,) = found.kinds()
    assert variance == pytest.approx(1.25) and freedom == pytest.approx(1.25**2 / (1 / 3 + 0.0625 / 5))
    difference = one + -1 * other
    assert difference.value == -2 and difference.variance == pytest.approx(5)


def test_without_any_spread_nothing_is_tested():
    same = over_targets(np.full(4, 0.3))
    assert same.p(0, 1) == same.p(0, -1) == 1 and same.estimate().low is None and same.estimate().why


# ---------------------------------------------------------------- networks in pairs


def test_pairs_and_shared_points_by_brute_force():
    rng = np.random.default_rng(0)
    values, influence = rng.normal(size=6), rng.normal(size=(6, 50)) + rng.normal(size=50)
    found = {part.kind: part for part in over_pairs(values, influence).parts}
    pairs = [(values[2 * p] + values[2 * p + 1]) / 2 for p in range(3)]
    phi = [(influence[2 * p] + influence[2 * p + 1]) / 2 for p in range(3)]
    covariances = [np.cov(phi[p], phi[q])[0, 1] for p in range(3) for q in range(3) if p != q]
    assert found["pairs"].variance == pytest.approx(np.var(pairs, ddof=1) / 3) and found["pairs"].freedom == 2
    assert found["points"].variance == pytest.approx(np.mean(covariances) / 50)
    apart = np.kron(np.eye(3), [[1.0, -1.0]] * 2)  # each pair has points of its own
    assert over_pairs(values, apart).parts[1].variance == 0


@pytest.mark.parametrize("digits", [1, 12])
def test_influence_is_that_of_the_jackknife_and_its_variance_delongs(digits):
    rng, members = np.random.default_rng(2), np.arange(80) % 3 == 0
    scores = np.round(rng.normal(size=80) + members, digits)
    value, influence = auc_influence(scores, members)
    assert value == pytest.approx(auc(scores, members))
    for side in (members, ~members):
        assert influence[side].sum() == pytest.approx(0, abs=1e-9)
    left_out = np.array([auc(np.delete(scores, i), np.delete(members, i)) for i in range(80)])
    jackknife = {s: (side.sum() - 1) * (value - left_out[side]) for s, side in enumerate((members, ~members))}
    for s, side in enumerate((members, ~members)):  # n_side - 1 times what the AUC loses without the point
        scale = 80 / np.sqrt(side.sum() * (side.sum() - 1))
        np.testing.assert_allclose(influence[side], scale * jackknife[s], atol=1e-9)
    wins = (scores[members][:, None] > scores[~members]) + (scores[members][:, None] == scores[~members]) / 2
    delong = wins.mean(1).var(ddof=1) / len(wins) + wins.mean(0).var(ddof=1) / wins.shape[1]
    assert (influence**2).sum() / 80**2 == pytest.approx(delong)


def test_the_variance_over_pairs_is_that_of_repetitions():
    """Networks differ in how much they leak, points in how they are scored by all: both show in the mean's variance."""
    rng, found = np.random.default_rng(3), []
    for _ in range(150):
        easy, rows = rng.normal(size=80), []
        for _ in range(4):
            inside = rng.permutation(80) < 40
            for members in (inside, ~inside):
                gain = 1 + 0.3 * rng.normal() + 2 * easy
                rows.append(auc_influence(gain * members + rng.normal(size=80), members))
        found.append(over_pairs([value for value, _ in rows], [influence for _, influence in rows]))
    true = np.var([c.value for c in found])
    assert np.mean([c.variance for c in found]) == pytest.approx(true, rel=0.3)
    assert np.mean([c.parts[0].variance for c in found]) < 0.5 * true  # the pairs alone would not do


# ---------------------------------------------------------------- targets and scorers


def test_targets_and_scorers_are_those_of_a_two_way_analysis_of_variance():
    """The mean's variance is (MS of targets + MS of scorers - MS of both) / (S K)."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(5, 1)) + rng.normal(size=(1, 8)) + 0.5 * rng.normal(size=(5, 8))
    rows, columns = x.mean(1) - x.mean(), x.mean(0) - x.mean()
    squares = 8 * (rows**2).sum() / 4, 5 * (columns**2).sum() / 7, None
    rest = ((x - x.mean() - rows[:, None] - columns) ** 2).sum() / 28
    found = over_targets(x)
    assert found.variance == pytest.approx((squares[0] + squares[1] - rest) / 40)
    assert [part.freedom for part in found.parts] == [4, 7]
    assert over_targets(x[:, :1].repeat(8, 1)).parts[1].variance == 0


def test_the_floor_is_that_of_single_samples():
    """8 of 10 against 4 of 10, by every scorer of every target: 5 for one only, 1 for the other only."""
    one, other = (np.array(of, float) for of in ([1] * 8 + [0] * 2, [1] * 3 + [0] * 5 + [1, 0]))
    found = over_targets(np.tile(one - other, (3, 2, 1)))
    n = 32  # 30 samples and Agresti and Min's two more
    variance = (18 + 1) / n**2 - 12**2 / n**3
    assert found.value == pytest.approx(0.4) and found.variance == pytest.approx(variance)
    assert [part.kind for part in found.parts if part.variance > 1e-16] == ["samples"] and found.parts[2].freedom == 29
    assert over_targets(np.zeros((3, 3, 10))).variance > 0  # so that agreement is no certainty


def test_what_has_no_spread_is_refused():
    for values in (np.zeros((1, 8, 10)), np.zeros((5, 1)), [0.1, np.inf]):
        with pytest.raises(SettingError, match="no spread"):
            over_targets(values)
    for n, of in ((2, 2), (5, 5), (6, 4)):
        with pytest.raises(SettingError, match="at least two pairs"):
            over_pairs(np.zeros(n), np.zeros((of, 5)))


# ---------------------------------------------------------------- sample size


def test_the_units_needed_are_the_fewest_that_reach_the_level_with_power():
    c, alpha = Contrast(0.02, (Part("pairs", 3e-4, 3, "pairs", 4), Part("points", 5e-6, np.inf, "points", 900))), 0.004

    def reached(n):
        pairs, points = 4 * 3e-4 / n, 5e-6
        level = (pairs * stats.t.isf(alpha, n - 1) + points * stats.norm.isf(alpha)) / (pairs + points)
        return (level + POWER) * np.sqrt(pairs + points) <= 0.02

    n = units_needed(c, "pairs", 0, 1, alpha)
    assert reached(n) and not reached(n - 1) and n > 4
    assert units_needed(c, "pairs", 0, -1, alpha) is None  # on the wrong side
    stuck = Contrast(0.02, (*c.parts[:1], Part("points", 1e-3, np.inf, "points", 900)))
    assert units_needed(stuck, "pairs", 0, 1, alpha) is None
    assert units_needed(with_units(stuck, "pairs", 50), "points", 0, 1, alpha) > 900


def test_with_so_many_units_four_of_five_runs_are_certain():
    rng, sd, effect, alpha = np.random.default_rng(5), 0.3, 0.2, 0.01
    pilot = Contrast(effect, (Part("targets", sd**2 / 5, 4, "targets", 5),))
    n = units_needed(pilot, "targets", 0, 1, alpha)
    certain = [over_targets(effect + sd * rng.normal(size=n)).p(0, 1) <= alpha for _ in range(1000)]
    assert 0.74 <= np.mean(certain) <= 0.88
