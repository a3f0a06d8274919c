"""Which jobs a study consists of: from a profile to data, networks and attack results."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from . import datasets, inversion, scoring, similarity, training
from . import queries as asking
from .profiles import InversionStudy, MembershipStudy
from .store import Job

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
        (row, seed): Job(similarity.similarity, {"data": data, "inversion": job}, f"compare {job.label}")
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
    settings = {"data": data, "network": network, "recipe": dict(recipe), "seed": seed}
    return Job(training.train, settings, f"train {info['title']} target {kind}, seed {seed}")


def _scorer(study: InversionStudy, data: Job, info: Mapping, judge: str, seed: int) -> Job:
    network = {"kind": "scorer", "shape": info["shape"], "classes": info["classes"]}
    if judge == "snn":
        network["neuron"] = dict(study.scorer_neuron)
    recipe = study.scorer_snn if judge == "snn" else study.scorer_ann
    settings = {"data": data, "network": network, "recipe": dict(recipe), "seed": 1000 + seed}  # never a target's
    if judge == "common" and study.unseen:
        settings["swap"] = True
    return Job(training.train, settings, f"train {info['title']} scorer {judge}, seed {seed}")


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
    method, label, steps = options.pop("method"), f"{row} on {title}, seed {seed}", study.target_snn["steps"]
    if method == "class_mean":
        return Job(scoring.class_mean, {"data": data, "steps": steps}, f"{row} of {title}")
    if method == "shuffled":
        return Job(scoring.shuffled, {"inversion": samples[options["of"], seed], "seed": seed}, label)
    target = options.pop("target")
    if target != "ann":
        options["steps"] = steps
    if "seed" in inspect.signature(inversion.ATTACKS[method]).parameters:
        options["seed"] = seed
    return Job(inversion.invert, {"target": targets[target, seed], "method": method, "settings": options}, label)


def _score(study: InversionStudy, scorer: Job, samples: Job, seed: int, who: str) -> Job:
    settings = {
        "scorer": scorer,
        "inversion": samples,
        "draws": study.draws,
        "seed": seed,
        "steps": study.target_snn["steps"],
    }
    return Job(scoring.score, settings, f"score {samples.label}, {who}")


PLAIN, DROPOUT = "plain", "dropout"  # names of ways of asking; the others are those of a study's controls


@dataclass(frozen=True)
class MembershipPlan:
    """Paper B on one data set: jobs by (model, index) and (model, index, way of asking); index 0 is the target.

    ``model`` is ``"ann"``, ``"direct"`` or the number of time steps T of a converted network.
    """

    study: MembershipStudy
    data: Job
    networks_by: Mapping[tuple[str | int, int], Job]
    queries: Mapping[tuple[str | int, int, str], Job]

    @property
    def title(self) -> str:
        """The data set, or its stand-in, and the kind of network."""
        return self.study.title(datasets.known(self.data.settings["name"]).title)

    def networks(self) -> Iterator[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        yield from sorted(self.networks_by.values(), key=lambda job: -(job.settings["recipe"]["steps"] or 0))


def membership_plan(study: MembershipStudy, data: Job, info: Mapping) -> MembershipPlan:
    """The jobs of paper B on a pool: each network's ANN, then T = 1, 2, ..., each from the one before.

    ``info`` is that of the data's artefact.
    """
    networks, queries = {}, {}
    spec = {"kind": study.network, "classes": info["classes"], "width": study.width}
    spec |= {"mean": info["mean"], "sd": info["sd"]}
    for index in range(1 + study.references):
        networks |= _networks(study, data, spec, info["title"], index)
    for (model, index), network in networks.items():
        for way, how in ways(study, model, index).items():
            label = f"query {info['title']} {study.network} {name(model)}, {_who(index)}, {way}"
            queries[model, index, way] = Job(asking.query, {"data": data, "network": network, "how": how}, label)
    return MembershipPlan(study, data, networks, queries)


FEWEST_STEPS = 200  # of an optimiser: with less, an ANN has learnt next to nothing


def hardly_trained(study: MembershipStudy, info: Mapping) -> str:
    """A sentence, if the study's schedule is too short for a pool, as for a stand-in of a fortieth of the size."""
    steps = study.ann["epochs"] * max(1, info["sizes"]["pool"] // 2 // study.ann["batch"])
    if steps >= FEWEST_STEPS:
        return ""
    return (
        f"On {info['title']} the ANN is trained in {steps} steps, which teach it next to nothing; the schedule is made "
        f"for {study.dataset}. Put its files into the data folder, or use profile quick."
    )


def _networks(study: MembershipStudy, data: Job, spec: Mapping, title: str, index: int) -> dict:
    """The networks that are trained on the members of one index, by (model, index)."""
    found, member = {}, {"references": study.references, "seed": study.seed, "index": index}
    common = {"data": data, "network": dict(spec), "seed": index, "member": member}

    def add(model: str | int, recipe: Mapping, **settings: object) -> None:
        label = f"train {title} {study.network} {name(model)}, {_who(index)}"
        found[model, index] = Job(training.train, common | {"recipe": dict(recipe)} | settings, label)

    add("ann", study.ann)
    before = "ann"
    for steps, recipe in study.hybrid.items():
        add(steps, recipe, start=found[before, index])
        before = steps
    if study.direct and index <= study.direct_references:
        add("direct", study.direct, network=dict(spec) | {"neuron": dict(study.neuron)})
    return found


def ways(study: MembershipStudy, model: str | int, index: int) -> dict[str, dict]:
    """In which ways a network is asked, by name (see `snnlib.queries`)."""
    if model not in study.models:
        return {}
    found = {PLAIN: {"kind": PLAIN}, DROPOUT: {"kind": DROPOUT} | dict(study.dropout)}
    if model in study.controlled:
        spiking = model == "direct" or (model != "ann" and model > 1)  # one step has one mask
        found |= {way: dict(how) for way, how in study.controls.items() if spiking or not how.get("each_step")}
    if index > 0 and model in study.tuning.get("models", ()):
        most = max(study.tuning["copies"])
        for p in study.tuning["probabilities"]:
            found[tried(p)] = {"kind": DROPOUT, "probability": p, "copies": most, "seed": study.dropout["seed"]}
    return found


def tried(probability: float) -> str:
    """The name of a way of asking that is tried out: dropout with this probability."""
    return f"dropout {probability:g}"


def _who(index: int) -> str:
    return "target" if index == 0 else f"reference {index}"


def name(model: str | int) -> str:
    """How a model of paper B is called: ``ANN``, ``SNN T=4`` or ``direct SNN``."""
    return {"ann": "ANN", "direct": "direct SNN"}.get(model, f"SNN T={model}")


def load_data(study: InversionStudy | MembershipStudy) -> Job:
    """The job that reads a study's data set, or its stand-in where the data set is not there."""
    source = datasets.locate(study.dataset)
    stand_in = getattr(study, "stand_in", None)
    chosen = stand_in if source.kind == "missing" and stand_in else study.dataset
    return datasets.job(chosen, shrink=study.shrink, limits=study.limits, frames=getattr(study, "frames", None))
