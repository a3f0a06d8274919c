"""Training on toy data: it learns, it is reproducible, it converts."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from snnlib.engine.store import Artefact
from snnlib.errors import SettingError
from snnlib.reproduction.tasks.points import split
from snnlib.reproduction.tasks.train import restore, train
from snnlib.training import Recipe, accuracy

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 40], "reset": "subtract_then_decay"}
MLP = {"kind": "mlp", "shape": [4, 4], "classes": 2, "hidden": 30}
COLOURS = {"mean": [0.3] * 3, "sd": [0.25] * 3}
RESNET = {"kind": "resnet18", "classes": 2, "width": 2} | COLOURS
VGG = {"kind": "vgg16", "classes": 2, "width": 2} | COLOURS
DIRECT = {"beta": 0.5, "threshold": 1.0, "surrogate": ["gaussian", 0.5], "reset": "zero"}
MEMBER = {"references": 2, "seed": 0, "index": 1}


def recipe(**changes):
    return asdict(Recipe(**changes))


SGD = recipe(optimizer="sgd", lr=0.05, momentum=0.9, batch=16, epochs=3, coding="constant", readout="logits", padding=1)


def halves(n, side, seed):
    """Images whose upper or lower half is bright, and which it is."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.uint8)
    images = rng.integers(0, 60, (n, side, side)).astype(np.uint8)
    half = side // 2
    images[labels == 0, :half] += 150
    images[labels == 1, half:] += 150
    return images, labels


@pytest.fixture
def flat():
    (x, y), (a, b) = halves(120, 4, 0), halves(60, 4, 1)
    arrays = {"train_images": x, "train_labels": y, "test_images": a, "test_labels": b}
    return Artefact("k", arrays, {}, {})


@pytest.fixture
def pool():
    x, y = halves(60, 8, 2)
    arrays = {"images": np.repeat(x[..., None], 3, -1), "labels": y}
    return Artefact("k", arrays, {}, {})


def as_artefact(result):
    return Artefact("k", *result, {})


@pytest.mark.parametrize("neuron", [None, NEURON])
def test_ann_and_snn_learn_what_is_easy(flat, neuron):
    network = MLP | ({"neuron": neuron} if neuron else {})
    steps = {"steps": 8, "clip": 1.0} if neuron else {}
    _, info = train(flat, network, recipe(lr=5e-3, batch=20, epochs=5, **steps), seed=0)
    assert info["test_accuracy"] > 0.95 and info["loss"][-1] < 0.8 * info["loss"][0] and len(info["loss"]) == 5


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(flat):
    settings = MLP | {"neuron": NEURON}, recipe(steps=4, epochs=1)
    one, two, other = (train(flat, *settings, seed=s)[0] for s in (0, 0, 1))
    assert all(one[k].tobytes() == two[k].tobytes() for k in one)
    assert any(one[k].tobytes() != other[k].tobytes() for k in one)


def test_training_leaves_the_global_generator_of_others_alone(flat):
    before = torch.get_rng_state()
    train(flat, MLP, recipe(epochs=1), seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    one = train(flat, MLP, recipe(epochs=1), seed=0)[0]
    torch.rand(7)
    two = train(flat, MLP, recipe(epochs=1), seed=0)[0]
    assert all(one[k].tobytes() == two[k].tobytes() for k in one)


def test_a_restored_network_says_the_same(flat):
    artefact = as_artefact(train(flat, MLP, recipe(epochs=2), seed=0))
    network = restore(artefact)
    images = torch.from_numpy(flat.arrays["test_images"]).float() / 255
    right = network(images).argmax(-1).numpy() == flat.arrays["test_labels"]
    assert right.mean() == pytest.approx(artefact.info["test_accuracy"])
    assert not any(p.requires_grad for p in network.parameters()) and not network.training


def test_gradient_clipping_limits_the_step(flat):
    common = {"optimizer": "sgd", "lr": 1.0, "batch": 120, "epochs": 1}
    start, _ = train(flat, MLP, recipe(**common | {"epochs": 0}), seed=0)
    for clip in (None, 1e-3):
        end, _ = train(flat, MLP, recipe(**common, clip=clip), seed=0)
        moved = np.sqrt(sum(((end[k] - start[k]) ** 2).sum() for k in end))
        assert moved == pytest.approx(1e-3, rel=1e-2) if clip else moved > 1e-2


def test_members_and_the_others_are_disjoint_halves(pool):
    parts = [split(pool, MEMBER | {"index": i}, "cpu") for i in (1, 2)]
    assert torch.equal(parts[0]["train"][0], parts[1]["test"][0])
    assert torch.equal(parts[0]["test"][1], parts[1]["train"][1])


def test_an_ann_becomes_an_snn_that_goes_on_from_its_weights(pool):
    ann = as_artefact(train(pool, RESNET, SGD, 0, MEMBER))
    arrays, info = train(pool, {}, SGD | {"steps": 2, "epochs": 0}, 0, MEMBER, start=ann)
    assert len(info["network"]["thresholds"]) == 17 and all(t > 0 for t in info["network"]["thresholds"])
    assert all(np.array_equal(arrays[k], ann.arrays[k]) for k in arrays)
    first = as_artefact((arrays, info))
    arrays, later = train(pool, {}, SGD | {"steps": 3, "epochs": 1}, 0, MEMBER, start=first)
    assert later["network"]["thresholds"] == info["network"]["thresholds"]
    assert any(not np.array_equal(arrays[k], first.arrays[k]) for k in arrays)


def test_a_vgg_gets_average_pools_when_it_is_converted(pool):
    ann = as_artefact(train(pool, VGG, SGD, 0, MEMBER))
    arrays, info = train(pool, {}, SGD | {"steps": 1, "epochs": 0}, 0, MEMBER, start=ann)
    assert "pooling" not in ann.info["network"] and info["network"]["pooling"] == "average"
    assert len(info["network"]["thresholds"]) == 15
    assert all(np.array_equal(arrays[k], ann.arrays[k]) for k in arrays)


def test_a_directly_trained_snn_learns_from_its_first_weights_on(pool):
    adam = recipe(lr=5e-3, batch=10, epochs=25, steps=4, coding="constant", readout="logits")
    _, info = train(pool, RESNET | {"width": 4, "neuron": DIRECT}, adam, 0, MEMBER)
    assert info["loss"][-1] < 0.7 * info["loss"][0] and info["train_accuracy"] > 0.8


def test_augmentation_is_part_of_the_recipe_and_seeded(pool):
    asked = SGD | {"autoaugment": True, "cutout": 4, "epochs": 1}
    one, two, plain = (train(pool, RESNET, r, 0, MEMBER)[0] for r in (asked, asked, asked | {"autoaugment": False}))
    assert all(np.array_equal(one[k], two[k]) for k in one)
    assert any(not np.array_equal(one[k], plain[k]) for k in one)


def test_converting_leaves_the_global_generator_of_others_alone(pool):
    ann = as_artefact(train(pool, RESNET, SGD, 0, MEMBER))
    before = torch.get_rng_state()
    train(pool, {}, SGD | {"steps": 1, "epochs": 1}, 0, MEMBER, start=ann)
    assert torch.equal(torch.get_rng_state(), before)


def test_thresholds_belong_to_each_networks_own_training_half(pool):
    ann = as_artefact(train(pool, RESNET, SGD, 0, MEMBER))
    other = as_artefact(train(pool, RESNET, SGD, 0, MEMBER | {"index": 2}))
    snn = SGD | {"steps": 1, "epochs": 0}
    thetas = [
        train(pool, {}, snn, 0, MEMBER | {"index": i}, start=a)[1]["network"]["thresholds"]
        for i, a in ((1, ann), (2, other))
    ]
    assert thetas[0] != thetas[1]


@pytest.mark.parametrize(
    ("shape", "steps", "largest"),
    [((28, 28), None, 500), ((112, 92), 25, 7), ((3, 32, 32), 4, 162), ((2000, 2000), 3, 1)],
)
def test_large_images_are_evaluated_a_few_at_a_time(shape, steps, largest):
    class Black(torch.nn.Module):
        """A network that sees only class 0."""

        def forward(self, x):
            shown.append(x.shape[x.ndim - 1 - len(shape)])
            return torch.tensor([1.0, 0.0]).expand(*x.shape[: x.ndim - len(shape)], 2)

    shown, labels = [], torch.zeros(2 * largest + 1).long()
    images = torch.zeros(1, *shape).expand(len(labels), *shape)
    asked = recipe(steps=steps, coding="constant", readout="logits")
    assert accuracy(Black(), images, labels, asked, 0) == 1.0
    assert shown == [largest, largest, 1]


@pytest.mark.parametrize("change", [{"optimizer": "adagrad"}, {"schedule": "linear"}])
def test_unknown_settings_are_refused(flat, change):
    with pytest.raises(SettingError, match="Choose"):
        train(flat, MLP, recipe(**change), seed=0)
