"""Which jobs paper A consists of on one data set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from inspect import signature

from ...engine.store import Job
from ...inversion import ATTACKS
from ...randomness import run_seed
from ..lab import Lab
from ..tasks.data import data_job
from ..tasks.invert import invert
from ..tasks.score import class_mean, matched, score, shuffled, similarity
from ..tasks.train import train
from .sizes import STUDIES
from .study import InversionStudy

CHECKPOINT_DRAWS = 3  # of spikes, at most, for samples that are not finished
SCORER_SEEDS = 1000  # above those of targets: no scorer starts as a target does


@dataclass(frozen=True)
class InversionPlan:
    """Paper A on one data set.

    ``jobs`` of each group by key, the longest first. Seeds in keys are the study's; settings add a run's number:
    ``scorers`` by (kind, seed), ``targets`` by (target, seed), inverted ``samples`` and their ``similarities`` to the
    data by (row, seed), ``scores`` by (row, seed, kind of scorer, scorer's seed), ``checkpoint_samples`` by (attack,
    iterations, seed), and ``checkpoint_scores`` by scorers of the attack's own kind by (attack, iterations, seed,
    scorer's seed). One job scores all samples of a row, or of an attack on its way; its arrays are named by `array_of`.
    A target is ``ann``, ``snn`` or ``snn_reset_after``; for other names see `InversionStudy`.
    """

    study: InversionStudy
    data: Job
    jobs: Mapping[str, Mapping[tuple, Job]]

    def networks(self) -> list[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        return [*self.jobs["scorers"].values(), *self.jobs["targets"].values()]


def inversion_plan(study: InversionStudy, data: Job, info: Mapping, run: int = 0) -> InversionPlan:
    """The jobs of run number ``run`` on a data set, given the job that reads it and its artefact's ``info``."""
    make = _Maker(study, data, info, run)
    scorers = {
        (kind, s): make.network("scorer", kind, s) for kind in ("snn", "ann", "common") for s in study.scorer_seeds
    }
    of_rows = [(of["target"], k) for row, of in study.rows.items() if "target" in of for k in study.seeds_of(row)]
    targets = {(kind, k): make.network("target", kind, k) for kind, k in dict.fromkeys(of_rows)}
    samples: dict[tuple[str, int], Job] = {}
    for row in study.rows:
        samples |= {(row, k): make.samples(row, k, targets, samples) for k in study.seeds_of(row)}
    stops = [(attack, stop, k) for attack, of in study.checkpoints.items() for k in study.seeds for stop in of]
    on_the_way = {(attack, n, k): make.samples(attack, k, targets, samples, n) for attack, n, k in stops}
    similarities = {
        key: Job(similarity, {"data": data, "inversion": job}, f"compare {job.label}") for key, job in samples.items()
    }
    scores: dict[tuple, Job] = {}
    for row in study.rows:
        by = {(kind, s): scorers[kind, s] for kind in study.scorers_of(row) for s in study.scorer_seeds}
        scores |= make.scores(row, {(k,): samples[row, k] for k in study.seeds_of(row)}, by, study.draws)
    scores_on_the_way: dict[tuple, Job] = {}
    for attack, its_stops in study.checkpoints.items():
        of = {(n, k): on_the_way[attack, n, k] for n in its_stops for k in study.seeds}
        by = {(s,): scorers[study.kind_of(attack), s] for s in study.scorer_seeds}
        scores_on_the_way |= make.scores(attack, of, by, min(study.draws, CHECKPOINT_DRAWS))
    jobs = {"scorers": scorers, "targets": targets, "samples": samples, "similarities": similarities, "scores": scores}
    jobs |= {"checkpoint_samples": on_the_way, "checkpoint_scores": scores_on_the_way}
    return InversionPlan(study, data, jobs)


@dataclass(frozen=True)
class _Maker:
    """Makes single jobs; ``k`` and ``s`` are the study's seeds of a target and a scorer."""

    study: InversionStudy
    data: Job
    info: Mapping
    run: int

    def network(self, role: str, kind: str, seed: int) -> Job:
        """The training of a ``target`` or a ``scorer``."""
        study, target, ann = self.study, role == "target", kind in ("ann", "common")
        recipe, start = getattr(study, f"{role}_{'ann' if ann else 'snn'}"), seed if target else SCORER_SEEDS + seed
        network: dict = {"kind": "mlp", "hidden": study.hidden} if target else {"kind": "scorer"}
        if not ann:
            network["neuron"] = dict(study.neuron if target else study.scorer_neuron)
        if kind == "snn_reset_after":
            network["neuron"]["reset"] = "decay_then_subtract"
        network |= {"shape": self.info["shape"], "classes": self.info["classes"]}
        settings = {"data": self.data, "network": network, "recipe": asdict(recipe), "seed": run_seed(self.run, start)}
        if not target and study.scorer_points:
            settings["first"] = study.scorer_points
        if kind == "common" and study.unseen:
            settings["swap"] = True
        return Job(train, settings, f"train {self.info['title']} {role} {kind}, seed {seed}")

    def samples(self, row: str, k: int, targets: Mapping, samples: Mapping, iterations: int | None = None) -> Job:
        """Samples of a row; of an attack, after fewer iterations if that is given."""
        settings = dict(self.study.rows[row])
        method, target, seed = settings.pop("method"), settings.pop("target", None), run_seed(self.run, k)
        steps = self.study.target_snn.steps
        if method == "class_mean":
            return Job(class_mean, {"data": self.data, "steps": steps}, f"{row} of {self.info['title']}")
        label = f"{row} on {self.info['title']}{'' if iterations is None else f', {iterations} iterations'}, seed {k}"
        if method == "shuffled":
            return Job(shuffled, {"inversion": samples[settings["of"], k], "seed": seed}, label)
        if method == "matched":
            return Job(matched, {"inversion": samples[settings["of"], k], "data": self.data}, label)
        if iterations is not None:
            settings["steps" if target == "ann" else "iterations"] = iterations
        settings |= {} if target == "ann" else {"steps": steps}
        if "seed" in signature(ATTACKS[method]).parameters:
            settings["seed"] = seed
        return Job(invert, {"target": targets[target, k], "method": method, "settings": settings}, label)

    def scores(self, row: str, samples: Mapping[tuple, Job], scorers: Mapping[tuple, Job], draws: int) -> dict:
        """One job that shows samples, by (..., seed), to scorers; it stands under every (row, *sample, *scorer)."""
        named = {f"sample/{array_of(key)}": job for key, job in samples.items()}
        named |= {f"scorer/{array_of(key)}": job for key, job in scorers.items()}
        seeds = {array_of(key): run_seed(self.run, key[-1]) for key in samples}
        settings = {"draws": draws, "steps": self.study.target_snn.steps, "seeds": seeds, **named}
        label = next(iter(samples.values())).label.partition(", ")[0]
        job = Job(score, settings, f"score {label}")
        return {(row, *sample, *scorer): job for sample in samples for scorer in scorers}


def array_of(key: tuple) -> str:
    """How a scoring job calls samples, scorers and the confidence that is planned as ``(row, *sample, *scorer)``."""
    return "/".join(map(str, key))


def inversion_plans(lab: Lab) -> dict[str, InversionPlan]:
    """Plans by data set for what a lab wants; reads the data first."""
    plans = {}
    for name, study in lab.wanted(STUDIES[lab.profile.name]).items():
        data = data_job(study.dataset, shrink=study.shrink, limits=study.limits, frames=study.frames, seed=lab.seed)
        (artefact,) = lab.run([data])
        plans[name] = inversion_plan(study, data, artefact.info, lab.seed)
    return plans
