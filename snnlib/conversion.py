"""Conversion of an ANN with ReLUs into an SNN of integrate-and-fire neurons (Bojkovic et al., 2024; paper B)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .errors import SettingError
from .randomness import torch_generator


def threshold(activations: Float[Tensor, "*shape"]) -> float:
    """Threshold of one layer, in the unit of its activations ``a``: the level of their least-L1 two-level quantiser.

    The quantiser is ``q(a) = theta * 1[a >= theta_in]``. For a given theta the best ``theta_in`` is
    ``theta / 2``, for a given ``theta_in`` the best theta is the median of the activations above it;
    all those pairs are compared, so the result is the global minimum, not just a fixed point.
    The positive half of a normal distribution gives 1.03 standard deviations. Only activations above 0 count;
    SettingError if there are none, or one is not finite.
    """
    if not activations.isfinite().all():
        raise SettingError("Some activations are not finite.", "Train the network with a lower learning rate.")
    a = activations[activations > 0].double().sort().values
    if len(a) == 0:
        raise SettingError("A layer has no positive activation.", "Pass more images, or train the network longer.")
    n = len(a)
    total = torch.cat([a.new_zeros(1), a.cumsum(0)])  # total[k] = sum of the k smallest
    below = torch.arange(n, device=a.device)  # how many activations are sent to 0
    middle = (below + n) // 2
    median = a[middle]
    # sums of |a - q(a)|: a below theta_in; median - a up to the median; a - median above it
    error = 2 * (total[below] - total[middle]) + total[n] + median * (2 * middle - below - n)
    return float(median[error.argmin()])


@torch.no_grad()
def thresholds(
    network: nn.Module, images: Float[Tensor, "N *shape"], *, seed: int = 0, batch: int = 256, limit: int = 2_000_000
) -> list[float]:
    """One threshold for each ReLU of an ANN, in the order in which they are applied.

    The network is put in evaluation mode, so that batch norm uses its running statistics.

    Args:
        network: an ANN of `snnlib.networks` whose ReLUs see ``[1, B, ...]``.
        images: training images ``[N, ...]``, as in training.
        seed: of the choice of activations, where a layer has more than ``limit``.
        batch: images at a time.
        limit: at most about so many activations of a layer are looked at, drawn evenly over the images.
    """
    network.eval()
    generator = torch_generator(seed, "thresholds")
    collected: dict[nn.Module, list[Tensor]] = {}  # in the order of the first use

    def collect(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        values = output.flatten()
        share = limit * output.shape[1] // len(images)
        if share < len(values):
            chosen = torch.randint(len(values), (share,), generator=generator)
            values = values[chosen.to(values.device)]
        collected.setdefault(module, []).append(values.cpu())

    hooks = [m.register_forward_hook(collect) for m in network.modules() if isinstance(m, nn.ReLU)]
    try:
        for part in images.split(batch):
            network(part)
    finally:
        for hook in hooks:
            hook.remove()
    return [threshold(torch.cat(values)) for values in collected.values()]
