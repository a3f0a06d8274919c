"""The networks of both papers, each with activation slots that hold a ReLU, a sigmoid or spiking neurons.

Paper A: `mlp` (targets) and `scorer` (evaluation classifiers), as ANN or SNN of leaky neurons.
Paper B: `ResNet18` and `VGG16`, as ANN, with integrate-and-fire neurons given the thresholds of a
conversion, or with leaky neurons for direct training. They take images in [0, 1] and normalise them.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from .errors import SettingError
from .neurons import integrate_and_fire, lif, surrogate_named


def build(kind: str, **settings) -> nn.Module:
    """The network that settings describe: ``kind`` is ``mlp``, ``scorer``, ``resnet18`` or ``vgg16``."""
    kinds = {"mlp": mlp, "scorer": scorer, "resnet18": ResNet18, "vgg16": VGG16}
    if kind not in kinds:
        raise SettingError(f"There is no network named {kind!r}.", f"Choose one of {', '.join(kinds)}.")
    return kinds[kind](**settings)


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew from a generator, with torch's default distributions; `VGG16`'s as in paper B's code.

    That is: convolutions normal with variance 2 / fan-out (He et al., 2015), biases 0.
    """
    vgg = isinstance(network, VGG16)
    for module in network.modules():
        if vgg and isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", generator=generator)
        elif isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
            if module.bias is not None:
                bound = 0.0 if vgg else 1 / math.sqrt(module.weight[0].numel())
                nn.init.uniform_(module.bias, -bound, bound, generator=generator)


class Leaky(nn.Module):
    """Activation slot with leaky integrate-and-fire neurons: current ``[T, B, ...]`` -> (spikes, potential).

    Args:
        neuron: arguments of `snnlib.neurons.lif`: ``beta``, ``threshold``, ``reset`` and ``surrogate``, the last as
            name and parameter; ``potentials=False`` where nobody reads them, see there.
    """

    def __init__(self, neuron: Mapping):
        super().__init__()
        self.neuron = dict(neuron) | {"surrogate": surrogate_named(*neuron["surrogate"])}

    def forward(self, current: Tensor) -> tuple[Tensor, Tensor | None]:
        return lif(current, **self.neuron)


class IntegrateAndFire(nn.Module):
    """Activation slot of a converted network: current ``[T, B, ...]`` -> spikes of height ``threshold``."""

    def __init__(self, threshold: float):
        super().__init__()
        self.threshold = threshold

    def forward(self, current: Tensor) -> Tensor:
        return integrate_and_fire(current, threshold=self.threshold, potentials=False)[0]


class Feedforward(nn.Module):
    """Weight layers, each followed by an activation slot.

    ANN: ``x [B, ...] -> logits [B, C]``. SNN: ``x [T, B, ...] -> (spikes, potential)`` of the
    output layer, each ``[T, B, C]``. The slots of an SNN may be any modules that give (spikes, potential).
    """

    def __init__(self, layers: Sequence[nn.Module], slots: Sequence[nn.Module]):
        super().__init__()
        self.layers, self.slots = nn.ModuleList(layers), nn.ModuleList(slots)
        self.spiking = isinstance(slots[0], Leaky)

    def forward(self, x: Tensor):
        for layer, slot in zip(self.layers, self.slots, strict=True):
            if self.spiking:
                x, potential = slot(over_time(layer, x))
            else:
                x = slot(layer(x))
        return (x, potential) if self.spiking else x


def over_time(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Apply a layer without state to all steps of ``x [T, B, ...]`` at once; just once to an input expanded over time.

    In the factor n / (n - 1) of its running variance, a batch norm then counts the steps as one.
    """
    shown = x if x.stride(0) else x[:1]
    y = layer(shown.flatten(0, 1)).unflatten(0, shown.shape[:2])
    return y.expand(len(x), *y.shape[1:])


def mlp(shape: Sequence[int], classes: int, hidden: int = 3000, neuron: Mapping | None = None) -> Feedforward:
    """Target network of paper A: one hidden layer; sigmoid as ANN, leaky neurons in both layers as SNN.

    ``shape`` is that of one image, ``[H, W]``; ``neuron=None`` gives the ANN.
    """
    layers = [nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), hidden)), nn.Linear(hidden, classes)]
    return Feedforward(layers, _slots(2, nn.Sigmoid, neuron))


class HalvedByMax(nn.MaxPool2d):
    """Max-pooling of 2 x 2 pixels, ``nn.MaxPool2d(2)``: the same numbers, without gradients in a third of the time."""

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            return super().forward(x)
        rows = torch.maximum(x[..., :-1:2, :], x[..., 1::2, :])
        return torch.maximum(rows[..., :-1:2], rows[..., 1::2])


def scorer(shape: Sequence[int], classes: int, neuron: Mapping | None = None) -> Feedforward:
    """Evaluation classifier of paper A: conv 12@5x5, max-pool 2, conv 24@5x5, max-pool 2, fully connected.

    The activation follows the pooling. For a ReLU that is the same as conv-ReLU-pool, the order
    that the paper's ANN uses, because a maximum and a monotone function commute.
    """
    height, width = (((n - 4) // 2 - 4) // 2 for n in shape)
    if min(height, width) < 1:
        raise SettingError(f"Images of {tuple(shape)} are too small for the scorer.", "Use at least 16 x 16 pixels.")
    layers = [
        nn.Sequential(nn.Unflatten(1, (1, shape[0])), nn.Conv2d(1, 12, 5), HalvedByMax(2)),
        nn.Sequential(nn.Conv2d(12, 24, 5), HalvedByMax(2)),
        nn.Sequential(nn.Flatten(), nn.Linear(24 * height * width, classes)),
    ]
    return Feedforward(layers, _slots(3, nn.ReLU, neuron)).to(memory_format=torch.channels_last)  # for faster pools


def _slots(n: int, activation: type[nn.Module], neuron: Mapping | None) -> list[nn.Module]:
    if neuron is not None:
        return [Leaky(neuron) for _ in range(n)]
    return [activation() for _ in range(n - 1)] + [nn.Identity()]


class _Spikes(Leaky):
    """Activation slot of a directly trained network: current ``[T, B, ...]`` -> spikes."""

    def forward(self, current: Tensor) -> Tensor:
        return lif(current, **self.neuron, potentials=False)[0]


class ImageNetwork(nn.Module):
    """What paper B's networks have in common: normalisation, the kind of activation, and time.

    As ANN: ``x [B, 3, H, W] -> logits [B, C]``. With neurons: ``x [T, B, 3, H, W] -> logits [T, B, C]``;
    the last, linear layer does not spike.

    Args:
        classes: number of classes C.
        width: channels of the first stage; 64 in the paper.
        thresholds: firing thresholds of integrate-and-fire neurons, in the order in which the slots are passed.
        neuron: settings of leaky neurons instead (see `Leaky`); ReLU without either.
        mean, sd: of the colour channels of images in [0, 1].
    """

    slots: int

    def _activations(self, thresholds=None, neuron=None, mean=(0.0,), sd=(1.0,)) -> Iterator[nn.Module]:
        """The slots, in the order in which they are passed; keeps what the forward pass needs of the arguments."""
        if thresholds is not None and len(thresholds) != self.slots:
            problem = f"A {type(self).__name__} has {self.slots} slots, but {len(thresholds)} thresholds were given."
            raise SettingError(problem, "Take those that snnlib.conversion.thresholds finds in one of its kind.")
        self.spiking = thresholds is not None or neuron is not None
        for name, values in (("mean", mean), ("sd", sd)):
            self.register_buffer(name, torch.tensor(values).view(-1, 1, 1), persistent=False)
        if thresholds is not None:
            return map(IntegrateAndFire, thresholds)
        return (nn.ReLU() if neuron is None else _Spikes(neuron) for _ in range(self.slots))

    def forward(self, x: Tensor) -> Tensor:
        def normalised(images: Tensor) -> Tensor:  # in the order in memory that convolutions are fastest with, and keep
            return ((images - self.mean) / self.sd).contiguous(memory_format=torch.channels_last)

        y = self._over_steps(over_time(normalised, x if self.spiking else x[None]))
        return y if self.spiking else y[0]


class ResNet18(ImageNetwork):
    """CIFAR ResNet18 (He et al., 2016): 3x3 stem without max-pool, 8 basic blocks, 17 activation slots.

    Its settings are those of every `ImageNetwork`.
    """

    slots = 17

    def __init__(self, classes: int, width: int = 64, **settings):
        super().__init__()
        slots = self._activations(**settings)
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        self.activation = next(slots)
        blocks, channels = [], width
        for scale, stride in ((1, 1), (1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1)):
            blocks.append(_Block(channels, width * scale, stride, next(slots), next(slots)))
            channels = width * scale
        self.blocks = nn.ModuleList(blocks)
        self.output = nn.Linear(channels, classes)

    def _over_steps(self, x: Tensor) -> Tensor:
        x = self.activation(over_time(self.stem, x))
        for block in self.blocks:
            x = block(x)
        return over_time(self.output, x.mean((-2, -1)))


class _Block(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, first: nn.Module, second: nn.Module):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width))
        self.conv2 = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.shortcut = nn.Identity()
        if stride != 1 or channels != width:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        self.first, self.second = first, second

    def forward(self, x: Tensor) -> Tensor:
        y = over_time(self.conv2, self.first(over_time(self.conv1, x)))
        return self.second(y + over_time(self.shortcut, x))


class VGG16(ImageNetwork):
    """VGG-16 with batch norm (Simonyan and Zisserman, 2015): 13 convolutions, then 8w-64w-64w-C fully connected.

    Average pooling, as in paper B's code, halves the image after 2, 4, 7, 10 and 13 convolutions, down to one pixel;
    what is left is averaged. A convolution has no bias: batch norm would take it away.

    Args:
        classes, width, settings: those of every `ImageNetwork`; w is the width.
    """

    slots = 15

    def __init__(self, classes: int, width: int = 64, **settings):
        super().__init__()
        slots = self._activations(**settings)
        layers, channels = [], 3
        for count, scale in ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8)):
            for _ in range(count):
                convolution = nn.Conv2d(channels, width * scale, 3, padding=1, bias=False)
                layers.append(_Layer(nn.Sequential(convolution, nn.BatchNorm2d(width * scale)), next(slots)))
                channels = width * scale
            layers.append(_Layer(nn.AvgPool2d(2, ceil_mode=True), nn.Identity()))
        self.convolutions, wide = nn.Sequential(*layers), 64 * width
        self.hidden = nn.Sequential(*(_Layer(nn.Linear(n, wide), next(slots)) for n in (channels, wide)))
        self.output = nn.Linear(wide, classes)

    def _over_steps(self, x: Tensor) -> Tensor:
        return over_time(self.output, self.hidden(self.convolutions(x).mean((-2, -1))))


class _Layer(nn.Module):
    """A layer without state, at every step, and its activation."""

    def __init__(self, layer: nn.Module, slot: nn.Module):
        super().__init__()
        self.layer, self.slot = layer, slot

    def forward(self, x: Tensor) -> Tensor:
        return self.slot(over_time(self.layer, x))
