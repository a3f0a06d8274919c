"""Tables B-T1 to B-T6 of paper B: membership inference."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...membership import ATTACKS, complement, log_mean
from ...metrics.estimate import Estimate
from ...metrics.membership import FEWEST, membership_scores
from ...metrics.runs import share_over_seeds
from ...report.table import NOT_PUBLISHED, Table, printed_number, values
from ..provenance import provenance, row
from ..published import value
from .plan import DROPOUT, PLAIN, model_name
from .results import Accuracies, MembershipResults
from .study import NETWORKS, MembershipStudy

FPR = {0.001: "0.1 %", 0.01: "1 %"}
METRICS = {"auc": "AUC"} | {f"tpr_at_{text}": f"TPR at FPR {text}" for text in FPR.values()}
Results = Mapping[str, MembershipResults]


def membership_estimates(
    results: MembershipResults, model: str | int, attack: str, way: str = PLAIN, references: str | int | None = None
) -> dict[str, Estimate]:
    """AUC and TPRs of one attack on the target, with references of its own model or another one."""
    scores = ATTACKS[attack](*signals(results, model, way, references))
    found = membership_scores(scores, results.members[0], tuple(FPR))
    return {"auc": found.auc} | {f"tpr_at_{text}": found.tpr_at_fpr[fpr] for fpr, text in FPR.items()}


def signals(
    results: MembershipResults,
    model: str | int,
    way: str = PLAIN,
    references: str | int | None = None,
    target: int = 0,
    within: str | int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities ``[N]`` of a target and ``[R, N]`` of its references; probabilities of copies averaged.

    Args:
        results: of `snnlib.results.membership_results`.
        model: the target: ``"ann"``, ``"direct"`` or T.
        way: of asking all of them: ``plain``, ``dropout`` or a control's name.
        references: their model, if it is not the target's.
        target: which network is the target. Any but 0 is one of a complementary pair; the other one
            would give its membership away and is left out.
        within: a model of which there are fewer networks, perhaps: only as many references are used.
    """
    other = model if references is None else references
    left_out = {target, complement(target)}
    common = set(results.targets(other if within is None else within))
    indices = [i for i in results.targets(other) if i in common and (i > 0 or target > 0)]
    own = log_mean(results.log_p[model, target, way])
    return own, np.stack([log_mean(results.log_p[other, i, way]) for i in indices if i not in left_out])


def membership_table(id: str, all_results: Results, profile: str) -> Table:
    """B-T2, B-T3: every model and attack, references of the target's own model."""
    metrics = ("auc",) if id == "B-T3" else tuple(METRICS)
    return _attack_table(id, all_results, profile, tuple(ATTACKS), metrics=metrics)


def transfer_table(id: str, all_results: Results, profile: str) -> Table:
    """B-T4: SNN targets attacked with the help of ANN references; Attack-P takes no references."""
    return _attack_table(id, all_results, profile, ("R", "RMIA"), references="ann")


def direct_table(id: str, all_results: Results, profile: str) -> Table:
    """B-T5: directly trained SNNs as targets and references."""
    return _attack_table(id, all_results, profile, tuple(ATTACKS), models=("direct",))


def _attack_table(
    id: str,
    all_results: Results,
    profile: str,
    attacks: Sequence[str],
    *,
    models: Sequence[str | int] = (),
    references: str | int | None = None,
    metrics: Sequence[str] = tuple(METRICS),
) -> Table:
    """One row of ours and one of the published values for each data set, model and attack, without and with dropout."""
    rows, shown = [], []
    for results in all_results.values():
        study = results.study
        of_study = models or (study.reported if references else (*study.reported, "ann"))
        for model in of_study:
            for attack in attacks:
                ours, paper = {}, {}
                for way in (PLAIN, DROPOUT):
                    found = membership_estimates(results, model, attack, way, references)
                    for metric in metrics:
                        printed = published_attack(study, model, attack, way, references, metric)
                        title = METRICS[metric] + (", dropout" if way == DROPOUT else "")
                        ours[title] = found[metric].text(percent=True, digits=1)
                        paper[title] = _printed(study, model, attack, way, references, metric)
                        keys = {"network": study.network, "model": str(model), "attack": attack}
                        keys |= {"dropout": way == DROPOUT, "metric": metric}
                        fraction = None if printed is None else printed / 100
                        rows.append(row(results, profile, 1, **keys) | values(found[metric], fraction))
                first = model == of_study[0] and attack == attacks[0]
                who = {"data": results.info["title"] if first else "", "model": model_name(model), "attack": attack}
                shown += [who | {"": "ours"} | ours]
                shown += [dict.fromkeys(who, "") | {"": "published"} | paper]
    table = pd.DataFrame(shown).set_index(["data", "model", "attack", ""])
    return Table(id, pd.DataFrame(rows), table, _notes(id, all_results, profile, references))


def published_attack(
    study: MembershipStudy,
    model: str | int,
    attack: str,
    way: str,
    references: str | int | None = None,
    metric: str = "auc",
) -> float | None:
    """The published percentage; None where there is none, or none that can be right."""
    if _copied(study, model):
        return None
    return _as_printed(study, model, attack, way, references, metric)


def _copied(study: MembershipStudy, model: str | int) -> bool:
    """Table 3's values for the ANN are table 2's for ResNet18, digit for digit."""
    return study.network == "vgg16" and model == "ann"


def _printed(study: MembershipStudy, model: str | int, attack: str, *how: str | None) -> str:
    text = printed_number(_as_printed(study, model, attack, *how))
    return f"{text} †" if _copied(study, model) and text != NOT_PUBLISHED else text


def _as_printed(
    study: MembershipStudy, model: str | int, attack: str, way: str, references: str | int | None, metric: str
) -> float | None:
    if way not in (PLAIN, DROPOUT):
        return None
    column = {"auc": "auc", "tpr_at_0.1 %": "tpr_at_0.1pct_fpr", "tpr_at_1 %": "tpr_at_1pct_fpr"}[metric]
    table = 3 if study.network == "vgg16" else 4 if references == "ann" else 5 if model == "direct" else 2
    train, steps = {"ann": ("ann", None), "direct": ("direct", 4)}.get(model, ("hybrid", model))
    keys = {"table": table, "dataset": study.dataset, "train": train, "T": steps}
    return value("membership", column, attack=attack, dropout="yes" if way == DROPOUT else "no", **keys)


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


def _notes(id: str, all_results: Results, profile: str, references: str | int | None) -> list[str]:
    studies = [results.study for results in all_results.values()]
    asked = studies[0].dropout
    notes = [
        "Percent. Ours: one target, half of the points are its members; 95 % intervals from resampling members and "
        "non-members. Published: one run, no interval.",
        *(_size(id, results) for results in all_results.values()),
        f"Input dropout: {asked['copies']} copies, drop probability {asked['probability']}, one mask for all time "
        "steps, the same masks for every network; dropped pixels become the data's mean.",
        "Attack-R takes one value more than there are references: its TPR is 0 wherever more non-members than the "
        "FPR allows reach its highest value.",
    ]
    if id != "B-T3":
        smallest = min(int((~results.members[0]).sum()) for results in all_results.values())
        notes.append(
            f"A TPR at FPR 0.1 % is given for at least {FEWEST * 1000:,} non-members, at 1 % for {FEWEST * 100}; here "
            f"are {smallest} or more. With few false positives it is optimistic, its interval covers about 90 %."
        )
    if references:
        notes.append("The references are ANNs of the same kind, before their conversion.")
    if any(_copied(study, "ann") for study in studies):
        notes.append(
            "† An error of the printed paper: its table 3 repeats for the ANN the values of ResNet18 in table 2, digit "
            "for digit. No VGG-16 value of the ANN is known; these are not compared with ours."
        )
    if id == "B-T5":
        notes.append(
            "Direct training is not among the released code. The published AUC of RMIA on CIFAR-100 (59.62) lies 18 "
            "points below that of the converted network (77.57, B-T2), against the paper's text."
        )
        if any(study.direct_references < study.references for study in studies):
            notes.append("B-T2's attacks have more references. B-V compares both kinds of networks with as many.")
    notes += dict.fromkeys(f"Not published, ours: {text}." for study in studies for text in study.ours)
    notes += dict.fromkeys(f"Not as published: {text}." for study in studies for text in study.deviations)
    return [provenance(r.info, profile, r.study.dataset) for r in all_results.values()] + notes


def _size(id: str, results: MembershipResults) -> str:
    study, info = results.study, results.info
    references = study.direct_references if id == "B-T5" else study.references
    size = " x ".join(map(str, info["shape"][:2]))
    return (
        f"{info['title']}: {NETWORKS[study.network]} of width {study.width}, images {size}, {references} references in "
        "complementary pairs."
    )


def accuracy_table(id: str, all_results: Mapping[str, Accuracies], profile: str) -> Table:
    """B-T6: accuracy on members and non-members, mean over target and references, published beside it."""
    rows, shown = [], []
    for results in all_results.values():
        study, points = results.study, results.info["sizes"]["pool"] // 2
        for model in (*study.hybrid, *(("direct",) if study.direct else ()), "ann"):
            indices = results.indices(model)
            first = model == min(study.hybrid)
            line = {"data": results.info["title"] if first else "", "network": NETWORKS[study.network] if first else ""}
            line |= {"model": model_name(model)}
            printed = published_accuracy(study, model)
            for part, of in (("test", results.test), ("train", results.train)):
                shares = np.array([of[model, index] for index in indices])
                estimate = share_over_seeds(shares, points, shared=True)
                line[f"{part} accuracy"] = estimate.text(percent=True, digits=1)
                fraction = printed / 100 if part == "test" and printed is not None else None
                keys = {"network": study.network, "model": str(model), "metric": f"{part}_accuracy"}
                rows.append(row(results, profile, len(indices), **keys) | values(estimate, fraction))
            line["test accuracy, published"] = printed_number(printed, 1)
            shown.append(line)
    notes = list(dict.fromkeys(provenance(r.info, profile, r.study.dataset) for r in all_results.values()))
    notes += [
        "Percent. Ours: mean over the target and its references, each trained on another half of the pool; 95 % "
        "intervals over networks and points (Korn-Graubard). Test set: the other half. Published: one network.",
        "Chance: " + ", ".join(dict.fromkeys(_chance(r.info) for r in all_results.values())) + ".",
    ]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index(["data", "network", "model"]), notes)


def _chance(info: Mapping) -> str:
    return f"{100 / info['classes']:.1f} on {info['title']} ({info['classes']} classes)"


def published_accuracy(study: MembershipStudy, model: str | int) -> float | None:
    """The published test accuracy in percent; None where there is none."""
    if study.network != "resnet18":
        return None
    train, steps = {"ann": ("ann", None), "direct": ("direct", 4)}.get(model, ("hybrid", model))
    return value("accuracy", "test_accuracy_pct", dataset=study.dataset, train=train, T=steps)
