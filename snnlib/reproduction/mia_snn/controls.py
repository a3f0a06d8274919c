"""Supplementary tables of paper B: other kinds of as many queries, and how dropout is tuned."""

from itertools import product

import pandas as pd

from ...membership import ATTACKS
from ...metrics.contrasts import Contrast
from ...metrics.runs import holm
from ...report.table import Table, pivot, values
from ..provenance import provenance, row
from .plan import DROPOUT, PLAIN, tuning_query
from .results import MembershipResults, artefacts, influences, over_networks
from .study import Model
from .tables import named, percent

TITLES = {
    "plain": "the point alone",
    "dropout": "dropout, one mask",
    "released": "dropout as released",
    "flips": "with its mirror image",
    "shifts": "shifts",
    "noise": "Gaussian noise",
}
METRICS = {"auc": None, "gain": PLAIN, "minus_dropout": DROPOUT}  # and the query whose AUC is taken away


def control_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-ST1: what several queries gain, whatever they are: dropout beside the study's other kinds."""
    study, rows = results.study, []
    queries = [query for query in TITLES if query in (PLAIN, DROPOUT, *study.controls)]
    for model, attack in product(study.controlled, ATTACKS):
        asked = {query: influences(results.targets(model, query), attack) for query in queries}
        for query, metric in product(queries, METRICS):
            keys = {"network": study.network, "model": str(model), "attack": attack, "query": query}
            about = row(results, profile, study.networks(model), **keys, metric=metric)
            if not (beside := METRICS[metric]):
                rows.append(about | values(over_networks(asked[query]).share(), None))
            elif query not in (PLAIN, beside):
                gain = over_networks(asked[query] - asked[beside])
                p = min(1.0, 2 * gain.p(0, 1), 2 * gain.p(0, -1))
                rows.append(about | values(gain.estimate(), None) | {"p": p})
    frame = pd.DataFrame(rows)
    tested = frame["p"].dropna()
    frame["p_holm"] = pd.Series(holm(tested), tested.index)
    cells = named(frame, {"": results}).assign(metric=frame["metric"].replace("auc", "AUC").str.replace("_", " "))
    cells["column"] = frame["query"].map(TITLES)
    shown = pivot(
        cells, ("model", "attack", "metric"), "column", lambda r: percent(r) + (" *" if r["p_holm"] < 0.05 else "")
    )
    how = study.controls
    shifts = f"Shifts: up to {how['shifts']['pixels']} pixels either way, edges repeated. " if "shifts" in how else ""
    notes = [
        provenance([results], profile),
        "Not in the paper. Percent, mean over all networks of a model as targets; 95 % intervals over pairs of "
        f"networks and over points. {study.networks('ann') - 2} references, asked in the same way as the target. Gain: "
        "AUC minus that of the point alone; minus dropout: minus that of dropout with one mask. Both are paired; *: "
        "significant at 5 % after Holm's correction over this table.",
        f"Probabilities are averaged over {study.copies} copies; with its mirror image: 2 queries, more would repeat "
        f"them. Dropout: probability {study.probability}. {shifts}Noise: s.d. {how['noise']['sd']} of the range of a "
        "pixel, cut off at black and white.",
        "One mask: of whole pixels, the same at all time steps and for all networks. As released: each channel, time "
        "step and network has masks of its own; nobody outside the network can mask one time step.",
    ]
    shown = shown.rename_axis(index=["model", "attack", ""])
    return Table(id, frame, shown, notes, artefacts=artefacts(results, study.controlled))


def tuning_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-ST2: what dropout gains when each reference is attacked with the others, its complement left out."""
    study, rows = results.study, []
    for model, p, copies in product(*(study.tuning[name] for name in ("models", "probabilities", "copies"))):
        keys = {"network": study.network, "model": str(model), "attack": "RMIA", "metric": "gain"}
        gain, runs = tuning_gain(results, model, p, copies)
        rows.append(row(results, profile, runs, **keys, probability=p, copies=copies) | values(gain.estimate(), None))
    frame = pd.DataFrame(rows)
    cells = named(frame, {"": results}).rename(columns={"probability": "drop probability"})
    cells["column"] = [f"{n} copies" if n > 1 else "1 copy" for n in frame["copies"]]
    best = max(rows, key=lambda line: line["value"])
    notes = [
        provenance([results], profile),
        "Percent: AUC of RMIA with dropout minus without, mean over the references of network 1 as targets; 95 % "
        "intervals over their pairs and over points. Each is attacked with those of the other pairs. Network 1 and its "
        "complement take no part: an attacker tunes on what is his own.",
        f"Largest gain: probability {best['probability']:g}, number of copies {best['copies']}. All tables use the "
        f"released {study.probability} with {study.copies} copies (code: 30); the paper does not give the values that "
        "its tuning found.",
    ]
    shown = pivot(cells, ("model", "drop probability"), "column", percent)
    return Table(id, frame, shown, notes, artefacts=artefacts(results, study.tuning["models"], first=2))


def tuning_gain(results: MembershipResults, model: Model, p: float, copies: int) -> tuple[Contrast, int]:
    """What dropout gains in AUC of RMIA, mean over the references of network 0; and how many they are."""
    plain = results.signals[model, PLAIN].part(networks=slice(2, None))
    networks = range(len(plain.z))
    dropout = results.signals[model, tuning_query(results.study, p)].part(slice(-len(networks), None), slice(copies))
    one, other = (influences([signals.of(k) for k in networks], "RMIA") for signals in (dropout, plain))
    return over_networks(one - other), len(networks)
