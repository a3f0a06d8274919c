"""Tables of paper B: membership inference."""

import numpy as np
import pandas as pd

from .. import membership, published
from ..metrics import FEWEST, Estimate, membership_scores, share_over_seeds
from ..plan import name
from ..results import Accuracies, MembershipResults
from .table import Table, number, printed_number, provenance, row, values

FPR = {0.001: "0.1 %", 0.01: "1 %"}
METRICS = {"auc": "AUC"} | {f"tpr_at_{text}": f"TPR at FPR {text}" for text in FPR.values()}


def membership_estimates(
    results: MembershipResults, model: str | int, attack: str, dropout: bool, references: str | int | None = None
) -> dict[str, Estimate]:
    """AUC and TPRs of one attack on the target, with references of its own model or another one."""
    scores = membership.ATTACKS[attack](*signals(results, model, dropout, references))
    found = membership_scores(scores, results.members[0], tuple(FPR))
    return {"auc": found.auc} | {f"tpr_at_{text}": found.tpr_at_fpr[fpr] for fpr, text in FPR.items()}


def signals(
    results: MembershipResults, model: str | int, dropout: bool, references: str | int | None = None, target: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities ``[N]`` of a target and ``[R, N]`` of its references; probabilities of copies averaged.

    Args:
        results: of `snnlib.results.membership_results`.
        model: the target: ``"ann"`` or T.
        dropout: whether masked copies are asked about instead of the plain images.
        references: their model, if it is not the target's.
        target: which network is the target. Any but 0 is one of a complementary pair; the other one
            would give its membership away and is left out.
    """
    other = model if references is None else references
    complement = None if target == 0 else target + 1 if target % 2 else target - 1
    indices = [i for i in range(1 + results.study.references) if i not in (target, complement)]
    own = membership.log_mean(results.log_p[model, target, dropout])
    return own, np.stack([membership.log_mean(results.log_p[other, i, dropout]) for i in indices])


def membership_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-T2: every model and attack, references of the target's own model."""
    models = (*results.study.reported, "ann")
    return _attack_table(id, results, profile, models, tuple(membership.ATTACKS), references=None)


def transfer_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-T4: SNN targets attacked with the help of ANN references; Attack-P takes no references."""
    return _attack_table(id, results, profile, results.study.reported, ("R", "RMIA"), references="ann")


def _attack_table(
    id: str,
    results: MembershipResults,
    profile: str,
    models: tuple[str | int, ...],
    attacks: tuple[str, ...],
    references: str | int | None,
) -> Table:
    """One row of ours and one of the published values for each model and attack, without and with dropout."""
    rows, shown = [], []
    for model in models:
        for attack in attacks:
            line, paper = {}, {}
            for dropout in (False, True):
                for metric, estimate in membership_estimates(results, model, attack, dropout, references).items():
                    printed = _published_attack(int(id[-1]), results.study.dataset, model, attack, dropout, metric)
                    title = METRICS[metric] + (", dropout" if dropout else "")
                    line[title], paper[title] = number(estimate, percent=True, digits=1), printed_number(printed)
                    keys = {"model": str(model), "attack": attack, "dropout": dropout, "metric": metric}
                    fraction = None if printed is None else printed / 100
                    rows.append(row(results, profile, 1, **keys) | values(estimate, fraction))
            shown += [{"model": name(model), "attack": attack, "": "ours"} | line]
            shown += [{"model": "", "attack": "", "": "published"} | paper]
    table = pd.DataFrame(shown).set_index(["model", "attack", ""])
    return Table(id, pd.DataFrame(rows), table, _notes(results, profile, references))


def _published_attack(
    table: int, dataset: str, model: str | int, attack: str, dropout: bool, metric: str
) -> float | None:
    column = {"auc": "auc", "tpr_at_0.1 %": "tpr_at_0.1pct_fpr", "tpr_at_1 %": "tpr_at_1pct_fpr"}[metric]
    train, steps = ("ann", None) if model == "ann" else ("hybrid", model)
    keys = {"table": table, "dataset": dataset, "train": train, "T": steps}
    return published.value("membership", column, attack=attack, dropout="yes" if dropout else "no", **keys)


def formula_table(id: str) -> Table:
    """B-T1: the attacks as formulas; p is the probability of the true label, logits averaged over T."""
    shown = pd.DataFrame(
        [
            ("P", "p(x|θ)", "none", "any number"),
            ("R", "share of references with p(x|θ) ≥ p(x|ref)", "any number R", "R + 1 different ones"),
            ("RMIA", "p(x|θ) / mean over references of p(x|ref)", "any number R", "any number"),
        ],
        columns=["attack", "score of point x against target θ", "references", "values it takes"],
    ).set_index("attack")
    notes = [
        "Formulas as released with paper B; a higher score means: more likely a member. No number is measured here."
    ]
    return Table(id, shown.reset_index(), shown, notes)


def _notes(results: MembershipResults, profile: str, references: str | int | None) -> list[str]:
    study, n = results.study, results.members.shape[1]
    return [
        provenance(results.info, profile, study.dataset),
        f"Percent. Ours: one target, {study.references} references in complementary pairs, {n} points, half of them "
        "members; 95 % intervals from resampling members and non-members. Published: one run, no interval.",
        f"ResNet18 of width {study.width}, images {' x '.join(map(str, results.info['shape'][:2]))}. Input dropout: "
        f"{study.dropout['copies']} copies, drop probability {study.dropout['probability']}, one mask for all time "
        "steps, the same masks for every network.",
        f"Attack-R takes {study.references + 1} values only: its TPR is 0 wherever more non-members than the FPR "
        "allows reach its highest value.",
        f"A TPR at FPR 0.1 % is given for at least {FEWEST * 1000:,} non-members, at 1 % for {FEWEST * 100}; here are "
        f"{(~results.members[0]).sum()}. With few false positives it is optimistic, its interval covers about 90 %.",
        *(["The references are ANNs of the same kind, before their conversion."] if references else []),
        *(f"Not published, ours: {text}." for text in study.ours),
        *(f"Not as published: {text}." for text in study.deviations),
    ]


def accuracy_table(id: str, results: Accuracies, profile: str) -> Table:
    """B-T6: accuracy on members and non-members, mean over target and references, published beside it."""
    rows, shown = [], []
    networks = range(1 + results.study.references)
    for model in (*results.study.hybrid, "ann"):
        line = {"model": name(model)}
        train, steps = ("ann", None) if model == "ann" else ("hybrid", model)
        printed = published.value("accuracy", "test_accuracy_pct", dataset=results.study.dataset, train=train, T=steps)
        for part, of in (("test", results.test), ("train", results.train)):
            estimate = share_over_seeds(
                np.array([of[model, index] for index in networks]), results.info["sizes"]["pool"] // 2, shared=True
            )
            line[f"{part} accuracy"] = number(estimate, percent=True, digits=1)
            fraction = printed / 100 if part == "test" and printed is not None else None
            keys = {"model": str(model), "metric": f"{part}_accuracy"}
            rows.append(row(results, profile, len(networks), **keys) | values(estimate, fraction))
        line["test accuracy, published"] = printed_number(printed, 1)
        shown.append(line)
    notes = [
        provenance(results.info, profile, results.study.dataset),
        f"Percent. Ours: mean over {len(networks)} networks, each trained on another half of the pool; 95 % "
        "intervals over networks and points (Korn-Graubard). Test set: the other half. Published: one network.",
    ]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index("model"), notes)
