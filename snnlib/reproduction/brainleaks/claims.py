"""Verdicts on paper A's claims, from contrasts that were declared before the runs that they judge.

A contrast is a difference between rows of the tables, over targets and the scorers that judge them. How it becomes a
verdict: see `snnlib.report.verdict`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...datasets.catalogue import dataset
from ...errors import SettingError
from ...metrics.contrasts import over_targets
from ...report.table import Table
from ...report.verdict import NOTE, Declared, compared, verdict_table
from ..items import INVERSION
from ..provenance import origin, provenance
from .estimates import draw_spread, recognition
from .published import published, published_over_draws
from .results import InversionResults

CLAIMS = {
    "A1": "inversion works on SNNs: AA is above that of random spikes",
    "A2": "SNNs are not inherently private: under common scorers, the better attack's AA is not lower than the ANN's",
    "A3": "BrainLeaks-v2 beats v1 on event data",
    "A4": "event data leak less than static data",
    "A5": "BrainLeaks-v2's penalty and clamp give sparser samples",
    "A6": "BrainLeaks-v2 is stable under resampling: s.d. of AA below 0.1",
}
SNN_ATTACKS = {"v1": "brainleaks_v1", "v2": "brainleaks_v2"}
RANDOM = {"v1": "random_spikes", "v2": "random_spikes_v2"}  # the same values at random places


@dataclass(frozen=True)
class AA:
    """How surely the samples of a row are recognised by a kind of scorers."""

    row: str
    kind: str = "snn"

    def values(self, results: InversionResults) -> np.ndarray:
        """``[targets, scorers, C]``"""
        return recognition(results, self.row, self.kind)

    def published(self, results: InversionResults) -> float:
        known = published(results.study.dataset, self.row, "attack_accuracy") if self.kind == "snn" else None
        return np.nan if known is None else known


class Better(AA):
    """The same of the SNN attack whose samples the targets are surer of: an attacker chooses so, without scorers."""

    def values(self, results: InversionResults) -> np.ndarray:
        def confidence(row: str) -> float:
            return np.mean([results.final[row, k] for k in results.study.seeds])

        return recognition(results, max(SNN_ATTACKS.values(), key=confidence), self.kind)


@dataclass(frozen=True)
class LogRate:
    """Logarithm of the mean spike rate of all samples of a row."""

    row: str

    def values(self, results: InversionResults) -> np.ndarray:
        """``[targets]``"""
        with np.errstate(divide="ignore"):
            return np.log([results.samples[self.row, k].mean() for k in results.study.seeds])

    def published(self, results: InversionResults) -> float:
        return np.nan


class Spread(AA):
    """Standard deviation of AA over draws of the spikes."""

    def values(self, results: InversionResults) -> np.ndarray:
        """``[targets, scorers]``"""
        spread = draw_spread(results, self.row)
        if spread is None:
            raise SettingError("One draw has no spread.", "Choose several draws.")
        return spread

    def published(self, results: InversionResults) -> float:
        known = published_over_draws(results.study.dataset, "attack_accuracy")[1]
        return np.nan if known is None else known


_V1, _V2 = (AA(row) for row in SNN_ATTACKS.values())
DECLARED = (
    *(
        Declared(
            "A1", f"AA of v1 and v2 - of their spikes at random places, {dataset(data).title}",
            "the claim is on all data; the same values at random places are more often recognised than chance",
            {f"AA of {name} - of its spikes at random places": {AA(SNN_ATTACKS[name]): 1, AA(RANDOM[name]): -1}
             for name in SNN_ATTACKS},
            (data,), delta=0.05,
        )
        for data in INVERSION
    ),
    Declared(
        "A2", "AA of the attack of higher target confidence - of Fredrikson on the ANN, common scorers",
        "an attacker chooses by confidence, without scorers; one class in ten is no loss worth the name",
        {"AA of the surer attack - of Fredrikson": {Better("", "common"): 1, AA("fredrikson", "common"): -1}},
        INVERSION, delta=-0.1, margin=0.1,
    ),
    Declared(
        "A3", "AA of v2 - of v1, event data", "where the paper sees a clear difference",
        {"AA of v2 - of v1": {_V2: 1, _V1: -1}}, ("nmnist", "dvsgesture"), delta=0.05,
    ),
    Declared(
        "A4", "AA of v1 and v2 on MNIST - on N-MNIST", "the same digits, recorded and not",
        {"AA of v1 on MNIST - on N-MNIST": {_V1: 1}, "AA of v2 on MNIST - on N-MNIST": {_V2: 1}},
        ("mnist",), minus="nmnist", delta=0.05,
    ),
    Declared(
        "A5", "log of the spike rate, v1 - v2, all samples", "what both attacks return, good or bad; 5 % are few",
        {"log of the spike rate, v1 - v2": {LogRate(SNN_ATTACKS["v1"]): 1, LogRate(SNN_ATTACKS["v2"]): -1}},
        INVERSION, delta=float(np.log(1.05)), form=".3f",
    ),
    Declared(
        "A6", "0.1 - s.d. of v2's AA over draws", "ten classes: with more the s.d. cannot be large",
        {"0.1 - s.d. of v2's AA over draws": {None: 0.1, Spread(SNN_ATTACKS["v2"]): -1}},
        tuple(data for data in INVERSION if data != "att_faces"), delta=0.0, form=".3f",
    ),
)  # fmt: skip


def inversion_verdicts(id: str, results: Mapping[str, InversionResults], profile: str) -> Table:
    """A-V: the contrasts behind the claims on paper A, with a verdict on each claim."""
    about = {study: {"title": r.info["title"]} | origin(r.info, profile) for study, r in results.items()}
    notes = [
        provenance(results.values(), profile),
        "Differences with 95 % intervals over targets and scorers (A5: over targets), for AA no narrower than single "
        "samples allow. First the contrasts that a claim rests on, means of the data sets; then single comparisons. "
        "Published: the same difference of the paper's values. A2's margin: one class in ten, our choice.",
        NOTE,
    ]
    of = [
        {"study": data, "key": key}
        for data, r in results.items()
        for key in dict.fromkeys(r.keys.get("scores", {}).values())
    ]
    return verdict_table(id, CLAIMS, list(compared(DECLARED, results, over_targets)), about, notes, of)
