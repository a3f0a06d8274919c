"""Paper B's settings as published, and at other sizes."""

import pytest

from snnlib.metrics.membership import FEWEST
from snnlib.reproduction.mia_snn.sizes import PAPER, STUDIES, resized


def test_paper_has_the_published_settings():
    study = PAPER["cifar100"]
    assert (study.ann.lr, study.ann.epochs, study.ann.momentum, study.ann.batch) == (0.02, 200, 0.1, 256)
    assert [study.hybrid[t].epochs for t in (1, 2, 3, 4)] == [50, 30, 30, 30]
    assert [study.hybrid[t].steps for t in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert all((r.lr, r.batch) == (5e-3, 256) for r in study.hybrid.values()) and study.width == 64
    assert study.probability == 0.01 and study.copies == 30
    assert study.hybrid[3].autoaugment and study.ann.cutout == 8 and study.ann.padding == 4
    ten, vgg = PAPER["cifar10"], PAPER["cifar10-vgg16"]
    assert ten.ann.lr == 0.1 and not ten.ann.autoaugment and ten.ann.cutout is None
    assert (vgg.network, vgg.direct, vgg.ann) == ("vgg16", None, ten.ann)
    assert all((s.direct.steps, s.direct.lr, s.direct.epochs) == (4, 1e-3, 250) for s in (study, ten))
    assert ten.direct.optimizer == "adam" and ten.neuron["surrogate"] == ["gaussian", 0.5]
    assert ten.neuron["reset"] == "zero" and ten.neuron["beta"] == 0.5


@pytest.mark.parametrize(
    ("profile", "references", "direct"),
    [
        ("smoke", (4, 2, 2), (2, 2)),
        ("quick", (10, 6, 6), (4, 4)),
        ("night", (10, 6, 6), (4, 4)),
        ("gpu", (10, 6, 6), (4, 4)),
        ("paper", (4,) * 3, (4, 4)),
    ],
)
def test_every_target_has_so_many_references(profile, references, direct):
    studies = STUDIES[profile]
    assert studies.keys() == PAPER.keys()
    assert tuple(study.networks("ann") - 2 for study in studies.values()) == references
    assert tuple(study.networks("direct") - 2 for study in studies.values() if study.direct) == direct


def test_night_has_a_number_at_a_false_positive_rate_of_one_in_a_thousand_and_augments_as_published_at_half_the_side():
    for name, study in STUDIES["night"].items():
        assert study.limits["pool"] // 2 >= 1000 * FEWEST
        for small, full in zip((study.ann, *study.hybrid.values()), (PAPER[name].ann, *PAPER[name].hybrid.values())):
            assert (study.shrink, small.padding, small.autoaugment) == (2, full.padding // 2, full.autoaugment)
            assert small.cutout == (full.cutout and full.cutout // 2)


@pytest.mark.parametrize("profile", STUDIES)
def test_tuning_and_controls_ask_models_that_are_attacked(profile):
    for study in STUDIES[profile].values():
        assert {*study.controlled, *study.tuning.get("models", ())} <= set(study.models)
        assert not study.tuning or (study.pairs > 2 and max(study.tuning["copies"]) == study.copies)


def test_a_recipe_is_changed_by_its_name_and_all_by_every():
    study = resized(
        PAPER["cifar10"], {"width": 2, "every.batch": 7, "first.lr": 1.0, "later.epochs": 3, "ann.batch": 5}
    )
    assert (study.width, study.ann.batch, study.direct.batch, study.pairs) == (2, 5, 7, 3)
    assert [(r.batch, r.lr, r.epochs) for r in study.hybrid.values()] == [(7, 1.0, 50)] + [(7, 5e-3, 3)] * 3
    assert resized(PAPER["cifar10-vgg16"], {"direct.lr": 1.0}).direct is None
    with pytest.raises(TypeError, match="widht"):
        resized(PAPER["cifar10"], {"widht": 2})
