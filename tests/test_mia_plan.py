"""Which networks paper B trains, what they are asked, and from which seeds."""

import numpy as np
from helpers.mia import a_study

from snnlib.engine.store import Artefact, Job
from snnlib.pairs import split_pairs
from snnlib.randomness import run_seed
from snnlib.reproduction.mia_snn.plan import (
    DROPOUT,
    RELEASED,
    membership_plan,
    query_kinds,
    tuning_query,
)
from snnlib.reproduction.mia_snn.results import accuracies, membership_results
from snnlib.reproduction.tasks.points import split

INFO = {"title": "data", "classes": 10, "mean": [0.5] * 3, "sd": [0.2] * 3}
DATA = Job(split, {"name": "cifar10"})


def a_plan(run=0, **pairs):
    return membership_plan(a_study(**pairs), DATA, INFO, run)


def test_each_network_is_an_ann_first_and_then_an_snn_of_more_and_more_steps():
    plan = a_plan()
    assert [key for key in plan.networks_by if key[1] == 3] == [(m, 3) for m in ("ann", 1, 2, 3, 4, "direct")]
    for steps, before in ((1, "ann"), (2, 1), (3, 2), (4, 3)):
        assert plan.networks_by[steps, 5].settings["start"] is plan.networks_by[before, 5]
    halves = {model: plan.networks_by[model, 4].settings["member"] for model in ("ann", 4, "direct")}
    assert halves["ann"] == halves[4] == halves["direct"] == {"seed": 0, "index": 4}


def test_more_pairs_leave_the_others_as_they_are_and_direct_training_may_have_fewer(store):
    few, many = (a_plan(**pairs).networks_by for pairs in ({"pairs": 2}, {"pairs": 4, "direct_pairs": 3}))
    assert all(store.key(many[key]) == store.key(job) for key, job in few.items())
    assert [len([1 for m, _ in many if m == model]) for model in ("ann", 4, "direct")] == [8, 8, 6]


def test_the_number_of_a_run_enters_every_seed():
    one, other = a_plan(), a_plan(run=3)
    assert other.seed == run_seed(3, 0)
    for key, job in one.networks_by.items():
        new = other.networks_by[key].settings
        assert new["seed"] == run_seed(3, job.settings["seed"]) and new["member"]["seed"] == run_seed(3, 0)
    for key, job in one.queries.items():
        for kind, how in job.settings["kinds"].items():
            new = other.queries[key].settings["kinds"][kind]
            assert new.get("seed") == (run_seed(3, how["seed"]) if "seed" in how else None)


def test_a_network_is_asked_everything_in_one_job_with_masks_of_its_own_only_as_released():
    queries = a_plan(direct_pairs=2).queries
    assert [len([1 for of, _ in queries if of == model]) for model in (1, 2, 4, "ann", "direct")] == [6, 6, 6, 6, 4]
    seeds = [{k: how.get("seed") for k, how in queries[1, i].settings["kinds"].items()} for i in (2, 3, 4, 5)]
    assert [of.pop(RELEASED) for of in seeds] == [2, 3, 4, 5] and all(of == seeds[0] for of in seeds)


def test_all_networks_of_a_model_are_asked_the_same_and_tuning_leaves_out_the_reported_pair():
    study = a_study()
    first, second, third, last = (query_kinds(study, 1, index) for index in (0, 1, 2, 5))
    for kinds in (first, second, third, last):
        kinds.pop(RELEASED)  # with masks of its own
    assert first == second == {kind: how for kind, how in third.items() if kind in first} and third == last
    tried = {tuning_query(study, p) for p in study.tuning["probabilities"]}
    assert set(third) - set(first) == tried - {DROPOUT} and len(tried) == 2  # at 0.01 all are asked


def test_a_network_is_trained_on_its_half_and_tested_on_the_other():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (20, 4, 4, 3), dtype=np.uint8), np.arange(20)
    pool = Artefact("k", {"images": images, "labels": labels}, {}, {})
    inside = split_pairs(20, 3, 7)
    for index in range(6):
        parts = split(pool, {"seed": 7, "index": index}, "cpu")
        assert parts["train"][1].tolist() == labels[inside[index]].tolist()
        assert parts["test"][1].tolist() == labels[~inside[index]].tolist()


def test_results_are_signals_by_model_and_query_with_the_keys_of_their_artefacts():
    plan, labels = a_plan(direct_pairs=2), np.arange(20) % 3

    def make(jobs):
        for number, job in enumerate(jobs):
            arrays = {"labels": labels}
            for kind, how in job.settings.get("kinds", {}).items():
                arrays[f"z/{kind}"] = np.full((how.get("copies", 1), 20), float(number))
                arrays[f"correct/{kind}"] = arrays[f"z/{kind}"] > 0
            info = INFO | {"train_accuracy": 0.01 * number, "test_accuracy": 0.005 * number, "sizes": {"pool": 20}}
            yield Artefact(f"key {number}", arrays, info, {})

    results = membership_results(plan, lambda jobs: list(make(jobs)))
    assert results.signals["direct", "plain"].z.shape == (4, 1, 20)
    assert results.signals[1, "dropout 0.1"].z.shape == (4, plan.study.copies, 20)
    np.testing.assert_array_equal(results.signals[1, "dropout 0.1"].inside, split_pairs(20, 3, 0)[2:])
    for (model, kind), signals in results.signals.items():
        first = 6 - len(signals.z) if kind.startswith("dropout ") else 0
        for row, z in enumerate(signals.z):
            assert results.keys[model, first + row] == f"key {z[0, 0]:.0f}"
    of = accuracies(plan, lambda jobs: list(make(jobs)))
    assert {model: len(values) for model, values in of.test.items()} == dict.fromkeys(("ann", 1, 2, 3, 4), 6) | {
        "direct": 4
    }
    np.testing.assert_allclose(of.train["ann"], 2 * of.test["ann"])
