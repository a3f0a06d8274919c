"""Tables of both papers: from results to rows with intervals, published values beside ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from . import inventory, membership, published
from .metrics import Estimate, inversion_scores, membership_scores, share_over_seeds
from .plan import family, name
from .results import Accuracies, InversionResults, MembershipResults

METRICS_A = {
    "target_accuracy": "target accuracy",
    "scorer_accuracy": "scorer accuracy",
    "attack_accuracy": "AA",
    "top3_accuracy": "Top-3",
    "average_confidence": "average confidence",
    "daa": "DAA",
}
ATTACK_NAMES = {"fredrikson": "Fredrikson", "brainleaks_v1": "BrainLeaks-v1", "brainleaks_v2": "BrainLeaks-v2"}
FPR = {0.001: "0.1 %", 0.01: "1 %"}


@dataclass(frozen=True)
class Table:
    """A table twice: ``rows`` for machines (one number a row), ``shown`` for people; ``notes`` explain it."""

    id: str
    rows: pd.DataFrame
    shown: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The inventory's title with its ID."""
        return f"{self.id}: {inventory.select((self.id,))[0].title}"

    def markdown(self) -> str:
        """GitHub's Markdown."""
        flat = self._flat()
        lines = [[str(c) for c in flat.columns], ["---"] * flat.shape[1], *flat.astype(str).values.tolist()]
        body = "\n".join("| " + " | ".join(c.replace("|", r"\|") for c in cells) + " |" for cells in lines)
        return f"**{self.title}**\n\n{body}\n\n" + "\n".join(f"- {note}" for note in self.notes) + "\n"

    def latex(self) -> str:
        """A LaTeX table with booktabs rules."""
        escape = str.maketrans({"%": r"\%", "_": r"\_", "&": r"\&", "#": r"\#", "±": r"$\pm$"})
        flat = self._flat().astype(str).map(lambda cell: cell.translate(escape))
        flat.columns = [str(c).translate(escape) for c in flat.columns]
        body = flat.to_latex(index=False, column_format="l" * flat.shape[1])
        notes = " ".join(self.notes).translate(escape)
        caption = f"\\caption{{{self.title.translate(escape)}. {notes}}}\n"
        return f"\\begin{{table}}\n\\centering\n{caption}{body}\\end{{table}}\n"

    def html(self) -> str:
        """An HTML table."""
        return self._flat().to_html(index=False, border=0, classes="results", justify="left")

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{note}</li>" for note in self.notes)
        return f"<p><b>{self.title}</b></p>{self.html()}<ul>{notes}</ul>"

    def _flat(self) -> pd.DataFrame:
        return self.shown.reset_index()


def number(estimate: Estimate, percent: bool = False, digits: int = 2) -> str:
    """An estimate as people read it: ``0.97 [0.93, 0.99]``, or why there is no number."""
    if estimate.value is None:
        return f"not measurable: {estimate.why}"
    scale = 100 if percent else 1
    text = f"{scale * estimate.value:.{digits}f}"
    if estimate.low is None:
        return text
    return f"{text} [{scale * estimate.low:.{digits}f}, {scale * estimate.high:.{digits}f}]"


def _published(value: float | None, digits: int = 2) -> str:
    return published.NOT_PUBLISHED if value is None else f"{value:.{digits}f}"


# ---------------------------------------------------------------- paper A


def inversion_estimates(results: InversionResults, attack: str) -> dict[str, Estimate]:
    """Paper A's six metrics of one attack, over target seeds; scorers and draws are averaged for each."""
    study, kind, info = results.study, family(attack), results.info
    test = info["sizes"]["test"]
    estimates = {
        "target_accuracy": share_over_seeds(np.array([results.target_accuracy[kind, s] for s in study.seeds]), test),
        "scorer_accuracy": share_over_seeds(
            np.array([results.scorer_accuracy[kind, s] for s in study.scorer_seeds]), test
        ),
    }
    per_seed = [_scores_of_seed(results, attack, seed) for seed in study.seeds]
    for metric in per_seed[0]:
        estimates[metric] = share_over_seeds(np.array([scores[metric] for scores in per_seed]), info["classes"])
    return estimates


def _scores_of_seed(results: InversionResults, attack: str, seed: int) -> dict[str, float]:
    """The metrics of one target's samples: mean over scorers and draws."""
    scores = [
        vars(inversion_scores(draw))
        for scorer in results.study.scorer_seeds
        for draw in results.confidence[attack, seed, scorer]
    ]
    return {metric: float(np.mean([s[metric] for s in scores])) for metric in scores[0]}


def draw_spread(results: InversionResults, attack: str, metric: str) -> float | None:
    """Standard deviation of a metric over the Bernoulli draws of one sample: mean over seeds and scorers."""
    of_metric = [
        [getattr(inversion_scores(draw), metric) for draw in confidence]
        for (name_, _, _), confidence in results.confidence.items()
        if name_ == attack
    ]
    return float(np.mean([np.std(d, ddof=1) for d in of_metric])) if len(of_metric[0]) > 1 else None


def inversion_table(id: str, results: InversionResults, profile: str) -> Table:
    """A-T1 to A-T4: one data set; a row of ours and one of the published values for each attack."""
    study, rows, shown = results.study, [], []
    for attack in study.attacks:
        estimates = inversion_estimates(results, attack)
        line, paper = {}, {}
        for metric, title in METRICS_A.items():
            printed = _published_a(study.dataset, attack, metric)
            line[title], paper[title] = number(estimates[metric]), _published(printed)
            rows.append(
                _row(results, profile, len(study.seeds), attack=attack, metric=metric)
                | _values(estimates[metric], printed)
            )
        who = f"{ATTACK_NAMES[attack]} ({family(attack).upper()})"
        shown += [{"attack": who, "": "ours"} | line, {"attack": "", "": "published"} | paper]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index(["attack", ""]), _notes_a(results, profile))


def _published_a(dataset: str, attack: str, metric: str) -> float | None:
    percent = {"target_accuracy": "target_test_accuracy_pct", "scorer_accuracy": "scorer_test_accuracy_pct"}
    column = percent.get(metric, metric)
    found = published.value("inversion", column, dataset=dataset, attack=attack, draws=1)
    if found is None:  # rows without any value have no number of draws either
        found = published.value("inversion", column, dataset=dataset, attack=attack, draws=None)
    return found / 100 if found is not None and metric in percent else found


def _notes_a(results: InversionResults, profile: str) -> list[str]:
    study, classes = results.study, results.info["classes"]
    notes = [
        provenance(results.info, profile),
        f"Ours: mean over {len(study.seeds)} targets with different seeds, each scored by {len(study.scorer_seeds)} "
        "scorers; 95 % intervals (Korn-Graubard) over targets and classes, of accuracies over networks and points. "
        f"Published: one run. Chance: AA and DAA {1 / classes:.3f}, Top-3 {3 / classes:.3f}.",
        "ANN and SNN samples are scored by scorers of their own kind, as in the paper: their rows do not compare.",
    ]
    for attack in study.attacks:
        spread = draw_spread(results, attack, "attack_accuracy")
        if spread is not None:
            top3 = draw_spread(results, attack, "top3_accuracy")
            notes.append(
                f"{ATTACK_NAMES[attack]}: mean over {study.draws} Bernoulli draws of the inverted probabilities; "
                f"standard deviation over the draws of AA {spread:.3f}, of Top-3 {top3:.3f}."
            )
    return notes + [f"Not published, ours: {text}." for text in study.ours]


# ---------------------------------------------------------------- paper B


def membership_estimates(
    results: MembershipResults, model: str | int, attack: str, dropout: bool
) -> dict[str, Estimate]:
    """AUC and TPRs of one attack on one target with references of the same model."""
    target, references = signals(results, model, dropout)
    scores = membership_scores(membership.ATTACKS[attack](target, references), results.members[0], tuple(FPR))
    return {"auc": scores.auc} | {f"tpr_at_{text}": scores.tpr_at_fpr[fpr] for fpr, text in FPR.items()}


def signals(results: MembershipResults, model: str | int, dropout: bool) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities ``[N]`` of the target and ``[R, N]`` of its references; probabilities of copies averaged."""
    networks = range(1 + results.study.references)
    means = [membership.log_mean(results.log_p[model, index, dropout]) for index in networks]
    return means[0], np.stack(means[1:])


def membership_table(id: str, results: MembershipResults, profile: str) -> Table:
    """B-T2: every model and attack, without and with input dropout, ours and the published values in percent."""
    rows, shown = [], []
    for model in (*results.study.reported, "ann"):
        for attack in membership.ATTACKS:
            line = {"model": name(model), "attack": attack}
            for dropout in (False, True):
                estimates = membership_estimates(results, model, attack, dropout)
                for metric, estimate in estimates.items():
                    printed = _published_b(results.study.dataset, model, attack, dropout, metric)
                    title = _metric_title(metric) + (", dropout" if dropout else "")
                    line[title] = number(estimate, percent=True, digits=1)
                    line[f"{title}, published"] = _published(printed)
                    keys = {"model": str(model), "attack": attack, "dropout": dropout, "metric": metric}
                    fraction = None if printed is None else printed / 100
                    rows.append(_row(results, profile, 1, **keys) | _values(estimate, fraction))
            shown.append(line)
    table = pd.DataFrame(shown).set_index(["model", "attack"])
    return Table(id, pd.DataFrame(rows), table, _notes_b(results, profile))


def _metric_title(metric: str) -> str:
    return "AUC" if metric == "auc" else metric.replace("tpr_at_", "TPR at FPR ")


def _published_b(dataset: str, model: str | int, attack: str, dropout: bool, metric: str) -> float | None:
    column = {"auc": "auc", "tpr_at_0.1 %": "tpr_at_0.1pct_fpr", "tpr_at_1 %": "tpr_at_1pct_fpr"}[metric]
    train, steps = ("ann", None) if model == "ann" else ("hybrid", model)
    keys = {"table": 2, "dataset": dataset, "train": train, "T": steps}
    return published.value("membership", column, attack=attack, dropout="yes" if dropout else "no", **keys)


def _notes_b(results: MembershipResults, profile: str) -> list[str]:
    study, n = results.study, results.members.shape[1]
    return [
        provenance(results.info, profile, study.dataset),
        f"Percent. Ours: one target, {study.references} references in complementary pairs, {n} points, half of them "
        "members; 95 % intervals from resampling members and non-members. Published: one run, no interval.",
        f"ResNet18 of width {study.width}, images {' x '.join(map(str, results.info['shape'][:2]))}. Input dropout: "
        f"{study.dropout['copies']} copies, drop probability {study.dropout['probability']}, one mask for all time "
        "steps, the same masks for every network.",
        f"Attack-R takes {study.references + 1} values only: at a low FPR its TPR is 0 by construction.",
        *(f"Not published, ours: {text}." for text in study.ours),
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
                np.array([of[model, index] for index in networks]), results.info["sizes"]["pool"] // 2
            )
            line[f"{part} accuracy"] = number(estimate, percent=True, digits=1)
            fraction = printed / 100 if part == "test" and printed is not None else None
            keys = {"model": str(model), "metric": f"{part}_accuracy"}
            rows.append(_row(results, profile, len(networks), **keys) | _values(estimate, fraction))
        line["test accuracy, published"] = _published(printed, 1)
        shown.append(line)
    notes = [
        provenance(results.info, profile, results.study.dataset),
        f"Percent. Ours: mean over {len(networks)} networks, each trained on another half of the pool; 95 % "
        "intervals over networks and points (Korn-Graubard). Test set: the other half. Published: one network.",
    ]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index("model"), notes)


# ---------------------------------------------------------------- both


def read_rows(out: Path) -> pd.DataFrame:
    """The rows of all tables in a folder of results, one number a row, with the table's ``id``."""
    files = sorted((out / "tables").glob("*.csv"))
    return pd.concat(
        [pd.read_csv(file, dtype={"model": str}).assign(id=file.stem) for file in files], ignore_index=True
    )


def provenance(info: Mapping, profile: str, dataset: str | None = None) -> str:
    """One sentence on where the data are from and at what size this was run."""
    stands_in = dataset is not None and dataset != info["dataset"]
    sizes = ", ".join(f"{n} {part}" for part, n in info["sizes"].items())
    mark = f" It stands in for {dataset}: real pixels, but no object recognition." if stands_in else ""
    return f"Profile {profile}; data: {info['title']} ({info['source']}; {sizes} points).{mark}"


def _row(results: InversionResults | MembershipResults | Accuracies, profile: str, runs: int, **keys: object) -> dict:
    info = results.info
    about = {"study": results.study.dataset, "data": info["dataset"], "source": info["source"], "profile": profile}
    return about | keys | {"runs": runs}


def _values(estimate: Estimate, printed: float | None) -> dict:
    ours = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "remark": estimate.why}
    return ours | {"published": printed}
