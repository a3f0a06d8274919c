"""Paper A's settings: as published, and controls that differ in what they are named for."""

import pytest

from snnlib.reproduction.brainleaks.sizes import PAPER, QUICK, STUDIES, changed


def settings(mapping, *names):
    return tuple(mapping[name] for name in names)


V2 = ("population", "rate", "epsilon", "alpha", "sparsity")


def test_paper_has_the_published_settings_of_images():
    mnist, faces = PAPER["mnist"], PAPER["att_faces"]
    assert (mnist.hidden, mnist.target_ann.epochs, mnist.target_ann.batch) == (3000, 50, 1000)
    assert (mnist.target_snn.lr, mnist.target_snn.steps, mnist.target_snn.clip) == (5e-5, 25, 1.0)
    assert (mnist.neuron["beta"], mnist.neuron["reset"]) == (0.7, "subtract_then_decay")
    assert settings(mnist.attacks["brainleaks_v2"], *V2) == (7, 1.0, 1e-10, 0.1, 0.01)
    assert mnist.attacks["brainleaks_v2"]["moment"] == "as released"
    assert (faces.target_ann.lr, faces.target_ann.batch, faces.target_ann.epochs) == (5e-5, 8, 70)
    assert (faces.scorer_ann.batch, faces.scorer_ann.epochs) == (8, 40)
    assert (mnist.scorer_ann.batch, mnist.scorer_ann.epochs, mnist.scorer_ann.lr) == (1000, 20, 1e-3)
    assert (mnist.scorer_snn.batch, mnist.scorer_snn.clip, PAPER["dvsgesture"].scorer_snn.batch) == (100, 1.0, 6)
    assert settings(faces.attacks["fredrikson"], "clamp", "accumulate") == (False, True)
    assert settings(mnist.attacks["fredrikson"], "clamp", "accumulate") == (True, False)


def test_paper_has_the_published_settings_of_event_data():
    nmnist, gesture = PAPER["nmnist"], PAPER["dvsgesture"]
    frames = ("denoise", "window", "polarity")
    assert settings(nmnist.frames, *frames) == (40_000, 3_000, "first")
    assert settings(gesture.frames, *frames) == (100_000, 50_000, "merged")
    assert (nmnist.target_snn.lr, gesture.target_snn.lr, gesture.target_snn.batch) == (2e-4, 5e-5, 6)
    assert (nmnist.scorer_snn.lr, gesture.scorer_snn.lr) == (5e-5, 2e-4)
    assert nmnist.scorer_neuron["beta"] == 0.8 and nmnist.scorer_neuron["surrogate"] == ["atan", 1.5]
    assert nmnist.attacks["brainleaks_v1"]["iterations"] == 10
    assert settings(gesture.attacks["brainleaks_v1"], "iterations", "read") == (25, "spikes")
    assert settings(nmnist.attacks["brainleaks_v2"], *V2) == (5, 1e-3, 1e-12, 0.3, 0.3)
    assert settings(gesture.attacks["brainleaks_v2"], *V2) == (5, 0.1, 1e-12, 0.2, 0.1)
    for study in (nmnist, gesture):
        chosen = settings(study.attacks["brainleaks_v2"], "cost", "moment", "read")
        assert chosen == ("log", "running", "potential") and study.target_snn.steps == 100


@pytest.mark.parametrize("study", [*PAPER.values(), *QUICK.values()], ids=lambda study: study.dataset)
def test_controls_differ_from_the_attack_in_what_they_are_named_for(study):
    v1, v2, controls = study.attacks["brainleaks_v1"], study.attacks["brainleaks_v2"], study.controls
    assert controls["v2_no_penalty"] == v2 | {"sparsity": 0.0}
    assert controls["v1_reset_after"] == v1 | {"target": "snn_reset_after"}
    assert controls["ascent"] == v1 | {"method": "ascent"}
    assert ("plain_descent" in controls) == study.attacks["fredrikson"]["accumulate"]
    assert ("v2_running_moment" in controls) == (v2["moment"] == "as released")


def test_a_change_leaves_the_study_and_all_else_as_it_was():
    mnist = PAPER["mnist"]
    other = changed(mnist, {"target_snn.lr": 0.5, "attacks.brainleaks_v2.rate": 2.0, "hidden": 7})
    assert (other.target_snn.lr, other.attacks["brainleaks_v2"]["rate"], other.hidden) == (0.5, 2.0, 7)
    assert (mnist.target_snn.lr, mnist.attacks["brainleaks_v2"]["rate"], mnist.hidden) == (5e-5, 1.0, 3000)
    back = {"target_snn.lr": 5e-5, "attacks.brainleaks_v2.rate": 1.0, "hidden": 3000}
    assert changed(other, back) == mnist


@pytest.mark.parametrize("path", ["target_snn.speed", "attacks.brainleaks_v3.rate", "depth"])
def test_a_change_of_what_is_not_there_is_refused(path):
    with pytest.raises((TypeError, KeyError)):
        changed(PAPER["mnist"], {path: 1})


@pytest.mark.parametrize("profile", STUDIES)
def test_every_profile_has_every_data_set(profile):
    assert list(STUDIES[profile]) == list(PAPER) == [study.dataset for study in STUDIES[profile].values()]


def test_night_has_the_papers_networks_and_inputs():
    paper, night = STUDIES["paper"], STUDIES["night"]
    for name in ("mnist", "att_faces", "nmnist"):
        assert night[name].hidden == 3000 and night[name].target_snn.steps == paper[name].target_snn.steps
        assert (night[name].shrink, night[name].frames.get("window")) == (1, paper[name].frames.get("window"))
        assert (len(night[name].seeds), len(night[name].scorer_seeds), night[name].reset_after) == (5, 8, 2)
    assert not night["mnist"].limits and night["dvsgesture"] == QUICK["dvsgesture"]
