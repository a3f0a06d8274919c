"""Tables of paper A: model inversion."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...metrics.estimate import Estimate
from ...metrics.inversion import inversion_scores, recognised
from ...metrics.runs import mean_over_runs, share_over_seeds
from ...report.table import Table, printed_number, values
from ..provenance import provenance, row
from ..published import value
from .plan import family, judges, seeds
from .results import InversionResults

METRICS = {
    "target_accuracy": "target accuracy",
    "target_confidence": "target's confidence",
    "scorer_accuracy": "scorer accuracy",
    "attack_accuracy": "AA",
    "top3_accuracy": "Top-3",
    "average_confidence": "average confidence",
    "daa": "DAA",
}
ATTACK_NAMES = {"fredrikson": "Fredrikson", "brainleaks_v1": "BrainLeaks-v1", "brainleaks_v2": "BrainLeaks-v2"}
CONTROL_NAMES = {
    "random_pixels": "random pixels: Fredrikson's, shuffled",
    "random_spikes": "random spikes: v1's, shuffled",
    "random_spikes_v2": "random spikes: v2's probabilities, shuffled",
    "class_mean": "class mean of the training data",
    "ascent": "gradient ascent, not binarised",
    "v2_no_penalty": "BrainLeaks-v2, λ = 0",
    "v2_running_moment": "BrainLeaks-v2, intended second moment",
    "v1_reset_after": "BrainLeaks-v1, reset after the decay",
    "v2_reset_after": "BrainLeaks-v2, reset after the decay",
}
JUDGE_NAMES = {"ann": "ANN scorers", "snn": "SNN scorers", "common": "common scorers"}
NOTHING = "—"
_OURS = {METRICS["target_confidence"]: NOTHING}  # no number of the paper's


def own_judge(results: InversionResults, row: str) -> str:
    """The scorers of a row's own kind, as in the paper: ``ann`` or ``snn``."""
    return family(results.study.rows[row])


def recognition(results: InversionResults, row: str, judge: str, k: int = 1) -> np.ndarray:
    """How surely each sample is recognised, ``[targets, scorers, C]``: mean over draws, in [0, 1]."""
    study = results.study
    return np.array(
        [
            [recognised(results.confidence[row, seed, judge, s], k).mean(0) for s in study.scorer_seeds]
            for seed in seeds(study, row)
        ]
    )


def recognition_of_course(results: InversionResults, attack: str) -> tuple[list[int], list[np.ndarray]]:
    """AA on the way of an attack: numbers of iterations, and for each the shares ``[targets, scorers]``."""
    study, stops, shares = results.study, list(results.study.course[attack]), []
    for stop in stops:
        of = [[results.course[attack, stop, seed, s] for s in study.scorer_seeds] for seed in study.seeds]
        shares.append(np.array([[recognised(c).mean() for c in line] for line in of]))
    last = len(results.target_course[attack, study.seeds[0]]) - 1
    kept = [i for i, stop in enumerate(stops) if stop < last]
    whole = recognition(results, attack, own_judge(results, attack)).mean(2)
    return [*(stops[i] for i in kept), last], [*(shares[i] for i in kept), whole]


def inversion_estimates(results: InversionResults, row: str, judge: str) -> dict[str, Estimate]:
    """Paper A's metrics of one row by one kind of scorers, over targets and scorers; draws are averaged.

    ``target_accuracy`` and ``target_confidence`` (the attacked network's own, in the class of each sample) are missing
    for controls that attack no network.
    """
    study, info = results.study, results.info
    estimates, target = {}, study.rows[row].get("target")
    sides = [("target_accuracy", results.target_accuracy, target, study.seeds)] if target else []
    sides.append(("scorer_accuracy", results.scorer_accuracy, judge, study.scorer_seeds))
    for name, of, who, their_seeds in sides:
        shares = np.array([of[who, s] for s in their_seeds])
        tested_on = "train" if name == "scorer_accuracy" and judge == "common" and study.unseen else "test"
        estimates[name] = share_over_seeds(shares, info["sizes"][tested_on], shared=True)
    if target:
        own = np.array([results.final[row, s].mean() for s in study.seeds])
        estimates["target_confidence"] = _within_01(mean_over_runs(own)[0])
    per_run = [
        [_mean_scores(results.confidence[row, seed, judge, s]) for s in study.scorer_seeds]
        for seed in seeds(study, row)
    ]
    for metric in per_run[0][0]:
        of_metric = np.array([[scores[metric] for scores in line] for line in per_run])
        if metric == "average_confidence":
            estimates[metric] = _within_01(mean_over_runs(of_metric)[0])
        else:
            estimates[metric] = share_over_seeds(of_metric, info["classes"])
    return estimates


def _within_01(estimate: Estimate) -> Estimate:
    if estimate.low is None:
        return estimate
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))


def _mean_scores(draws: np.ndarray) -> dict[str, float]:
    """The metrics of one target's samples by one scorer: mean over draws."""
    scores = [vars(inversion_scores(draw)) for draw in draws]
    return {metric: float(np.mean([s[metric] for s in scores])) for metric in scores[0]}


def draw_spread(results: InversionResults, row: str, k: int = 1) -> np.ndarray | None:
    """Standard deviation of AA (k = 1) or Top-3 over the draws of spikes: ``[targets, scorers]``; None for one draw."""
    own, study = own_judge(results, row), results.study
    draws = [[results.confidence[row, seed, own, s] for s in study.scorer_seeds] for seed in seeds(study, row)]
    if len(draws[0][0]) == 1:
        return None
    return np.array([[recognised(c, k).mean(-1).std(ddof=1) for c in line] for line in draws])


def inversion_table(id: str, results: InversionResults, profile: str) -> Table:
    """A-T1 to A-T4: one data set; the paper's attacks beside the published values, then our controls."""
    study, rows, shown = results.study, [], []
    for name in study.rows:
        line = {}
        for judge in judges(study, name):
            estimates = inversion_estimates(results, name, judge)
            own = judge == own_judge(results, name)
            for metric, estimate in estimates.items():
                printed = _published(study.dataset, name, metric) if own and name in study.attacks else None
                keys = {"attack": name, "judge": judge, "metric": metric}
                rows.append(row(results, profile, len(seeds(study, name)), **keys) | values(estimate, printed))
            if own:
                line = {title: estimates[m].text() if m in estimates else NOTHING for m, title in METRICS.items()}
            line |= (
                {f"AA, {JUDGE_NAMES[judge]}": estimates["attack_accuracy"].text()} if not own or judge == "snn" else {}
            )
        control = name in study.controls
        who = CONTROL_NAMES[name] if control else f"{ATTACK_NAMES[name]} ({own_judge(results, name).upper()})"
        shown.append({"attack": who, "": "control" if control else "ours"} | line)
        if not control:
            paper = {t: printed_number(_published(study.dataset, name, m)) for m, t in METRICS.items()} | _OURS
            shown.append({"attack": "", "": "published"} | paper)
        if name == "brainleaks_v2":
            more_rows, more_lines = _over_draws(results, profile)
            rows, shown = rows + more_rows, shown + more_lines
    table = pd.DataFrame(shown).fillna(NOTHING).set_index(["attack", ""])
    if study.frames:  # without a second kind of scorer, that column repeats AA
        table = table.drop(columns="AA, SNN scorers")
    return Table(id, pd.DataFrame(rows), table, _notes(results, profile))


def _over_draws(results: InversionResults, profile: str) -> tuple[list[dict], list[dict]]:
    """BrainLeaks-v2 over draws of its probabilities: standard deviation, and what was published."""
    study, rows, ours, mean, deviation = results.study, [], {}, {}, {}
    for k, metric in ((1, "attack_accuracy"), (3, "top3_accuracy")):
        spread = draw_spread(results, "brainleaks_v2", k)
        short = {"attack_accuracy": "attack_accuracy_std", "top3_accuracy": "top3_std"}[metric]
        keys = {"dataset": study.dataset, "attack": "brainleaks_v2", "draws": 1000}
        printed = value("inversion", short, **keys)
        estimate = mean_over_runs(spread)[0] if spread is not None else Estimate(None, why="one draw")
        ours[METRICS[metric]] = estimate.text(digits=3)
        mean[METRICS[metric]] = printed_number(value("inversion", metric, **keys))
        deviation[METRICS[metric]] = printed_number(printed, digits=3)
        names = {"attack": "brainleaks_v2", "judge": "snn", "metric": f"{metric}_sd_over_draws"}
        rows.append(row(results, profile, len(study.seeds), **names) | values(estimate, printed))
    lines = [{"attack": "", "": f"ours, s.d. over {study.draws} draws"} | ours]
    if value("inversion", "attack_accuracy", dataset=study.dataset, attack="brainleaks_v2", draws=1000):
        lines.insert(0, {"attack": "", "": "published, mean of 1,000 draws"} | mean)
        lines.append({"attack": "", "": "published, s.d. over 1,000 draws"} | deviation)
    return rows, lines


def _published(dataset: str, attack: str, metric: str) -> float | None:
    percent = {"target_accuracy": "target_test_accuracy_pct", "scorer_accuracy": "scorer_test_accuracy_pct"}
    if metric == "target_confidence":  # a number of ours
        return None
    column = percent.get(metric, metric)
    found = value("inversion", column, dataset=dataset, attack=attack, draws=1)
    if found is None:  # rows without any value have no number of draws either
        found = value("inversion", column, dataset=dataset, attack=attack, draws=None)
    return found / 100 if found is not None and metric in percent else found


def _notes(results: InversionResults, profile: str) -> list[str]:
    study, classes = results.study, results.info["classes"]
    seen = "trained on the test part, which no target has seen" if study.unseen else "trained on the targets' own data"
    notes = [
        provenance(results.info, profile),
        f"Ours: mean over {len(study.seeds)} targets with different seeds, {len(study.scorer_seeds)} scorers and "
        f"{study.draws} draws of spikes; 95 % intervals over targets and scorers: Korn-Graubard for shares and "
        "accuracies, Student's t for confidence and s.d. Published: one run. "
        f"Chance: AA and DAA {1 / classes:.3f}, Top-3 {3 / classes:.3f}.",
        "AA to DAA: scorers of the sample's own kind (ANN or SNN), trained on the targets' training data, as in the "
        f"paper; they do not compare between ANN and SNN. Common scorers: ANNs, {seen}; spikes are shown to "
        "them as a picture, summed over time.",
        "Target's confidence: that of the attacked network itself in the finished samples, each in its class. Where it "
        "is low, the attack has not reached its own goal, and what scorers make of the samples says little of leakage.",
        "Controls are not in the paper. Shuffled: the same values at random places. Reset after the decay: the neuron "
        "of snnTorch 0.8 and later; the paper's targets reset before it.",
    ]
    if not study.frames:
        notes.append("SNN scorers are shown pictures as Bernoulli spikes.")
    notes += [f"Not published, ours: {text}." for text in study.ours]
    return notes + [f"Not as published: {text}." for text in study.deviations]


SIMILARITY = ("fredrikson", "brainleaks_v1", "brainleaks_v2", "ascent", "random_spikes", "class_mean")


def similarity_table(id: str, all_results: Mapping[str, InversionResults], profile: str) -> Table:
    """A-ST1: how much samples look like the training data, without a scorer; see `snnlib.similarity`."""
    rows, shown = [], []
    for results in all_results.values():
        for i, name in enumerate(SIMILARITY):
            line = {"data": results.info["title"] if i == 0 else ""} | {"samples": (ATTACK_NAMES | CONTROL_NAMES)[name]}
            for metric, (title, estimate) in similarity_estimates(results, name).items():
                keys = {"attack": name, "metric": metric}
                rows.append(row(results, profile, len(seeds(results.study, name)), **keys) | values(estimate, None))
                line[title] = estimate.text()
            shown.append(line)
    notes = [provenance(results.info, profile) for results in all_results.values()]
    notes += [
        "Samples as pictures (spikes summed over time). Correlation: Pearson's, with the mean training image of the "
        "own class, and the largest of those with other classes. Recognised: share of samples that are more like "
        "their own class's mean than like any other. SSIM: structural similarity to the training image of highest "
        "correlation. Nearer to training: probability that the most similar image of the class is a training image, "
        "among as many unseen ones; 0.5 if training images are nothing special. (The faces are split by picture "
        "number, not at random: 8 and 9 are unseen.)",
        "Rate: mean of all entries of a sample over time. Pixels used: share of those that ever spike (of "
        "probabilities: expected). 95 % intervals over targets: Korn-Graubard for shares, else Student's t.",
    ]
    return Table(id, pd.DataFrame(rows), pd.DataFrame(shown).set_index(["data", "samples"]), notes)


def similarity_estimates(results: InversionResults, name: str) -> dict[str, tuple[str, Estimate]]:
    """Measures of likeness and of sparsity of a row: title and estimate by name."""
    targets, classes = seeds(results.study, name), results.info["classes"]
    found = [results.similarity[name, seed] for seed in targets]
    own = np.array([np.diagonal(f["to_means"]).mean() for f in found])
    other = np.array([np.where(np.eye(classes, dtype=bool), -1, f["to_means"]).max(1).mean() for f in found])
    shares = {
        "recognised_by_mean": ("recognised", np.array([recognised(f["to_means"]).mean() for f in found])),
        "nearer_to_training": ("nearer to training", np.array([f["nearer"].mean() for f in found])),
    }
    means = {
        "correlation_own": ("correlation, own class", own),
        "correlation_other": ("best other class", other),
        "ssim": ("SSIM", np.array([f["ssim"].mean() for f in found])),
        "rate": ("rate", np.array([results.samples[name, seed].mean() for seed in targets])),
        "pixels_used": ("pixels used", np.array([pixels_used(results.samples[name, seed]).mean() for seed in targets])),
    }
    estimates = {m: (title, mean_over_runs(v)[0]) for m, (title, v) in means.items()}
    estimates |= {m: (title, share_over_seeds(v, classes)) for m, (title, v) in shares.items()}
    order = (
        "correlation_own",
        "correlation_other",
        "recognised_by_mean",
        "ssim",
        "nearer_to_training",
        "rate",
        "pixels_used",
    )
    return {m: estimates[m] for m in order}


def pixels_used(samples: np.ndarray) -> np.ndarray:
    """Share of pixels that are not empty, ``[C]``; of spike probabilities ``[T, C, H, W]``, the expected share."""
    used = 1 - np.prod(1 - samples, 0) if samples.ndim == 4 else samples > 0
    return used.mean((-2, -1))
