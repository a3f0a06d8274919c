"""Verdicts on paper B's claims, from paired comparisons on the same points.

Every network in turn is the target; a difference is the mean over them. A comparison holds when two
tests agree: the interval over points (paired bootstrap, the same points for all targets) and the one
over targets exclude 0, or a margin below it, on the claimed side. A claim is supported on a data set
if all of its comparisons there hold at 5 %, corrected by Holm's method for the number of claims and
data sets; contradicted if one of them points the other way in both tests after Holm's correction over
the whole table; inconclusive otherwise. On the whole a claim is as good as on its worst data set.

Networks of a complementary pair are not independent, so the interval over targets is Student's t
over the target and the means of the pairs; with a single pair, over the three networks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from .. import membership
from ..metrics import Estimate, auc, holm, mean_auc_difference, mean_over_runs
from ..plan import DROPOUT, PLAIN, name
from ..results import Accuracies, MembershipResults
from ..tables import Table, number, provenance, published_accuracy, published_attack, signals
from .verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, once, worst

CLAIMS = {
    "B1": "RMIA has a higher AUC than R, and R than P",
    "B2": "the risk grows with the number of time steps T",
    "B3": "the ANN leaks most",
    "B4": "input dropout raises the AUC of R and RMIA, not that of P",
    "B5": "ANN references still attack an SNN, less well than SNN references",
    "B6": "direct training shows the same: order of the attacks, gain by dropout, risk of the converted SNN",
    "B7": "test accuracy grows with T",
}
SMALL, ALIKE = 0.01, 0.05  # margins, ours: what is no gain of AUC, and what is the same risk
Results = Mapping[str, MembershipResults]


@dataclass(frozen=True)
class Attack:
    """An attack on a model, asked in some way, with references of its own model or another one."""

    name: str
    model: str | int
    way: str = PLAIN
    references: str | int | None = None

    def scores(self, results: MembershipResults, target: int) -> np.ndarray:
        """``[N]``."""
        return membership.ATTACKS[self.name](*signals(results, self.model, self.way, self.references, target))


@dataclass(frozen=True)
class Comparison:
    """A difference that a claim says is above ``-margin``, with an interval over points and one over targets."""

    claim: str
    text: str
    over_points: Estimate | None  # None where a difference is one of networks, not of points
    p: float
    over_targets: Estimate
    margin: float = 0.0
    published: float | None = None
    study: str = ""

    @property
    def side(self) -> int:
        """1 on the claimed side in both tests, -1 on the other one, 0 where they do not agree."""
        targets, edge = self.over_targets, -self.margin
        points = self.over_points or targets
        if targets.low is None or targets.low <= edge <= targets.high:
            return 0
        if (points.value > edge) != (targets.value > edge):
            return 0
        return 1 if points.value > edge else -1

    def verdict(self, corrected: float, level: float = 0.05) -> str:
        """One of the three verdicts, given the p-value after correction."""
        if corrected >= level or self.side == 0:
            return INCONCLUSIVE
        return SUPPORTED if self.side > 0 else CONTRADICTED


def membership_verdicts(id: str, results: Results, accuracies: Mapping[str, Accuracies], profile: str) -> Table:
    """B-V: every comparison behind the claims on paper B; a verdict on each claim, by data set and on the whole."""
    comparisons = sorted(_comparisons(results, accuracies), key=lambda c: (c.claim, list(results).index(c.study)))
    corrected = holm(np.array([c.p for c in comparisons]))
    on_data = _on_data(comparisons, corrected)
    on_claim = {claim: worst([v for (c, _), v in on_data.items() if c == claim]) for claim in CLAIMS}
    rows, shown, titles = [], [], set()
    for comparison, p in zip(comparisons, corrected, strict=True):
        r, claim, study = results[comparison.study], comparison.claim, comparison.study
        points, targets = comparison.over_points or Estimate(None, why="one test"), comparison.over_targets
        here, verdict = on_data[claim, study], comparison.verdict(p)
        rows.append(
            {"study": r.study.dataset, "network": r.study.network, "data": r.info["dataset"]}
            | {"source": r.info["source"], "profile": profile, "claim": claim, "comparison": comparison.text}
            | {"margin": comparison.margin, "value": points.value, "low": points.low, "high": points.high, "p_holm": p}
            | {"mean_over_targets": targets.value, "targets_low": targets.low, "targets_high": targets.high}
            | {"difference_published": comparison.published}
            | {"verdict": verdict, "verdict_on_data": here, "verdict_on_claim": on_claim[claim]}
        )
        network = "" if r.study.network == "resnet18" else ", VGG-16"
        new = (claim, study) not in titles
        titles.add((claim, study))
        shown.append(
            {
                "claim": f"{claim}: {CLAIMS[claim]}",
                "on the claim": on_claim[claim],
                "data": f"{r.info['title']}{network}: {here}" if new else "",
                "comparison": comparison.text,
                "difference, over points": number(points, percent=True, digits=1),
                "p (Holm)": f"{p:.2g}",
                "difference, over targets": number(targets, percent=True, digits=1),
                "published": "—" if comparison.published is None else f"{100 * comparison.published:.1f}",
                "verdict": verdict,
            }
        )
    return Table(
        id, pd.DataFrame(rows), once(pd.DataFrame(shown)).set_index("claim"), _notes(results, accuracies, profile)
    )


def _notes(results: Results, accuracies: Mapping[str, Accuracies], profile: str) -> list[str]:
    few = [r.info["title"] for r in results.values() if r.study.references < 4 or 0 < r.study.direct_references < 4]
    return [
        *dict.fromkeys(provenance(r.info, profile, r.study.dataset) for r in results.values()),
        "Differences in percentage points of AUC (B7: of accuracy, networks only), 95 % intervals. Every network in "
        "turn is the target, its complement left out, which leaves one reference fewer. Over points: mean over these "
        "targets, bootstrap with the same points for both sides and all targets. Over targets: Student's t over the "
        "target and the means of the complementary pairs (over the three networks where there is a single pair"
        + (f": some models on {' and '.join(dict.fromkeys(few))}" if few else "")
        + "). A margin "
        f"('> -1') says how far below 0 a difference may be, our choice: {100 * SMALL:.0f} point for 'no gain', "
        f"{100 * ALIKE:.0f} points for 'the same risk'.",
        "A comparison is supported if both intervals exclude 0 (or the margin) on the claimed side after Holm's "
        "correction over this table. A claim is supported on a data set if all of its comparisons hold there at 5 %, "
        "corrected for the number of claims and data sets; contradicted if one comparison is. On the whole it is as "
        "good as on its worst data set.",
        *_direct_accuracies(results, accuracies),
        "Published: the same difference of the paper's values; it has no interval.",
    ]


def _direct_accuracies(results: Results, accuracies: Mapping[str, Accuracies]) -> Iterator[str]:
    """How much the directly trained networks have learnt: those that have learnt little have little to give away."""
    found = []
    for study, r in results.items():
        if r.study.direct:
            of, steps = accuracies[study], r.study.direct["steps"]
            direct, converted = (np.mean([of.test[m, i] for i in of.indices(m)]) for m in ("direct", steps))
            found.append(f"{100 * direct:.1f} % on {r.info['title']} (converted, T={steps}: {100 * converted:.1f} %)")
    if found:
        yield (
            f"B6: test accuracy of the directly trained networks is {', '.join(found)}. Where they have learnt less, "
            "the comparison is one of training as much as of leakage."
        )


def _on_data(comparisons: list[Comparison], corrected: np.ndarray) -> dict[tuple[str, str], str]:
    """The verdict on each claim on each data set: all of its comparisons have to hold (an intersection-union test)."""
    groups: dict[tuple[str, str], list[tuple[Comparison, float]]] = {}
    for comparison, p in zip(comparisons, corrected, strict=True):
        groups.setdefault((comparison.claim, comparison.study), []).append((comparison, p))
    hardest = holm(np.array([max(c.p if c.side > 0 else 1.0 for c, _ in group) for group in groups.values()]))
    verdicts = {}
    for (key, group), p in zip(groups.items(), hardest, strict=True):
        against = any(c.verdict(q) == CONTRADICTED for c, q in group)
        verdicts[key] = CONTRADICTED if against else SUPPORTED if p < 0.05 else INCONCLUSIVE
    return verdicts


def _comparisons(results: Results, accuracies: Mapping[str, Accuracies]) -> Iterator[Comparison]:
    for study, r in results.items():
        for make in (_order, _steps, _ann, _dropout, _transfer, _direct):
            for claim, text, one, other, margin in make(r):
                yield _compare(r, study, claim, text, one, other, margin)
        yield from _accuracy_gains(accuracies[study], study)


Pair = tuple[str, str, Attack, Attack | None, float]  # claim, text, attack, the other one (None: guessing), margin


def _order(r: MembershipResults) -> Iterator[Pair]:
    for model in (*r.study.reported, "ann"):
        for strong, weak in (("RMIA", "R"), ("R", "P")):
            yield "B1", f"{strong} - {weak}, {name(model)}", Attack(strong, model), Attack(weak, model), 0.0


def _steps(r: MembershipResults) -> Iterator[Pair]:
    for fewer, more in pairwise(r.study.reported):
        yield "B2", f"RMIA, T={more} - T={fewer}", Attack("RMIA", more), Attack("RMIA", fewer), 0.0


def _ann(r: MembershipResults) -> Iterator[Pair]:
    for t in r.study.reported:
        yield "B3", f"RMIA, ANN - SNN T={t}", Attack("RMIA", "ann"), Attack("RMIA", t), 0.0


def _dropout(r: MembershipResults) -> Iterator[Pair]:
    for attack in ("R", "RMIA"):
        for t in r.study.reported:
            text = f"{attack}, with - without dropout, T={t}"
            yield "B4", text, Attack(attack, t, DROPOUT), Attack(attack, t), 0.0
    for t in r.study.reported:
        text = f"P, without - with dropout, T={t}, > -{100 * SMALL:.0f}"
        yield "B4", text, Attack("P", t), Attack("P", t, DROPOUT), SMALL


def _transfer(r: MembershipResults) -> Iterator[Pair]:
    for t in r.study.reported if r.study.network == "resnet18" else ():
        transferred = Attack("RMIA", t, references="ann")
        yield "B5", f"RMIA, ANN references - guessing, T={t}", transferred, None, 0.0
        yield "B5", f"RMIA, SNN - ANN references, T={t}", Attack("RMIA", t), transferred, 0.0


def _direct(r: MembershipResults) -> Iterator[Pair]:
    if not r.study.direct:
        return
    direct, converted = Attack("RMIA", "direct"), Attack("RMIA", r.study.direct["steps"])
    yield "B6", "RMIA - R, direct", direct, Attack("R", "direct"), 0.0
    yield "B6", "R - P, direct", Attack("R", "direct"), Attack("P", "direct"), 0.0
    yield "B6", "RMIA, with - without dropout, direct", Attack("RMIA", "direct", DROPOUT), direct, 0.0
    steps, margin = r.study.direct["steps"], f"> -{100 * ALIKE:.0f}"
    yield "B6", f"RMIA, direct - converted T={steps}, {margin}", direct, converted, ALIKE
    yield "B6", f"RMIA, converted T={steps} - direct, {margin}", converted, direct, ALIKE


def _compare(
    results: MembershipResults, study: str, claim: str, text: str, one: Attack, other: Attack | None, margin: float
) -> Comparison:
    guess = np.zeros(results.members.shape[1])
    targets = [t for t in results.targets(one.model) if other is None or t in results.targets(other.model)]
    scores = {t: [a.scores(results, t) if a else guess for a in (one, other)] for t in targets}
    members = results.members[targets]
    over_points, p = mean_auc_difference(*map(np.stack, zip(*scores.values())), members, margin=margin)
    by_target = [auc(a, m) - auc(b, m) for (a, b), m in zip(scores.values(), members, strict=True)]
    printed = [0.5 if a is None else _printed(results, a) for a in (one, other)]
    published = None if None in printed else printed[0] - printed[1]
    return Comparison(claim, text, over_points, p, _over_targets(by_target)[0], margin, published, study)


def _printed(results: MembershipResults, attack: Attack) -> float | None:
    value = published_attack(results.study, attack.model, attack.name, attack.way, attack.references)
    return None if value is None else value / 100


def _over_targets(values: list[float]) -> tuple[Estimate, float]:
    """Mean over the target and the means of the complementary pairs, which are not independent within."""
    first, *rest = values
    if len(rest) == 2:
        return mean_over_runs(np.array(values))
    pairs = np.array(rest).reshape(-1, 2).mean(1)
    return mean_over_runs(np.array([first, *pairs]))


def _accuracy_gains(accuracies: Accuracies, study: str) -> Iterator[Comparison]:
    for fewer, more in pairwise(accuracies.study.reported):
        networks = accuracies.indices(more)
        gain, p = _over_targets([accuracies.test[more, i] - accuracies.test[fewer, i] for i in networks])
        printed = [published_accuracy(accuracies.study, t) for t in (more, fewer)]
        published = None if None in printed else (printed[0] - printed[1]) / 100
        text = f"test accuracy, T={more} - T={fewer}"
        yield Comparison("B7", text, None, p, gain, published=published, study=study)
