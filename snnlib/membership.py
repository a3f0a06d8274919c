"""Membership inference: was this point in the training set? (paper B)

Attacks work on plain arrays: ``target [N]`` and ``references [R, N]`` are natural logarithms of the
probability of each point's true label, in float64. Under float32 probabilities saturate at 1 and
underflow to 0, and ranks are lost. A higher score means: more likely a member.
"""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .coding import encode
from .errors import SettingError
from .randomness import torch_generator
from .store import Artefact
from .training import points, restore

Array = np.ndarray


def attack_p(target: Float[Array, " N"], references: Float[Array, "R M"] | None = None) -> Float[Array, " N"]:
    """Attack-P: the target's confidence itself, ``log p(x | theta)`` (paper B, table 1). ``[N] -> [N]``

    It takes no references; the argument is there so that all attacks are called alike.
    """
    return _finite(target, 1)


def attack_r(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """Attack-R: share of references with ``p(x | theta) >= p(x | reference)`` (paper B, table 1).

    Takes R + 1 values only: at a false positive rate below that of its highest value it has no power.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _matching(target, references)
    return (target >= references).mean(0)


def rmia(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """RMIA as paper B released it: ``log( p(x | theta) / mean_r p(x | reference_r) )``.

    The mean is over IN and OUT references. The published form (Zarifzadeh et al., 2024) is with one
    query a monotone function of this one, so its ROC is the same up to ties.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _matching(target, references)
    return target - log_mean(references)


def log_mean(log_probabilities: Float[Array, "K N"]) -> Float[Array, " N"]:
    """Logarithm of the mean probability over the first axis, without leaving the logarithmic scale."""
    mean = np.logaddexp.reduce(log_probabilities, axis=0) - np.log(len(log_probabilities))
    return np.minimum(mean, 0)  # rounding may take a certainty above 1


def _matching(target: Array, references: Array) -> None:
    _finite(target, 1)
    _finite(references, 2)
    if len(references) == 0 or references.shape[1:] != target.shape:
        raise SettingError(
            f"References of shape {references.shape} do not belong to a target of shape {target.shape}.",
            "Pass log-probabilities [N] of the target and [R, N] of at least one reference, for the same points.",
        )


def _finite(values: Array, axes: int) -> Array:
    if values.ndim != axes or not np.isfinite(values).all() or (values > 0).any():
        raise SettingError(
            "These are no log-probabilities: every value must be finite and at most 0.",
            f"Pass natural logarithms of probabilities as an array with {axes} axes.",
        )
    return values


ATTACKS = {"P": attack_p, "R": attack_r, "RMIA": rmia}


@torch.no_grad()
def log_probabilities(
    network: nn.Module,
    images: Float[Tensor, "N C H W"],
    labels: Int[Tensor, " N"],
    *,
    steps: int | None,
    batch: int = 256,
) -> Float[Array, " N"]:
    """``log softmax(logits)[true label]`` in float64; an SNN's logits are averaged over time first.

    Args:
        network: ANN (``steps=None``) or converted network.
        images: normalised ``[N, C, H, W]``; an SNN sees each at every step (constant coding).
        labels: ``[N]``.
        steps: T of an SNN.
    """
    network.eval()
    parts = []
    for x, y in zip(images.split(batch), labels.split(batch), strict=True):
        logits = network(x) if steps is None else network(encode(x, steps, "constant")).mean(0)
        parts.append(logits.double().log_softmax(-1).gather(-1, y[:, None])[:, 0].cpu())
    return torch.cat(parts).numpy()


def masked(
    images: Float[Tensor, "N C H W"], probability: float, generator: torch.Generator
) -> Float[Tensor, "N C H W"]:
    """Input dropout: each pixel, all channels at once, becomes 0 (the data's mean) with a probability.

    The others are not scaled up (paper B, section 5).
    """
    kept = torch.rand(images[:, :1].shape, generator=generator, device=images.device) >= probability
    return images * kept


def query(data: Artefact, network: Artefact, dropout: Mapping | None, device: str = "cpu"):
    """Ask a network about every point of the pool (a job).

    Args:
        data: the pool.
        network: trained network.
        dropout: ``probability``, ``copies`` and ``seed``, or None for the plain images. The masks
            depend on nothing else: they are the same for every network.

    Returns:
        ``log_probabilities [copies, N]`` (one copy without dropout), float64.
    """
    images, labels = points(data, device)
    steps = network.info["recipe"]["steps"]
    model = restore(network, device)
    copies = []
    for copy in range(dropout["copies"] if dropout else 1):
        x = images
        if dropout:
            generator = torch_generator(dropout["seed"], "dropout", copy, device=device)
            x = masked(images, dropout["probability"], generator)
        copies.append(log_probabilities(model, x, labels, steps=steps))
    return {"log_probabilities": np.stack(copies)}, {}
