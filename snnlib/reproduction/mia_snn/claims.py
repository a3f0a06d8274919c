"""Verdicts on paper B's claims, from paired comparisons on the same points.

Every network in turn is the target; a difference is the mean over them. It is tested twice against 0,
or a margin below it: over points (paired bootstrap, the same points for all targets), with the networks
as they are, and over targets (Student's t). Both have to reject on the same side, so the p-value of a
comparison is the larger one (an intersection-union test). A claim is supported on a data set if all
of its comparisons there hold at 5 %, corrected by Holm's method for the number of claims and data
sets; contradicted if one of them points the other way after Holm's correction over the whole table;
inconclusive otherwise. On the whole a claim is as good as on its worst data set.

Networks of a complementary pair are not independent, so what Student's t sees is the target and the
mean of each pair. With a single pair only the target counts, and nothing is tested over targets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ...membership import ATTACKS
from ...metrics.estimate import Estimate
from ...metrics.membership import auc, mean_auc_difference
from ...metrics.runs import holm, mean_over_runs
from ...report.table import Table, shown_once
from ...report.verdict import Tested, p_value, verdicts_by, weakest
from ..provenance import provenance
from .plan import DROPOUT, PLAIN, model_name
from .results import Accuracies, MembershipResults
from .tables import published_accuracy, published_attack, signals

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
    within: str | int | None = None  # see `snnlib.tables.signals`

    def scores(self, results: MembershipResults, target: int) -> np.ndarray:
        """``[N]``."""
        return ATTACKS[self.name](*signals(results, self.model, self.way, self.references, target, self.within))


@dataclass(frozen=True)
class Comparison(Tested):
    """A difference that a claim says is above ``-margin``, with an interval over points and one over targets.

    ``p`` is the larger one of both tests, of the difference being just that.
    """

    claim: str
    text: str
    over_points: Estimate | None  # None where a difference is one of networks, not of points
    over_targets: Estimate
    p: float
    margin: float = 0.0
    published: float | None = None
    study: str = ""

    @property
    def side(self) -> int:
        """1 if both means are on the claimed side, -1 if both are on the other one, else 0."""
        sides = {1 if of.value > -self.margin else -1 for of in (self.over_points, self.over_targets) if of}
        return sides.pop() if len(sides) == 1 else 0


def membership_verdicts(id: str, results: Results, accuracies: Mapping[str, Accuracies], profile: str) -> Table:
    """B-V: every comparison behind the claims on paper B; a verdict on each claim, by data set and on the whole."""
    comparisons = sorted(_comparisons(results, accuracies), key=lambda c: (c.claim, list(results).index(c.study)))
    corrected = holm(np.array([c.p for c in comparisons]))
    on_data = verdicts_by(lambda c: (c.claim, c.study), comparisons, corrected)
    on_claim = {claim: weakest([v for (c, _), v in on_data.items() if c == claim]) for claim in CLAIMS}
    rows, shown, titles = [], [], set()
    for comparison, p in zip(comparisons, corrected, strict=True):
        r, claim, study = results[comparison.study], comparison.claim, comparison.study
        points, targets = comparison.over_points or Estimate(None, why="one test"), comparison.over_targets
        here, verdict = on_data[claim, study], comparison.verdict(p)
        rows.append(
            {"study": r.study.dataset, "network": r.study.network, "data": r.info["dataset"]}
            | {"source": r.info["source"], "profile": profile, "claim": claim, "comparison": comparison.text}
            | {"margin": comparison.margin, "value": points.value, "low": points.low, "high": points.high}
            | {"mean_over_targets": targets.value, "targets_low": targets.low, "targets_high": targets.high}
            | {"p": comparison.p, "p_holm": p}
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
                "difference, over points": points.text(percent=True, digits=1),
                "difference, over targets": targets.text(percent=True, digits=1),
                "p": p_value(comparison.p),
                "p (Holm)": p_value(p),
                "published": "—" if comparison.published is None else f"{100 * comparison.published:.1f}",
                "verdict": verdict,
            }
        )
    return Table(
        id,
        pd.DataFrame(rows),
        shown_once(pd.DataFrame(shown), ["claim", "on the claim"]).set_index("claim"),
        _notes(results, accuracies, profile),
    )


def _notes(results: Results, accuracies: Mapping[str, Accuracies], profile: str) -> list[str]:
    asked = dict.fromkeys(r.study.dropout["copies"] for r in results.values())
    return [
        *dict.fromkeys(provenance(r.info, profile, r.study.dataset) for r in results.values()),
        "Differences in percentage points of AUC (B7: of accuracy, networks only), 95 % intervals. Every network in "
        "turn is the target. A reference that becomes one is attacked without its complement, so with one reference "
        "fewer than the target itself. Over points: mean over these targets, bootstrap with the same points for both "
        "sides and all targets. Over targets: Student's t over the target and the means of the complementary pairs. A "
        f"margin ('> -1') says how far below 0 a difference may be, our choice: {100 * SMALL:.0f} point for 'no "
        f"gain', {100 * ALIKE:.0f} points for 'the same risk'.",
        "p is the larger one of both tests: over points and over targets. A comparison is supported if it is on the "
        "claimed side at 5 % after Holm's correction over this table. A claim is supported on a data set if all of "
        "its comparisons hold there at 5 %, corrected for the number of claims and data sets; contradicted if one "
        "comparison is. On the whole it is as good as on its worst data set. With few networks, few degrees of "
        "freedom: only differences that hardly vary from network to network can be decided.",
        f"B4: {' or '.join(map(str, asked))} copies of each point; the released code has 30.",
        *_gaps(accuracies),
        "Published: the same difference of the paper's values; it has no interval.",
    ]


def _gaps(accuracies: Mapping[str, Accuracies]) -> Iterator[str]:
    """How much each kind of network has learnt by heart: those with little of it have little to give away."""
    for of in accuracies.values():
        found = []
        for model in of.study.models:
            train, test = (np.mean([part[model, i] for i in of.indices(model)]) for part in (of.train, of.test))
            found.append(f"{model_name(model)} {100 * (train - test):.1f} (of {100 * train:.1f})")
        yield (
            f"{of.title}: accuracy on members minus that on others, in points (accuracy on members): "
            f"{', '.join(found)}. Where they differ, B2, B3 and B6 compare how much was learnt as well as what leaks."
        )


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
            yield "B1", f"{strong} - {weak}, {model_name(model)}", Attack(strong, model), Attack(weak, model), 0.0


def _steps(r: MembershipResults) -> Iterator[Pair]:
    for fewer, more in pairwise(r.study.reported):
        yield "B2", f"RMIA, T={more} - T={fewer}", Attack("RMIA", more), Attack("RMIA", fewer), 0.0


def _ann(r: MembershipResults) -> Iterator[Pair]:
    for t in r.study.reported:
        yield "B3", f"RMIA, ANN - SNN T={t}", Attack("RMIA", "ann"), Attack("RMIA", t), 0.0
    if r.study.direct:
        ann = Attack("RMIA", "ann", within="direct")  # with no more references than the direct SNN has
        yield "B3", "RMIA, ANN - direct SNN", ann, Attack("RMIA", "direct"), 0.0


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
    direct, converted = Attack("RMIA", "direct"), Attack("RMIA", r.study.direct.steps, within="direct")
    yield "B6", "RMIA - R, direct", direct, Attack("R", "direct"), 0.0
    yield "B6", "R - P, direct", Attack("R", "direct"), Attack("P", "direct"), 0.0
    yield "B6", "RMIA, with - without dropout, direct", Attack("RMIA", "direct", DROPOUT), direct, 0.0
    steps, margin = r.study.direct.steps, f"> -{100 * ALIKE:.0f}"
    yield "B6", f"RMIA, direct - converted T={steps}, {margin}", direct, converted, ALIKE
    yield "B6", f"RMIA, converted T={steps} - direct, {margin}", converted, direct, ALIKE


def _compare(
    results: MembershipResults, study: str, claim: str, text: str, one: Attack, other: Attack | None, margin: float
) -> Comparison:
    guess = np.zeros(results.members.shape[1])
    targets = [t for t in results.targets(one.model) if other is None or t in results.targets(other.model)]
    targets = _attackable(targets)
    scores = {t: [a.scores(results, t) if a else guess for a in (one, other)] for t in targets}
    members = results.members[targets]
    over_points, p = mean_auc_difference(*map(np.stack, zip(*scores.values())), members, margin=margin)
    by_target = [auc(a, m) - auc(b, m) for (a, b), m in zip(scores.values(), members, strict=True)]
    over_targets, p_targets = _over_targets(np.array(by_target), margin)
    printed = [0.5 if a is None else _printed(results, a) for a in (one, other)]
    published = None if None in printed else printed[0] - printed[1]
    return Comparison(claim, text, over_points, over_targets, max(p, p_targets), margin, published, study)


def _attackable(networks: list[int]) -> list[int]:
    """Those that count as targets: all, but only the first where the others are a single pair."""
    return networks if len(networks) > 3 else networks[:1]


def _printed(results: MembershipResults, attack: Attack) -> float | None:
    value = published_attack(results.study, attack.model, attack.name, attack.way, attack.references)
    return None if value is None else value / 100


def _over_targets(values: np.ndarray, margin: float = 0.0) -> tuple[Estimate, float]:
    """Mean over the target and the means of the complementary pairs; p-value of it being ``-margin``."""
    runs = np.concatenate([values[:1], values[1:].reshape(-1, 2).mean(1)])
    return mean_over_runs(runs)[0], mean_over_runs(runs + margin)[1]


def _accuracy_gains(accuracies: Accuracies, study: str) -> Iterator[Comparison]:
    for fewer, more in pairwise(accuracies.study.reported):
        networks = _attackable(accuracies.indices(more))
        gain, p = _over_targets(np.array([accuracies.test[more, i] - accuracies.test[fewer, i] for i in networks]))
        printed = [published_accuracy(accuracies.study, t) for t in (more, fewer)]
        published = None if None in printed else (printed[0] - printed[1]) / 100
        text = f"test accuracy, T={more} - T={fewer}"
        yield Comparison("B7", text, None, gain, p, published=published, study=study)
