"""What no implementation gets around: a network's matrix products and convolutions alone."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def products(network: nn.Module, x: Tensor, times: int = 1) -> Callable[[], None]:
    """All products of a forward and a backward pass, on the inputs that the layers see; ``times`` over.

    Only those gradients are taken that the pass itself would take.
    """
    calls = []

    def collect(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        seen = inputs[0].detach().requires_grad_(inputs[0].requires_grad)
        wanted = [tensor for tensor in (seen, *layer.parameters()) if tensor.requires_grad]
        calls.append((layer, seen, wanted, torch.randn_like(output)))

    layers = [module for module in network.modules() if isinstance(module, nn.Linear | nn.Conv2d)]
    hooks = [layer.register_forward_hook(collect) for layer in layers]
    network(x)
    for hook in hooks:
        hook.remove()

    def run() -> None:
        for _ in range(times):
            for layer, seen, wanted, gradient in calls:
                output = layer(seen)
                if wanted:
                    torch.autograd.grad(output, wanted, gradient)

    return run
