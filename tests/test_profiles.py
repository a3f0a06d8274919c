"""Profiles: the paper's settings as published, and honest about departures."""

import pytest
from snnlib.reproduction.recipes import recipe

from snnlib.errors import SettingError
from snnlib.reproduction.profiles import PAPER, PROFILES, departures, profile


def test_paper_has_the_published_settings_of_paper_a():
    mnist = PAPER.inversion["mnist"]
    assert mnist.hidden == 3000 and mnist.target_ann["epochs"] == 50 and mnist.target_ann["batch"] == 1000
    assert mnist.target_snn["lr"] == 5e-5 and mnist.target_snn["steps"] == 25 and mnist.target_snn["clip"] == 1.0
    assert mnist.neuron["beta"] == 0.7 and mnist.neuron["reset"] == "subtract_then_decay"
    v2 = mnist.attacks["brainleaks_v2"]
    assert (v2["population"], v2["rate"], v2["epsilon"], v2["alpha"], v2["sparsity"]) == (7, 1.0, 1e-10, 0.1, 0.01)
    faces = PAPER.inversion["att_faces"]
    assert (faces.target_ann["lr"], faces.target_ann["batch"], faces.target_ann["epochs"]) == (5e-5, 8, 70)
    assert not faces.attacks["fredrikson"]["clamp"] and mnist.attacks["fredrikson"]["clamp"]


def test_paper_has_the_published_settings_of_the_event_data():
    nmnist, gesture = PAPER.inversion["nmnist"], PAPER.inversion["dvsgesture"]
    assert (nmnist.frames["denoise"], nmnist.frames["window"], nmnist.frames["polarity"]) == (40_000, 3_000, "first")
    assert (gesture.frames["denoise"], gesture.frames["window"], gesture.frames["polarity"]) == (
        100_000,
        50_000,
        "merged",
    )
    assert (nmnist.target_snn["lr"], gesture.target_snn["lr"], gesture.target_snn["batch"]) == (2e-4, 5e-5, 6)
    assert (nmnist.scorer_snn["lr"], gesture.scorer_snn["lr"]) == (5e-5, 2e-4)
    assert nmnist.scorer_neuron["beta"] == 0.8 and nmnist.scorer_neuron["surrogate"] == ["atan", 1.5]
    v1, v2 = gesture.attacks["brainleaks_v1"], gesture.attacks["brainleaks_v2"]
    assert (v1["iterations"], v1["read"]) == (25, "spikes") and nmnist.attacks["brainleaks_v1"]["iterations"] == 10
    assert (v2["population"], v2["rate"], v2["epsilon"], v2["alpha"], v2["sparsity"]) == (5, 0.1, 1e-12, 0.2, 0.1)
    v2 = nmnist.attacks["brainleaks_v2"]
    assert (v2["population"], v2["rate"], v2["epsilon"], v2["alpha"], v2["sparsity"]) == (5, 1e-3, 1e-12, 0.3, 0.3)
    assert (v2["cost"], v2["moment"], v2["read"]) == ("log", "running", "potential")
    assert nmnist.target_snn["steps"] == gesture.target_snn["steps"] == 100


@pytest.mark.parametrize("study", PAPER.inversion.values(), ids=lambda study: study.dataset)
def test_controls_differ_from_the_attack_in_what_they_are_named_for(study):
    v1, v2, controls = study.attacks["brainleaks_v1"], study.attacks["brainleaks_v2"], study.controls
    assert controls["v2_no_penalty"] == v2 | {"sparsity": 0.0}
    assert controls["v1_reset_after"] == v1 | {"target": "snn_reset_after"}
    assert controls["ascent"] == v1 | {"method": "ascent"}
    assert ("v2_running_moment" in controls) == (v2["moment"] == "as released")


def test_paper_has_the_published_settings_of_paper_b():
    study = PAPER.membership["cifar100"]
    assert study.ann.lr == 0.02 and study.ann.epochs == 200 and study.ann.weight_decay == 5e-4
    assert [study.hybrid[t]["epochs"] for t in (1, 2, 3, 4)] == [50, 30, 30, 30]
    assert study.hybrid[2]["lr"] == 5e-3 and study.width == 64 and study.references == 4
    assert study.dropout["probability"] == 0.01 and study.dropout["copies"] == 30
    assert study.hybrid[3]["autoaugment"] and study.ann.cutout == 8 and study.ann.padding == 4
    ten, vgg = PAPER.membership["cifar10"], PAPER.membership["cifar10-vgg16"]
    assert ten.ann["lr"] == 0.1 and not ten.ann["autoaugment"] and ten.ann["cutout"] is None
    assert (vgg.network, vgg.direct, vgg.ann) == ("vgg16", {}, ten.ann)
    assert all(s.direct["steps"] == 4 and s.direct["lr"] == 1e-3 and s.direct["epochs"] == 250 for s in (study, ten))
    assert ten.direct["optimizer"] == "adam" and ten.neuron["surrogate"] == ["gaussian", 0.5]
    assert all("thresholds of its own" in s.deviations[0] for s in PAPER.membership.values())


def test_paper_departs_from_itself_in_nothing_and_quick_declares_all():
    assert departures(PAPER) == []
    quick = {(d.study, d.setting): (d.paper, d.here) for d in departures(PROFILES["quick"])}
    assert quick["mnist", "hidden"][0] == 3000
    assert quick["cifar100", "width"][0] == 64
    assert ("mnist", "attacks.brainleaks_v2.population") not in quick


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_every_study_of_the_paper(name):
    assert PROFILES[name].name == name and PROFILES[name].purpose
    assert PROFILES[name].inversion.keys() == PAPER.inversion.keys()
    assert PROFILES[name].membership.keys() == PAPER.membership.keys()


def test_misspelt_names_are_refused():
    with pytest.raises(SettingError, match="quick"):
        profile("qick")
    with pytest.raises(SettingError, match="epochs"):
        recipe(epoch=3)
