"""Inversion by queries alone, for whoever sees a network's answers and not its weights."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..contract import placed
from ..inversion import Inversion
from ..randomness import torch_generator


@torch.no_grad()
def evolution(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int,
    queries: int = 2000,
    pairs: int = 25,
    sd: float = 0.1,
    rate: float = 0.05,
    seed: int = 0,
) -> Inversion:
    """Natural evolution strategies (Wierstra et al., 2014) with antithetic pairs (Salimans et al., 2017).

    BrainLeaks-v2 is named after them, but takes surrogate gradients. From ``p = 0``, with J the target's confidence in
    the class, mean over time, when it is shown p at every step; each generation draws K directions ``z_k ~ N(0, 1)``::

        g = sum_k (J(clip(p + sd z_k)) - J(clip(p - sd z_k))) z_k / (2 sd K)
        p <- clip(p + rate sqrt(n) g / |g|)        n: the values of a sample; all are clipped to [0, 1]

    ``queries`` that the target answers for each class, at most, 2 K in a generation; ``pairs`` is K. The others are
    those of `snnlib.inversion.brainleaks_v1`; no gradient is needed.
    """
    device, dtype = placed(network)
    streams = [torch_generator(seed, "evolution", int(c), device=device) for c in classes]
    own = torch.arange(len(streams), device=device), torch.as_tensor(list(classes), device=device)

    def confidence(p: Tensor) -> Tensor:
        return network(p.expand(steps, *p.shape))[1].softmax(-1).mean(0)[own]

    p = torch.zeros(len(streams), *shape, device=device, dtype=dtype)
    history = [confidence(p)]
    for _ in range(queries // (2 * pairs)):
        g = torch.zeros_like(p).flatten(1)
        for _ in range(pairs):
            z = torch.stack([torch.randn(*shape, generator=s, device=device, dtype=dtype) for s in streams])
            up, down = (confidence((p + side * z).clamp(0, 1)) for side in (sd, -sd))
            g += (up - down)[:, None] * z.flatten(1)
        g = g / g.norm(dim=1, keepdim=True).clamp(min=torch.finfo(dtype).tiny)
        p = (p + rate * g[0].numel() ** 0.5 * g.view_as(p)).clamp(0, 1)
        history.append(confidence(p))
    return Inversion(p.expand(steps, *p.shape), torch.stack(history), history[-1])
