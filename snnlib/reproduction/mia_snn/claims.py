"""Verdicts on paper B's claims, from paired comparisons on the same points.

Every network in turn is the target; a difference is the mean over them. It is tested twice against 0, or a margin
below it: over points (DeLong, paired, the networks as they are), and over complementary pairs (Student's t over the
mean of each pair, whose two networks are not independent). Both have to reject on the same side, so the p-value of a
comparison is the larger one (an intersection-union test). For verdicts on claims see `snnlib.report.verdict`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ...membership import ATTACKS
from ...metrics.estimate import Estimate
from ...metrics.membership import auc, auc_difference
from ...metrics.runs import holm, mean_over_runs
from ...report.table import NOTHING, Table, estimate_of, shown_once
from ...report.verdict import Tested, p_value, verdicts_by, weakest
from ..provenance import row
from .plan import DROPOUT, PLAIN
from .published import published_accuracy, published_attack
from .results import Accuracies, MembershipResults
from .study import MembershipStudy, Model, model_name
from .tables import Results, sources

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


@dataclass(frozen=True)
class Attack:
    """An attack on a model, with references of the same model or another one."""

    name: str
    model: Model
    query: str = PLAIN
    references: Model | None = None
    count: int | None = None  # of references; all without it

    def scores(self, results: MembershipResults, k: int) -> np.ndarray:
        """``[N]``, with network k as the target."""
        return results.attacked(self.model, self.query, self.references, k, self.count).scores(self.name)

    def published(self, study: MembershipStudy) -> float:
        return published_attack(study, self.model, self.name, self.query, self.references)


@dataclass(frozen=True)
class Comparison(Tested):
    """A tested difference, with an interval over points and one over pairs of networks."""

    claim: str
    text: str
    over_points: Estimate  # without a value where a difference is one of networks, not of points
    over_pairs: Estimate
    p: float  # the larger one of both tests, of the difference being ``-margin``
    margin: float = 0.0
    published: float = np.nan
    study: str = ""

    @property
    def side(self) -> int:
        """1 if both means are on the claimed side, -1 if both are on the other one, else 0."""
        claimed = [of.value > -self.margin for of in (self.over_points, self.over_pairs) if of.value is not None]
        return 1 if all(claimed) else 0 if any(claimed) else -1


def membership_verdicts(id: str, results: Results, accuracies: Mapping[str, Accuracies], profile: str) -> Table:
    """B-V: every comparison behind the claims on paper B; a verdict on each claim, by data set and on the whole."""
    comparisons = [_compare(r, study, *contrast) for study, r in results.items() for contrast in contrasts(r.study)]
    comparisons += [gain for study, of in accuracies.items() if study in results for gain in _accuracy_gains(of, study)]
    comparisons.sort(key=lambda c: (c.claim, list(results).index(c.study)))
    corrected = holm([c.p for c in comparisons])
    on_data = verdicts_by(lambda c: (c.claim, c.study), comparisons, corrected)
    rows = []
    for c, p in zip(comparisons, corrected, strict=True):
        r, points, pairs = results[c.study], c.over_points, c.over_pairs
        on_claim = weakest([verdict for (claim, _), verdict in on_data.items() if claim == c.claim])
        rows.append(
            row(r, profile, r.study.pairs, network=r.study.network, claim=c.claim, comparison=c.text)
            | {"margin": c.margin, "value": points.value, "low": points.low, "high": points.high}
            | {"mean_over_targets": pairs.value, "targets_low": pairs.low, "targets_high": pairs.high}
            | {"p": c.p, "p_holm": p, "difference_published": c.published, "verdict": c.verdict(p)}
            | {"verdict_on_data": on_data[c.claim, c.study], "verdict_on_claim": on_claim}
        )
    frame = pd.DataFrame(rows)
    shown = _shown(frame, [results[c.study].title for c in comparisons])
    return Table(id, frame, shown, _notes(results, profile))


def _shown(rows: pd.DataFrame, titles: list[str]) -> pd.DataFrame:
    """What people read of the rows."""
    lines = rows.to_dict("records")
    over_points = [estimate_of(line | {"remark": "one test"}) for line in lines]
    over_pairs = [Estimate(r["mean_over_targets"], r["targets_low"], r["targets_high"]) for r in lines]
    shown = {
        "claim": [f"{claim}: {CLAIMS[claim]}" for claim in rows["claim"]],
        "on the claim": rows["verdict_on_claim"],
        "data": [f"{title}: {verdict}" for title, verdict in zip(titles, rows["verdict_on_data"], strict=True)],
        "comparison": rows["comparison"],
        "difference, over points": [estimate.text(percent=True, digits=1) for estimate in over_points],
        "difference, over pairs": [estimate.text(percent=True, digits=1) for estimate in over_pairs],
        "p": rows["p"].map(p_value),
        "p (Holm)": rows["p_holm"].map(p_value),
        "published": [NOTHING if pd.isna(d) else f"{100 * d:.1f}" for d in rows["difference_published"]],
        "verdict": rows["verdict"],
    }
    return shown_once(pd.DataFrame(shown), ["claim", "on the claim", "data"]).set_index("claim")


def _notes(results: Results, profile: str) -> list[str]:
    copies = dict.fromkeys(str(r.study.copies) for r in results.values())
    return [
        *sources(results, profile),
        "Differences in percentage points of AUC (B7: accuracy), 95 % intervals; every network in turn is the target. "
        "Over points: mean over the targets, DeLong's variance of what both sides and all targets share. Over "
        "pairs: Student's t over the means of the complementary pairs. A margin ('> -1') says how far below 0 a "
        f"difference may be, our choice: {100 * SMALL:.0f} point for 'no gain', {100 * ALIKE:.0f} points for 'the same "
        "risk'. Published: the same difference of the paper's values, without an interval.",
        "p is the larger one of both tests. A comparison is supported if it is on the claimed side at 5 % after Holm's "
        "correction over this table; a claim on a data set if all of its comparisons hold there at 5 %, corrected for "
        "the number of claims and data sets. It is contradicted if one comparison is, and on the whole as good as on "
        "the data set that speaks most against it.",
        f"B4: {' or '.join(copies)} copies of each point; the released code has 30.",
        "Where models differ in how much they have learnt by heart (B-T6), B2, B3 and B6 compare that, too.",
    ]


def contrasts(study: MembershipStudy) -> Iterator[tuple]:
    """The differences in AUC that claims say are above ``-margin``: claim, text, attack, another or None, margin.

    Without another attack the difference is from guessing; without a margin it is above 0.
    """
    for model in (*study.reported, "ann"):
        p, r, rmia = (Attack(name, model) for name in ATTACKS)
        yield "B1", f"RMIA - R, {model_name(model)}", rmia, r
        yield "B1", f"R - P, {model_name(model)}", r, p
    for fewer, more in pairwise(study.reported):
        yield "B2", f"RMIA, T={more} - T={fewer}", Attack("RMIA", more), Attack("RMIA", fewer)
    for t in study.reported:
        p, r, rmia = (Attack(name, t) for name in ATTACKS)
        p_dropped, r_dropped, rmia_dropped = (Attack(name, t, DROPOUT) for name in ATTACKS)
        yield "B3", f"RMIA, ANN - SNN T={t}", Attack("RMIA", "ann"), rmia
        yield "B4", f"R, with - without dropout, T={t}", r_dropped, r
        yield "B4", f"RMIA, with - without dropout, T={t}", rmia_dropped, rmia
        yield "B4", f"P, without - with dropout, T={t}, > -{100 * SMALL:.0f}", p, p_dropped, SMALL
        if study.network == "resnet18":
            transferred = Attack("RMIA", t, references="ann")
            yield "B5", f"RMIA, ANN references - guessing, T={t}", transferred, None
            yield "B5", f"RMIA, SNN - ANN references, T={t}", rmia, transferred
    if study.direct:
        count, t, margin = study.networks("direct") - 2, study.direct.steps, f"> -{100 * ALIKE:.0f}"
        ann, converted = (Attack("RMIA", model, count=count) for model in ("ann", t))  # with as many references
        p, r, direct = (Attack(name, "direct") for name in ATTACKS)
        yield "B3", "RMIA, ANN - direct SNN", ann, direct
        yield "B6", "RMIA - R, direct", direct, r
        yield "B6", "R - P, direct", r, p
        yield "B6", "RMIA, with - without dropout, direct", Attack("RMIA", "direct", DROPOUT), direct
        yield "B6", f"RMIA, direct - converted T={t}, {margin}", direct, converted, ALIKE
        yield "B6", f"RMIA, converted T={t} - direct, {margin}", converted, direct, ALIKE


def _compare(
    r: MembershipResults, study: str, claim: str, text: str, one: Attack, other: Attack | None, margin: float = 0.0
) -> Comparison:
    targets = range(min(r.study.networks(attack.model) for attack in (one, other or one)))
    inside = r.signals[one.model, PLAIN].inside[: len(targets)]
    ones = [one.scores(r, k) for k in targets]
    others = [other.scores(r, k) for k in targets] if other else np.zeros(inside.shape)  # guessing: all scores agree
    over_points, p = auc_difference(ones, others, inside, margin=margin)
    by_target = [auc(a, m) - auc(b, m) for a, b, m in zip(ones, others, inside, strict=True)]
    over_pairs, p_pairs = mean_over_pairs(np.array(by_target), margin)
    published = one.published(r.study) - (other.published(r.study) if other else 0.5)
    return Comparison(claim, text, over_points, over_pairs, max(p, p_pairs), margin, published, study)


def mean_over_pairs(values: np.ndarray, margin: float = 0.0) -> tuple[Estimate, float]:
    """Mean of one value a network ``[M]`` with an interval over pairs; p-value of it being ``-margin``."""
    pairs = values.reshape(-1, 2).mean(1)
    return mean_over_runs(pairs)[0], mean_over_runs(pairs + margin)[1]


def _accuracy_gains(accuracies: Accuracies, study: str) -> Iterator[Comparison]:
    for fewer, more in pairwise(accuracies.study.reported):
        gain, p = mean_over_pairs(accuracies.test[more] - accuracies.test[fewer])
        published = published_accuracy(accuracies.study, more) - published_accuracy(accuracies.study, fewer)
        text, no_points = f"test accuracy, T={more} - T={fewer}", Estimate(None, why="one test")
        yield Comparison("B7", text, no_points, gain, p, published=published, study=study)
