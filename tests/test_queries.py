"""What networks are asked and what they answer."""

import numpy as np
import pytest
import torch

from snnlib.engine.store import Artefact
from snnlib.errors import SettingError
from snnlib.networks import ResNet18, build, initialise
from snnlib.queries import answer, answers, changed, masked, shifted
from snnlib.reproduction.tasks.query import folded, query

MEAN = torch.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)


def artefact(kind="resnet18", steps=None, **settings):
    """An untrained network of width 2 for 4 classes, as a job leaves it."""
    settings = {"kind": kind, "classes": 4, "width": 2, "mean": [0.2, 0.4, 0.6], "sd": [0.3] * 3} | settings
    network = build(**settings)
    initialise(network, torch.Generator().manual_seed(1))
    arrays = {k: v.numpy() for k, v in network.state_dict().items()}
    return Artefact("k", arrays, {"network": settings, "recipe": {"steps": steps}}, {})


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (300, 8, 8, 3), dtype=np.uint8), rng.integers(0, 4, 300, dtype=np.uint8)
    return Artefact("k", {"images": images, "labels": labels}, {}, {})


def test_answer_of_an_ann_and_of_an_snn_by_an_independent_computation(generator):
    images = torch.randn(6, 3, 8, 8, generator=generator)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    ann = ResNet18(4, width=2).eval()
    snn = ResNet18(4, width=2, thresholds=[0.5] * 17).eval()
    with torch.no_grad():
        p = ann(images).double().softmax(-1)[torch.arange(6), labels]
        q = snn(images.repeat(3, 1, 1, 1, 1)).mean(0).double().softmax(-1)
    z, correct = answer(ann, images, labels, steps=None)
    np.testing.assert_allclose(z, p.logit(), atol=1e-5)
    with torch.no_grad():
        np.testing.assert_array_equal(correct, ann(images).argmax(-1) == labels)
    found, _ = answer(snn, images, labels, steps=3)
    np.testing.assert_allclose(found, q[torch.arange(6), labels].logit(), atol=1e-5)
    repeated, _ = answer(snn, images.repeat(3, 1, 1, 1, 1), labels, steps=3)
    np.testing.assert_allclose(repeated, found, rtol=1e-5)
    assert found.dtype == np.float64


@pytest.mark.parametrize("size", [60.0, 300.0, 5000.0])
def test_answers_keep_their_ranks_where_float32_probabilities_saturate(size):
    logits = torch.tensor([[size, 0, 0], [size, 1, 0], [0, size, 0]], dtype=torch.float32)
    z, correct = answer(torch.nn.Flatten(), logits[..., None, None], torch.zeros(3, dtype=torch.long), steps=None)
    np.testing.assert_allclose(z, [size - np.log(2), size - np.log1p(np.e), -size], rtol=1e-12)
    assert correct.tolist() == [True, True, False]


@pytest.mark.parametrize("steps", [None, 4])
def test_masks_drop_whole_pixels_at_their_rate_and_scale_nothing(generator, steps):
    images = torch.ones(50, 3, 16, 16) if steps is None else torch.ones(steps, 50, 3, 16, 16)
    found = masked(images, 0.1, MEAN, generator)
    dropped = found != 1
    assert torch.equal(dropped[..., 0, :, :], dropped[..., 2, :, :])
    assert torch.equal(found, torch.where(dropped, MEAN, 1.0))
    assert float(dropped.float().mean()) == pytest.approx(0.1, abs=0.01)


def test_a_black_box_drops_a_pixel_at_all_steps_and_the_released_code_each_channel_at_each(generator):
    """Drawn apart, two channels or two steps lose the same place with the product of their probabilities."""
    images = torch.ones(100, 3, 16, 16)
    black_box, released = ({"kind": kind, "probability": 0.3} for kind in ("dropout", "released"))
    assert changed(images, black_box, 0, MEAN, 4, generator).shape == images.shape
    assert changed(images, released, 0, MEAN, None, generator).shape == images.shape
    dropped = changed(images, released, 0, MEAN, 4, generator) != 1
    assert dropped.shape == (4, *images.shape)
    assert dropped.float().mean((1, 3, 4)).numpy() == pytest.approx(0.3, abs=0.015)  # of 25,600
    for one, other in ((dropped[0], dropped[1]), (dropped[:, :, 0], dropped[:, :, 2])):
        assert float((one & other).float().mean()) == pytest.approx(0.09, abs=0.01)


def test_shifts_move_by_whole_pixels_and_repeat_the_edge(generator):
    image = torch.rand(1, 3, 5, 6, generator=generator)
    found = shifted(image.repeat(300, 1, 1, 1), 1, generator)
    padded = torch.nn.functional.pad(image, (1,) * 4, mode="replicate")
    moves = {tuple(padded[0, :, r : r + 5, c : c + 6].flatten().tolist()) for r in range(3) for c in range(3)}
    assert {tuple(x.flatten().tolist()) for x in found} == moves


def test_flips_and_noise(generator):
    images = torch.rand(4, 3, 8, 8, generator=generator)
    copies = [changed(images, {"kind": "flips"}, c, MEAN, None, generator) for c in (0, 1)]
    assert torch.equal(copies[0], images) and torch.equal(copies[1], images.flip(-1))
    noisy = changed(torch.full((200, 3, 8, 8), 0.5), {"kind": "noise", "sd": 0.1}, 0, MEAN, None, generator)
    assert float(noisy.std()) == pytest.approx(0.1, rel=0.03)
    edge = changed(torch.ones(9, 3, 8, 8), {"kind": "noise", "sd": 0.1}, 0, MEAN, None, generator)
    assert edge.max() == 1 and edge.min() < 1


def test_an_unknown_kind_of_query_is_refused(generator):
    with pytest.raises(SettingError, match="dropout"):
        changed(torch.zeros(1, 3, 4, 4), {"kind": "droput"}, 0, MEAN, None, generator)


def test_all_networks_are_asked_the_same_and_copies_differ(monkeypatch):
    how = {"kind": "dropout", "probability": 0.2, "copies": 2, "seed": 3}
    seen = []

    def same(network, images, labels, *, steps):
        seen.append(images)
        return np.zeros(len(labels)), np.zeros(len(labels), bool)

    monkeypatch.setattr("snnlib.queries.answer", same)
    images, labels = torch.rand(300, 3, 8, 8), torch.zeros(300).long()
    for kind, steps in (("resnet18", None), ("vgg16", None), ("resnet18", 2)):
        network = build(kind, classes=4, width=2)
        answers(network, images, labels, how, steps=steps, mean=MEAN)
    first, others = seen[:4], (seen[4:8], seen[8:])
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    assert not torch.equal(first[0], first[2])


def test_answers_for_every_point_and_copy(pool):
    how = {"kind": "noise", "sd": 0.05, "copies": 3, "seed": 0}
    kinds = {"plain": {"kind": "plain"}, "with noise": how}
    arrays, _ = query(pool, artefact(steps=2, thresholds=[0.5] * 17), kinds)
    alone, _ = query(pool, artefact(steps=2, thresholds=[0.5] * 17), {"with noise": how})
    z, correct = arrays["z/with noise"], arrays["correct/with noise"]
    assert z.shape == correct.shape == (3, 300) and z.dtype == np.float64 and correct.dtype == bool
    assert z.tobytes() == alone["z/with noise"].tobytes()
    assert arrays["z/plain"].shape == (1, 300) and not np.array_equal(arrays["z/plain"][0], z[0])


@pytest.mark.parametrize("kind", ["resnet18", "vgg16"])
def test_a_folded_network_answers_the_same_without_its_batch_norms(kind):
    """With statistics and scales such as a training leaves."""
    network = build(kind, classes=4, width=2, mean=[0.2, 0.4, 0.6], sd=[0.3] * 3).double()
    for name, values in network.state_dict().items():
        if values.is_floating_point():
            values.copy_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))) + 0.5)
    x = torch.rand(5, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    before = network.eval()(x)
    assert not [module for module in folded(network).modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert torch.allclose(network(x), before, rtol=1e-9) and before.std() > 0
