"""Rows: one training step, that is a forward pass, the loss and a backward pass; the optimiser is the same for all."""

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snnlib.conversion import thresholds
from snnlib.networks import Leaky, ResNet18, initialise, mlp, scorer

from .floors import products
from .measure import Contest, distance
from .peers import Norse, SnnTorch, SpikingJelly, Stepped, with_neurons

LEAKY = {"beta": 0.7, "threshold": 1.0}
DYNAMICS = {  # in which snnlib and a peer are the same
    SnnTorch: LEAKY | {"surrogate": ["fast_sigmoid", 40], "reset": "decay_then_subtract"},
    SpikingJelly: LEAKY | {"surrogate": ["atan", 2.0], "reset": "subtract_then_decay"},
    Norse: LEAKY | {"surrogate": ["fast_sigmoid", 1], "reset": "subtract_then_decay"},  # replaced by Norse's own
}
DIRECT = {"beta": 0.5, "threshold": 1.0, "surrogate": ["atan", 2.0], "reset": "zero"}
NAMES = {SnnTorch: "snnTorch", SpikingJelly: "SpikingJelly", Norse: "Norse"}
TOLERANCE = 1e-2  # a potential within rounding of the threshold makes another spike; see `distance`
WIDTH, PIXELS, IMAGES = 8, 16, 32  # of ResNet18


def lively(network: nn.Module, generator: torch.Generator) -> None:
    """Weights three times as large as a fresh network's, so that the neurons fire (about one in ten at a time)."""
    initialise(network, generator)
    with torch.no_grad():
        for weights in network.parameters():
            weights *= 3


def of_potential(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Paper A: the potential's negative log likelihood, summed over time."""
    steps = len(output[1])
    return F.cross_entropy(output[1].flatten(0, 1), y.repeat(steps)) * steps


def of_logits(output: Tensor, y: Tensor) -> Tensor:
    """Paper B: of the logits' mean over time."""
    return F.cross_entropy(output.mean(0) if output.ndim == 3 else output, y)


def step(network: nn.Module, x: Tensor, y: Tensor, loss: Callable) -> Tensor | tuple[Tensor, Tensor]:
    """The training step; its output, and the gradients in the network's parameters."""
    network.zero_grad(set_to_none=True)
    output = network(x)
    loss(output, y).backward()
    return output


def results(network: nn.Module, x: Tensor, y: Tensor, loss: Callable) -> list[Tensor]:
    """Outputs (spikes and potentials, or logits) and gradients."""
    output = step(network, x, y, loss)
    outputs = output if isinstance(output, tuple) else (output,)
    return [*(o.detach() for o in outputs), *(p.grad for p in network.parameters())]


def contest(workload: str, ours: nn.Module, theirs: nn.Module | None, peer: str, x, y, loss) -> Contest:
    return Contest(
        workload,
        ours=partial(step, ours, x, y, loss),
        theirs=theirs and partial(step, theirs, x, y, loss),
        peer=peer,
        floor=products(ours, x),
        floor_of="products",
        distance=theirs and (lambda: distance(*(results(copy.deepcopy(n), x, y, loss) for n in (ours, theirs)))),
        tolerance=TOLERANCE,
    )


def leaky(build: Callable, workload: str, steps: int, batch: int, peer: type, whole: bool = True) -> Contest:
    """Paper A's networks, 28 x 28 pixels and ten classes; ``whole``: the peer has its layers over all steps at once."""
    generator = torch.Generator().manual_seed(0)
    settings = DYNAMICS[peer]
    ours = build(neuron=settings)
    lively(ours, generator)
    if peer is Norse:
        for slot in ours.modules():
            if isinstance(slot, Leaky):
                slot.neuron["surrogate"] = Norse.surrogate_in_our_units(settings["beta"])
    theirs = with_neurons(ours, peer, settings, steps)
    x = (torch.rand(steps, batch, 28, 28, generator=generator) < 0.15).float()
    y = torch.randint(10, (batch,), generator=generator)
    name = NAMES[peer] if whole else f"{NAMES[peer]}, layers step by step as well"
    workload = f"{workload}, T={steps}, batch {batch}"
    return contest(workload, ours, theirs if whole else Stepped(theirs), name, x, y, of_potential)


def resnet(kind: str, steps: int | None, peer: type | None) -> Contest:
    """Paper B's network as ANN, converted with integrate-and-fire neurons, or with leaky neurons."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(IMAGES, 3, PIXELS, PIXELS, generator=generator)
    y = torch.randint(10, (IMAGES,), generator=generator)
    network = ResNet18(10, WIDTH, mean=(0.5,) * 3, sd=(0.25,) * 3)
    initialise(network, generator)
    network(images)  # running statistics, for the thresholds
    x, weights = images, network.state_dict()
    if kind != "ANN":
        slots = {"thresholds": thresholds(network, images)} if kind == "converted" else {"neuron": DIRECT}
        network = ResNet18(10, WIDTH, mean=(0.5,) * 3, sd=(0.25,) * 3, **slots)
        network.load_state_dict(weights)
        x = images.expand(steps, *images.shape)
    network.train()
    theirs = with_neurons(network, peer, DIRECT, steps) if peer else None
    workload = f"ResNet18 of width {WIDTH}, {PIXELS} pixels, batch {IMAGES}, {kind}" + (f", T={steps}" if steps else "")
    return contest(workload, network, theirs, NAMES.get(peer, ""), x, y, of_logits)


def _rows() -> dict[str, Callable[[], Contest]]:
    rows = {}
    for hidden, steps, batch in ((3000, 25, 100), (600, 100, 10), (600, 8, 100)):
        build, name = partial(mlp, [28, 28], 10, hidden), f"784-{hidden}-10"
        for peer in DYNAMICS:
            rows[f"mlp-{hidden}-T{steps}-{peer.__name__.lower()}"] = partial(leaky, build, name, steps, batch, peer)
        loop = partial(leaky, build, name, steps, batch, SnnTorch, whole=False)
        rows[f"mlp-{hidden}-T{steps}-snntorch-loop"] = loop
    for peer in DYNAMICS:
        row = partial(leaky, partial(scorer, [28, 28], 10), "conv scorer", 25, 100, peer)
        rows[f"scorer-T25-{peer.__name__.lower()}"] = row
    rows["resnet-ann"] = partial(resnet, "ANN", None, None)
    for kind in ("converted", "direct"):
        for steps in (1, 2, 4):
            for peer in (SnnTorch, SpikingJelly):
                rows[f"resnet-{kind}-T{steps}-{peer.__name__.lower()}"] = partial(resnet, kind, steps, peer)
    return rows


ROWS = _rows()
