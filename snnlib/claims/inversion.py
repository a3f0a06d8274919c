"""Verdicts on paper A's claims, from comparisons over targets and scorers.

Every comparison is a difference that the claim says is above a margin (0, or a margin of ours where
the claim is that something is not worse). A claim is supported if all of its comparisons hold, each
at 5 %; as all must hold, their number needs no correction (an intersection-union test, Berger 1982),
only that of the claims does: Holm's. It is contradicted if one comparison is significantly below its
margin after Holm's correction over all comparisons, and inconclusive otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..metrics import Estimate, difference_of_shares, holm, mean_over_runs
from ..plan import judges
from ..results import InversionResults
from ..tables import Table, draw_spread, number, pixels_used, provenance, recognition
from .verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, once

CLAIMS = {
    "A1": "inversion works on SNNs: AA is above chance and above random spikes",
    "A2": "SNNs are not inherently private: under common scorers, the better attack's AA is not lower than the ANN's",
    "A3": "BrainLeaks-v2 beats v1 on event data, and ties with it on MNIST",
    "A4": "event data leak less than static data",
    "A5": "BrainLeaks-v2's penalty and clamp give sparser samples",
    "A6": "BrainLeaks-v2 is stable under resampling: s.d. of AA below 0.1",
}
MARGIN = 0.1  # of AA: one class in ten
NAMES = {"brainleaks_v1": "v1", "brainleaks_v2": "v2"}
Results = Mapping[str, InversionResults]


@dataclass(frozen=True)
class Comparison:
    """A difference that a claim says is above ``-margin``; ``p`` is two-sided, of it being just that."""

    claim: str
    study: str
    text: str
    difference: Estimate
    p: float
    margin: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the difference is on the claimed side."""
        return self.difference.value > -self.margin

    def verdict(self, p: float, level: float = 0.05) -> str:
        """The verdict at a p-value, such as the one after a correction."""
        if p >= level:
            return INCONCLUSIVE
        return SUPPORTED if self.holds else CONTRADICTED


def inversion_verdicts(id: str, results: Results, profile: str) -> Table:
    """A-V: every comparison behind the claims on paper A that the results allow, with a verdict on each claim."""
    comparisons = [c for make in (_a1, _a2, _a3, _a4, _a5, _a6) for c in make(results)]
    corrected = holm(np.array([c.p for c in comparisons]))
    of_claim = _on_claims(comparisons, corrected)
    rows, shown = [], []
    for comparison, p in zip(comparisons, corrected, strict=True):
        info, verdict = results[comparison.study].info, comparison.verdict(p)
        found = comparison.difference
        rows.append(
            {"study": comparison.study, "data": info["dataset"], "source": info["source"], "profile": profile}
            | {"claim": comparison.claim, "comparison": comparison.text, "margin": comparison.margin}
            | {"value": found.value, "low": found.low, "high": found.high, "p": comparison.p, "p_holm": p}
            | {"verdict": verdict, "verdict_on_claim": of_claim[comparison.claim]}
        )
        shown.append(
            {
                "claim": f"{comparison.claim}: {CLAIMS[comparison.claim]}",
                "on the claim": of_claim[comparison.claim],
                "data": info["title"],
                "comparison": comparison.text,
                "difference": number(found, digits=3 if comparison.claim in ("A5", "A6") else 2),
                "p": f"{comparison.p:.2g}",
                "p (Holm)": f"{p:.2g}",
                "verdict": verdict,
            }
        )
    notes = [provenance(r.info, profile) for r in results.values()]
    notes += [
        "Differences with 95 % intervals over targets and scorers (A5: over targets). For AA the variance is the "
        "larger of that over runs and that over single classes, so that it is never 0; t-tests. A margin says how far "
        "below 0 the difference may be: our choice, one class in ten. A2 chooses the better of two attacks: its "
        "p-values are doubled for that, its intervals are not wider.",
        "A claim is supported if all of its comparisons hold at 5 %, corrected by Holm's method for the number of "
        "claims; contradicted if one is below its margin after Holm's correction over the whole table. The verdict in "
        "a row is that of the row alone, after the latter correction.",
    ]
    return Table(id, pd.DataFrame(rows), once(pd.DataFrame(shown)).set_index("claim"), notes)


def _on_claims(comparisons: list[Comparison], corrected: np.ndarray) -> dict[str, str]:
    claims = list(dict.fromkeys(c.claim for c in comparisons))
    groups = [[(c, p) for c, p in zip(comparisons, corrected, strict=True) if c.claim == claim] for claim in claims]
    hardest = holm(np.array([max(c.p if c.holds else 1.0 for c, _ in group) for group in groups]))
    verdicts = {}
    for claim, group, p in zip(claims, groups, hardest, strict=True):
        against = any(c.verdict(q) == CONTRADICTED for c, q in group)
        verdicts[claim] = CONTRADICTED if against else SUPPORTED if p < 0.05 else INCONCLUSIVE
    return verdicts


def _shares(claim: str, results: InversionResults, text: str, one: np.ndarray, other, **options) -> Comparison:
    """A comparison of two shares of recognised samples; see `metrics.difference_of_shares`."""
    margin = options.pop("margin", 0.0)
    difference, _ = difference_of_shares(one, other, **options)
    _, p = difference_of_shares(one + margin, other, **options)
    return Comparison(claim, results.study.dataset, text, difference, p, margin)


def _a1(results: Results) -> Iterator[Comparison]:
    for r in results.values():
        random = recognition(r, "random_spikes", "snn")
        for attack, name in NAMES.items():
            own = recognition(r, attack, "snn")
            yield _shares("A1", r, f"AA of {name} - chance", own, 1 / r.info["classes"])
            yield _shares("A1", r, f"AA of {name} - of random spikes", own, random)


def _a2(results: Results) -> Iterator[Comparison]:
    """The better one of the two attacks: an attacker would choose it. Its p-value is doubled for the choice."""
    for r in results.values():
        for judge in sorted(set(judges(r.study, "fredrikson")) - {"ann"}):
            ann = recognition(r, "fredrikson", judge)
            snn = {name: recognition(r, attack, judge) for attack, name in NAMES.items()}
            better = max(snn, key=lambda name: snn[name].mean())
            who = "common" if judge == "common" else "SNN"
            text = f"AA of {better} (the better one) - of Fredrikson on the ANN, {who} scorers, > -{MARGIN}"
            found = _shares("A2", r, text, snn[better], ann, margin=MARGIN)
            yield replace(found, p=min(1.0, 2 * found.p))


def _a3(results: Results) -> Iterator[Comparison]:
    for name, r in results.items():
        v1, v2 = (recognition(r, attack, "snn") for attack in NAMES)
        if r.study.frames:
            yield _shares("A3", r, "AA of v2 - of v1", v2, v1)
        elif name == "mnist":
            yield _shares("A3", r, f"AA of v2 - of v1, > -{MARGIN}", v2, v1, margin=MARGIN)
            yield _shares("A3", r, f"AA of v1 - of v2, > -{MARGIN}", v1, v2, margin=MARGIN)


def _a4(results: Results) -> Iterator[Comparison]:
    if "mnist" not in results:
        return
    for r in (r for r in results.values() if r.study.frames):
        for judge in ("snn", "common"):
            for attack, name in NAMES.items():
                who = "common" if judge == "common" else "own"
                static = recognition(results["mnist"], attack, judge)
                text = f"AA of {name} on MNIST - here, {who} scorers"
                yield _shares("A4", r, text, static, recognition(r, attack, judge), paired=False)


def _a5(results: Results) -> Iterator[Comparison]:
    compared = (
        ("spike rate, v1 - v2", "brainleaks_v1", "brainleaks_v2", np.asarray),
        ("pixels used, v1 - v2", "brainleaks_v1", "brainleaks_v2", pixels_used),
        ("spike rate of v2, without - with the penalty", "v2_no_penalty", "brainleaks_v2", np.asarray),
    )
    for r in results.values():
        for text, one, other, measure in compared:
            of = [[measure(r.samples[row, seed]).mean() for row in (one, other)] for seed in r.study.seeds]
            found = mean_over_runs(np.array([a - b for a, b in of]))
            yield Comparison("A5", r.study.dataset, text, *found)


def _a6(results: Results) -> Iterator[Comparison]:
    for r in results.values():
        spread = draw_spread(r, "brainleaks_v2")
        if spread is not None:
            found = mean_over_runs(MARGIN - spread)
            yield Comparison("A6", r.study.dataset, f"{MARGIN} - s.d. of v2's AA over draws", *found)
