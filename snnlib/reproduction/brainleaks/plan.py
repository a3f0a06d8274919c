"""Which jobs paper A consists of on one data set."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from ...engine.store import Job
from ...inversion import ATTACKS
from ..lab import Lab
from ..tasks.data import data_job
from ..tasks.invert import invert
from ..tasks.score import class_mean, score, shuffled, similarity
from ..tasks.train import train
from .sizes import STUDIES
from .study import InversionStudy

AFTER = "decay_then_subtract"  # the reset of the other form of the neuron: after the decay


@dataclass(frozen=True)
class InversionPlan:
    """Paper A on one data set.

    Attributes:
        targets: by (target, seed); a target is ``ann``, ``snn`` or ``snn_reset_after``.
        scorers: by (judge, seed); a judge is ``ann``, ``snn`` or ``common``.
        samples: inverted samples by (row, seed), the row being an attack or a control.
        similarities: by (row, seed): how much they look like the data.
        scores: by (row, seed, judge, scorer's seed).
        course: by (attack, iterations, seed, scorer's seed): scores after some iterations, by the attack's own judge.
    """

    study: InversionStudy
    data: Job
    targets: Mapping[tuple[str, int], Job]
    scorers: Mapping[tuple[str, int], Job]
    samples: Mapping[tuple[str, int], Job]
    similarities: Mapping[tuple[str, int], Job]
    scores: Mapping[tuple[str, int, str, int], Job]
    course: Mapping[tuple[str, int, int, int], Job]

    def networks(self) -> Iterator[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        yield from self.scorers.values()
        yield from self.targets.values()

    def jobs(self) -> Iterator[Job]:
        """All that the tables and figures need."""
        for group in (self.networks(), self.samples.values(), self.similarities.values()):
            yield from group
        yield from self.scores.values()
        yield from self.course.values()


def family(settings: Mapping) -> str:
    """``ann`` or ``snn``: the kind of network that an attack's or control's samples are for."""
    if settings["method"] == "shuffled":
        return "ann" if settings["of"] == "fredrikson" else "snn"
    return "ann" if settings.get("target") == "ann" else "snn"


def judges(study: InversionStudy, row: str) -> tuple[str, ...]:
    """Who scores the samples of a row: scorers of its own kind first, then the common ones.

    Images can be shown to SNN scorers as well. Pictures of summed events cannot: they have no course in time.
    """
    own = family(study.rows[row])
    return (own, "common") if own == "snn" or study.frames else (own, "common", "snn")


def seeds(study: InversionStudy, row: str) -> tuple[int, ...]:
    """The targets of a row; the mean of a class needs none, and there is only one."""
    return study.seeds if study.rows[row]["method"] != "class_mean" else study.seeds[:1]


def inversion_plan(study: InversionStudy, data: Job, info: Mapping) -> InversionPlan:
    """The jobs of paper A on a data set; ``info`` is that of the data's artefact."""
    title = info["title"]
    targets = {(kind, seed): _target(study, data, info, kind, seed) for kind in _targets(study) for seed in study.seeds}
    scorers = {
        (judge, seed): _scorer(study, data, info, judge, seed)
        for judge in ("snn", "ann", "common")
        for seed in study.scorer_seeds
    }
    samples = {}
    for row in study.rows:
        for seed in seeds(study, row):
            samples[row, seed] = _samples(study, data, targets, samples, title, row, seed)
    similarities = {
        (row, seed): Job(similarity, {"data": data, "inversion": job}, f"compare {job.label}")
        for (row, seed), job in samples.items()
    }
    scores = {
        (row, seed, judge, k): _score(study, scorers[judge, k], job, seed, f"{judge} scorer {k}")
        for (row, seed), job in samples.items()
        for judge in judges(study, row)
        for k in study.scorer_seeds
    }
    course = {}
    for attack, stops in study.course.items():
        own = family(study.rows[attack])
        limit = "steps" if own == "ann" else "iterations"
        for seed in study.seeds:
            for stop in stops:
                changes = {limit: stop}
                job = _samples(study, data, targets, samples, f"{title}, {stop} iterations", attack, seed, changes)
                for k in study.scorer_seeds:
                    few = replace(study, draws=min(study.draws, 5))
                    course[attack, stop, seed, k] = _score(few, scorers[own, k], job, seed, f"{own} scorer {k}")
    return InversionPlan(study, data, targets, scorers, samples, similarities, scores, course)


def _targets(study: InversionStudy) -> list[str]:
    return list(dict.fromkeys(row["target"] for row in study.rows.values() if "target" in row))


def _target(study: InversionStudy, data: Job, info: Mapping, kind: str, seed: int) -> Job:
    network = {"kind": "mlp", "shape": info["shape"], "classes": info["classes"], "hidden": study.hidden}
    if kind != "ann":
        network["neuron"] = dict(study.neuron) | ({"reset": AFTER} if kind == "snn_reset_after" else {})
    recipe = study.target_ann if kind == "ann" else study.target_snn
    settings = {"data": data, "network": network, "recipe": asdict(recipe), "seed": seed}
    return Job(train, settings, f"train {info['title']} target {kind}, seed {seed}")


def _scorer(study: InversionStudy, data: Job, info: Mapping, judge: str, seed: int) -> Job:
    network = {"kind": "scorer", "shape": info["shape"], "classes": info["classes"]}
    if judge == "snn":
        network["neuron"] = dict(study.scorer_neuron)
    recipe = study.scorer_snn if judge == "snn" else study.scorer_ann
    settings = {"data": data, "network": network, "recipe": asdict(recipe), "seed": 1000 + seed}  # never a target's
    if judge == "common" and study.unseen:
        settings["swap"] = True
    return Job(train, settings, f"train {info['title']} scorer {judge}, seed {seed}")


def _samples(
    study: InversionStudy,
    data: Job,
    targets: Mapping,
    samples: Mapping,
    title: str,
    row: str,
    seed: int,
    changes: Mapping | None = None,
) -> Job:
    options = dict(study.rows[row]) | (changes or {})
    method, label, steps = options.pop("method"), f"{row} on {title}, seed {seed}", study.target_snn.steps
    if method == "class_mean":
        return Job(class_mean, {"data": data, "steps": steps}, f"{row} of {title}")
    if method == "shuffled":
        return Job(shuffled, {"inversion": samples[options["of"], seed], "seed": seed}, label)
    target = options.pop("target")
    if target != "ann":
        options["steps"] = steps
    if "seed" in inspect.signature(ATTACKS[method]).parameters:
        options["seed"] = seed
    return Job(invert, {"target": targets[target, seed], "method": method, "settings": options}, label)


def _score(study: InversionStudy, scorer: Job, samples: Job, seed: int, who: str) -> Job:
    settings = {
        "scorer": scorer,
        "inversion": samples,
        "draws": study.draws,
        "seed": seed,
        "steps": study.target_snn.steps,
    }
    return Job(score, settings, f"score {samples.label}, {who}")


def inversion_plans(lab: Lab) -> dict[str, InversionPlan]:
    """Plans by data set for what a lab wants; reads the data first."""
    plans = {}
    for name, study in lab.wanted(STUDIES[lab.profile.name]).items():
        data = data_job(study.dataset, shrink=study.shrink, limits=study.limits, frames=study.frames)
        (artefact,) = lab.run([data])
        plans[name] = inversion_plan(study, data, artefact.info)
    return plans
