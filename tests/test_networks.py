"""Networks: the same numbers as snnTorch's neurons, slots and shapes as documented."""

import subprocess
import sys

import pytest
import torch
from helpers.lib import Stepped
from torch import nn

from snnlib import networks
from snnlib.errors import SettingError
from snnlib.networks import VGG16, HalvedByMax, IntegrateAndFire, Leaky, ResNet18, initialise, mlp, scorer
from snnlib.neurons import RESETS

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 40], "reset": "decay_then_subtract"}


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("surrogate", [["fast_sigmoid", 40], ["atan", 1.5], ["gaussian", 0.5], ["box", 1.0]])
@pytest.mark.parametrize("build", [mlp, scorer])
def test_snntorch_step_by_step_gives_the_same_numbers_and_gradients(build, surrogate, reset, generator):
    """Decay and weights have few binary digits: all sums are exact in any order, so that no processor moves a spike."""
    neuron = NEURON | {"reset": reset, "surrogate": surrogate, "beta": 0.5}
    x = (torch.rand(7, 2, 16, 16, generator=generator) < 0.3).float()
    outputs, gradients = [], []
    for stepped in (False, True):
        network = build([16, 16], 4, neuron=neuron)
        if stepped:
            network.slots = nn.ModuleList(Stepped(neuron) for _ in network.slots)
        initialise(network, torch.Generator().manual_seed(5))
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(3 * 256).round_().div_(256)  # enough current to fire
        x = x.detach().requires_grad_()
        spikes, potential = network(x)
        (potential.softmax(-1)[..., 0].sum() + spikes.sum()).backward()
        outputs.append((spikes, potential))
        gradients.append([x.grad, *(p.grad for p in network.parameters())])
    assert outputs[0][0].sum() > 0
    assert torch.equal(outputs[0][0], outputs[1][0])
    torch.testing.assert_close(outputs[0][1], outputs[1][1])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


def test_target_networks_have_the_papers_shape(generator):
    ann, snn = mlp([28, 28], 10), mlp([28, 28], 10, neuron=NEURON)
    assert sum(p.numel() for p in ann.parameters()) == 784 * 3000 + 3000 + 3000 * 10 + 10
    assert ann(torch.rand(2, 28, 28, generator=generator)).shape == (2, 10)
    spikes, potential = snn(torch.rand(4, 2, 28, 28, generator=generator))
    assert spikes.shape == potential.shape == (4, 2, 10)


def test_the_ann_is_sigmoid_between_two_linear_layers(generator):
    ann = mlp([3, 3], 2, hidden=4)
    x = torch.rand(5, 3, 3, generator=generator)
    first, last = ann.layers[0][1], ann.layers[1]
    torch.testing.assert_close(ann(x), last(torch.sigmoid(first(x.flatten(1)))))


def test_pooling_before_a_relu_is_the_same_as_after(generator):
    ann = scorer([28, 28], 10)
    x = torch.rand(3, 28, 28, generator=generator)
    conv1, conv2, linear = ann.layers[0][1], ann.layers[1][0], ann.layers[2][1]
    pool = nn.MaxPool2d(2)
    papers_order = linear(pool(torch.relu(conv2(pool(torch.relu(conv1(x[:, None])))))).flatten(1))
    torch.testing.assert_close(ann(x), papers_order)


@pytest.mark.parametrize("size", [(2, 2), (5, 8), (9, 7)])
def test_pooling_without_gradients_gives_the_same_numbers(size, generator):
    x = torch.randn(3, 12, *size, generator=generator).to(memory_format=torch.channels_last)
    x[0, 0, :2, :2] = torch.tensor([[1.0, torch.nan], [2.0, 3.0]])
    expected = nn.MaxPool2d(2)(x)
    assert expected.isnan().any()
    with torch.no_grad():
        torch.testing.assert_close(HalvedByMax(2)(x), expected, rtol=0, atol=0, equal_nan=True)


DIRECT = {"beta": 0.5, "threshold": 1.0, "surrogate": ["gaussian", 0.5], "reset": "zero"}
BOTH = pytest.mark.parametrize("kind", [ResNet18, VGG16])


@BOTH
@pytest.mark.parametrize("size", [8, 16, 32])
def test_image_networks_have_their_slots_at_any_size(kind, size, generator):
    network = kind(7, width=2)
    assert sum(isinstance(m, nn.ReLU) for m in network.modules()) == kind.slots
    assert network(torch.rand(2, 3, size, size, generator=generator)).shape == (2, 7)


def test_vgg16_has_the_parameters_of_the_published_architecture():
    """14.72 million in convolutions and batch norm (for one-pixel maps), 18.9 in 512-4096-4096-10."""
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), *[(256, 256)] * 2, (256, 512)]
    convolutions += [(512, 512)] * 5
    expected = sum(9 * a * b + 2 * b for a, b in convolutions)  # batch norm's two; it leaves a bias no effect
    expected += 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 10 + 10
    assert sum(p.numel() for p in VGG16(10).parameters()) == expected


@pytest.mark.parametrize("settings", [{}, {"thresholds": [1.0] * 15}, {"neuron": DIRECT}])
def test_vgg_pools_by_averages_whatever_its_activations(settings):
    """Of a ramp it leaves the middle of two pixels, where a maximum would leave the larger one; of one pixel that."""
    pools = [module for module in VGG16(3, width=2, **settings).modules() if type(module).__name__.endswith("Pool2d")]
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    assert [pool(ramp)[0, 0, 0].tolist() for pool in pools] == [[2 * i + 0.5 for i in range(8)]] * 5
    assert float(pools[-1](torch.full((1, 1, 1, 1), 0.3))) == pytest.approx(0.3)


def test_vgg_starts_with_normal_convolutions_of_variance_two_over_fan_out_and_without_biases(generator):
    network = VGG16(10, width=16)
    initialise(network, generator)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            w, sd = module.weight.detach(), (2 / (9 * module.out_channels)) ** 0.5
            assert float(w.std()) == pytest.approx(sd, rel=0.08) and float(w.mean()) == pytest.approx(0, abs=sd / 5)
            assert w.abs().max() > 2.2 * sd  # no uniform distribution reaches beyond 1.73 of its deviations
        if isinstance(module, nn.Linear):
            bound = module.in_features**-0.5
            assert 0.95 * bound < module.weight.abs().max() <= bound and not module.bias.any()


@BOTH
def test_images_are_normalised_inside_the_network(kind, generator):
    x = torch.rand(2, 3, 16, 16, generator=generator)
    mean, sd = [0.5, 0.4, 0.3], [0.2, 0.3, 0.25]
    inside, plain = kind(3, width=2, mean=mean, sd=sd).eval(), kind(3, width=2).eval()
    plain.load_state_dict(inside.state_dict())  # the constants are settings, not weights
    y = (x - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(sd).view(3, 1, 1)
    torch.testing.assert_close(inside(x), plain(y))


@BOTH
def test_a_directly_trained_network_spikes_at_every_slot_and_shares_batch_norm_over_time(kind, generator):
    network = kind(3, width=4, neuron=DIRECT)
    slots = [m for m in network.modules() if isinstance(m, Leaky)]
    seen = []
    for slot in slots:
        slot.register_forward_hook(lambda module, inputs, output: seen.append(output))
    logits = network.train()(torch.rand(4, 6, 3, 16, 16, generator=generator))
    assert logits.shape == (4, 6, 3) and len(seen) == kind.slots
    assert all(set(spikes.unique().tolist()) <= {0.0, 1.0} for spikes in seen) and seen[0].sum() > 0
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(int(m.num_batches_tracked) == 1 for m in norms)  # all steps at once
    logits.sum().backward()
    assert next(network.parameters()).grad.abs().sum() > 0


@BOTH
def test_a_hard_reset_follows_its_equation(kind):
    """U <- U / 2 + I, a spike above 1, then back to 0: by hand for a constant current of 0.8."""
    slot = next(m for m in kind(3, width=2, neuron=DIRECT).modules() if isinstance(m, Leaky))
    assert slot(torch.full((5, 1), 0.8)).flatten().tolist() == [0.0, 1.0, 0.0, 1.0, 0.0]


def test_resnet18_has_the_parameters_of_the_published_architecture():
    """11.17 million weights for CIFAR-10, as the usual implementation reports."""
    assert sum(p.numel() for p in ResNet18(10).parameters()) == 11_173_962


def test_spiking_resnet_equals_the_ann_when_a_step_passes_its_current_on(generator):
    """With one step and slots that act as ReLUs, both are the same network."""
    ann = ResNet18(3, width=2).eval()
    snn = ResNet18(3, width=2, thresholds=[1.0] * 17).eval()
    snn.load_state_dict(ann.state_dict())
    for parent in list(snn.modules()):
        for name, child in parent.named_children():
            if isinstance(child, IntegrateAndFire):
                setattr(parent, name, nn.ReLU())
    x = torch.rand(2, 3, 8, 8, generator=generator)
    torch.testing.assert_close(snn(x[None])[0], ann(x))


def test_initial_weights_come_from_the_generator_with_torchs_ranges():
    one, two, other = (scorer([28, 28], 10) for _ in range(3))
    for network, seed in ((one, 1), (two, 1), (other, 2)):
        initialise(network, torch.Generator().manual_seed(seed))
    for a, b, c in zip(one.parameters(), two.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)
    conv = one.layers[1][0]
    bound = (12 * 25) ** -0.5
    assert 0.95 * bound < conv.weight.abs().max() <= bound and conv.bias.abs().max() <= bound


@pytest.mark.parametrize(
    "call",
    [
        lambda: networks.build("transformer"),
        lambda: scorer([10, 10], 2),
        lambda: ResNet18(10, thresholds=[1.0]),
    ],
)
def test_networks_that_cannot_be_built_are_refused(call):
    with pytest.raises(SettingError):
        call()


def test_the_library_imports_only_what_it_needs():
    """Each in turn, in one process: what is loaded after it."""
    script = """
import sys
heavy = ("torch", "scipy", "snntorch", "pandas", "matplotlib", "safetensors")
for name in ("snnlib", "snnlib.neurons", "snnlib.inversion", "snnlib.training", "snnlib.scoring", "snnlib.metrics"):
    __import__(name)
    print(name, *[module for module in heavy if module in sys.modules], "stats" if "scipy.stats" in sys.modules else "")
"""
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = {name: modules for name, *modules in map(str.split, shown.splitlines())}
    assert loaded.pop("snnlib") == [] and loaded.pop("snnlib.metrics") == ["torch", "scipy"]
    assert set(map(tuple, loaded.values())) == {("torch",)}
