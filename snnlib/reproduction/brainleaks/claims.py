"""Verdicts on paper A's claims, from comparisons over targets and scorers.

Every comparison is a difference that the claim says is above a margin: 0, or one of ours where the claim is that
something is not worse. How they become a verdict: see `snnlib.report.verdict`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from ...metrics.estimate import Estimate
from ...metrics.runs import difference_of_shares, holm, mean_over_runs
from ...report.table import Table, estimate_of, shown_once
from ...report.verdict import Tested, p_value, verdicts_by
from ..provenance import provenance
from .estimates import draw_spread, pixels_used, recognition, spike_rate
from .results import InversionResults
from .study import ACCEPTED

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
RANDOM = {"brainleaks_v1": "random_spikes", "brainleaks_v2": "random_spikes_v2"}  # the same values at random places
Results = Mapping[str, InversionResults]


@dataclass(frozen=True)
class Comparison(Tested):
    """A difference that a claim says is above ``-margin``; ``p`` is two-sided, for a difference of just that."""

    claim: str
    study: str
    text: str
    difference: Estimate
    p: float
    margin: float = 0.0

    @property
    def side(self) -> int:
        """1 if the difference is on the claimed side, else -1."""
        return 1 if self.difference.value > -self.margin else -1


def inversion_verdicts(id: str, results: Results, profile: str) -> Table:
    """A-V: every comparison behind the claims on paper A that the results allow, with a verdict on each claim."""
    rows = pd.DataFrame(_rows(results, profile))
    return Table(id, rows, _shown(rows, results), _notes(results, profile))


def _rows(results: Results, profile: str) -> Iterator[dict]:
    comparisons = [
        Comparison(claim, study, *comparison)
        for study, r in results.items()
        for compare in (_of_recognition, _of_samples)
        for claim, *comparison in compare(r, results)
    ]
    comparisons.sort(key=lambda c: c.claim)
    corrected = holm([c.p for c in comparisons])
    of_claim = verdicts_by(lambda c: c.claim, comparisons, corrected)
    for c, p in zip(comparisons, corrected, strict=True):
        info, difference = results[c.study].info, c.difference
        yield (
            {"study": c.study, "data": info["dataset"], "source": info["source"], "profile": profile}
            | {"claim": c.claim, "comparison": c.text, "margin": c.margin}
            | {"value": difference.value, "low": difference.low, "high": difference.high, "p": c.p, "p_holm": p}
            | {"verdict": c.verdict(p), "verdict_on_claim": of_claim[c.claim]}
        )


def _shown(rows: pd.DataFrame, results: Results) -> pd.DataFrame:
    """A line for each comparison; a claim and the verdict on it stand in the first of its lines only."""
    digits = rows["claim"].isin(("A5", "A6")).map({True: 3, False: 2})
    differences = [estimate_of(r | {"remark": ""}) for r in rows.to_dict("records")]
    shown = {
        "claim": rows["claim"] + ": " + rows["claim"].map(CLAIMS),
        "on the claim": rows["verdict_on_claim"],
        "data": rows["study"].map({study: r.info["title"] for study, r in results.items()}),
        "comparison": rows["comparison"],
        "difference": [d.text(digits=n) for d, n in zip(differences, digits, strict=True)],
        "p": rows["p"].map(p_value),
        "p (Holm)": rows["p_holm"].map(p_value),
        "verdict": rows["verdict"],
    }
    return shown_once(pd.DataFrame(shown), ["claim", "on the claim"]).set_index("claim")


def _notes(results: Results, profile: str) -> list[str]:
    return [provenance(r.info, profile) for r in results.values()] + [
        "Differences with 95 % intervals over targets and scorers (A5: over targets). For AA the variance is the "
        "larger of that over runs and that over single classes; t-tests. A margin says how far below 0 the difference "
        "may be: our choice. A2 chooses the better of two attacks: its p-values are doubled for that, its intervals "
        "are not wider. A5 compares the samples that both sides' targets take for their class (confidence of at least "
        f"{ACCEPTED}). A6 needs so few classes that the s.d. could be above {MARGIN}.",
        "A claim is supported if all of its comparisons hold at 5 %, corrected by Holm's method for the number of "
        "claims; contradicted if one is below its margin after Holm's correction over the whole table. The verdict in "
        "a row is that of the row alone, after the latter correction.",
    ]


def _shares(
    claim: str, text: str, one: np.ndarray, other: np.ndarray | float, margin: float = 0.0, paired: bool = True
) -> tuple[str, str, Estimate, float, float]:
    """A comparison of two shares of recognised samples; see `snnlib.metrics.runs.difference_of_shares`."""
    difference, _ = difference_of_shares(one, other, paired=paired)
    _, p = difference_of_shares(one + margin, other, paired=paired)
    return claim, text + (f", > -{margin}" if margin else ""), difference, p, margin


def _of_recognition(r: InversionResults, results: Results) -> Iterator[tuple]:
    """Comparisons of one data set, A1 to A4: claim, text, difference, p and margin."""
    own, common = ({n: recognition(r, attack, kind) for attack, n in NAMES.items()} for kind in ("snn", "common"))
    for attack, name in NAMES.items():
        yield _shares("A1", f"AA of {name} - chance", own[name], 1 / r.info["classes"])
        random = recognition(r, RANDOM[attack], "snn")
        yield _shares("A1", f"AA of {name} - of its spikes at random places", own[name], random)
    better = max(common, key=lambda name: common[name].mean())  # an attacker would choose it; so p is doubled
    what = f"AA of {better} (the better one) - of Fredrikson on the ANN, common scorers"
    *about, p, margin = _shares("A2", what, common[better], recognition(r, "fredrikson", "common"), MARGIN)
    yield *about, min(1.0, 2 * p), margin
    if r.study.frames:
        yield _shares("A3", "AA of v2 - of v1", own["v2"], own["v1"])
    elif r.study.dataset == "mnist":
        yield _shares("A3", "AA of v2 - of v1", own["v2"], own["v1"], MARGIN)
        yield _shares("A3", "AA of v1 - of v2", own["v1"], own["v2"], MARGIN)
    if "mnist" in results and r.study.frames:
        for (kind, who), (attack, name) in product((("snn", "own"), ("common", "common")), NAMES.items()):
            static, events = (recognition(of, attack, kind) for of in (results["mnist"], r))
            yield _shares("A4", f"AA of {name} on MNIST - here, {who} scorers", static, events, paired=False)


def _of_samples(r: InversionResults, _: Results) -> Iterator[tuple]:
    """Comparisons of one data set, A5 and A6: claim, text, difference and p."""
    for text, one, other, measure in (
        ("spike rate, v1 - v2", "brainleaks_v1", "brainleaks_v2", spike_rate),
        ("pixels used, v1 - v2", "brainleaks_v1", "brainleaks_v2", pixels_used),
        ("spike rate of v2, without - with the penalty", "v2_no_penalty", "brainleaks_v2", spike_rate),
    ):
        accepted = {k: (r.final[one, k] >= ACCEPTED) & (r.final[other, k] >= ACCEPTED) for k in r.study.seeds}
        if all(of_target.any() for of_target in accepted.values()):
            differences = [
                (measure(r.samples[one, k]) - measure(r.samples[other, k]))[of].mean() for k, of in accepted.items()
            ]
            counted = np.array(list(accepted.values()))
            yield "A5", f"{text}; {counted.sum()} of {counted.size} samples", *mean_over_runs(differences)
    spread = draw_spread(r, "brainleaks_v2")
    most = 0.5 / np.sqrt(r.info["classes"])  # of independent samples: with many classes it is always below 0.1
    if spread is not None and most > MARGIN:
        yield "A6", f"{MARGIN} - s.d. of v2's AA over draws", *mean_over_runs(MARGIN - spread)
