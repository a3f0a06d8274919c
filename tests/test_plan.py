"""Plans: which jobs a study consists of, and who judges what."""

from dataclasses import replace

import pytest

from snnlib.engine.store import Job
from snnlib.reproduction.brainleaks import plan
from snnlib.reproduction.brainleaks.plan import family, inversion_plan, seeds
from snnlib.reproduction.mia_snn.plan import hardly_trained
from snnlib.reproduction.profiles import PAPER, PROFILES

INFO = {"title": "data", "shape": [28, 28], "classes": 10}


def made(study):
    return inversion_plan(study, Job(int, {}), INFO)


@pytest.mark.parametrize("name", PAPER.inversion)
def test_every_row_is_scored_by_its_own_kind_first_and_by_common_scorers(name):
    study = PROFILES["quick"].inversion[name]
    p = made(study)
    for row in study.rows:
        judges = plan.judges(study, row)
        assert judges[0] == family(study.rows[row]) and "common" in judges
        for seed in seeds(study, row):
            for judge in judges:
                for k in study.scorer_seeds:
                    job = p.scores[row, seed, judge, k]
                    assert job.settings["scorer"] is p.scorers[judge, k]
                    assert job.settings["inversion"] is p.samples[row, seed]
    assert ("fredrikson", 0, "snn", 0) in p.scores or study.frames
    assert len(p.scores) == len(set(map(id, p.scores.values())))


def test_common_scorers_train_on_what_no_target_has_seen_where_data_allow():
    swapped = {name: made(study).scorers["common", 0].settings.get("swap") for name, study in PAPER.inversion.items()}
    assert swapped == {"mnist": True, "att_faces": None, "nmnist": True, "dvsgesture": None}
    p = made(PAPER.inversion["mnist"])
    assert all("swap" not in job.settings for job in p.targets.values())
    assert {job.settings["seed"] for job in p.targets.values()}.isdisjoint(
        {job.settings["seed"] for job in p.scorers.values()}
    )


def test_controls_use_the_targets_that_they_name():
    p = made(PAPER.inversion["mnist"])
    assert p.samples["v2_no_penalty", 2].settings["target"] is p.targets["snn", 2]
    assert p.samples["v1_reset_after", 2].settings["target"] is p.targets["snn_reset_after", 2]
    neurons = [p.targets[kind, 0].settings["network"]["neuron"]["reset"] for kind in ("snn", "snn_reset_after")]
    assert neurons == ["subtract_then_decay", "decay_then_subtract"]
    assert p.samples["random_spikes", 1].settings["inversion"] is p.samples["brainleaks_v1", 1]
    assert ("class_mean", 1) not in p.samples


def test_the_course_is_the_same_attack_with_fewer_iterations():
    p = made(replace(PAPER.inversion["mnist"], course={"fredrikson": (3,), "brainleaks_v2": (2,)}))
    short, whole = p.course["brainleaks_v2", 2, 1, 0].settings["inversion"], p.samples["brainleaks_v2", 1]
    assert short.settings["target"] is whole.settings["target"]
    assert short.settings["settings"] == whole.settings["settings"] | {"iterations": 2}
    assert p.course["fredrikson", 3, 0, 0].settings["inversion"].settings["settings"]["steps"] == 3


@pytest.mark.parametrize(
    ("profile", "pool", "said"), [("gpu", 1843, True), ("gpu", 60_000, False), ("quick", 1300, False)]
)
def test_a_schedule_that_is_too_short_for_a_stand_in_is_said_so(profile, pool, said):
    info = {"sizes": {"pool": pool}, "title": "photos-tiles"}
    text = hardly_trained(PROFILES[profile].membership["cifar100"], info)
    assert bool(text) == said and (not said or ("45 steps" in text and "made for cifar100" in text))
