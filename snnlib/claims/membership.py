"""Verdicts on the papers' claims, from paired comparisons on the same points.

A comparison is supported when two tests agree: the interval over points (paired bootstrap on the
target, p-values corrected by Holm's method over the table) and the interval over targets (every
network in turn as the target) exclude 0 on the claimed side. It is contradicted when both exclude 0
on the other side, and inconclusive otherwise. A claim is as good as its worst comparison.

Networks of a complementary pair are not independent, so the interval over targets is Student's t
over the target and the means of the pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from .. import membership
from ..metrics import Estimate, auc, auc_difference, holm, mean_over_runs
from ..plan import name
from ..results import Accuracies, MembershipResults
from ..tables import Table, number, provenance, signals
from .verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, once, worst

CLAIMS = {
    "B1": "RMIA has a higher AUC than R, and R than P",
    "B2": "the risk grows with the number of time steps T",
    "B3": "the ANN leaks most",
    "B4": "input dropout raises the AUC of R and RMIA",
    "B5": "ANN references still attack an SNN, less well than SNN references",
    "B7": "test accuracy grows with T",
}


@dataclass(frozen=True)
class Comparison:
    """A difference that a claim says is positive, over points of one target and over targets."""

    claim: str
    text: str
    over_points: Estimate | None  # None where a difference is one of networks, not of points
    p: float
    over_targets: Estimate

    def verdict(self, corrected: float, level: float = 0.05) -> str:
        """One of the three verdicts, given the p-value after correction."""
        targets = self.over_targets
        points = self.over_points or targets
        if corrected >= level or (points.value > 0) != (targets.value > 0):
            return INCONCLUSIVE
        if targets.low is None or targets.low <= 0 <= targets.high:
            return INCONCLUSIVE
        return SUPPORTED if points.value > 0 else CONTRADICTED


def membership_verdicts(id: str, results: MembershipResults, accuracies: Accuracies, profile: str) -> Table:
    """B-V: every comparison behind the claims on paper B that the results allow, with a verdict on each claim."""
    comparisons = list(_comparisons(results, accuracies))
    corrected = holm(np.array([c.p for c in comparisons]))
    verdicts = [c.verdict(p) for c, p in zip(comparisons, corrected, strict=True)]
    of_claim = {claim: worst([v for c, v in zip(comparisons, verdicts) if c.claim == claim]) for claim in CLAIMS}
    rows, shown = [], []
    for comparison, p, verdict in zip(comparisons, corrected, verdicts, strict=True):
        about = {"study": results.study.dataset, "data": results.info["dataset"], "source": results.info["source"]}
        points, targets = comparison.over_points or Estimate(None, why="one test"), comparison.over_targets
        rows.append(
            about
            | {"profile": profile, "claim": comparison.claim, "comparison": comparison.text}
            | {"value": points.value, "low": points.low, "high": points.high, "p_holm": p}
            | {"mean_over_targets": targets.value, "targets_low": targets.low, "targets_high": targets.high}
            | {"verdict": verdict, "verdict_on_claim": of_claim[comparison.claim]}
        )
        shown.append(
            {
                "claim": f"{comparison.claim}: {CLAIMS[comparison.claim]}",
                "on the claim": of_claim[comparison.claim],
                "comparison": comparison.text,
                "difference, over points": number(points, percent=True, digits=1),
                "p (Holm)": f"{p:.2g}",
                "difference, over targets": number(targets, percent=True, digits=1),
                "verdict": verdict,
            }
        )
    notes = [
        provenance(results.info, profile, results.study.dataset),
        "Differences in percentage points of AUC (B7: of accuracy, networks only), 95 % intervals. Over points: "
        "paired bootstrap on one target. Over targets: Student's t over the target and the means of the complementary "
        "pairs; every network in turn is the target, its complement left out, which leaves one reference fewer.",
        "Supported: both intervals exclude 0 on the claimed side after Holm's correction over this table. A claim is "
        "as good as its worst comparison. Not tested yet: B6 (directly trained networks), and that dropout does not "
        "help Attack-P.",
    ]
    return Table(id, pd.DataFrame(rows), once(pd.DataFrame(shown)).set_index("claim"), notes)


def _comparisons(results: MembershipResults, accuracies: Accuracies) -> Iterator[Comparison]:
    steps = results.study.reported
    for model in (*steps, "ann"):
        for strong, weak in (("RMIA", "R"), ("R", "P")):
            yield _compare(results, "B1", f"{strong} - {weak}, {name(model)}", (strong, model), (weak, model))
    for fewer, more in pairwise(steps):
        yield _compare(results, "B2", f"RMIA, T={more} - T={fewer}", ("RMIA", more), ("RMIA", fewer))
    for t in steps:
        yield _compare(results, "B3", f"RMIA, ANN - SNN T={t}", ("RMIA", "ann"), ("RMIA", t))
    for attack in ("R", "RMIA"):
        for t in steps:
            text = f"{attack}, with - without dropout, T={t}"
            yield _compare(results, "B4", text, (attack, t, True), (attack, t, False))
    for t in steps:
        yield _compare(results, "B5", f"RMIA, ANN references - guessing, T={t}", ("RMIA", t, False, "ann"), None)
        both = ("RMIA", t), ("RMIA", t, False, "ann")
        yield _compare(results, "B5", f"RMIA, SNN - ANN references, T={t}", *both)
    for fewer, more in pairwise(steps):
        yield _accuracy_gain(accuracies, fewer, more)


def _compare(results: MembershipResults, claim: str, text: str, one: tuple, other: tuple | None) -> Comparison:
    """The difference in AUC of two attacks, each ``(attack, model, dropout, references)``; None is guessing."""
    guess = np.zeros(results.members.shape[1])

    def scores(target: int) -> list[np.ndarray]:
        return [_scores(results, target, *attack) if attack else guess for attack in (one, other)]

    over_points, p = auc_difference(*scores(0), results.members[0], resamples=500)
    by_target = [
        auc(a, members) - auc(b, members)
        for (a, b), members in zip(map(scores, range(len(results.members))), results.members)
    ]
    return Comparison(claim, text, over_points, p, _over_targets(by_target)[0])


def _over_targets(values: list[float]) -> tuple[Estimate, float]:
    """Mean over the target and the means of the complementary pairs, which are not independent within."""
    first, *rest = values
    pairs = np.array(rest).reshape(-1, 2).mean(1)
    return mean_over_runs(np.array([first, *pairs]))


def _scores(
    results: MembershipResults,
    target: int,
    attack: str,
    model: str | int,
    dropout: bool = False,
    references: str | int | None = None,
) -> np.ndarray:
    return membership.ATTACKS[attack](*signals(results, model, dropout, references, target))


def _accuracy_gain(accuracies: Accuracies, fewer: int, more: int) -> Comparison:
    networks = range(1 + accuracies.study.references)
    gain, p = _over_targets([accuracies.test[more, i] - accuracies.test[fewer, i] for i in networks])
    return Comparison("B7", f"test accuracy, T={more} - T={fewer}", None, p, gain)
