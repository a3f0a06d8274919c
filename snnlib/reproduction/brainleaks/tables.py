"""Tables A-T1 to A-T4 and A-ST1: model inversion. Rows first, one number each; what is shown is a pivot of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ...metrics.estimate import Estimate
from ...metrics.runs import mean_over_runs
from ...report.table import Table, printed_number, provenance, row, values
from .estimates import LIKENESS, draw_spread, inversion_estimates, likeness
from .published import published, published_over_draws
from .results import InversionResults
from .study import ATTACK_NAMES, CONTROL_NAMES, METRICS, SCORER_NAMES, InversionStudy

NOTHING = "—"
OVER_DRAWS = "_sd_over_draws"  # ending of a metric: its standard deviation over draws of BrainLeaks-v2's probabilities
COMPARED = ("fredrikson", "brainleaks_v1", "brainleaks_v2", "ascent", "random_spikes", "class_mean")  # in A-ST1
Cell = tuple[str, ...]  # labels of a line, title of a column, text


def inversion_table(id: str, results: InversionResults, profile: str) -> Table:
    """A-T1 to A-T4: one data set; the paper's attacks beside the published values, then our controls."""
    rows = pd.DataFrame(_rows(results, profile))
    cells = (cell for r in rows.itertuples() for cell in _cells(r, results.study))
    return Table(id, rows, shown(cells, ("attack", "")), _notes(results, profile))


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
        estimate = Estimate(None, why="one draw") if spread is None else mean_over_runs(spread)[0]
        _, deviation = published_over_draws(results.study.dataset, metric)
        keys = {"attack": "brainleaks_v2", "judge": "snn", "metric": metric + OVER_DRAWS}
        yield row(results, profile, len(results.study.seeds), **keys) | values(estimate, deviation)


def _cells(r, study: InversionStudy) -> Iterator[Cell]:
    """Where a row of numbers stands in the table that is shown, and what was published beside it."""
    control, own = r.attack in study.controls, study.kind_of(r.attack)
    who = CONTROL_NAMES[r.attack] if control else f"{ATTACK_NAMES[r.attack]} ({own.upper()})"
    if r.metric.endswith(OVER_DRAWS):
        metric = r.metric.removesuffix(OVER_DRAWS)
        mean, deviation = published_over_draws(study.dataset, metric)
        if mean is not None:
            yield who, "published, mean of 1,000 draws", METRICS[metric], printed_number(mean)
        yield who, f"ours, s.d. over {study.draws} draws", METRICS[metric], estimate_of(r).text(digits=3)
        if mean is not None:
            yield who, "published, s.d. over 1,000 draws", METRICS[metric], printed_number(deviation, digits=3)
        return
    kind, text = "control" if control else "ours", estimate_of(r).text()
    if r.judge == own:
        yield who, kind, METRICS[r.metric], text
        if not control and r.metric != "target_confidence":  # a number of ours
            yield who, "published", METRICS[r.metric], printed_number(None if pd.isna(r.published) else r.published)
    repeats = study.frames and r.judge == own  # without a second kind of scorers, the column would repeat AA
    if r.metric == "attack_accuracy" and (r.judge != own or own == "snn") and not repeats:
        yield who, kind, f"AA, {SCORER_NAMES[r.judge]}", text


def estimate_of(r) -> Estimate:
    """The number of a row, see `snnlib.report.table.values`."""
    return Estimate(*(None if pd.isna(n) else n for n in (r.value, r.low, r.high)), why=r.remark)


def shown(cells: Iterable[Cell], labels: Sequence[str]) -> pd.DataFrame:
    """A table of cells, its lines and columns in the order in which they come; a repeated first label stands once."""
    table: dict[Cell, dict[str, str]] = {}
    for *line, column, text in cells:
        table.setdefault(tuple(line), {})[column] = text
    frame = pd.DataFrame([dict(zip(labels, line, strict=True)) | of_line for line, of_line in table.items()])
    frame.loc[frame[labels[0]].duplicated(), labels[0]] = ""
    return frame.fillna(NOTHING).set_index(list(labels))


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


def similarity_table(id: str, all_results: Mapping[str, InversionResults], profile: str) -> Table:
    """A-ST1: how much samples look like the training data, without a scorer; see `snnlib.similarity`."""
    rows = pd.DataFrame(
        row(results, profile, len(results.study.seeds_of(name)), attack=name, metric=metric) | values(estimate, None)
        for results in all_results.values()
        for name in COMPARED
        for metric, estimate in likeness(results, name).items()
    )
    titles, names = {name: r.info["title"] for name, r in all_results.items()}, ATTACK_NAMES | CONTROL_NAMES
    cells = ((titles[r.study], names[r.attack], LIKENESS[r.metric], estimate_of(r).text()) for r in rows.itertuples())
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
    return Table(id, rows, shown(cells, ("data", "samples")), notes)
