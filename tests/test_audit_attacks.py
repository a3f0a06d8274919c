"""Attacks of an audit on four points by hand, and what they have in common with those of paper B."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.mia import signals
from scipy.optimize import minimize
from scipy.stats import norm

from snnlib.audit.attacks import (
    ATTACKS,
    RIDGE,
    label_only,
    lira,
    lira_offline,
    per_step,
    per_step_weighted,
    rmia_offline,
    rmia_pairwise,
)
from snnlib.errors import SettingError
from snnlib.membership import Signals
from snnlib.metrics.membership import auc_influence
from snnlib.pairs import split_pairs

# A target, its complement, and two pairs of references.
INSIDE = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 1, 0]], bool)
Z = np.array([[2, 3, 0, 0], [9, 9, 9, 9], [3, 5, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [-1, 1, 0, 0]], float)


def logit(p):
    return np.log(p) - np.log1p(-np.asarray(p))


def probabilities(p, **more):
    return replace(signals(logit(p)[:, None], INSIDE), **more)


def many(queries=1, population=200, seed=0):
    rng = np.random.default_rng(seed)
    inside = split_pairs(300, 3, seed)
    z = rng.normal(size=300) + rng.normal(size=(6, queries, 300)) + inside[:, None]
    return replace(signals(z, inside), population=rng.normal(size=(6, population)))


def test_rmia_offline_by_hand():
    """p_out is (.5 + .3) / 2 of point 0; with a = .3 p(x) is (1.3 * .4 + .7) / 2 = .61."""
    p = np.full((6, 4), 0.5)
    p[:, 0] = 0.8, 0.01, 0.9, 0.5, 0.7, 0.3
    found = rmia_offline(probabilities(p), 0)
    np.testing.assert_allclose(found[:2], np.log([0.8 / 0.61, 0.5 / 0.675]))
    np.testing.assert_allclose(rmia_offline(probabilities(p), 0, a=0.0)[0], np.log(0.8 / 0.7))
    with pytest.raises(SettingError, match="a = 1"):
        rmia_offline(probabilities(p), 0, a=1)


def test_rmia_pairwise_by_hand():
    """ratio(x) = .8 / .6 and 1; ratio(z) = .9 / .6, 1 and .2 / .4: points reach two of three, and two of three."""
    p = np.full((6, 4), 0.5)
    p[:, 0] = 0.8, 0.01, 0.9, 0.5, 0.7, 0.3
    population = np.array([[0.9, 0.5, 0.2]] + [[0.6, 0.5, 0.4]] * 5)
    found = probabilities(p, population=logit(population))
    np.testing.assert_allclose(rmia_pairwise(found, 0), 2 / 3)
    np.testing.assert_allclose(rmia_pairwise(found, 0, gamma=1.2), [2 / 3, 1 / 3, 1 / 3, 1 / 3])


def test_with_one_query_the_published_form_ranks_as_the_released_one():
    found = many(population=2000)
    for k in range(6):
        released, published = found.of(k).scores("RMIA"), rmia_pairwise(found, k)
        assert (np.diff(published[np.argsort(released)]) >= 0).all() and len(np.unique(published)) > 250


def test_with_three_queries_two_must_reach_a_point_of_the_population():
    found = many(queries=3)
    each = [rmia_pairwise(found.part(queries=slice(q, q + 1)), 0) for q in range(3)]
    np.testing.assert_allclose(rmia_pairwise(found, 0), np.median(each, 0))


def test_lira_by_hand():
    """IN references say 3 and 1 of point 0, 5 and 1 of point 1; OUT ones 1 and -1, 0 and 0; all 0 of the other points.

    So the IN means are 2 and 3, the OUT means 0; four points with one degree of freedom each pool the residuals.
    """
    found = lira(signals(Z[:, None], INSIDE), 0)
    s_in, s_out = np.sqrt((1 + 1 + 4 + 4) / 4), np.sqrt(2 / 4)
    np.testing.assert_allclose(found[0], norm.logpdf(2, 2, s_in) - norm.logpdf(2, 0, s_out))
    np.testing.assert_allclose(found[1], norm.logpdf(3, 3, s_in) - norm.logpdf(3, 0, s_out))


def test_lira_offline_by_hand():
    found = lira_offline(signals(Z[:, None], INSIDE), 0)
    np.testing.assert_allclose(found[:2], [-norm.logsf(z, 0, np.sqrt(2 / 4)) for z in (2, 3)])


def test_lira_offline_has_ranks_where_its_probability_is_one():
    z = Z.copy()
    z[0] = 40, 41, 42, 43
    found = lira_offline(signals(z[:, None], INSIDE), 0)
    assert np.isfinite(found).all() and (np.diff(found) > 0)[1:].all()


def test_label_only_by_hand():
    """Point 0: recognised, as by two of four references; point 1: not, as by one."""
    correct = np.zeros((6, 2, 4), bool)
    correct[0, 0, 0] = correct[[2, 3], 0, 0] = correct[[5], 0, 1] = True
    correct[:, 1] = True  # another query
    found = Signals(np.zeros((6, 2, 4)), correct, INSIDE, np.zeros(4, int))
    np.testing.assert_allclose(label_only(found, 0), [0.5, -0.25, 0, 0])


def test_per_step_by_hand():
    """log(.8 / .4) and log(.9 / .6), the mean of both."""
    p = np.full((6, 2, 4), 0.5)
    p[0, :, 0], p[2:, 0, 0], p[2:, 1, 0] = (0.8, 0.9), (0.2, 0.6, 0.3, 0.5), 0.6
    found = replace(signals(Z[:, None], INSIDE), by_step=logit(p))
    np.testing.assert_allclose(per_step(found, 0), [(np.log(2) + np.log(1.5)) / 2, 0, 0, 0], atol=1e-12)


def test_per_step_is_rmia_where_all_steps_say_the_same():
    found = many()
    found = replace(found, by_step=found.z.repeat(4, 1))
    np.testing.assert_allclose(per_step(found, 2), found.of(2).scores("RMIA"))


def over_time(leak):
    """Answers after three steps; members are told by as much as ``leak`` says of each."""
    found, rng = many(), np.random.default_rng(2)
    leaks = np.array(leak)[:, None] * found.inside[:, None]
    return replace(found, by_step=rng.normal(size=(6, 3, 300)) + leaks)


def test_weights_are_those_of_a_logistic_regression_on_the_references_alone():
    """Networks 2 to 5 attack each other, each without its complement; found by another optimiser."""
    found = over_time([0, 2, 1])
    log_p = -np.logaddexp(0, -found.by_step)

    def ratios(k, used):
        return log_p[k] - np.log(np.exp(log_p[used]).mean(0))

    x = np.concatenate([ratios(r, [4, 5] if r < 4 else [2, 3]).T for r in range(2, 6)])
    sign, scale = 2.0 * found.inside[2:].ravel() - 1, x.std(0)

    def loss(w):
        return np.logaddexp(0, -sign * (x / scale @ w[:3] + w[3])).mean() + RIDGE / 2 * (w**2).sum()

    w = minimize(loss, np.zeros(4), tol=1e-10).x
    expected = w[:3] / scale @ ratios(0, [2, 3, 4, 5])
    np.testing.assert_allclose(per_step_weighted(found, 0), expected, rtol=1e-3, atol=1e-3)
    assert w[1] > w[2] > abs(w[0])


def test_weighted_steps_find_more_where_one_alone_tells():
    found = over_time([0, 2, 0])
    for k in range(6):
        inside = found.inside[k]
        plain, weighted = (auc_influence(score(found, k), inside)[0] for score in (per_step, per_step_weighted))
        assert weighted > plain + 0.03


def test_the_weights_know_nothing_of_who_the_targets_members_are():
    found = over_time([0, 2, 0])
    coins = np.random.default_rng(9).random(300) < 0.5
    other = replace(found, inside=np.concatenate([[coins, ~coins], found.inside[2:]]))
    np.testing.assert_array_equal(per_step_weighted(found, 0), per_step_weighted(other, 0))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_targets_complement_changes_no_score(attack):
    found = replace(many(), by_step=np.random.default_rng(1).normal(size=(6, 3, 300)))
    z = found.z.copy()
    z[1] += 5 * found.inside[1]
    other = replace(found, z=z, by_step=found.by_step + np.eye(6)[1][:, None, None])
    np.testing.assert_array_equal(ATTACKS[attack].score(found, 0), ATTACKS[attack].score(other, 0))


@pytest.mark.parametrize(
    ("attack", "change", "why"),
    [
        (rmia_pairwise, {}, "no population"),
        (per_step, {}, "several time steps"),
        (per_step, {"by_step": np.zeros((6, 1, 4))}, "several time steps"),
        (per_step_weighted, {}, "several time steps"),
        (lira, {"inside": INSIDE[[0, 1, 2, 2, 2, 2]]}, "only references"),
        (rmia_offline, {"inside": INSIDE[[0, 1, 2, 2, 2, 2]]}, "only references"),
    ],
)
def test_an_attack_that_cannot_be_made_says_why(attack, change, why):
    with pytest.raises(SettingError, match=why):
        attack(replace(signals(Z[:, None], INSIDE), **change), 0)


def test_one_pair_of_references_teaches_no_weights():
    found = replace(signals(Z[:4, None], INSIDE[:4]), by_step=np.zeros((4, 2, 4)))
    with pytest.raises(SettingError, match="One pair"):
        per_step_weighted(found, 0)


def test_lira_needs_two_references_on_a_side():
    with pytest.raises(SettingError, match="no spread"):
        lira(signals(Z[:4, None], INSIDE[:4]), 0)
