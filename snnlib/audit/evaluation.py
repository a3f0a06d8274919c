"""What a membership audit finds in `Signals`: every attack against every target, with intervals, control and warnings.

Two intervals stand beside a number. Over points, or groups of them: others might have been drawn. Over targets: other
networks might have been trained as well; it takes two targets, or two complementary pairs of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from ..errors import SettingError
from ..membership import Signals
from ..metrics.contrasts import over_pairs
from ..metrics.estimate import ENDS, Array, Estimate
from ..metrics.membership import ENTRIES, FEWEST, auc_estimate, auc_influence, curves, tpr_at
from ..randomness import numpy_generator
from .attacks import ATTACKS
from .epsilon import lower_bound

HEADLINE = "RMIA"  # chosen before any result, as are the numbers below
FPRS = (0.001, 0.01, 0.1)
CURVE = 60  # false positive rates of an ROC that is drawn
FEWEST_UNITS = 20  # points or groups
GUESSES = 0.1  # share of the units that epsilon's bound guesses about
NEAR = 0.1  # a reference that agrees with a target's split on less, or on more than 1 - NEAR, is nearly its complement
SHOWN = 20  # most exposed points
NUMBERS = ("value", "low", "high", "low_targets", "high_targets")  # of a row
NO_COINS = {"why": "The bound needs members that were drawn by fair coins, and that is not known of this target."}


@dataclass(frozen=True)
class MembershipAudit:
    """What membership inference finds out about some networks.

    ``rows`` have, for each ``attack`` and ``metric`` (``auc``, ``tpr@0.01``), the mean over targets as ``value``, its
    interval over points ``low, high`` and over targets ``low_targets, high_targets`` (None: there is none), and the
    ``access`` that the attacker needs.
    """

    signals: Signals
    targets: tuple[int, ...]  #: Which networks were attacked.
    accuracy: dict[str, Estimate]  #: ``train``, ``test`` and their ``gap``, over points.
    rows: list[dict]
    roc: dict[str, dict[str, Array]]  #: Of each attack ``fpr, tpr, low, high``: mean over targets, band over points.
    exposed: list[dict]  #: Members that the headline attack finds at the lowest false positive rates.
    epsilon: dict  #: Lower bound for the first target: see `snnlib.audit.epsilon.Bound`; or ``why`` there is none.
    null: Estimate  #: AUC of the headline attack against coins that no network has seen: it should hold 0.5.
    said: tuple[str, ...]  #: What was assumed, left out, and is to be kept in mind.
    about: dict = field(default_factory=dict)  #: Cost, hashes, seed, versions.
    headline: str = HEADLINE  #: The attack that counts, fixed beforehand.

    def row(self, attack: str = HEADLINE, metric: str = "auc") -> dict:
        """One of the rows; KeyError if there is none."""
        return {(row["attack"], row["metric"]): row for row in self.rows}[attack, metric]

    def __str__(self) -> str:
        auc = Estimate(*(self.row()[name] for name in NUMBERS[:3]))
        return (
            f"{self.headline} tells members from others with an AUC of {auc:.1%}; 50 % is guessing. The networks "
            f"recognise {self.accuracy['train']:.1%} of their members and {self.accuracy['test']:.1%} of other points."
        )


def evaluate(
    signals: Signals,
    *,
    targets: str | Sequence[int] = "all",
    groups: Sequence | Array | None = None,
    coins: bool = False,
    seed: int = 0,
    resamples: int = 200,
) -> MembershipAudit:
    """Every attack that the signals allow, against every target. Nothing is tuned, and RMIA is the headline.

    ``coins`` says whether members of the first target were drawn by fair coins, one a group: epsilon's bound needs it.
    ``resamples`` are bootstrap samples for the intervals of TPR and ROC; the rest is as `snnlib.audit.membership` takes
    it. SettingError for targets without references, too few points, or groups that a target's split divides.
    """
    units = grouped(groups, len(signals.labels))
    chosen, sides = attacked(targets, signals.inside, units)
    members = signals.inside[chosen]
    scores, rows, roc, said = {}, [], {}, []
    for name, attack in ATTACKS.items():
        try:
            scores[name] = np.stack([attack.score(signals, k) for k in chosen])
        except SettingError as error:
            if name == HEADLINE:
                raise
            said.append(f"{name} was left out: {error.problem}")
            continue
        found, roc[name] = _measured(scores[name], members, units, sides, resamples, seed)
        rows += [{"attack": name} | row | {"access": attack.access} for row in found]
    accuracy = _accuracy(signals.correct[chosen, 0], members, units)
    exposed = _exposed(scores[HEADLINE], members, signals.labels, groups)
    epsilon = _epsilon(scores[HEADLINE][0], sides[0], units, seed) if coins else NO_COINS
    control = numpy_generator(seed, "null").random(sides.shape) < 0.5
    null = _auc(scores[HEADLINE], control[:, units], units)[0]
    said += _warnings(signals, chosen, accuracy, int((~sides).sum(1).min()))
    return MembershipAudit(signals, tuple(chosen), accuracy, rows, roc, exposed, epsilon, null, tuple(said))


def grouped(groups: Sequence | Array | None, n: int) -> Int[Array, " N"]:
    """The number of each point's group, from 0; SettingError if there are too few groups, or not one a point."""
    named = np.arange(n) if groups is None else np.asarray(groups)
    if named.shape != (n,):
        raise SettingError(f"{n} points have groups of shape {named.shape}.", "Pass one group for each point.")
    if named.dtype.kind == "f" and not np.isfinite(named).all():
        raise SettingError("Some groups are no finite numbers.", "Name the group of each point.")
    units = np.unique(named.astype(str) if named.dtype == object else named, return_inverse=True)[1]
    if (count := units.max(initial=-1) + 1) < FEWEST_UNITS:
        of = "points" if groups is None else "groups"
        raise SettingError(f"{count} {of} are too few for an audit.", f"Pass {FEWEST_UNITS} or more, better 1,000.")
    return units


def attacked(targets: Any, inside: Bool[Array, "M N"], units: Int[Array, " N"]) -> tuple[list[int], Bool[Array, "K U"]]:
    """The networks that are targets, and which units are their members.

    SettingError for targets without two members and two others, and for those that divide a unit.
    """
    both = [k for k, of in enumerate(inside) if min(of.sum(), (~of).sum()) > 1]
    named = [] if isinstance(targets, str) or not isinstance(targets, Iterable) else np.asarray(targets).tolist()
    chosen = both if isinstance(targets, str) and targets == "all" else named
    chosen = [*dict.fromkeys(chosen)] if all(type(of) is int for of in chosen) else []
    if not chosen or not set(chosen) <= set(both):
        problem = f"Targets {targets!r} are not among those with at least two members and two others: {both}."
        raise SettingError(problem, "Pass a list of some of these, or 'all'.")
    sides = inside[chosen][:, np.unique(units, return_index=True)[1]]
    if not np.array_equal(sides[:, units], inside[chosen]):
        problem = "Points of one group are members and others of the same target."
        raise SettingError(problem, "Train networks on whole groups, or leave groups out.")
    return chosen, sides


def _measured(scores, members, units, sides, resamples: int, seed: int) -> tuple[list[dict], dict[str, Array]]:
    """Rows of the AUC and of the TPR at some FPRs, and the ROC."""
    fewest = (~sides).sum(1).min()
    fprs = [rate for rate in FPRS if rate * fewest >= FEWEST]
    grid, tprs = np.append(fprs, np.geomspace(1 / fewest, 1, CURVE)), []
    for drawn in _drawn(sides, units, resamples, seed):
        each = (tpr_at(grid, *curves(of, drawn * inside, drawn * ~inside)) for of, inside in zip(scores, members))
        tprs.append(np.stack([*each], -1))
    tprs = np.concatenate(tprs, 1)  # [G, 1 + R, K], the sample itself before R others
    tpr, low, high = tprs[:, 0], *np.quantile(tprs[:, 1:].mean(2), ENDS, axis=1)
    measured = {"auc": _auc(scores, members, units)}
    for rate, values, spread, *ends in zip(fprs, tpr, tprs[:, 1:], low, high):
        moves = (spread - spread.mean(0)).T * np.sqrt(len(spread))  # as influences, whose mean is the error
        measured[f"tpr@{rate:g}"] = Estimate(values.mean(), *ends), values, moves
    rows, paired = [], len(members) % 2 == 0 and np.array_equal(members[::2], ~members[1::2])
    for metric, (points, values, influence) in measured.items():
        if not paired:  # one without its complement counts as a pair with itself
            values, influence = np.repeat(values, 2), np.repeat(influence, 2, 0)
        over = over_pairs(values, influence).estimate() if len(values) > 2 else Estimate(None)
        numbers = zip(NUMBERS, (points.value, points.low, points.high, over.low, over.high))
        rows.append({"metric": metric} | {k: n if n is None else float(np.clip(n, 0, 1)) for k, n in numbers})
    curve = {"fpr": grid, "tpr": tpr.mean(1), "low": low, "high": high}
    return rows, {name: of[-CURVE:] for name, of in curve.items()}


def _drawn(sides: Bool[Array, "K U"], units: Int[Array, " N"], resamples: int, seed: int) -> Iterator[Array]:
    """How often each point counts, ``[R, N]``: once; then as often as its unit is drawn in some bootstrap samples.

    They are the same for all targets and attacks. One that has no member of a target, or no other, is left out.
    """
    yield np.ones((1, len(units)), int)
    rng, n, rows = numpy_generator(seed, "bootstrap"), sides.shape[1], max(1, ENTRIES // len(units))
    for start in range(0, resamples, rows):
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=min(rows, resamples - start))
        yield drawn[(drawn @ np.concatenate([sides, ~sides]).T).all(1)][:, units]


def _auc(scores, members, units) -> tuple[Estimate, Float[Array, " K"], Float[Array, "K U"]]:
    """Mean over targets with its interval over units, and each target's AUC and influences."""
    values, influence = (np.stack(of) for of in zip(*map(auc_influence, scores, members)))
    influence = _by_unit(influence, units)
    return auc_estimate(float(values.mean()), influence.mean(0)), values, influence


def _by_unit(influence: Float[Array, "K N"], units: Int[Array, " N"]) -> Float[Array, "K U"]:
    """Influences of whole units, scaled so that their mean is still the error."""
    sums = np.stack([np.bincount(units, of) for of in influence])
    return sums * sums.shape[1] / len(units)


def _accuracy(correct: Bool[Array, "K N"], members: Bool[Array, "K N"], units) -> dict[str, Estimate]:
    """Share of members and of other points that are recognised, and the difference, with intervals over units."""
    found = []
    for side in (members, ~members):
        n = side.sum(1, keepdims=True)
        share = (correct * side).sum(1, keepdims=True) / n
        influence = side * (correct - share) * side.shape[1] / np.sqrt(n * (n - 1))
        found.append((share.mean(), _by_unit(influence, units).mean(0)))
    found.append(tuple(a - b for a, b in zip(*found)))
    halves = [1.96 * np.sqrt((influence**2).sum()) / len(influence) for _, influence in found]
    ends = ((float(v), float(v - half), float(v + half)) for (v, _), half in zip(found, halves))
    return {name: Estimate(*of) for name, of in zip(("train", "test", "gap"), ends)}


def _warnings(signals: Signals, targets: list[int], accuracy: dict[str, Estimate], outside: int) -> Iterator[str]:
    """What makes an audit say less than it seems to."""
    chance = np.unique(signals.labels, return_counts=True)[1].max() / len(signals.labels)
    if accuracy["test"].low <= chance:
        test = f"The networks recognise {accuracy['test'].value:.0%} of other points than their members"
        why = f"the most common class alone is {chance:.0%}: they have not learnt, and an audit of them means little"
        yield f"{test}, and {why}."
    if accuracy["gap"].low <= 0:
        yield "The networks are no better on their members than on other points: that few are found means little."
    agreed = np.concatenate([(signals.inside[signals.usable(k)] == signals.inside[k]).mean(1) for k in targets])
    if ((agreed < NEAR) | (agreed > 1 - NEAR)).any():
        why = "Some references were trained on almost the same points as a target, or on almost all others."
        yield f"{why} That gives its members away: the numbers are too high."
    if len(targets) == 1:
        yield "There is one target: another training of the same network may give away more or less."
    yield f"The lowest false positive rate that means something is {FEWEST} in {outside}, {FEWEST / outside:.2g}."


def _exposed(scores, members, labels, groups) -> list[dict]:
    """Members that are found at the lowest FPR, the mean over the targets that were trained on them."""
    others = [np.sort(of[~inside]) for of, inside in zip(scores, members)]
    rates = [1 - np.searchsorted(low, of, "left") / len(low) for low, of in zip(others, scores)]
    count, found = members.sum(0), []
    fpr, strength = (np.where(members, of, 0).sum(0) / np.maximum(count, 1) for of in (rates, scores))
    for i in np.lexsort((-strength, fpr, count == 0))[: min(SHOWN, (count > 0).sum())]:
        group = {} if groups is None else {"group": str(np.asarray(groups)[i])}
        found.append({"point": int(i), "label": int(labels[i]), "fpr": float(fpr[i]), "targets": int(count[i])} | group)
    return found


def _epsilon(scores: Float[Array, " N"], members: Bool[Array, " U"], units: Int[Array, " N"], seed: int) -> dict:
    """The one-run bound for a target; a group's score is the mean of its points'."""
    sizes = np.bincount(units)
    guesses = max(10, 2 * round(GUESSES * len(sizes) / 2))
    try:
        bound = lower_bound(np.bincount(units, scores) / sizes, members, guesses=guesses, seed=seed)
    except SettingError as error:
        return {"why": error.problem}
    return asdict(bound) | {"unit": "point" if sizes.max() == 1 else "group"}
