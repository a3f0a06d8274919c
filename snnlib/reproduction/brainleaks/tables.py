"""Tables A-T1 to A-T4 and A-ST1: model inversion. Rows first, one number each; what is shown is a pivot of them."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ...metrics.estimate import Estimate
from ...metrics.runs import mean_over_runs
from ...report.table import Table, estimate_of, pivot, printed_number, values
from ..provenance import provenance, row
from .estimates import LIKENESS, draw_spread, inversion_estimates, likeness, single_runs
from .published import published, published_over_draws
from .results import InversionResults, artefacts
from .study import ATTACK_NAMES, CONTROL_NAMES, METRICS, SCORER_NAMES, InversionStudy

OVER_DRAWS = "_sd_over_draws"  # ending of a metric: its standard deviation over draws of BrainLeaks-v2's probabilities
PUBLISHED_MEAN, PUBLISHED_SD = "published, mean of 1,000 draws", "published, s.d. over 1,000 draws"
AS_BRIGHT = (
    "As bright as the data: samples summed over time, each with the training images' brightness and contrast, that is "
    "mean and standard deviation over pixels, and shown as images are. Scorers that take a dim sample for a dim class "
    "do not hear of what else it shows. (ANN scorers are shown every sample scaled to [0, 1], so common scorers see "
    "little of the change.) These rows were added after a first run of `night`; no verdict rests on them."
)
COMPARED = ("fredrikson", "brainleaks_v1", "brainleaks_v2", "ascent", "random_spikes", "class_mean")  # in A-ST1


def inversion_table(id: str, results: InversionResults, profile: str) -> Table:
    """A-T1 to A-T4: one data set; the paper's attacks beside the published values, then our controls."""
    rows = pd.DataFrame(_rows(results, profile))
    shown, notes = _shown(rows, results.study), _notes(results, profile)
    return Table(id, rows, shown, notes, artefacts=artefacts(results))


def _rows(results: InversionResults, profile: str) -> Iterator[dict]:
    study = results.study
    for name in study.rows:
        for kind in study.scorers_of(name):
            known = name in study.attacks and kind == study.kind_of(name)  # the paper had one kind of scorers
            for metric, estimate in inversion_estimates(results, name, kind).items():
                printed = published(study.dataset, name, metric) if known else None
                keys = {"attack": name, "judge": kind, "metric": metric}
                yield row(results, profile, len(study.seeds_of(name)), **keys) | values(estimate, printed)
        if name == "brainleaks_v2":
            yield from _rows_over_draws(results, profile)


def _rows_over_draws(results: InversionResults, profile: str) -> Iterator[dict]:
    for k, metric in ((1, "attack_accuracy"), (3, "top3_accuracy")):
        spread = draw_spread(results, "brainleaks_v2", k)
        estimate = Estimate(None, why="one draw") if spread is None else mean_over_runs(spread, (0, 1))
        _, deviation = published_over_draws(results.study.dataset, metric)
        keys = {"attack": "brainleaks_v2", "judge": "snn", "metric": metric + OVER_DRAWS}
        yield row(results, profile, len(results.study.seeds), **keys) | values(estimate, deviation)


def _shown(rows: pd.DataFrame, study: InversionStudy) -> pd.DataFrame:
    """A line of ours for each attack, with AA by other scorers, and what was published below it; so for draws."""
    who = {a: f"{name} ({study.kind_of(a).upper()})" for a, name in ATTACK_NAMES.items()} | CONTROL_NAMES
    cells = pd.DataFrame(
        {"attack": who[r["attack"]], "line": line, "column": column, "text": text}
        for r in rows.to_dict("records")
        for line, column, text in _cells(r, study)
    )
    return pivot(cells, ["attack", "line"], "column", lambda cell: cell["text"]).rename_axis(index=["attack", ""])


def _cells(row: Mapping, study: InversionStudy) -> Iterator[tuple[str, str, str]]:
    """What is shown of a row: line, column and text of each cell."""
    judge, metric, of_paper = row["judge"], row["metric"].removesuffix(OVER_DRAWS), row["attack"] in study.attacks
    title, line, own = METRICS[metric], "ours" if of_paper else "control", judge == study.kind_of(row["attack"])
    if metric != row["metric"]:
        mean, deviation = published_over_draws(study.dataset, metric)
        lines = {f"ours, s.d. over {study.draws} draws": estimate_of(row).text(digits=3)}
        if mean is not None:
            lines = {PUBLISHED_MEAN: f"{mean:.2f}"} | lines | {PUBLISHED_SD: printed_number(deviation, digits=3)}
        yield from ((line, title, text) for line, text in lines.items())
        return
    if own:
        yield line, title, estimate_of(row).text()
    if own and of_paper and metric != "target_confidence":  # that is a number of ours
        yield "published", title, printed_number(row["published"])
    if metric == "attack_accuracy" and (not own or (judge == "snn" and not study.frames)):
        # AA by SNN scorers in one column, whatever the attack; of recordings, it would repeat AA
        yield line, f"{title}, {SCORER_NAMES[judge]}", estimate_of(row).text()


def _notes(results: InversionResults, profile: str) -> list[str]:
    study, classes = results.study, results.info["classes"]
    common = [results.scorer_accuracy["common", s] for s in study.scorer_seeds]
    seen = "trained on the test part, which no target has seen" if study.unseen else "trained on the targets' own data"
    spikes = "" if study.frames else " SNN scorers are shown pictures as Bernoulli spikes."
    return [
        provenance([results], profile),
        f"Ours: mean over {len(study.seeds)} targets with different seeds, {len(study.scorer_seeds)} scorers and "
        f"{study.draws} draws of spikes; 95 % intervals over targets and scorers (accuracies: "
        "over networks, on the same test points). Published: one run. "
        f"Chance: AA and DAA {1 / classes:.3f}, Top-3 {3 / classes:.3f}.",
        "AA to DAA: scorers of the sample's own kind, as in the paper; they do not compare between ANN and SNN. "
        f"Common scorers: ANNs, {seen} (test accuracy {np.mean(common):.2f}); spikes are shown to them as a picture, "
        f"summed over time.{spikes}",
        f"AA of single runs, one target, one scorer and one draw of spikes: {'; '.join(_single_runs(results))}.",
        "Target's confidence: that of the attacked network in the finished samples. Where it is low, the attack has "
        "not reached its own goal, and what scorers make of the samples says little of leakage.",
        "Controls are not in the paper. Shuffled: the same values at random places. One gradient a step: the released "
        "code for faces steps by the sum of all gradients so far. Reset after the decay: the neuron "
        f"of snnTorch 0.8 and later, on {len(study.seeds_of('v1_reset_after'))} targets; the paper's reset before it.",
        *([] if study.frames else [AS_BRIGHT]),
        *(f"Not published, ours: {text}." for text in study.ours),
        *(f"Not as published: {text}." for text in study.deviations),
    ]


def _single_runs(results: InversionResults) -> Iterator[str]:
    """How far AA of an attack's single runs goes, and how many reach the published one, which is of one run."""
    for attack in results.study.attacks:
        runs, printed = single_runs(results, attack), published(results.study.dataset, attack, "attack_accuracy")
        reached = "" if printed is None else f", in {(runs > printed - 1e-9).sum()} of {len(runs)} at least the published"
        ends = f"{runs.min():.2f} to {runs.max():.2f}, median {np.median(runs):.2f}"
        yield f"{ATTACK_NAMES[attack]} {ends}{reached}"


def similarity_table(id: str, all_results: Mapping[str, InversionResults], profile: str) -> Table:
    """A-ST1: how much samples look like the training data, without a scorer; see `snnlib.similarity`."""
    rows = pd.DataFrame(
        row(results, profile, len(results.study.seeds_of(name)), attack=name, metric=metric) | values(estimate, None)
        for results in all_results.values()
        for name in COMPARED
        for metric, estimate in likeness(results, name).items()
    )
    names, titles = ATTACK_NAMES | CONTROL_NAMES, {r.study.dataset: r.info["title"] for r in all_results.values()}
    cells = rows.assign(data=rows["study"].map(titles), samples=rows["attack"].map(names))
    cells["title"] = [LIKENESS[metric][0] for metric in rows["metric"]]
    shown = pivot(cells, ["data", "samples"], "title", lambda r: estimate_of(r).text())
    notes = [
        provenance(all_results.values(), profile),
        "Samples as pictures (spikes summed over time). Correlation: Pearson's, with the mean training image of the "
        "own class, and the largest of those with other classes. Recognised: share of samples that are more like "
        "their own class's mean than like any other. SSIM: structural similarity to the training image of highest "
        "correlation. Nearer to training: probability that the most similar image of the class is a training image, "
        "among as many unseen ones; 0.5 if training images are nothing special. (The faces are split by number, not "
        "at random: 8 and 9 are unseen.)",
        "Rate: mean of all entries of a sample over time. Pixels used: share of those that ever spike (of "
        "probabilities: expected). 95 % intervals over targets.",
    ]
    of = [artefact for results in all_results.values() for artefact in artefacts(results, "similarities")]
    return Table(id, rows, shown, notes, artefacts=of)
