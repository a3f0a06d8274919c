"""Verdicts on paper B's claims, from contrasts that were declared before the runs that they judge.

Every network in turn is the target, without its complement among the references; a contrast is the mean over the
networks and over both pools. How it becomes a verdict: see `snnlib.report.verdict`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...membership import Signals
from ...report.table import Table
from ...report.verdict import NOTE, Declared, compared, verdict_table
from ..items import RESNET
from ..provenance import origin, provenance
from .plan import DROPOUT, PLAIN
from .published import published_accuracy, published_attack
from .results import MembershipResults, influences, over_networks
from .study import Model, model_name
from .tables import Results

CLAIMS = {
    "B1": "RMIA has a higher AUC than R, and R than P",
    "B2": "the risk grows with the number of time steps T",
    "B3": "the ANN leaks most",
    "B4": "input dropout raises the AUC of R and RMIA, not that of P",
    "B5": "ANN references still attack an SNN, less well than SNN references",
    "B6": "direct training leads to the same risk as conversion",
    "B7": "test accuracy grows with T",
}
ALIKE = 0.05  # of AUC: the same risk; of training accuracy: as much learnt by heart


@dataclass(frozen=True)
class Attack:
    """The AUC of an attack on a model, with references of the same model or another one."""

    name: str
    model: Model
    query: str = PLAIN
    references: Model | None = None
    count: int | None = None  #: of references; all without it
    within: Model | None = None  #: only as many networks as there are of this model

    def values(self, results: MembershipResults) -> np.ndarray:
        """``[M, 1 + N]``: the AUC on each network and the influence of each point on it."""
        targets = results.targets(self.model, self.query, self.references, self.count, self.within)
        return influences(targets, self.name)

    def published(self, results: MembershipResults) -> float:
        return published_attack(results.study, self.model, self.name, self.query, self.references)


@dataclass(frozen=True)
class Accuracy:
    """The accuracy of a model's networks on the points that they were not trained on."""

    model: Model

    def values(self, results: MembershipResults) -> np.ndarray:
        """``[M, 1 + N]``: as of an attack."""
        signals = results.signals[self.model, PLAIN]
        outside, right = ~signals.inside, signals.correct.mean(1)
        accuracy = accuracies(signals, outside)[:, None]
        return np.hstack([accuracy, outside * (right - accuracy) / outside.mean(1, keepdims=True)])

    def published(self, results: MembershipResults) -> float:
        return published_accuracy(results.study, self.model)


def accuracies(signals: Signals, points: np.ndarray) -> np.ndarray:
    """Accuracy of each network ``[M]`` on those of its ``points [M, N]`` that are True."""
    return (signals.correct.mean(1) * points).sum(1) / points.sum(1)


def learnt_otherwise(results: MembershipResults) -> str:
    """Why direct and converted networks cannot be compared: what they know of their members differs too much."""
    if not results.study.direct:
        return "no network was trained directly"
    known = (results.signals[model, PLAIN] for model in ("direct", 4))
    direct, converted = (accuracies(of, of.inside).mean() for of in known)
    differ = f"training accuracy of {direct:.0%} (direct) and {converted:.0%} (converted)"
    return f"{differ} differ by {ALIKE:.0%} or more" if abs(direct - converted) >= ALIKE else ""


STEPS = (1, 2, 4)


def _contrast(claim: str, text: str, why: str, comparisons: dict, **other: Any) -> Declared:
    """On both pools with ResNet18; single comparisons with VGG-16, too, where the paper has such a number."""
    vgg16 = () if claim in ("B5", "B6") else ("cifar10-vgg16",)
    return Declared(claim, text, why, comparisons, RESNET, **{"delta": 0.01, "also": vgg16, "form": ".1%"} | other)


def _ordered(better: str, worse: str) -> dict:
    """An attack's AUC minus another one's, with four references for both, on each model."""
    return {
        f"{better} - {worse}, {model_name(m)}": {Attack(better, m, count=4): 1, Attack(worse, m, count=4): -1}
        for m in (*STEPS, "ann")
    }


def _gains(name: str) -> dict:
    """What dropout adds to an attack's AUC, by T."""
    return {f"gain of {name}, T={t}": {Attack(name, t, DROPOUT): 1, Attack(name, t): -1} for t in STEPS}


_rmia = partial(Attack, "RMIA")
_DIRECT = {_rmia("direct"): 1, _rmia(4, within="direct"): -1}
DECLARED = (
    _contrast(
        "B1", "RMIA - R, mean of T = 1, 2, 4 and ANN",
        "four references, as released: the sign of this difference depends on their number", _ordered("RMIA", "R"),
    ),
    _contrast("B1", "R - P, mean of T = 1, 2, 4 and ANN", "with the same references", _ordered("R", "P")),
    _contrast(
        "B2", "RMIA, T=4 - T=1", "the strongest attack, and the largest difference in T",
        {"RMIA, T=4 - T=1": {_rmia(4): 1, _rmia(1): -1}},
    ),
    _contrast(
        "B3", "RMIA, ANN - mean of T = 1, 2, 4", "the strongest attack; the claim names no T",
        {f"RMIA, ANN - T={t}": {_rmia("ann"): 1, _rmia(t): -1} for t in STEPS},
    ),
    _contrast(
        "B4", "gain of R and RMIA by dropout, mean of T = 1, 2, 4",
        "the claim names both attacks and no T; half a point is less than any published gain of RMIA",
        _gains("R") | _gains("RMIA"), delta=0.005,
    ),
    _contrast(
        "B4", "1 point - gain of P by dropout, mean of T = 1, 2, 4", "'not that of P': less than one point",
        {f"1 point - {text}": {None: 0.01} | {a: -w for a, w in of.items()} for text, of in _gains("P").items()},
        delta=0.0,
    ),
    _contrast(
        "B5", "RMIA, ANN references - guessing, mean of T = 1, 2, 4", "an attack is better than guessing",
        {f"RMIA, ANN references - guessing, T={t}": {_rmia(t, references="ann"): 1, None: -0.5} for t in STEPS},
    ),
    _contrast(
        "B5", "RMIA, SNN - ANN references, mean of T = 1, 2, 4", "less well than with references of its own kind",
        {f"RMIA, SNN - ANN references, T={t}": {_rmia(t): 1, _rmia(t, references="ann"): -1} for t in STEPS},
    ),
    *(
        _contrast(
            "B6", (text := f"RMIA, 5 points {sign} (direct - converted T=4)"), "the same risk: within five points",
            {text: {None: ALIKE} | {a: f * w for a, w in _DIRECT.items()}}, delta=0.0, unless=learnt_otherwise,
        )
        for sign, f in (("+", 1), ("-", -1))
    ),
    _contrast(
        "B7", "test accuracy, T=4 - T=1", "the largest difference in T",
        {"test accuracy, T=4 - T=1": {Accuracy(4): 1, Accuracy(1): -1}},
    ),
)  # fmt: skip


def membership_verdicts(id: str, results: Results, profile: str) -> Table:
    """B-V: the contrasts behind the claims on paper B, with a verdict on each claim."""
    about = {study: {"title": r.title} | origin(r.info, profile) for study, r in results.items()}
    notes = [
        provenance(results.values(), profile),
        "Differences in percentage points of AUC (B7: of accuracy) with 95 % intervals over pairs of networks and over "
        "points; every network in turn is the target. First the contrasts that a claim rests on, means of ResNet18's "
        "pools; then single comparisons. Published: the same difference of the paper's values.",
        NOTE,
        "Where models differ in how much they have learnt by heart (B-T6), B2 and B3 compare that, too.",
    ]
    of = [{"study": study, "key": key} for study, r in results.items() for by, key in r.keys.items() if by != "data"]
    return verdict_table(id, CLAIMS, list(compared(DECLARED, results, over_networks)), about, notes, of)
