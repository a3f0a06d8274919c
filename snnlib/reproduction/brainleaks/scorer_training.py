"""Figure A-SF4: attack accuracy against how far the scorer that judges has been trained."""

from itertools import product

import numpy as np
from matplotlib.figure import Figure

from ...engine.jobs import Make, made_by
from ...engine.store import Job
from ...metrics.inversion import recognised
from ...report.figure import Data, drawn_by
from ...report.style import PAGE
from ..tasks.score import score_in_training
from .figures import grid
from .plan import InversionPlan
from .published import published
from .study import ATTACK_NAMES

SEEDS = 3  # of scorers, at most
NOTE = "AA over all targets, after each pass over the training data. Published: one scorer, batch 1,000, 1,200 steps."
LOOKS = (("#1f5fa8", "-"), ("#d95f02", "--"), ("#1b9e77", ":"))  # of batches


def scorer_trainings(plan: InversionPlan) -> dict[tuple[int, int], Job]:
    """ANN scorers that judge all attacks' samples after each epoch of their training, by (batch, seed)."""
    study, found = plan.study, {}
    samples = {f"{attack}/{k}": plan.jobs["samples"][attack, k] for attack in study.attacks for k in study.seeds}
    for batch, s in product(study.watched, study.scorer_seeds[:SEEDS]):
        scorer = plan.jobs["scorers"]["ann", s]
        settings = {**scorer.settings, "recipe": {**scorer.settings["recipe"], "batch": batch}, **samples}
        found[batch, s] = Job(score_in_training, settings, f"{scorer.label}, batch {batch}, and look at samples")
    return found


def _draw_trainings(batches: list[dict], titles: list[str], marks: list[float | None]) -> Figure:
    figure, axes = grid([""], titles, (PAGE, 2.3), sharey=True)
    for of, (colour, dashes) in zip(batches, LOOKS, strict=False):
        look = {"color": colour, "linestyle": dashes}
        for ax, values in zip(axes[0], of["values"], strict=True):
            ax.plot(of["steps"], values.T, **look, linewidth=0.5, alpha=0.6)
            ax.plot(of["steps"], values.mean(0), **look, label=f"batch {of['batch']}, mean of {len(values)} scorers")
    for ax, mark in zip(axes[0], marks, strict=True):
        ax.axhline(np.nan if mark is None else mark, color="black", linestyle="-.", linewidth=0.8, label="published")
        ax.set(xscale="log", ylim=(-0.04, 1.06), xlabel="scorer's steps")
    axes[0, 0].set_ylabel("share", fontsize=8)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=7.5)
    return figure


@drawn_by(_draw_trainings)
def accuracy_in_training(plan: InversionPlan, make: Make) -> Data:
    """A-SF4: AA of each attack's samples, over all targets, by ANN scorers after each epoch of their training.

    A line for each batch and seed, thick for a batch's mean; last, the scorers' accuracy on the test data.
    """
    study, jobs, batches = plan.study, scorer_trainings(plan), []
    made = made_by(list(jobs.values()), make)
    for batch in study.watched:
        runs = [made[job].arrays for (b, _), job in jobs.items() if b == batch]
        of = [
            [[recognised(run[f"{attack}/{k}"]).mean(-1) for k in study.seeds] for run in runs]
            for attack in study.attacks
        ]
        values = [*np.mean(of, 2), np.array([run["accuracy"] for run in runs])]  # each [scorers, epochs]
        batches.append({"batch": batch, "steps": runs[0]["steps"], "values": values})
    titles = [f"{ATTACK_NAMES[attack]} ({study.kind_of(attack).upper()}), AA" for attack in study.attacks]
    aa, accuracy = (published(study.dataset, "fredrikson", metric) for metric in ("attack_accuracy", "scorer_accuracy"))
    return {"batches": batches, "titles": [*titles, "scorer's test accuracy"], "marks": [aa, None, None, accuracy]}
