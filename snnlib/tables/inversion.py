"""Tables of paper A: model inversion."""

import numpy as np
import pandas as pd

from .. import published
from ..metrics import Estimate, inversion_scores, mean_over_runs, share_over_seeds
from ..plan import family
from ..results import InversionResults
from .table import Table, number, printed_number, provenance, row, values

METRICS = {
    "target_accuracy": "target accuracy",
    "scorer_accuracy": "scorer accuracy",
    "attack_accuracy": "AA",
    "top3_accuracy": "Top-3",
    "average_confidence": "average confidence",
    "daa": "DAA",
}
ATTACK_NAMES = {"fredrikson": "Fredrikson", "brainleaks_v1": "BrainLeaks-v1", "brainleaks_v2": "BrainLeaks-v2"}


def inversion_estimates(results: InversionResults, attack: str) -> dict[str, Estimate]:
    """Paper A's six metrics of one attack, over target seeds; scorers and draws are averaged for each."""
    study, kind, info = results.study, family(attack), results.info
    test = info["sizes"]["test"]
    estimates = {
        "target_accuracy": share_over_seeds(
            np.array([results.target_accuracy[kind, s] for s in study.seeds]), test, shared=True
        ),
        "scorer_accuracy": share_over_seeds(
            np.array([results.scorer_accuracy[kind, s] for s in study.scorer_seeds]), test, shared=True
        ),
    }
    per_seed = [_scores_of_seed(results, attack, seed) for seed in study.seeds]
    for metric in per_seed[0]:
        per_run = np.array([scores[metric] for scores in per_seed])
        is_share = metric != "average_confidence"
        estimates[metric] = (
            share_over_seeds(per_run, info["classes"]) if is_share else _within_01(mean_over_runs(per_run)[0])
        )
    return estimates


def _within_01(estimate: Estimate) -> Estimate:
    if estimate.low is None:
        return estimate
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))


def _scores_of_seed(results: InversionResults, attack: str, seed: int) -> dict[str, float]:
    """The metrics of one target's samples: mean over scorers and draws."""
    scores = [
        vars(inversion_scores(draw))
        for scorer in results.study.scorer_seeds
        for draw in results.confidence[attack, seed, scorer]
    ]
    return {metric: float(np.mean([s[metric] for s in scores])) for metric in scores[0]}


def attack_accuracy_by_scorer(results: InversionResults, attack: str) -> list[float]:
    """AA that each scorer, in the order of its seeds, gives an attack: mean over targets and draws."""
    return [
        float(
            np.mean(
                [
                    inversion_scores(d).attack_accuracy
                    for s in results.study.seeds
                    for d in results.confidence[attack, s, k]
                ]
            )
        )
        for k in results.study.scorer_seeds
    ]


def draw_spread(results: InversionResults, attack: str, metric: str) -> float | None:
    """Standard deviation of a metric over the Bernoulli draws of one sample: mean over seeds and scorers."""
    of_metric = [
        [getattr(inversion_scores(draw), metric) for draw in confidence]
        for (name_, _, _), confidence in results.confidence.items()
        if name_ == attack
    ]
    drawn = [np.std(values, ddof=1) for values in of_metric if len(values) > 1]
    return float(np.mean(drawn)) if drawn else None


def inversion_table(id: str, results: InversionResults, profile: str) -> Table:
    """A-T1 to A-T4: one data set; a row of ours and one of the published values for each attack."""
    study, rows, shown = results.study, [], []
    for attack in study.attacks:
        estimates = inversion_estimates(results, attack)
        line, paper = {}, {}
        for metric, title in METRICS.items():
            printed = _published_a(study.dataset, attack, metric)
            line[title], paper[title] = number(estimates[metric]), printed_number(printed)
            rows.append(
                row(results, profile, len(study.seeds), attack=attack, metric=metric)
                | values(estimates[metric], printed)
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
        "scorers; 95 % intervals over targets: Korn-Graubard for shares and accuracies, Student's t for confidence. "
        f"Published: one run. Chance: AA and DAA {1 / classes:.3f}, Top-3 {3 / classes:.3f}.",
        "ANN and SNN samples are scored by scorers of their own kind, as in the paper: their rows do not compare.",
    ]
    by_scorer = "; ".join(
        f"{ATTACK_NAMES[a]} {', '.join(f'{x:.2f}' for x in attack_accuracy_by_scorer(results, a))}"
        for a in study.attacks
    )
    notes.append(f"AA by scorer, which the intervals over targets do not hold: {by_scorer}.")
    for attack in study.attacks:
        spread = draw_spread(results, attack, "attack_accuracy")
        if spread is not None:
            top3 = draw_spread(results, attack, "top3_accuracy")
            notes.append(
                f"{ATTACK_NAMES[attack]}: mean over {study.draws} Bernoulli draws of the inverted probabilities; "
                f"standard deviation over the draws of AA {spread:.3f}, of Top-3 {top3:.3f}."
            )
    notes += [f"Not published, ours: {text}." for text in study.ours]
    return notes + [f"Not as published: {text}." for text in study.deviations]
