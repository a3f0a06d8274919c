"""Which jobs paper B consists of on one data set."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from ...datasets.catalogue import known
from ...engine.store import Job
from ...training import Recipe
from ..lab import Lab
from ..tasks.data import data_job
from ..tasks.query import query
from ..tasks.train import train
from .sizes import STUDIES
from .study import MembershipStudy

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
        return self.study.title(known(self.data.settings["name"]).title)

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
            label = f"query {info['title']} {study.network} {model_name(model)}, {_who(index)}, {way}"
            queries[model, index, way] = Job(query, {"data": data, "network": network, "how": how}, label)
    return MembershipPlan(study, data, networks, queries)


FEWEST_STEPS = 200  # of an optimiser: with less, an ANN has learnt next to nothing


def hardly_trained(study: MembershipStudy, info: Mapping) -> str:
    """A sentence, if the study's schedule is too short for a pool, as for a stand-in of a fortieth of the size."""
    steps = study.ann.epochs * max(1, info["sizes"]["pool"] // 2 // study.ann.batch)
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

    def add(model: str | int, recipe: Recipe, **settings: object) -> None:
        label = f"train {title} {study.network} {model_name(model)}, {_who(index)}"
        found[model, index] = Job(train, common | {"recipe": asdict(recipe)} | settings, label)

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


def model_name(model: str | int) -> str:
    """How a model of paper B is called: ``ANN``, ``SNN T=4`` or ``direct SNN``."""
    return {"ann": "ANN", "direct": "direct SNN"}.get(model, f"SNN T={model}")


def membership_plans(lab: Lab) -> dict[str, MembershipPlan]:
    """Plans by study (data set, and network where that is no ResNet18) for what a lab wants; reads the data first."""
    plans = {}
    for name, study in lab.wanted(STUDIES[lab.profile.name]).items():
        data = data_job(study.dataset, study.stand_in, shrink=study.shrink, limits=study.limits)
        (artefact,) = lab.run([data])
        problem = hardly_trained(study, artefact.info)
        if problem and lab.profile.name != "smoke":  # which says of itself that it means nothing
            print(f"Note: {problem}")
        plans[name] = membership_plan(study, data, artefact.info)
    return plans
