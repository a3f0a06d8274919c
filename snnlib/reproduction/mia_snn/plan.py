"""Which jobs paper B consists of on one data set."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import product

from ...datasets.catalogue import dataset
from ...engine.store import Job
from ...randomness import run_seed
from ..lab import Lab
from ..tasks.data import data_job
from ..tasks.query import query
from ..tasks.train import train
from .sizes import STUDIES
from .study import MembershipStudy, Model, model_name

PLAIN, DROPOUT, RELEASED = "plain", "dropout", "released"  # kinds of queries; every network gets the first two


@dataclass(frozen=True)
class MembershipPlan:
    """Paper B on one data set."""

    study: MembershipStudy
    data: Job
    seed: int  #: Of the split into pairs.
    networks_by: Mapping[tuple[Model, int], Job]  #: By model and index; 2k and 2k + 1 are a complementary pair.
    queries: Mapping[tuple[Model, int], Job]  #: By model and index: all kinds of queries that a network gets.

    @property
    def title(self) -> str:
        """The data set, or its stand-in, and the kind of network."""
        return self.study.title(dataset(self.data.settings["name"]).title)

    def networks(self) -> Iterator[Job]:
        """All that is trained; what takes longest comes first, so that workers end together."""
        yield from sorted(self.networks_by.values(), key=lambda job: -(job.settings["recipe"]["steps"] or 0))


def membership_plans(lab: Lab) -> dict[str, MembershipPlan]:
    """Plans by study (data set, and network where that is no ResNet18) for what a lab wants; reads the data first."""
    plans = {}
    for name, study in lab.wanted(STUDIES[lab.profile.name]).items():
        seed = run_seed(lab.seed, 0)
        data = data_job(study.dataset, study.stand_in, shrink=study.shrink, limits=study.limits, seed=seed)
        (artefact,) = lab.run([data])
        plans[name] = membership_plan(study, data, artefact.info, lab.seed)
    return plans


def membership_plan(study: MembershipStudy, data: Job, info: Mapping, run: int = 0) -> MembershipPlan:
    """The jobs of paper B on a pool ``data``: each network's ANN, then T = 1, 2, ..., each from the one before.

    ``info`` is that of the pool's artefact; all seeds are derived from the number of the ``run``.
    """
    networks, queries, network, seed = {}, {}, None, run_seed(run, 0)
    spec = {"kind": study.network, "width": study.width} | {name: info[name] for name in ("classes", "mean", "sd")}
    recipes = {"ann": study.ann} | study.hybrid | ({"direct": study.direct} if study.direct else {})
    for index, (model, recipe) in product(range(2 * study.pairs), recipes.items()):
        if index >= study.networks(model):
            continue
        label = f"{info['title']} {study.network} {model_name(model)}, network {index + 1}"
        settings = {"data": data, "network": spec, "seed": run_seed(run, index)}
        settings |= {"member": {"seed": seed, "index": index}, "recipe": asdict(recipe)}
        if model == "direct":
            settings["network"] = spec | {"neuron": dict(study.neuron)}
        elif model != "ann":
            settings["start"] = network  # the one before
        network = networks[model, index] = Job(train, settings, f"train {label}")
        if model in study.models:
            asked = {"data": data, "network": network, "kinds": query_kinds(study, model, index, run)}
            queries[model, index] = Job(query, asked, f"query {label}")
    return MembershipPlan(study, data, seed, networks, queries)


def query_kinds(study: MembershipStudy, model: Model, index: int, run: int = 0) -> dict[str, dict]:
    """The kinds of queries that a network gets, by name (see `snnlib.queries`); all networks get the same masks.

    Only those of dropout as released are each network's own. Dropout is tuned on the references of network 0: its own
    pair takes no part.
    """
    dropout = {"kind": DROPOUT, "copies": study.copies, "seed": run_seed(run, 0)}
    kinds = {PLAIN: {"kind": PLAIN}, DROPOUT: dropout | {"probability": study.probability}}
    if model in study.controlled:
        kinds |= {name: dropout | how for name, how in study.controls.items()}
        kinds[RELEASED] |= {"seed": run_seed(run, index)}
    if index > 1 and model in study.tuning.get("models", ()):
        kinds |= {tuning_query(study, p): dropout | {"probability": p} for p in study.tuning["probabilities"]}
    return kinds


def tuning_query(study: MembershipStudy, probability: float) -> str:
    """The name of the query with which a drop probability is tried out."""
    return DROPOUT if probability == study.probability else f"{DROPOUT} {probability:g}"
