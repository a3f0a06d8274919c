"""Epsilon's lower bound from one training: by hand, by the paper's numbers, and on mechanisms of known epsilon."""

import math

import numpy as np
import pytest
from scipy.special import expit, ndtr
from scipy.stats import binom

from snnlib.audit.epsilon import lower_bound, p_value, refuted
from snnlib.errors import SettingError
from snnlib.randomness import numpy_generator


def coins(units, seed=0):
    return numpy_generator(seed, "coins").random(units) < 0.5


def test_bounds_by_hand():
    """All of r right: q^r = .05. One of two right: 1 - (1 - q)^2 = .05 has q < 1/2, so nothing is shown."""
    q = 0.05 ** (1 / 100)
    assert refuted(100, 100, 1000, 0.0, 0.95) == pytest.approx(math.log(q / (1 - q)))
    assert refuted(1, 2, 1000, 0.0, 0.95) == 0
    assert p_value(2, 3, 10, math.log(3), 0.0) == pytest.approx(27 / 64 + 27 / 64)
    # v = 2 of 3 at epsilon = 0: P[W = 1] / 1 = 3/8, P[W = 0 or 1] / 2 = 1/4
    assert p_value(2, 3, 10, 0.0, 0.01) == pytest.approx(1 / 2 + 2 * 10 * 0.01 * 3 / 8)
    assert p_value(0, 3, 10, 0.0, 0.01) == 1


def test_the_papers_own_numbers():
    """Appendix D (75 of 100 guesses), and section 7 (1,439 of 1,510)."""
    assert refuted(75, 100, 1000, 1e-4, 0.95) == pytest.approx(0.673, abs=1e-3)
    assert refuted(1439, 1510, 100_000, 1e-5, 0.95) == pytest.approx(2.675, abs=1e-3)


@pytest.mark.parametrize(("v", "r", "m", "epsilon", "delta"), [(9, 12, 30, 0.3, 1e-3), (60, 64, 500, 2.0, 1e-4)])
def test_p_values_by_plain_sums_and_by_simulation(v, r, m, epsilon, delta):
    q = math.exp(epsilon) / (1 + math.exp(epsilon))
    pmf = [math.comb(r, k) * q**k * (1 - q) ** (r - k) for k in range(r + 1)]
    most = max(sum(pmf[k] for k in range(v) if k >= v - i) / i for i in range(1, m + 1))
    assert p_value(v, r, m, epsilon, delta) == pytest.approx(sum(pmf[v:]) + 2 * m * delta * most)
    right = (numpy_generator(1, "guesses").random((100_000, r)) < q).sum(1)
    assert p_value(v, r, m, epsilon, 0.0) == pytest.approx((right >= v).mean(), abs=0.005)


@pytest.mark.parametrize("delta", [0.0, 1e-5, 1e-3])
def test_more_right_guesses_show_more_and_a_larger_delta_less(delta):
    shown = [refuted(v, 60, 500, delta, 0.95) for v in range(61)]
    assert shown == sorted(shown) and shown[30] == 0 < shown[60]
    assert all(a <= b for a, b in zip(shown, (refuted(v, 60, 500, 0.0, 0.95) for v in range(61))))
    assert all(a <= b for a, b in zip((refuted(v, 60, 500, delta, 0.99) for v in range(61)), shown))


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("guesses", [20, 100, 300])
def test_randomised_response_exceeds_its_epsilon_in_at_most_5_percent(epsilon, guesses):
    """Each coin is told truly with q = e^eps / (1 + e^eps): the number of right guesses is binomial, all is exact."""
    above = [v for v in range(guesses + 1) if refuted(v, guesses, 1000, 0.0, 0.95) > epsilon]
    assert binom.sf(min(above, default=guesses + 1) - 1, guesses, expit(epsilon)) <= 0.05


@pytest.mark.parametrize(("epsilon", "delta"), [(0.5, 1e-3), (2.0, 1e-2)])
def test_coins_that_are_sometimes_given_away_stay_within_the_bound(epsilon, delta):
    """Randomised response that, coin by coin or all at once, tells the truth with probability delta."""
    v, r = np.arange(41), 40
    q = expit(epsilon)
    bound = np.array([p_value(int(right), r, r, epsilon, delta) for right in v])
    assert (binom.sf(v - 1, r, delta + (1 - delta) * q) <= bound + 1e-12).all()
    assert (delta + (1 - delta) * binom.sf(v - 1, r, q) <= bound + 1e-12).all()


def violations(mechanism, epsilon, delta):
    found = []
    for seed in range(200):
        members = coins(400, seed)
        scores = mechanism(members, numpy_generator(seed, "mechanism"))
        found.append(lower_bound(scores, members, guesses=100, delta=delta).epsilon)
    return np.mean(np.array(found) > epsilon), np.mean(found)


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_200_runs_of_randomised_response(epsilon):
    def told(members, rng):
        return np.where(rng.random(len(members)) < expit(epsilon), members, ~members)

    rate, shown = violations(told, epsilon, 0.0)
    assert rate <= 0.05
    assert 0.3 * epsilon < shown < epsilon  # and yet it shows something


def test_200_runs_of_the_gaussian_mechanism():
    """Each unit's 0 or 1 with noise of sd 1: delta(eps) of Balle and Wang (2018), theorem 8."""
    low, high, delta = 0.0, 50.0, 1e-5
    for _ in range(60):
        epsilon = (low + high) / 2
        private = ndtr(0.5 - epsilon) - math.exp(epsilon) * ndtr(-0.5 - epsilon) <= delta
        low, high = (low, epsilon) if private else (epsilon, high)
    rate, shown = violations(lambda members, rng: members + rng.normal(size=len(members)), epsilon, delta)
    assert epsilon == pytest.approx(4.377, abs=0.01)
    assert rate == 0 and 0.5 < shown < epsilon


def test_a_perfect_attack_shows_the_ceiling_and_no_more():
    members = coins(1000)
    bound = lower_bound(members.astype(float), members, guesses=200)
    assert bound.right == 200 and bound.epsilon == bound.ceiling == pytest.approx(4.0, abs=0.3)
    assert (
        bound.ceiling < refuted(200, 200, 1000, 0.0, 0.95) < lower_bound(members, members, guesses=400, delta=0).epsilon
    )
    assert "200 of 200 guesses right" in str(bound)


def test_scores_that_know_nothing_show_nothing_wherever_the_members_stand():
    """Equal scores and members in front: whoever sorts them stably would be right every time."""
    members = np.sort(coins(1000))[::-1]
    found = [lower_bound(np.zeros(1000), members, guesses=200, seed=seed) for seed in range(50)]
    assert 90 < np.mean([bound.right for bound in found]) < 110
    assert np.mean([bound.epsilon > 0 for bound in found]) <= 0.1
    reverse = lower_bound(-members.astype(float), members, guesses=200)
    assert reverse.right == 0 and reverse.epsilon == 0


def test_only_the_guesses_count():
    """Scores between the guessed ones may be anything; a better score of a guessed unit changes nothing."""
    members = coins(300)
    scores = numpy_generator(3, "scores").normal(size=300) + members
    order = np.argsort(scores)
    changed = scores.copy()
    changed[order[20:-20]] = np.sort(scores)[20:-20][::-1]
    changed[order[-1]] += 100
    assert lower_bound(scores, members, guesses=40) == lower_bound(changed, members, guesses=40)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"guesses": 0}, "0 guesses"),
        ({"guesses": 21}, "21 guesses"),
        ({"guesses": 102}, "102 guesses about 100 units"),
        ({"guesses": 4}, "show nothing at delta 1e-05.*more guesses"),
        ({"delta": 0.1}, "show nothing at delta 0.1"),
        ({"delta": 1.0}, "delta"),
        ({"confidence": 1.0}, "confidence"),
        ({"scores": [math.nan] * 100}, "finite"),
        ({"members": [True] * 99}, "do not match"),
        ({"members": [0, 2] * 50}, "True and False"),
        ({"members": [True] * 90 + [False] * 10}, "Fair coins hardly ever give 90 members of 100"),
    ],
)
def test_what_gives_no_bound_is_named(change, named):
    given = {"scores": list(range(100)), "members": coins(100).tolist(), "guesses": 40} | change
    with pytest.raises(SettingError, match=named):
        lower_bound(given.pop("scores"), given.pop("members"), **given)
