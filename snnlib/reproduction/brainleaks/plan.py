"""Which jobs paper A consists of on one data set."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from inspect import signature
from typing import Any

from ...engine.store import Job
from ...inversion import ATTACKS
from ...randomness import run_seed
from ..lab import Lab
from ..tasks.data import data_job
from ..tasks.invert import invert
from ..tasks.score import class_mean, score, shuffled, similarity
from ..tasks.train import train
from .sizes import STUDIES
from .study import InversionStudy

CHECKPOINT_DRAWS = 5  # of spikes, at most, for samples that are not finished
SCORER_SEEDS = 1000  # above those of targets: no scorer starts as a target does


@dataclass(frozen=True)
class InversionPlan:
    """Paper A on one data set. Seeds in keys are the study's; a run's number is added in the settings of jobs.

    Attributes:
        targets: by (target, seed); a target is ``ann``, ``snn`` or ``snn_reset_after``.
        scorers: by (kind, seed); a kind is ``ann``, ``snn`` or ``common``.
        samples: inverted samples by (row, seed), the row being an attack or a control.
        similarities: by (row, seed): how much they look like the data.
        scores: by (row, seed, kind of scorer, scorer's seed).
        checkpoint_samples: by (attack, iterations, seed).
        checkpoint_scores: of these by scorers of the attack's own kind: (attack, iterations, seed, scorer's seed).
    """

    study: InversionStudy
    data: Job
    targets: Mapping[tuple[str, int], Job]
    scorers: Mapping[tuple[str, int], Job]
    samples: Mapping[tuple[str, int], Job]
    similarities: Mapping[tuple[str, int], Job]
    scores: Mapping[tuple[str, int, str, int], Job]
    checkpoint_samples: Mapping[tuple[str, int, int], Job]
    checkpoint_scores: Mapping[tuple[str, int, int, int], Job]

    def networks(self) -> list[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        return [*self.scorers.values(), *self.targets.values()]

    def groups(self) -> Iterator[tuple[str, Mapping[tuple, Job]]]:
        """All jobs that the tables and figures need but the data's, by name of their attribute; longest first."""
        for name in ("scorers", "targets", "samples", "similarities", "scores", "checkpoint_scores"):
            yield name, getattr(self, name)


def inversion_plan(study: InversionStudy, data: Job, info: Mapping, run: int = 0) -> InversionPlan:
    """The jobs of paper A on a data set.

    Args:
        study: what to do.
        data: the job that reads the data.
        info: of the data's artefact.
        run: the run's number, see `snnlib.randomness.run_seed`.
    """
    make, few = _Maker(study, data, info, run), min(study.draws, CHECKPOINT_DRAWS)
    kinds = dict.fromkeys(row["target"] for row in study.rows.values() if "target" in row)
    targets = {(kind, k): make.target(kind, k) for kind in kinds for k in study.seeds}
    scorers = {(kind, s): make.scorer(kind, s) for kind in ("snn", "ann", "common") for s in study.scorer_seeds}
    samples: dict[tuple[str, int], Job] = {}
    for row in study.rows:
        for k in study.seeds_of(row):
            samples[row, k] = make.samples(row, k, targets, samples)
    similarities = {
        key: Job(similarity, {"data": data, "inversion": job}, f"compare {job.label}") for key, job in samples.items()
    }
    scores = {
        (row, k, kind, s): make.score(job, k, scorers[kind, s], study.draws)
        for (row, k), job in samples.items()
        for kind in study.scorers_of(row)
        for s in study.scorer_seeds
    }
    checkpoint_samples = {
        (attack, stop, k): make.samples(attack, k, targets, samples, stop)
        for attack, stops in study.checkpoints.items()
        for k in study.seeds
        for stop in stops
    }
    checkpoint_scores = {
        (attack, stop, k, s): make.score(job, k, scorers[study.kind_of(attack), s], few)
        for (attack, stop, k), job in checkpoint_samples.items()
        for s in study.scorer_seeds
    }
    return InversionPlan(
        study, data, targets, scorers, samples, similarities, scores, checkpoint_samples, checkpoint_scores
    )


@dataclass(frozen=True)
class _Maker:
    """Makes single jobs; ``k`` and ``s`` are the study's seeds of a target and a scorer."""

    study: InversionStudy
    data: Job
    info: Mapping
    run: int

    def target(self, kind: str, k: int) -> Job:
        network: dict[str, Any] = {"kind": "mlp", "hidden": self.study.hidden}
        if kind != "ann":
            network["neuron"] = dict(self.study.neuron)
        if kind == "snn_reset_after":
            network["neuron"]["reset"] = "decay_then_subtract"
        recipe = self.study.target_ann if kind == "ann" else self.study.target_snn
        return self._train(network, asdict(recipe), k, f"target {kind}, seed {k}")

    def scorer(self, kind: str, s: int) -> Job:
        network: dict[str, Any] = {"kind": "scorer"}
        if kind == "snn":
            network["neuron"] = dict(self.study.scorer_neuron)
        recipe = self.study.scorer_snn if kind == "snn" else self.study.scorer_ann
        swap = {"swap": True} if kind == "common" and self.study.unseen else {}
        return self._train(network, asdict(recipe), SCORER_SEEDS + s, f"scorer {kind}, seed {s}", **swap)

    def _train(self, network: Mapping, recipe: Mapping, seed: int, what: str, **more: bool) -> Job:
        network = {**network, "shape": self.info["shape"], "classes": self.info["classes"]}
        settings = {"data": self.data, "network": network, "recipe": recipe, "seed": run_seed(self.run, seed)}
        return Job(train, settings | more, f"train {self.info['title']} {what}")

    def samples(self, row: str, k: int, targets: Mapping, samples: Mapping, iterations: int | None = None) -> Job:
        """Samples of a row; of an attack, after fewer iterations if that is given."""
        settings = dict(self.study.rows[row])
        method, steps, seed = settings.pop("method"), self.study.target_snn.steps, run_seed(self.run, k)
        if method == "class_mean":
            return Job(class_mean, {"data": self.data, "steps": steps}, f"{row} of {self.info['title']}")
        title = self.info["title"] if iterations is None else f"{self.info['title']}, {iterations} iterations"
        label = f"{row} on {title}, seed {k}"
        if method == "shuffled":
            return Job(shuffled, {"inversion": samples[settings["of"], k], "seed": seed}, label)
        target = settings.pop("target")
        if iterations is not None:
            settings["steps" if target == "ann" else "iterations"] = iterations
        if target != "ann":
            settings["steps"] = steps
        if "seed" in signature(ATTACKS[method]).parameters:
            settings["seed"] = seed
        return Job(invert, {"target": targets[target, k], "method": method, "settings": settings}, label)

    def score(self, samples: Job, k: int, scorer: Job, draws: int) -> Job:
        settings = {"scorer": scorer, "inversion": samples, "draws": draws}
        settings |= {"seed": run_seed(self.run, k), "steps": self.study.target_snn.steps}
        return Job(score, settings, f"score {samples.label}, by {scorer.label.removeprefix('train ')}")


def inversion_plans(lab: Lab) -> dict[str, InversionPlan]:
    """Plans by data set for what a lab wants; reads the data first."""
    plans = {}
    for name, study in lab.wanted(STUDIES[lab.profile.name]).items():
        data = data_job(study.dataset, shrink=study.shrink, limits=study.limits, frames=study.frames, seed=lab.seed)
        (artefact,) = lab.run([data])
        plans[name] = inversion_plan(study, data, artefact.info, lab.seed)
    return plans
