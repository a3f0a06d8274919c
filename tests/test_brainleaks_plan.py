"""Plans of paper A: which jobs a study consists of, who scores what, and what a run's number changes."""

from dataclasses import replace

import numpy as np
import pytest

from snnlib.engine.store import Artefact, Job
from snnlib.errors import DataError
from snnlib.reproduction.brainleaks.plan import inversion_plan
from snnlib.reproduction.brainleaks.results import first_of_each_class, inversion_results
from snnlib.reproduction.brainleaks.scorer_training import scorer_trainings
from snnlib.reproduction.brainleaks.sizes import PAPER, QUICK, STUDIES
from snnlib.reproduction.tasks.score import score

INFO = {"title": "data", "shape": [28, 28], "classes": 10}


def planned(study, run=0):
    return inversion_plan(study, Job(int, {}), INFO, run)


@pytest.mark.parametrize("study", QUICK.values(), ids=lambda study: study.dataset)
def test_every_row_is_scored_by_its_own_kind_first_and_by_common_scorers(study):
    plan = planned(study)
    for row in study.rows:
        kinds = study.scorers_of(row)
        assert kinds[0] == study.kind_of(row) and "common" in kinds
        for seed in study.seeds_of(row):
            for kind in kinds:
                for s in study.scorer_seeds:
                    settings = plan.jobs["scores"][row, seed, kind, s].settings
                    assert settings[f"scorer/{kind}/{s}"] is plan.jobs["scorers"][kind, s]
                    assert settings[f"sample/{seed}"] is plan.jobs["samples"][row, seed]
    every = {job for name in ("scores", "checkpoint_scores") for job in plan.jobs[name].values()}
    assert len(every) == len(study.rows) + 3  # one for each row, and for each attack on its way
    assert (("fredrikson", 0, "snn", 0) in plan.jobs["scores"]) == (not study.frames)


def test_common_scorers_train_on_what_no_target_has_seen_where_data_allow():
    swapped = {name: planned(study).jobs["scorers"]["common", 0].settings.get("swap") for name, study in PAPER.items()}
    assert swapped == {"mnist": True, "att_faces": None, "nmnist": True, "dvsgesture": None}
    plan = planned(PAPER["mnist"])
    assert all("swap" not in job.settings for job in plan.jobs["targets"].values())
    starts = [
        {job.settings["seed"] for job in group.values()} for group in (plan.jobs["targets"], plan.jobs["scorers"])
    ]
    assert starts[0].isdisjoint(starts[1])


def test_controls_use_the_targets_that_they_name():
    plan = planned(PAPER["mnist"])
    assert plan.jobs["samples"]["v2_no_penalty", 2].settings["target"] is plan.jobs["targets"]["snn", 2]
    assert plan.jobs["samples"]["v1_reset_after", 2].settings["target"] is plan.jobs["targets"]["snn_reset_after", 2]
    neurons = [
        plan.jobs["targets"][kind, 0].settings["network"]["neuron"]["reset"] for kind in ("snn", "snn_reset_after")
    ]
    assert neurons == ["subtract_then_decay", "decay_then_subtract"]
    assert plan.jobs["samples"]["random_spikes", 1].settings["inversion"] is plan.jobs["samples"]["brainleaks_v1", 1]
    assert ("class_mean", 0) in plan.jobs["samples"] and ("class_mean", 1) not in plan.jobs["samples"]


def test_a_checkpoint_is_the_same_attack_with_fewer_iterations():
    plan = planned(replace(PAPER["mnist"], checkpoints={"fredrikson": (3,), "brainleaks_v2": (2,)}))
    short, whole = plan.jobs["checkpoint_samples"]["brainleaks_v2", 2, 1], plan.jobs["samples"]["brainleaks_v2", 1]
    assert short.settings["target"] is whole.settings["target"]
    assert short.settings["settings"] == whole.settings["settings"] | {"iterations": 2}
    assert plan.jobs["checkpoint_samples"]["fredrikson", 3, 0].settings["settings"]["steps"] == 3
    scored = plan.jobs["checkpoint_scores"]["brainleaks_v2", 2, 1, 0].settings
    assert scored["sample/2/1"] is short and scored["scorer/0"] is plan.jobs["scorers"]["snn", 0]
    assert scored["draws"] == 3 and scored["seeds"]["2/1"] == short.settings["settings"]["seed"]


def test_a_watched_scorer_is_the_scorer_but_for_its_batch():
    plan = planned(PAPER["mnist"])
    watched = scorer_trainings(plan)
    assert watched.keys() == {(batch, s) for batch in (1000, 100) for s in (0, 1, 2)}
    scorer, settings = plan.jobs["scorers"]["ann", 2].settings, watched[100, 2].settings
    assert scorer["recipe"]["batch"] == 1000 and settings["recipe"] == scorer["recipe"] | {"batch": 100}
    assert {name: settings[name] for name in ("data", "network", "seed")}.items() <= scorer.items()
    assert settings["brainleaks_v2/4"] is plan.jobs["samples"]["brainleaks_v2", 4]


def test_scorers_may_learn_from_fewer_points_than_targets():
    plan = planned(STUDIES["night"]["mnist"])
    assert {job.settings["first"] for job in plan.jobs["scorers"].values()} == {15_000}
    assert all("first" not in job.settings for job in plan.jobs["targets"].values())


def test_the_other_reset_may_have_fewer_targets():
    plan = planned(replace(PAPER["mnist"], reset_after=2))
    assert [k for kind, k in plan.jobs["targets"] if kind == "snn_reset_after"] == [0, 1]
    assert [k for row, k in plan.jobs["samples"] if row == "v2_reset_after"] == [0, 1]
    assert [k for row, k in plan.jobs["samples"] if row == "v2_no_penalty"] == [0, 1, 2, 3, 4]


def seeds_of(plan):
    jobs = [job for group in plan.jobs.values() for job in group.values()]
    settings = [job.settings.get("settings", job.settings) for job in dict.fromkeys(jobs)]
    return [seed for of in settings for seed in (*of.get("seeds", {}).values(), of.get("seed")) if seed is not None]


def test_a_runs_number_changes_every_seed_and_no_key():
    first, second = (planned(QUICK["mnist"], run) for run in (0, 1))
    for name, group in first.jobs.items():
        assert group.keys() == second.jobs[name].keys(), name
    assert set(seeds_of(first)).isdisjoint(seeds_of(second)) and len(seeds_of(first)) == len(seeds_of(second)) > 100


def test_results_hold_the_arrays_and_the_keys_of_their_artefacts():
    plan = planned(STUDIES["smoke"]["mnist"])
    labels = {id(job): f"key of {job.label}" for _, group in plan.jobs.items() for job in group.values()}

    def make(jobs):
        return [artefact(job, labels.get(id(job), f"key of {job.label}")) for job in jobs]

    results = inversion_results(plan, make)
    for name, group in plan.jobs.items():
        assert results.keys[name] == {key: f"key of {job.label}" for key, job in group.items()}
    assert results.keys["data"][()] == f"key of {plan.data.label}"
    assert results.keys["checkpoint_samples"].keys() == plan.jobs["checkpoint_samples"].keys()
    assert (
        results.samples.keys() == plan.jobs["samples"].keys()
        and results.confidence.keys() == plan.jobs["scores"].keys()
    )
    assert {row for row, _ in results.final} == {row for row, of in plan.study.rows.items() if "target" in of}
    assert results.checkpoint_samples["brainleaks_v1", 2, 0].shape == (2, 3, 3)  # summed over time


def artefact(job, key):
    """A made-up result of a job of any kind, of two classes."""
    film = "brainleaks" in job.label
    arrays = {"samples": np.ones((4, 2, 3, 3) if film else (2, 3, 3)), "confidence": np.ones((1, 2, 2))}
    if job.task.__name__ == "invert":
        arrays["final"] = np.ones(2)
    if job.task is score:
        samples, scorers = ([n[7:] for n in job.settings if n.startswith(kind)] for kind in ("sample/", "scorer/"))
        arrays = {f"{one}/{by}": np.ones((1, 2, 2)) for one in samples for by in scorers}
    if job.task is int:
        arrays = {"train_labels": np.array([1, 0, 0]), "train_images": np.arange(27).reshape(3, 3, 3)}
    return Artefact(key, arrays, {"test_accuracy": 1.0, "classes": 2}, {})


def test_the_first_of_each_class_is_shown_and_none_in_place_of_another():
    data = artefact(Job(int, {}), "key")
    pictures, recording = first_of_each_class(data)
    np.testing.assert_array_equal(pictures, data.arrays["train_images"][[1, 0]])
    assert recording is None
    with pytest.raises(DataError):
        first_of_each_class(replace(data, info={"classes": 3}))
