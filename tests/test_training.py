"""Training on toy data: it learns, it is reproducible, it goes on after an interruption, it converts."""

import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.lib import COLOURS, RESNET, colour_pool, grey_data

from snnlib.engine.store import Artefact
from snnlib.errors import SettingError
from snnlib.networks import build, initialise
from snnlib.reproduction.tasks.points import points, split
from snnlib.reproduction.tasks.train import load_state, restore, save_state, train
from snnlib.training import Recipe, accuracy, fit, learning_rates

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 40], "reset": "subtract_then_decay"}
MLP = {"kind": "mlp", "shape": [4, 4], "classes": 2, "hidden": 30}
VGG = {"kind": "vgg16", "classes": 2, "width": 2} | COLOURS
DIRECT = {"beta": 0.5, "threshold": 1.0, "surrogate": ["gaussian", 0.5], "reset": "zero"}
MEMBER = {"seed": 0, "index": 0}


def recipe(**changes):
    return asdict(Recipe(**changes))


SGD = recipe(optimizer="sgd", lr=0.05, momentum=0.9, batch=16, epochs=3, coding="constant", readout="logits", padding=1)


@pytest.fixture
def flat():
    return grey_data()


@pytest.fixture
def pool():
    return colour_pool()


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
    parts = [split(pool, MEMBER | {"index": i}, "cpu") for i in (0, 1)]
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


def test_a_vgg_is_converted_at_each_of_its_activations(pool):
    ann = as_artefact(train(pool, VGG, SGD, 0, MEMBER))
    arrays, info = train(pool, {}, SGD | {"steps": 1, "epochs": 0}, 0, MEMBER, start=ann)
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
    asked = Recipe(steps=steps, coding="constant", readout="logits")
    assert accuracy(Black(), images, labels, asked, 0) == 1.0
    assert shown == [largest, largest, 1]


@pytest.mark.parametrize("change", [{"optimizer": "adagrad"}, {"schedule": "linear"}])
def test_unknown_settings_are_refused(flat, change):
    with pytest.raises(SettingError, match="Choose"):
        train(flat, MLP, recipe(**change), seed=0)


@pytest.mark.parametrize("epochs", [1, 2, 7, 100])
def test_the_learning_rate_falls_along_a_cosine_as_torchs(epochs):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    expected = []
    for _ in range(epochs):
        expected += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    assert learning_rates(Recipe(lr=4e-3, epochs=epochs, schedule="cosine")) == pytest.approx(expected, rel=1e-12)
    assert learning_rates(Recipe(lr=4e-3, epochs=epochs)) == [4e-3] * epochs


# ---------------------------------------------------------------- interrupted and gone on with

AUGMENTED = {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "batch": 16, "epochs": 5, "schedule": "cosine"}
AUGMENTED |= {"padding": 1, "autoaugment": True, "cutout": 3}
BERNOULLI = {"batch": 20, "epochs": 5, "schedule": "cosine", "steps": 4, "clip": 1.0}
TRAININGS = {
    "adam and cosine": (MLP, {"batch": 20, "epochs": 5, "schedule": "cosine"}),
    "bernoulli coding": (MLP | {"neuron": NEURON}, BERNOULLI),
    "sgd, momentum, augmentation": (RESNET, AUGMENTED),
}


class KilledError(Exception):
    """Stands for whatever ends a training."""


def fresh(settings, seed=0):
    model = build(**settings)
    initialise(model, torch.Generator().manual_seed(seed))
    return model


def weights(model):
    return {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("name", TRAININGS)
def test_training_interrupted_three_times_gives_the_same_bytes(name, flat, pool):
    settings, changes = TRAININGS[name]
    data = points(pool, "cpu") if settings is RESNET else points(flat, "cpu", "train_")
    whole, asked = fresh(settings), Recipe(**changes)
    history = fit(whole, *data, asked, seed=3)
    kept = None
    for end in (1, 3, 4):

        def keep(state, end=end):
            nonlocal kept
            kept = {name: tensor.clone() for name, tensor in state.items()}
            if len(state["history"]) == end:
                raise KilledError

        with pytest.raises(KilledError):
            fit(fresh(settings, seed=end if kept else 0), *data, asked, seed=3, resume=kept, on_epoch=keep)
    last = fresh(settings, seed=9)
    assert fit(last, *data, asked, seed=3, resume=kept) == history and len(kept["history"]) == 4
    assert weights(last) == weights(whole)


def test_a_finished_state_trains_no_more_and_another_networks_is_refused(flat):
    states, data, asked = [], points(flat, "cpu", "train_"), Recipe(batch=20, epochs=2)
    done = fresh(MLP)
    history = fit(done, *data, asked, seed=0, on_epoch=states.append)
    again = fresh(MLP, seed=1)
    assert fit(again, *data, asked, seed=0, resume=states[-1]) == history and weights(again) == weights(done)
    for state in (states[-1] | {"order": torch.zeros(3)}, {"history": torch.tensor([0.1])}):
        with pytest.raises(SettingError, match="does not belong to this training"):
            fit(fresh(MLP), *data, asked, seed=0, resume=state)
    with pytest.raises(SettingError, match="does not belong to this training"):
        fit(fresh(MLP | {"hidden": 7}), *data, asked, seed=0, resume=states[-1])


SCRIPT = """
import os, signal, sys
from dataclasses import asdict
from pathlib import Path
from helpers.lib import grey_data
from test_training import BERNOULLI, MLP, NEURON
from snnlib.reproduction.tasks import train as task
from snnlib.training import Recipe

folder, where, saves = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
task.SAVE_EVERY, replace, save_state, count = 0, Path.replace, task.save_state, 0

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def counted(folder, state):
    global count
    count += 1
    if count == saves and where == "while writing":
        Path.replace = lambda *_: kill()
    save_state(folder, state)
    if count == saves:
        kill()

task.save_state = counted
task.train(grey_data(), MLP | {"neuron": NEURON}, asdict(Recipe(**BERNOULLI)), seed=3, partial=folder)
"""


def test_a_process_killed_three_times_leaves_a_state_to_go_on_from(tmp_path, flat):
    settings = MLP | {"neuron": NEURON}, recipe(**BERNOULLI)
    whole, info = train(flat, *settings, seed=3)
    for where, saves, done in (("after", 1, 1), ("while writing", 2, 2), ("after", 2, 4)):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), where, str(saves)]
        assert subprocess.run(command, env=environment, cwd=Path(__file__).parent).returncode == -signal.SIGKILL
        assert len(load_state(tmp_path)["history"]) == done
    arrays, last = train(flat, *settings, seed=3, partial=tmp_path)
    assert last == info and all(arrays[k].tobytes() == whole[k].tobytes() for k in whole)


def test_a_damaged_state_is_not_used(tmp_path, flat, monkeypatch):
    monkeypatch.setattr("snnlib.reproduction.tasks.train.SAVE_EVERY", 0)
    settings = MLP, recipe(batch=20, epochs=2)
    whole, _ = train(flat, *settings, seed=0, partial=tmp_path)
    (file,) = tmp_path.iterdir()
    intact = file.read_bytes()
    assert len(load_state(tmp_path)["history"]) == 2
    flipped = bytearray(intact)
    flipped[-1] ^= 1
    for content in (b"", intact[:-9], bytes(flipped)):
        file.write_bytes(content)
        assert load_state(tmp_path) is None
        arrays, _ = train(flat, *settings, seed=0, partial=tmp_path)
        assert all(arrays[k].tobytes() == whole[k].tobytes() for k in whole)


def test_states_are_written_at_intervals(tmp_path, flat):
    train(flat, MLP, recipe(batch=20, epochs=2), seed=0, partial=tmp_path)
    assert load_state(tmp_path) is None  # a minute has not passed
    save_state(tmp_path, {"weights/w": torch.ones(2), "history": torch.tensor([0.5])})
    assert load_state(tmp_path)["history"].tolist() == [0.5]
