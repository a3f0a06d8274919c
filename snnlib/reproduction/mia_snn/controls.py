"""Supplementary tables of paper B: other ways of asking as many questions, and how dropout is tuned."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...membership import ATTACKS, complement, log_mean, rmia
from ...metrics.estimate import Estimate
from ...metrics.membership import auc_difference, mean_auc_difference
from ...metrics.runs import holm
from ...report.table import Table, values
from ..provenance import provenance, row
from .plan import DROPOUT, PLAIN, model_name, tried
from .results import MembershipResults
from .tables import membership_estimates, signals

TITLES = {
    "plain": "the point alone",
    "dropout": "dropout, one mask",
    "a mask per step": "dropout, a mask per step",
    "flips": "with its mirror image",
    "shifts": "shifts",
    "noise": "Gaussian noise",
}
NOTHING = "—"


def control_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-ST1: what several queries gain, whatever they are: dropout beside flips, shifts and noise."""
    study, found = results.study, []
    for model in study.controlled:
        for attack in ATTACKS:
            found += list(_gains(results, model, attack))
    corrected = iter(holm(np.array([p for *_, p in found if p is not None])))
    rows, lines = [], {}
    for model, attack, way, estimate, gain, _ in found:
        keys = {"network": study.network, "model": str(model), "attack": attack, "way": way}
        rows.append(row(results, profile, 1, **keys, metric="auc") | values(estimate, None))
        lines.setdefault((model_name(model), attack, "AUC"), {})[TITLES[way]] = estimate.text(percent=True, digits=1)
        if gain is not None:
            certain = next(corrected) < 0.05
            rows.append(row(results, profile, 1, **keys, metric="gain") | values(gain, None))
            text = gain.text(percent=True, digits=1) + (" *" if certain else "")
            lines.setdefault((model_name(model), attack, "gain"), {})[TITLES[way]] = text
    shown = pd.DataFrame(
        [dict(zip(("model", "attack", ""), key)) | line for key, line in lines.items()],
        columns=["model", "attack", "", *TITLES.values()],
    ).fillna(NOTHING)
    return Table(id, pd.DataFrame(rows), shown.set_index(["model", "attack", ""]), _control_notes(results, profile))


def _gains(
    results: MembershipResults, model: str | int, attack: str
) -> Iterator[tuple[str | int, str, str, Estimate, Estimate | None, float | None]]:
    """For each way of asking: AUC, and its difference to the plain points with a p-value."""
    plain = ATTACKS[attack](*signals(results, model))
    for way in (w for w in TITLES if (model, 0, w) in results.log_p):
        gain, p = None, None
        if way != PLAIN:
            scores = ATTACKS[attack](*signals(results, model, way))
            gain, p = auc_difference(scores, plain, results.members[0])
        yield model, attack, way, membership_estimates(results, model, attack, way)["auc"], gain, p


def _control_notes(results: MembershipResults, profile: str) -> list[str]:
    study, how = results.study, results.study.controls
    return [
        provenance(results.info, profile, study.dataset),
        f"Not in the paper. Percent; 95 % intervals from resampling members and non-members. {study.references} "
        "references, asked in the same way as the target. Gain: AUC minus that of the point alone, paired; *: a "
        "gain or a loss beyond resampling of points, after Holm's correction over this table, for this target only: "
        "another target may differ.",
        f"Probabilities are averaged over {study.dropout['copies']} copies; with its mirror image: 2 questions, more "
        f"would repeat them. Dropout: probability {study.dropout['probability']}. Shifts: up to "
        f"{how['shifts']['pixels']} pixels either way, edges repeated. Noise: s.d. {how['noise']['sd']} of the range "
        "of a pixel, cut off at black and white.",
        "A mask per step, as in the released code, cannot be had by somebody who submits one image; at T = 1 and for "
        "an ANN it is the same as one mask.",
    ]


def tuning_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-ST2: what dropout gains when each reference is attacked with the others, its complement left out."""
    study, rows, shown = results.study, [], []
    for model in study.tuning["models"]:
        for p in study.tuning["probabilities"]:
            line = {"model": model_name(model), "drop probability": f"{p:g}"}
            for copies in study.tuning["copies"]:
                gain, _ = _tuned(results, model, p, copies)
                line[f"{copies} copies" if copies > 1 else "1 copy"] = gain.text(percent=True, digits=1)
                keys = {"network": study.network, "model": str(model), "attack": "RMIA", "metric": "gain"}
                keys |= {"probability": p, "copies": copies}
                rows.append(row(results, profile, study.references, **keys) | values(gain, None))
            shown.append(line)
    best = max(rows, key=lambda r: r["value"])
    notes = [
        provenance(results.info, profile, study.dataset),
        "Percent: AUC of RMIA with dropout minus without, mean over the references as targets; 95 % intervals from "
        "resampling points. Each is attacked with the references of the other pairs: its complement would give its "
        "membership away, and the real target takes no part.",
        f"Largest gain: probability {best['probability']:g}, number of copies {best['copies']}. All "
        f"tables use the released {study.dropout['probability']} with {study.dropout['copies']} copies (code: 30); the "
        "paper does not give the values that its tuning found.",
    ]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index(["model", "drop probability"]), notes)


def _tuned(results: MembershipResults, model: str | int, p: float, copies: int) -> tuple[Estimate, float]:
    references = [i for i in results.targets(model) if i > 0]
    scores = {PLAIN: [], DROPOUT: []}
    for target in references:
        others = [i for i in references if i not in (target, complement(target))]
        for key, way, count in ((PLAIN, PLAIN, 1), (DROPOUT, tried(p), copies)):
            of = {i: log_mean(results.log_p[model, i, way][:count]) for i in (target, *others)}
            scores[key].append(rmia(of[target], np.stack([of[i] for i in others])))
    return mean_auc_difference(np.stack(scores[DROPOUT]), np.stack(scores[PLAIN]), results.members[references])
