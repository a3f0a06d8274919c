"""The attacks of a membership audit: scores ``[N]`` in float64, higher for members, of one target among `Signals`.

All take ``signals`` and ``k``, the target, and use the references that `Signals.usable` allows. ``p(x | r)`` is the
probability that network r gives to the label of x, and ``z = log p / (1 - p)`` its logit. References of a point are IN
if they were trained on it, else OUT. A `SettingError` says why an attack cannot be made.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import expit, log_expit, log_ndtr

from ..errors import SettingError
from ..membership import Array, Signals, log_mean

Scores = Float[Array, " N"]
NEWTON, RIDGE = 10, 1e-4  # iterations of a logistic regression, and its penalty on squared weights, a point


def rmia_offline(signals: Signals, k: int, a: float = 0.3) -> Scores:
    """RMIA with OUT references alone: ``log p(x | k) - log p(x)``, where ``p(x) = ((1 + a) p_out + (1 - a)) / 2``.

    ``p_out`` is their mean, ``a p_out + 1 - a`` stands for that of IN ones; ``a`` in [0, 1) is as it was released, not
    tuned on the target (Zarifzadeh et al., 2024, arXiv 2312.03262).
    """
    if not 0 <= a < 1:
        raise SettingError(f"a = {a} is not in [0, 1).", "Pass a number from 0 to below 1, such as 0.3.")
    used, out = _on_one_side(signals, k, False)
    missing = np.where(out, -np.expm1(signals.averaged[used]), 0).sum(0) / out.sum(0)  # 1 - p_out, exact near p = 1
    return signals.averaged[k] - np.log1p(-(1 + a) / 2 * missing)


def rmia_pairwise(signals: Signals, k: int, gamma: float = 1.0) -> Scores:
    """RMIA as published: the share of population points z with ``ratio(x) >= gamma ratio(z)``.

    ``ratio(x) = p(x | k) / mean_r p(x | r)``, and likewise for z, which no network has seen. With several queries x
    must reach z in more than half of them (Zarifzadeh et al., 2024); with one it ranks as `snnlib.membership.rmia`.
    """
    if signals.population is None:
        raise SettingError("There is no population.", "Pass points that no network has seen.")
    used = signals.usable(k)
    ratio, of_population = (p[k] - log_mean(p[used]) for p in (signals.log_p, log_expit(signals.population)))
    needed = np.sort(ratio, 0)[::-1][len(ratio) // 2]  # what more than half of the queries reach
    return np.searchsorted(np.sort(of_population) + np.log(gamma), needed, "right") / len(of_population)


def lira(signals: Signals, k: int) -> Scores:
    """LiRA, online: ``log N(z; mu_in, s_in) - log N(z; mu_out, s_out)``, the mean over queries.

    The means are of each point's IN and OUT references, the variances of all residuals, as is advised for few
    references (Carlini et al., 2022, arXiv 2112.03570, algorithm 1).
    """
    (mean_in, s_in), (mean_out, s_out) = (_normal(signals, k, member) for member in (True, False))
    far_in, far_out = (signals.z[k] - mean_in) / s_in, (signals.z[k] - mean_out) / s_out
    return ((far_out**2 - far_in**2) / 2 + np.log(s_out / s_in)).mean(0)


def lira_offline(signals: Signals, k: int) -> Scores:
    """LiRA, offline: ``-log Pr[Z > z]`` for Z normal as the OUT references are, the mean over queries.

    With one query it ranks as ``1 - Pr[Z > z]`` (Carlini et al., 2022), without rounding to 1. The variance is that of
    `lira`.
    """
    mean, s = _normal(signals, k, False)
    return -log_ndtr((mean - signals.z[k]) / s).mean(0)


def label_only(signals: Signals, k: int) -> Scores:
    """Whether the target recognises a point, minus the share of references that do; of the first query alone.

    The gap attack (Yeom et al., 2018, arXiv 1709.01604), less how easy a point is (Watson et al., arXiv 2111.08440).
    """
    return signals.correct[k, 0] - signals.correct[signals.usable(k), 0].mean(0)


def per_step(signals: Signals, k: int) -> Scores:
    """Mean over t of ``log p_t(x | k) - log mean_r p_t(x | r)``, from the answers after 1, ..., T time steps.

    RMIA at each step of an SNN's cumulative answer, which one who holds the chip or the weights sees; as is known from
    networks with several exits (Li et al., 2022, arXiv 2208.11180).
    """
    return _ratios(signals, k, signals.usable(k)).mean(0)


def per_step_weighted(signals: Signals, k: int) -> Scores:
    """The sum over t of ``w_t (log p_t(x | k) - log mean_r p_t(x | r))``, by weights that the references teach.

    Each reference is attacked as in `per_step` by the others. Who was in its training set is known, and logistic
    regression of that on its ratios gives w: neither the target nor its complement takes part.
    """
    used, ratios, inside = signals.usable(k), [], []
    for r in used.tolist():
        if len(others := np.intersect1d(signals.usable(r), used)) == 0:
            raise SettingError("One pair of references cannot attack itself.", "Pass at least four references.")
        ratios.append(_ratios(signals, r, others).T)
        inside.append(signals.inside[r])
    x, members = np.concatenate(ratios), np.concatenate(inside)
    scale = x.std(0) + np.finfo(float).tiny
    x, w = np.c_[x / scale, np.ones(len(x))], np.zeros(x.shape[1] + 1)
    for _ in range(NEWTON):  # with a ridge, as the ratios of neighbouring steps are nearly the same
        p = expit(x @ w)
        hessian = (x.T * (p * (1 - p))) @ x + RIDGE * len(x) * np.eye(len(w))
        w += np.linalg.solve(hessian, x.T @ (members - p) - RIDGE * len(x) * w)
    return (w[:-1] / scale) @ _ratios(signals, k, used)


def _ratios(signals: Signals, k: int, used: Int[Array, " R"]) -> Float[Array, "T N"]:
    """RMIA's score of network k after each time step, with some references."""
    if signals.by_step is None or signals.by_step.shape[1] < 2:
        raise SettingError("There are no answers of several time steps.", "Pass by_step, with T above 1.")
    log_p = log_expit(signals.by_step)
    return log_p[k] - log_mean(log_p[used])


class Attack(NamedTuple):
    """How points are scored, and what an attacker must see for it."""

    score: Callable[[Signals, int], Scores]
    access: str


OUT = "references not trained on the point"
BOTH = "references, half of them trained on the point"
ATTACKS = {
    "P": Attack(lambda signals, k: signals.of(k).scores("P"), "its probabilities"),
    "R": Attack(lambda signals, k: signals.of(k).scores("R"), f"its probabilities; {BOTH}"),
    "RMIA": Attack(lambda signals, k: signals.of(k).scores("RMIA"), f"its probabilities; {BOTH}"),
    "RMIA offline": Attack(rmia_offline, f"its probabilities; {OUT}"),
    "RMIA pairwise": Attack(rmia_pairwise, f"its probabilities; {BOTH}; other points of the kind"),
    "LiRA": Attack(lira, f"its probabilities; {BOTH}"),
    "LiRA offline": Attack(lira_offline, f"its probabilities; {OUT}"),
    "label only": Attack(label_only, f"its label; {BOTH}"),
    "per step": Attack(per_step, f"its probabilities after every time step; {BOTH}"),
    "weighted steps": Attack(per_step_weighted, f"its probabilities after every time step; {BOTH}"),
}  #: By name, in the order in which they are shown.


def _on_one_side(signals: Signals, k: int, member: bool) -> tuple[Int[Array, " R"], Bool[Array, "R N"]]:
    """References, and at which points each of them is IN, or OUT; refused if there is none at a point."""
    used = signals.usable(k)
    side = signals.inside[used] == member
    if without := int((~side.any(0)).sum()):
        problem = f"{without} points have only references that were trained on them, or none that was."
        raise SettingError(problem, "Pass references in complementary pairs.")
    return used, side


def _normal(signals: Signals, k: int, member: bool) -> tuple[Float[Array, "Q N"], float]:
    """Mean of each point's references on one side, and the standard deviation of all residuals from these means."""
    used, side = _on_one_side(signals, k, member)
    z, weights = signals.z[used], side[:, None].astype(float)
    count = weights.sum(0)
    mean = (weights * z).sum(0) / count
    freedom = (count - 1).sum() * z.shape[1]
    if freedom == 0:
        problem = "Each point has one reference that was trained on it, or one that was not: they have no spread."
        raise SettingError(problem, "Pass at least four references.")
    variance = (weights * (z - mean) ** 2).sum() / freedom
    return mean, float(np.sqrt(max(variance, np.finfo(float).tiny)))
