"""Which jobs a study consists of: from a profile to data, networks and attack results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import datasets, inversion, membership, training
from .profiles import InversionStudy, MembershipStudy
from .store import Job

ANN_ATTACKS = ("fredrikson",)


def family(attack: str) -> str:
    """``ann`` or ``snn``: the kind of network that an attack of paper A is for."""
    return "ann" if attack in ANN_ATTACKS else "snn"


@dataclass(frozen=True)
class InversionPlan:
    """Paper A on one data set: jobs by (family, seed), (attack, seed) and (attack, seed, scorer's seed)."""

    study: InversionStudy
    data: Job
    targets: Mapping[tuple[str, int], Job]
    scorers: Mapping[tuple[str, int], Job]
    inversions: Mapping[tuple[str, int], Job]
    scores: Mapping[tuple[str, int, int], Job]

    def networks(self) -> Iterator[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        yield from self.scorers.values()
        yield from self.targets.values()


def inversion_plan(study: InversionStudy, data: Job, info: Mapping) -> InversionPlan:
    """The jobs of paper A on a data set; ``info`` is that of the data's artefact."""
    title, shape, classes = info["title"], info["shape"], info["classes"]
    targets, scorers, inversions, scores = {}, {}, {}, {}
    for kind in ("ann", "snn"):
        spiking = kind == "snn"
        for seed in study.seeds:
            spec = {"kind": "mlp", "shape": shape, "classes": classes, "hidden": study.hidden}
            settings = {
                "data": data,
                "network": spec | ({"neuron": dict(study.neuron)} if spiking else {}),
                "recipe": dict(study.target_snn if spiking else study.target_ann),
                "seed": seed,
            }
            targets[kind, seed] = Job(training.train, settings, f"train {title} {kind.upper()} target, seed {seed}")
        for seed in study.scorer_seeds:
            spec = {"kind": "scorer", "shape": shape, "classes": classes}
            settings = {
                "data": data,
                "network": spec | ({"neuron": dict(study.scorer_neuron)} if spiking else {}),
                "recipe": dict(study.scorer_snn if spiking else study.scorer_ann),
                "seed": 1000 + seed,  # never a target's seed
            }
            scorers[kind, seed] = Job(training.train, settings, f"train {title} {kind.upper()} scorer, seed {seed}")
    for attack, options in study.attacks.items():
        kind = family(attack)
        extra = {} if kind == "ann" else {"steps": study.target_snn["steps"]}
        for seed in study.seeds:
            own = extra | ({} if kind == "ann" else {"seed": seed})
            settings = {"target": targets[kind, seed], "attack": attack, "settings": dict(options) | own}
            inversions[attack, seed] = Job(inversion.invert, settings, f"{attack} on {title}, seed {seed}")
            for scorer_seed in study.scorer_seeds:
                settings = {
                    "scorer": scorers[kind, scorer_seed],
                    "inversion": inversions[attack, seed],
                    "draws": study.draws,
                    "seed": seed,
                }
                label = f"score {attack} on {title}, seed {seed}, scorer {scorer_seed}"
                scores[attack, seed, scorer_seed] = Job(inversion.score, settings, label)
    return InversionPlan(study, data, targets, scorers, inversions, scores)


@dataclass(frozen=True)
class MembershipPlan:
    """Paper B on one data set: jobs by (model, index) and (model, index, dropout); index 0 is the target.

    ``model`` is ``"ann"`` or the number of time steps T.
    """

    study: MembershipStudy
    data: Job
    networks_by: Mapping[tuple[str | int, int], Job]
    queries: Mapping[tuple[str | int, int, bool], Job]

    def networks(self) -> Iterator[Job]:
        """All that is trained."""
        yield from self.networks_by.values()


def membership_plan(study: MembershipStudy, data: Job, info: Mapping) -> MembershipPlan:
    """The jobs of paper B on a pool: each network's ANN, then T = 1, 2, ..., each from the one before.

    ``info`` is that of the data's artefact.
    """
    title, networks, queries = info["title"], {}, {}
    spec = {"kind": "resnet18", "classes": info["classes"], "width": study.width}
    for index in range(1 + study.references):
        who = "target" if index == 0 else f"reference {index}"
        member = {"references": study.references, "seed": study.seed, "index": index}
        settings = {"data": data, "network": spec, "seed": index, "member": member}
        job = Job(training.train, settings | {"recipe": dict(study.ann)}, f"train {title} ANN, {who}")
        networks["ann", index] = job
        for steps, recipe in study.hybrid.items():
            settings_of_t = settings | {"recipe": dict(recipe), "start": job}
            job = Job(training.train, settings_of_t, f"train {title} SNN T={steps}, {who}")
            networks[steps, index] = job
        for model in ("ann", *study.reported):
            for dropout in (False, True):
                asked = {
                    "data": data,
                    "network": networks[model, index],
                    "dropout": dict(study.dropout) if dropout else None,
                }
                label = f"query {title} {name(model)}, {who}{', dropout' if dropout else ''}"
                queries[model, index, dropout] = Job(membership.query, asked, label)
    return MembershipPlan(study, data, networks, queries)


def name(model: str | int) -> str:
    """How a model of paper B is called: ``ANN`` or ``SNN T=4``."""
    return "ANN" if model == "ann" else f"SNN T={model}"


def load_data(study: InversionStudy | MembershipStudy) -> Job:
    """The job that reads a study's data set, or its stand-in where the data set is not there."""
    source = datasets.locate(study.dataset)
    stand_in = getattr(study, "stand_in", None)
    chosen = stand_in if source.kind == "missing" and stand_in else study.dataset
    return datasets.job(chosen, shrink=study.shrink, limits=study.limits)
