"""Training with differential privacy, right through time: DP-SGD (Abadi et al., 2016), and the epsilon it has.

A person's gradient is that of the loss through all T steps, and it is clipped once. Tools that keep one for each entry
of a batch clip T of them where time is folded into the batch: the epsilon that they tell is then not the training's.
"""

import functools
import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import gammaln, logsumexp, xlog1py, xlogy
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

from ..errors import SettingError
from ..randomness import torch_generator
from ..training import Points, Recipe, learning_rates, present

AT_ONCE = 64  # persons whose gradients are held at a time: a bound on memory
ORDERS = np.arange(2, 513)  # of Renyi divergences


def fit_private(
    model: nn.Module, images: Points, labels: Tensor, recipe: Recipe, seed: int, *, clip: float, noise: float
) -> int:
    """Train ``model`` in place by DP-SGD; the number of gradient steps, which `private_epsilon` asks for.

    Each step draws every image with the probability ``recipe.batch / N``, clips the gradient of each to the norm
    ``clip``, and goes by ``(their sum + noise clip normal) / recipe.batch``. Epsilon is a person's if each has one
    image. The noise follows from the seed: who knows that can take it off. The rest is that of `snnlib.training.fit`.

    SettingError for what mixes persons (batch norm, recordings, a batch's clip), augmentation, and impossible numbers.
    """
    kinds = {"adam": torch.optim.Adam, "sgd": functools.partial(torch.optim.SGD, momentum=recipe.momentum)}
    if any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules()):
        raise SettingError("Batch norm mixes persons: none of them has a gradient of its own.", "Use group norm.")
    as_it_is = recipe == replace(recipe, padding=None, autoaugment=False, cutout=None, clip=None)
    if not isinstance(images, Tensor) or recipe.optimizer not in kinds or not as_it_is:
        problem = "A private training takes images as they are, adam or sgd, and clips each gradient, not a batch's."
        raise SettingError(problem, "Leave augmentation and clip out of the recipe, and choose adam or sgd.")
    rate = recipe.batch / len(labels)
    if not 0 < rate <= 1 or not 0 < clip < math.inf or not 0 <= noise < math.inf:
        problem = f"A private training cannot take batch={recipe.batch}, clip={clip} and noise={noise}."
        raise SettingError(problem, "Choose a batch of at most all images, clip > 0 and noise >= 0.")
    batches, device, weights = math.ceil(len(labels) / recipe.batch), labels.device, trained(model)
    _keeps_nothing(model, images, recipe)
    draw = torch_generator(seed, "private", device=device)
    optimizer = kinds[recipe.optimizer](weights.values(), recipe.lr)
    model.train()
    for now in learning_rates(recipe):
        optimizer.param_groups[0]["lr"] = now
        for _ in range(batches):
            drawn = torch.rand(len(labels), generator=draw, device=device) < rate
            for weight in weights.values():
                weight.grad = noise * clip * torch.randn(weight.shape, generator=draw, device=device).to(weight)
            for chosen in drawn.nonzero()[:, 0].split(AT_ONCE):
                gradients = per_person(model, present(images[chosen], recipe, draw), labels[chosen], recipe.steps)
                for name, total in clipped_sum(gradients, clip).items():
                    weights[name].grad += total
            for weight in weights.values():
                weight.grad /= recipe.batch
            optimizer.step()
    return recipe.epochs * batches


@torch.no_grad()
def _keeps_nothing(model: nn.Module, images: Tensor, recipe: Recipe) -> None:
    """SettingError for a network that answers some persons by what it was shown of others before."""
    half, answers, mode = max(1, min(len(images) // 2, AT_ONCE)), [], model.training
    before = {name: of.clone() for name, of in model.state_dict().items()}
    with torch.random.fork_rng([images.device] if images.is_cuda else []):
        for shown in (images[:half], images[half : 2 * half], images[:half]):
            torch.manual_seed(0)  # of dropout
            answer = model.train()(present(shown, recipe, torch_generator(0, "private", device=images.device)))
            answers.append(answer[-1] if isinstance(answer, tuple) else answer)
    if not torch.equal(answers[0], answers[2]):
        problem = "The network answers by what it was shown before: a person's gradient is not the person's own."
        raise SettingError(problem, "Empty its neurons in forward, and keep no statistics of what it is shown.")
    model.load_state_dict(before)
    model.train(mode)


def trained(model: nn.Module) -> dict[str, Tensor]:
    """The parameters that are not frozen."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def per_person(model: nn.Module, x: Float[Tensor, "..."], y: Int[Tensor, " B"], steps: int | None) -> dict[str, Tensor]:
    """The gradient of each person's loss, that of `snnlib.training.fit`, with respect to each parameter, ``[B, ...]``.

    ``x`` is ``[T, B, ...]``, or ``[B, ...]`` for an ANN (``steps=None``). All persons at once, or one after the other
    for networks that `torch.func` cannot take, as with snnTorch's neurons.
    """
    axis = 0 if steps is None else 1

    def loss(weights, x, y):
        output = functional_call(model, weights, (x.unsqueeze(axis),))
        if isinstance(output, tuple):
            return F.cross_entropy(output[1][:, 0], y.expand(len(x)), reduction="sum")
        return F.cross_entropy(output[0] if steps is None else output.mean(0)[0], y)

    weights = trained(model)
    try:
        return vmap(grad(loss), (None, axis, 0), randomness="different")(weights, x, y)
    except RuntimeError:
        losses = (loss(weights, *one) for one in zip(x.unbind(axis), y))
        each = [torch.autograd.grad(value, [*weights.values()], materialize_grads=True) for value in losses]
        return dict(zip(weights, map(torch.stack, zip(*each))))


def clipped_sum(gradients: dict[str, Tensor], clip: float) -> dict[str, Tensor]:
    """The sum over persons of their gradients, each scaled down to the norm ``clip`` where it is above."""
    norms = torch.stack([g.flatten(1).square().sum(1) for g in gradients.values()]).sum(0).sqrt()
    factor = (clip / norms).clamp(max=1)
    return {name: torch.einsum("b,b...->...", factor, g) for name, g in gradients.items()}


def private_epsilon(noise: float, rate: float, steps: int, delta: float = 1e-5) -> float:
    """Epsilon of ``steps`` of DP-SGD with Poisson sampling, for a person who is added or left out.

    Renyi divergences of integer orders a of the sampled Gaussian mechanism (Mironov, Talwar and Zhang, 2019, eq. 6)::

        (a - 1) D_a = log sum_k C(a, k) (1 - rate)^(a - k) rate^k exp((k^2 - k) / (2 noise^2))

    add over steps; the conversion is that of Canonne, Kamath and Steinke (2020, proposition 12), the best over a.
    ``noise`` is a standard deviation in units of the norm to which gradients are clipped, ``rate`` the probability with
    which a step draws a person. SettingError for impossible numbers.
    """
    if not noise >= 0 or not 0 <= rate <= 1 or steps < 0 or not 0 < delta < 1:
        problem = f"No training has noise={noise}, rate={rate}, steps={steps} and delta={delta}."
        raise SettingError(problem, "Choose noise >= 0, a rate from 0 to 1, steps >= 0 and delta between 0 and 1.")
    if 0 in (noise, rate, steps):
        return math.inf if rate and steps else 0.0
    bounds = steps * renyi(noise, rate) + np.log1p(-1 / ORDERS) - np.log(delta * ORDERS) / (ORDERS - 1)
    return max(0.0, float(bounds.min()))


def renyi(noise: float, rate: float) -> Float[np.ndarray, " orders"]:
    """Renyi divergence of one step at each of `ORDERS`; see `private_epsilon`."""
    a, k = ORDERS[:, None], np.arange(ORDERS[-1] + 1)
    ways = gammaln(a + 1) - gammaln(k + 1) - gammaln(np.maximum(a - k, 0) + 1)
    terms = ways + xlog1py(np.maximum(a - k, 0), -rate) + xlogy(k, rate) + (k**2 - k) / (2 * noise**2)
    return logsumexp(np.where(k <= a, terms, -np.inf), 1) / (ORDERS - 1)
