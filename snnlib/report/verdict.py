"""Verdicts on a paper's claims: from contrasts that were declared beforehand to words. Knows no paper.

A claim rests on one or several primary contrasts. It is supported if all of them are above 0, or above minus their
margin (an intersection-union test, Berger 1982), and contradicted if one is below its delta: each one-sided, after
Holm's correction for the claims of the paper. Where both are certain the effect is there, but smaller than delta.
Single comparisons are tested only inside a claim that is decided (Benjamini and Bogomolov, 2014).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SettingError
from ..metrics.contrasts import Contrast, Part
from ..metrics.estimate import Estimate
from ..metrics.runs import holm
from .table import NOTHING, Table, shown_once

SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"
SIDES = {SUPPORTED: 1, CONTRADICTED: -1}
LEVEL = 0.025  # one-sided, of all claims of a paper together
UNITS = (("pairs", "points"), ("targets", "scorers"))  # what there may be more of: first the one, then the other
MANY = 100  # of the first
POWER = 0.84  # standard normal quantile of 80 %
COUNTS = (*range(2, 101), *(round(step * 10**power) for power in range(2, 6) for step in np.arange(1.1, 10.05, 0.1)))
_WHERE = ("study", "title", "data", "source", "profile")
NOTE = (
    "A claim is supported if all of its contrasts are certain to be above 0 (or a margin), contradicted if one is "
    "certain to be below what would be worth a claim; each at a one-sided 2.5 % after Holm's correction for the claims "
    "of the paper. Single comparisons are tested inside a decided claim only. Of an open claim: how many runs would "
    "decide it in four of five repetitions, were the difference as it is measured."
)
Terms = Mapping[Any, float]
"""A weighted sum of terms. A term has ``values(results)``, an array to be tested, and ``published(results)``, the same
number of the paper or NaN; None stands for the number 1."""


@dataclass(frozen=True)
class Declared:
    """A primary contrast of a claim, declared before it is measured: the mean of its comparisons and of its data."""

    claim: str
    text: str
    why: str  #: this contrast and no other
    comparisons: Mapping[str, Terms]  #: by name
    data: tuple[str, ...]  #: the studies whose mean it is, as far as there are results
    delta: float  #: below it the claim is contradicted
    margin: float = 0.0  #: how far below 0 it may be and yet support the claim
    also: tuple[str, ...] = ()  #: studies that have single comparisons only
    minus: str = ""  #: a study whose contrast is subtracted
    form: str = ".2f"  #: of its numbers in print
    unless: Callable[[Any], str] = lambda results: ""  #: why a study's results cannot be compared, if so


@dataclass(frozen=True)
class Comparison:
    """A primary contrast on all of its data, or a single comparison on one data set; without a contrast: ``why``."""

    declared: Declared
    text: str
    studies: tuple[str, ...]
    primary: bool
    published: float = np.nan
    contrast: Contrast | None = None
    why: str = ""

    def bound(self, verdict: str) -> float:
        """What it has to be above or below for a verdict."""
        return -self.declared.margin if verdict == SUPPORTED else self.declared.delta

    def p(self, verdict: str) -> float:
        """One-sided p-value for a verdict; 1 where nothing could be tested."""
        return self.contrast.p(self.bound(verdict), SIDES[verdict]) if self.contrast else 1.0


def compared(
    declared: Sequence[Declared], results: Mapping[str, Any], test: Callable[[np.ndarray], Contrast]
) -> Iterator[Comparison]:
    """All comparisons that results by study allow: each declared contrast, then the single ones that it is made of.

    Args:
        declared: the contrasts.
        results: what a term's values are taken of, by study.
        test: from a weighted sum of values to the contrast.
    """
    values = cache(lambda term, study: term.values(results[study]))
    printed = cache(lambda term, study: term.published(results[study]))

    def contrast(terms: Terms, study: str) -> Contrast:
        return test(sum(w * values(t, study) for t, w in terms.items() if t)) + Contrast(terms.get(None, 0.0), ())

    def published(terms: Terms, study: str) -> float:
        return sum(weight * (printed(term, study) if term else 1) for term, weight in terms.items())

    def comparison(d: Declared, text: str, terms: Terms, studies: Sequence[str], primary: bool) -> Comparison:
        if not studies or (d.minus and d.minus not in results):
            return Comparison(d, text, (), primary, why=f"no results of {d.minus if studies else ' and '.join(d.data)}")
        subtracted = (d.minus,) if d.minus else ()
        known = np.mean([published(terms, of) for of in studies]) - sum(published(terms, of) for of in subtracted)
        about = (d, text, (*studies, *subtracted), primary, known)
        if why := next(filter(None, (d.unless(results[study]) for study in studies)), ""):
            return Comparison(*about, why=why)
        try:
            minus = [-1 * contrast(terms, study) for study in subtracted]
            whole = sum((contrast(terms, study) for study in studies), Contrast(0.0, ()))
            return Comparison(*about, sum(minus, 1 / len(studies) * whole))
        except SettingError as error:  # too few runs, or too few references
            return Comparison(*about, why=error.problem.removesuffix("."))

    for d in declared:
        whole: Counter = Counter()
        for terms in d.comparisons.values():
            whole.update({term: weight / len(d.comparisons) for term, weight in terms.items()})
        data = [study for study in d.data if study in results]
        yield comparison(d, d.text, whole, data, True)
        single = list(product((*data, *(study for study in d.also if study in results)), d.comparisons.items()))
        for study, (text, terms) in single if len(single) > 1 else ():  # one alone would be the same once more
            yield comparison(d, text, terms, [study], False)


def primary_of(comparisons: Sequence[Comparison], claim: str) -> list[Comparison]:
    """What a claim rests on: its primary contrasts on data that there are, or one that says what is missing."""
    primary = [c for c in comparisons if c.primary and c.declared.claim == claim]
    return [c for c in primary if c.studies] or primary[:1]


def verdicts(claims: Sequence[str], comparisons: Sequence[Comparison]) -> dict[str, set[str]]:
    """What is certain of each claim: supported, contradicted, both or (inconclusive) nothing."""
    of = [primary_of(comparisons, claim) for claim in claims]
    p = {SUPPORTED: [max(c.p(SUPPORTED) for c in primary) for primary in of]}
    p[CONTRADICTED] = [min(1.0, len(primary) * min(c.p(CONTRADICTED) for c in primary)) for primary in of]
    corrected = {word: holm(of_claims) for word, of_claims in p.items()}
    return {claim: {word for word in SIDES if corrected[word][n] <= LEVEL} for n, claim in enumerate(claims)}


def in_a_word(certain: set[str]) -> str:
    """The verdict where some are certain."""
    return next((word for word in SIDES if word in certain), INCONCLUSIVE)


def single_verdicts(comparisons: Sequence[Comparison], on_claims: Mapping[str, set[str]]) -> list[str]:
    """The verdict on each comparison, by Holm's method within its claim; on a claim's only contrast the claim's.

    ``NOTHING`` inside a claim that is not decided. The level shrinks with the share of claims that are.
    """
    words, decided = [NOTHING] * len(comparisons), [claim for claim, certain in on_claims.items() if certain]
    for claim in decided:
        inside = [n for n, c in enumerate(comparisons) if c.declared.claim == claim]
        alone = [n for n in inside if comparisons[n].primary and len(primary_of(comparisons, claim)) == 1]
        tested, level = [n for n in inside if n not in alone], LEVEL * len(decided) / len(on_claims)
        corrected = {word: holm([comparisons[n].p(word) for n in tested]) for word in SIDES}
        for place, n in enumerate(tested):
            words[n] = in_a_word({word for word in SIDES if corrected[word][place] <= level})
        for n in alone:
            words[n] = in_a_word(on_claims[claim])
    return words


def with_units(contrast: Contrast, unit: str, n: int) -> Contrast:
    """What a contrast would be with n of a unit in each data set."""

    def grown(part: Part) -> Part:
        k = n / part.units
        return part._replace(variance=part.variance / k, freedom=(part.freedom + 1) * k - 1, units=n)

    return Contrast(contrast.value, tuple(grown(part) if part.unit == unit else part for part in contrast.parts))


def units_needed(contrast: Contrast, unit: str, bound: float, side: int, alpha: float) -> int | None:
    """The fewest units (of ``COUNTS``) with which D, were it the truth, is certain at ``alpha`` in 80 % of runs."""

    def enough(n: int) -> bool:
        more = with_units(contrast, unit, n)
        return bool(side * (contrast.value - bound) >= (more.critical(alpha) + POWER) * more.variance**0.5)

    place = bisect_left(COUNTS, True, key=enough)
    return COUNTS[place] if place < len(COUNTS) else None


def needed(primary: Sequence[Comparison], alpha: float) -> str:
    """How many runs decide a claim, one way or the other, in 80 % of repetitions; or why that cannot be said."""
    contrasts = [c.contrast for c in primary if c.contrast and c.contrast.estimate().low is not None]
    if len(contrasts) < len(primary):
        return "not tested: " + next((c.why for c in primary if c.why), "no spread")
    first, then = next(units for units in UNITS if units[0] in {part.unit for part in contrasts[0].parts})
    many = [with_units(contrast, first, MANY) for contrast in contrasts]
    for given, unit, suffix in ((contrasts, first, ""), (contrasts, then, ""), (many, then, f" and {MANY} {first}")):
        pro, contra = (
            [units_needed(d, unit, c.bound(word), SIDES[word], level) for d, c in zip(given, primary, strict=True)]
            for word, level in ((SUPPORTED, alpha), (CONTRADICTED, alpha / len(primary)))
        )
        enough = [n for n in ([max(pro)] if all(pro) else []) + contra if n and (unit == then or n <= MANY)]
        if enough:
            return f"it would take {min(enough):,} {unit}{suffix}"
    return f"more than {MANY} {first} would not do"


def verdict_table(
    id: str,
    claims: Mapping[str, str],
    of: Sequence[Comparison],
    about: Mapping[str, Mapping],
    notes: list[str],
    artefacts: Sequence[dict] = (),
) -> Table:
    """A-V and B-V: a line a comparison, the primary contrasts of a claim first, with the verdict on the claim.

    Args:
        claims: what each says.
        of: the comparisons.
        about: by study, where its results are from: ``title``, ``data``, ``source`` and ``profile``.
        artefacts: see `snnlib.report.table.Table`.
    """
    on_claims, remarks, lines = verdicts(list(claims), of), {}, []
    for claim, certain in on_claims.items():
        primary = primary_of(of, claim)
        small = f"smaller than {primary[0].declared.delta:g}" if len(certain) > 1 else ""
        remarks[claim] = small if certain else needed(primary, LEVEL / len(claims))
    for c, word in zip(of, single_verdicts(of, on_claims), strict=True):
        d, p = c.declared, {side: c.p(side) for side in SIDES}
        e = c.contrast.estimate() if c.contrast else Estimate(None)
        where = [about[study] | {"study": study} for study in c.studies]
        line = {name: ", ".join(dict.fromkeys(one[name] for one in where)) for name in _WHERE}
        line |= {"claim": d.claim, "comparison": c.text, "primary": c.primary, "margin": d.margin, "delta": d.delta}
        line |= {"value": e.value, "low": e.low, "high": e.high, "p": min(p.values())}
        line |= {f"p_{side}": p[side] for side in SIDES} | {"difference_published": c.published, "verdict": word}
        line |= {"verdict_on_claim": in_a_word(on_claims[d.claim]), "remark_on_claim": remarks[d.claim]}
        published = NOTHING if np.isnan(c.published) else format(Estimate(c.published), d.form)
        lines.append(line | {"difference": c.why or format(e, d.form), "published": published})
    order = {"by": ["claim", "primary"], "ascending": [True, False], "kind": "stable", "ignore_index": True}
    rows = pd.DataFrame(lines).sort_values(**order)
    shown = rows[["comparison", "title", "difference", "published", "p_supported", "p_contradicted", "verdict"]]
    shown = shown.rename(columns={"title": "data", "p_supported": "p for", "p_contradicted": "p against"})
    shown[["p for", "p against"]] = shown[["p for", "p against"]].map(p_value)
    shown.insert(0, "on the claim", rows["verdict_on_claim"] + rows["remark_on_claim"].map(lambda r: r and f"; {r}"))
    shown.insert(0, "claim", rows["claim"] + ": " + rows["claim"].map(claims))
    shown = shown_once(shown, ["claim", "on the claim"]).set_index("claim")
    return Table(id, rows.drop(columns=["title", "difference", "published"]), shown, notes, artefacts=[*artefacts])


def p_value(p: float) -> str:
    """A p-value as text; below a millionth it would rest on the far tail of a distribution, which no sample shows."""
    return "< 1e-06" if p < 1e-6 else f"{p:.2g}"
