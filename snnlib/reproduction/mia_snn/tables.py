"""Tables B-T1 to B-T6 of paper B: membership inference."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from ...membership import ATTACKS
from ...metrics.estimate import Estimate
from ...metrics.membership import FEWEST, scores_over_pairs
from ...metrics.runs import mean_over_runs
from ...report.table import Table, estimate_of, pivot, printed_number, values
from ..provenance import provenance, row
from .plan import DROPOUT, PLAIN
from .published import printed_attack, published_accuracy, published_attack
from .results import Accuracies, MembershipResults, artefacts
from .study import NETWORKS, Model, model_name

FPR = {0.001: "0.1 %", 0.01: "1 %"}
METRICS = {"auc": "AUC"} | {f"tpr_at_{text}": f"TPR at FPR {text}" for text in FPR.values()}
Results = Mapping[str, MembershipResults]


def membership_estimates(
    results: MembershipResults, model: Model, attack: str, query: str = PLAIN, references: Model | None = None
) -> dict[str, Estimate]:
    """AUC and TPRs of one attack, mean over a model's networks, with references of the same model or another one."""
    scores, members = zip(*((of.scores(attack), of.members) for of in results.targets(model, query, references)))
    measured = scores_over_pairs(scores, members, tuple(FPR))
    return {"auc": measured.auc} | {f"tpr_at_{text}": measured.tpr_at_fpr[fpr] for fpr, text in FPR.items()}


def percent(line: Mapping) -> str:
    """The estimate of a row in percent."""
    return estimate_of(line).text(percent=True, digits=1)


NOTES = {  # what only one table says
    "B-T3": "† An error of the printed paper: its table 3 repeats for the ANN ResNet18's values in table 2, digit for "
    "digit. No VGG-16 value of the ANN is known; these are not compared with ours.",
    "B-T4": "The references are ANNs of the same kind, before their conversion.",
    "B-T5": "Direct training is not among the released code. The published AUC of RMIA on CIFAR-100 (59.62) lies 18 "
    "points below that of the converted network (77.57, B-T2), against the paper's text. Where B-T2's attacks have "
    "more references, B-V compares both kinds of networks with as many.",
}


def membership_table(id: str, results: Results, profile: str) -> Table:
    """B-T2 to B-T5: ours and the published values for each data set, model and attack, without and with dropout."""
    of, (references, attacks) = [], ("ann", ("R", "RMIA")) if id == "B-T4" else (None, ATTACKS)  # P takes no references
    metrics, rows = ("auc",) if id == "B-T3" else METRICS, []
    for r in results.values():
        models = {"B-T4": r.study.reported, "B-T5": ("direct",)}.get(id, (*r.study.reported, "ann"))
        of += artefacts(r, models, references)
        for model, attack, query in product(models, attacks, (PLAIN, DROPOUT)):
            estimates = membership_estimates(r, model, attack, query, references)
            keys = {"network": r.study.network, "model": str(model), "attack": attack, "dropout": query == DROPOUT}
            for metric in metrics:
                how = (r.study, model, attack, query, references, metric)
                numbers = values(estimates[metric], published_attack(*how)) | {"printed": printed_attack(*how)}
                rows.append(row(r, profile, r.study.networks(model), **keys, metric=metric) | numbers)
    frame = pd.DataFrame(rows)
    unmeasured = [metric for metric in metrics if frame.loc[frame["metric"] == metric, "value"].isna().all()]
    column = frame["metric"].map(METRICS) + frame["dropout"].map({False: "", True: ", dropout"})
    cells = named(frame, results).assign(column=column)[~frame["metric"].isin(unmeasured)]
    shown = pivot(cells, ("data", "model", "attack"), "column", {"ours": percent, "published": _as_printed})
    notes = _notes(id, results, profile, unmeasured)
    return Table(id, frame.drop(columns="printed"), shown, notes, artefacts=of)


def named(rows: pd.DataFrame, results: Mapping[str, MembershipResults | Accuracies]) -> pd.DataFrame:
    """The rows, with data, networks and models called as people call them."""
    titles = {r.info["dataset"]: r.info["title"] for r in results.values()}
    names = {str(model): model_name(model) for r in results.values() for model in ("ann", "direct", *r.study.hybrid)}
    columns = {"data": titles, "network": NETWORKS, "model": names}
    return rows.assign(**{column: rows[column].map(called) for column, called in columns.items()})


def _as_printed(line: Mapping) -> str:
    """The published value in percent, marked where it is compared with nothing."""
    unused = pd.notna(line["printed"]) and pd.isna(line["published"])
    return printed_number(100 * line["printed"]) + (" †" if unused else "")


def formula_table(id: str) -> Table:
    """B-T1: the attacks as formulas; p is the probability of the true label, logits averaged over T."""
    columns = ("attack", "score of point x against target θ", "references", "values it takes")
    formulas = (
        ("P", "p(x|θ)", "none", "any number"),
        ("R", "share of references with p(x|θ) ≥ p(x|ref)", "any number R", "R + 1 different ones"),
        ("RMIA", "p(x|θ) / mean over references of p(x|ref)", "any number R", "any number"),
    )
    rows = pd.DataFrame(formulas, columns=columns)
    note = "Formulas as released with paper B; a higher score means: more likely a member. No number is measured here."
    return Table(id, rows, rows.set_index("attack"), [note])


def _notes(id: str, results: Results, profile: str, unmeasured: list[str]) -> list[str]:
    notes = [
        provenance(results.values(), profile),
        "Percent. Ours: mean over all networks of a model, each the target once, half of the points its members; 95 % "
        "intervals over pairs of networks and over points. Published: one target, no interval.",
    ]
    for r in results.values():
        size, count = " x ".join(map(str, r.info["shape"][:2])), r.study.networks("direct" if id == "B-T5" else "ann")
        notes.append(
            f"{r.info['title']}: {NETWORKS[r.study.network]} of width {r.study.width}, images {size}; {count} networks "
            f"in pairs, so {count - 2} references for each. Input dropout: {r.study.copies} copies, drop probability "
            f"{r.study.probability}, one mask for all time steps."
        )
    if id != "B-T3":  # which has AUCs only
        notes.append(
            f"A TPR at FPR 0.1 % is given for at least {FEWEST * 1000:,} non-members, at 1 % for {FEWEST * 100}. With "
            "few false positives it is optimistic. Attack-R's is 0 wherever more non-members than the FPR allows reach "
            "its highest value."
        )
    if unmeasured:
        names = " and ".join(METRICS[metric] for metric in unmeasured)
        notes.append(f"{names}: not shown, every pool is too small for it; published values are in the CSV file.")
    notes += [NOTES[id]] if id in NOTES else []
    notes += [f"Not published, ours: {text}." for r in results.values() for text in r.study.ours]
    notes += [f"Not as published: {text}." for r in results.values() for text in r.study.deviations]
    return list(dict.fromkeys(notes))


def accuracy_table(id: str, results: Mapping[str, Accuracies], profile: str) -> Table:
    """B-T6: accuracy on members and non-members, mean over a model's networks, published beside it."""
    rows, of = [], []
    for r in results.values():
        where = {"study": r.study.dataset, "network": r.study.network}
        of += [where | {"model": str(by[0]), "key": key} for by, key in r.keys.items() if by != "data"]
        for model in (*r.study.hybrid, *(("direct",) if r.study.direct else ()), "ann"):
            keys = {"network": r.study.network, "model": str(model)}
            published = published_accuracy(r.study, model)
            for part, shares, printed in (("test", r.test, published), ("train", r.train, np.nan)):
                estimate = mean_over_runs(shares[model].reshape(-1, 2).mean(1), (0, 1))
                about = row(r, profile, len(shares[model]), **keys, metric=f"{part}_accuracy")
                rows.append(about | values(estimate, printed))
    frame = pd.DataFrame(rows)
    cells = named(frame, results).assign(column=frame["metric"].str.replace("_", " "))
    shown = pivot(cells, ("data", "network", "model"), "column", percent)
    published = frame.loc[frame["metric"] == "test_accuracy", "published"]
    shown["test accuracy, published"] = [printed_number(100 * share, 1) for share in published]
    classes = {r.info["title"]: r.info["classes"] for r in results.values()}
    chance = (f"{100 / n:.1f} on {title} ({n} classes)" for title, n in classes.items())
    notes = [
        provenance(results.values(), profile),
        "Percent. Ours: mean over networks in complementary pairs, each trained on another half of the pool; 95 % "
        "intervals over the pairs, on the same pool. Test set: the other half. Published: one network.",
        f"Chance: {', '.join(chance)}.",
    ]
    return Table(id, frame, shown, notes, artefacts=of)
