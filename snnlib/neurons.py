"""Spiking neurons over whole sequences, with their own backward pass.

Every function takes an input current of shape ``[T, B, ...]`` (time first) and returns
``(spikes, potential)`` of the same shape. All quantities are dimensionless; one step is one
unit of time. State is passed in and handed back, never hidden.

The backward pass is the one of back-propagation through time with a surrogate gradient. With
``U`` the potential, ``theta`` the threshold, ``sigma'`` the surrogate's derivative and
``delta_t`` the gradient of the loss with respect to ``U_t``::

    delta_t = dL/dS_t * sigma'(U_t - theta) + dL/dU_t + k_t * delta_{t+1}

where ``k_t = dU_{t+1}/dU_t`` is ``beta`` (``beta * (1 - S_t)`` with reset to zero). The reset
carries no gradient, as in snnTorch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from numbers import Real
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor

from .errors import SettingError

CACHED = 2**18  # elements that are worked on at once: their temporary arrays stay in the cache of a processor
RESETS = ("decay_then_subtract", "subtract_then_decay", "zero", "none")


# The derivative that stands in for that of the step function in the backward pass, at x = U - theta.
Surrogate = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Known:
    """A surrogate with a name, by which `snnlib.fused` knows it."""

    name: str
    parameter: float
    derivative: Surrogate

    def __call__(self, x: Tensor) -> Tensor:
        return self.derivative(x)


def fast_sigmoid(slope: float = 25.0) -> Surrogate:
    """``1 / (1 + slope |x|)^2`` (Zenke and Ganguli, 2018)."""
    return Known("fast_sigmoid", slope, lambda x: x.abs().mul_(slope).add_(1).square_().reciprocal_())


def atan(alpha: float = 2.0) -> Surrogate:
    """``(alpha / 2) / (1 + (pi alpha x / 2)^2)`` (Fang et al., 2021)."""
    return Known("atan", alpha, lambda x: alpha / 2 / (math.pi / 2 * alpha * x).square_().add_(1))


def box(width: float = 1.0) -> Surrogate:
    """1 where ``|x| < width / 2``, else 0 (Bojkovic et al., 2024)."""
    return Known("box", width, lambda x: x.abs().lt_(width / 2))


def gaussian(sd: float = 0.5) -> Surrogate:
    """Density of a normal distribution: the expected zeroth-order estimate (Mukhoty et al., 2023)."""
    return Known("gaussian", sd, lambda x: (x / sd).square_().mul_(-0.5).exp_().div_(sd * math.sqrt(2 * math.pi)))


SURROGATES = {"fast_sigmoid": fast_sigmoid, "atan": atan, "box": box, "gaussian": gaussian}


def surrogate_named(name: str, parameter: float) -> Surrogate:
    """The surrogate of that name, for settings that are data: ``surrogate_named("atan", 1.5)``."""
    if name not in SURROGATES:
        raise SettingError(f"There is no surrogate gradient named {name!r}.", f"Choose one of {', '.join(SURROGATES)}.")
    return SURROGATES[name](parameter)


def lif(
    current: Float[Tensor, "T B *rest"],
    *,
    beta: float,
    threshold: float = 1.0,
    surrogate: Surrogate = fast_sigmoid(slope=25),
    reset: str = "decay_then_subtract",
    potential: Float[Tensor, "B *rest"] | None = None,
    potentials: bool = True,
) -> tuple[Float[Tensor, "T B *rest"], Float[Tensor, "T B *rest"] | None]:
    """Leaky integrate-and-fire neurons: spikes and membrane potentials of a whole sequence.

    With ``S_t = 1[U_t > threshold]`` and ``I_t`` the current::

        decay_then_subtract   U_t = beta U_{t-1} + I_t - S_{t-1} threshold     snnTorch >= 0.8
        subtract_then_decay   U_t = beta (U_{t-1} - S_{t-1} threshold) + I_t   snnTorch 0.7, as paper A ran it
        zero                  U_t = beta (1 - S_{t-1}) U_{t-1} + I_t
        none                  U_t = beta U_{t-1} + I_t

    Args:
        current: input ``[T, B, ...]``.
        beta: decay of the potential in one step, in [0, 1].
        threshold: firing threshold, positive.
        surrogate: derivative of the spike in the backward pass.
        reset: one of ``RESETS``.
        potential: potential ``[B, ...]`` before the first step (default 0); pass the last one of a
            sequence to go on where it stopped.
        potentials: with False the potentials may be None, as they are where no gradient is recorded: faster, for a
            network that is only asked.

    Returns:
        spikes (0 or 1) and potentials, each ``[T, B, ...]``.

    Raises:
        SettingError: for a beta outside [0, 1], a threshold that is not positive, what is no number in their place,
            a current of whole numbers or without a step, or an unknown reset.
    """
    if reset not in RESETS:
        raise SettingError(f"There is no reset named {reset!r}.", f"Choose one of {', '.join(RESETS)}.")
    _check(current, threshold, beta)
    start = _for_all(0.0, current) if potential is None else potential.expand(current.shape[1:])
    kept = potentials or torch.is_grad_enabled()
    return _Neurons.apply(current, start, beta, threshold, surrogate, reset, torch.gt, 1.0, kept)


def integrate_and_fire(
    current: Float[Tensor, "T B *rest"], *, threshold: float, potentials: bool = True
) -> tuple[Float[Tensor, "T B *rest"], Float[Tensor, "T B *rest"] | None]:
    """Integrate-and-fire neurons of the ANN-to-SNN conversion (Bojkovic et al., 2024; paper B).

    With ``theta`` the threshold and ``V_0 = theta / 2``::

        V_t = V_{t-1} - S_{t-1} + I_t        S_t = theta * 1[V_t >= theta]

    The backward pass takes ``dS/dV = 1`` where ``|V - theta| < theta / (2 T)``, else 0.

    Args:
        current: input ``[T, B, ...]``.
        threshold: firing threshold and height of a spike, positive.
        potentials: see `lif`.

    Returns:
        spikes (0 or ``threshold``) and potentials before the reset, each ``[T, B, ...]``; see `lif` for errors.
    """
    _check(current, threshold)
    start, surrogate = _for_all(threshold / 2, current), box(width=threshold / len(current))
    kept = potentials or torch.is_grad_enabled()
    return _Neurons.apply(current, start, 1.0, threshold, surrogate, "subtract_then_decay", torch.ge, threshold, kept)


def _for_all(number: float, current: Tensor) -> Tensor:
    return torch.full((), number, dtype=current.dtype, device=current.device)


def _check(current: Tensor, threshold: float | Tensor, beta: float | Tensor = 1.0) -> None:
    beta_is, threshold_is = (x if isinstance(x, Real) else f"a {type(x).__name__}" for x in (beta, threshold))
    if beta is not beta_is or not 0 <= beta <= 1:  # a tensor would get no gradient
        raise SettingError(f"beta is {beta_is}, but a decay is a number in [0, 1].", "Choose one, such as 0.9.")
    if threshold is not threshold_is or not threshold > 0:
        raise SettingError(f"The threshold is {threshold_is}, not a positive number.", "Choose a number above 0.")
    if not (isinstance(current, Tensor) and current.is_floating_point() and current.ndim and len(current)):
        problem = "The current is no tensor of floating-point numbers, or has no time step."
        raise SettingError(problem, "Pass a current of shape [T, B, ...] with T of at least 1.")


def _kernels(whole: Tensor, start: Tensor, *others: Tensor | None) -> ModuleType | None:
    """`snnlib.fused` for sequences on a GPU that it takes, else None."""
    if not whole.is_cuda or torch.compiler.is_compiling():
        return None
    from . import fused  # Triton is slow to import

    return fused if fused.fit(whole, start, *others) else None


class _Neurons(torch.autograd.Function):
    """Neurons that fire where ``fires_at(potential, threshold)``, with spikes of a height.

    ``start`` is ``[B, ...]``, or one number below the threshold for all. Potentials that are not kept are None.
    """

    @staticmethod
    def forward(current, start, beta, threshold, surrogate, reset, fires_at, height, kept):
        if kernels := _kernels(current, each := start.expand(current.shape[1:])):
            return kernels.forward(current, each, beta, threshold, surrogate, reset, fires_at, height)
        spikes, potential = torch.empty_like(current), torch.empty_like(current) if kept else None
        decay, level = (torch.tensor(x, dtype=current.dtype) for x in (beta, threshold))  # faster than numbers
        alike, parts = start.ndim < current.ndim - 1, [(current, spikes, potential)]
        if alike and not kept:  # so few neurons at a time that their potentials stay in the cache
            size = max(1, CACHED // 4 // max(1, current[0, :1].numel()))
            parts = zip(current.split(size, 1), spikes.split(size, 1), repeat(None))
        for inputs, fires, potentials in parts:
            u, fired = start, None if alike else fires_at(start, level, out=torch.empty_like(start))
            later = repeat(torch.empty_like(inputs[0])) if potentials is None else potentials.unbind()
            for i, now, out in zip(inputs.unbind(), later, fires.unbind()):
                if fired is None:
                    torch.add(i, u * decay, out=now)
                elif reset == "subtract_then_decay":
                    torch.sub(u, fired, alpha=threshold, out=now)
                    (now if beta == 1 else now.mul_(decay)).add_(i)
                elif reset == "zero":
                    torch.mul(u, decay, out=now).addcmul_(now, fired, value=-1).add_(i)
                else:
                    torch.mul(u, decay, out=now).add_(i).sub_(fired, alpha=threshold if reset != "none" else 0)
                u, fired = now, fires_at(now, level, out=out)
            if height != 1:
                fires.mul_(height)
        return spikes, potential

    @staticmethod
    def setup_context(ctx, inputs, output):
        (_, start, *ctx.constants, _), (spikes, potential) = inputs, output
        ctx.save_for_backward(potential, start, spikes if "zero" in ctx.constants else None)
        ctx.set_materialize_grads(False)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_spikes, grad_potential):
        potential, start, spikes = ctx.saved_tensors
        start = start.expand(potential.shape[1:])
        beta, threshold, surrogate, _, fires_at, _ = ctx.constants
        if isinstance(surrogate, Known) and (kernels := _kernels(potential, start, grad_spikes, grad_potential)):
            given = (grad_spikes, grad_potential), potential, start, ctx.needs_input_grad[1]
            return *kernels.backward(*given, *ctx.constants), *[None] * 7

        def passed_on(later, fired):
            """The gradient of a step as the step before it gets it, but for beta; only a reset to zero stops any."""
            return later if spikes is None else torch.addcmul(later, later, fired, value=-1)

        if grad_spikes is not None and potential.numel() <= CACHED:
            grad = surrogate(potential - threshold).mul_(grad_spikes)
        else:  # in pieces
            grad = torch.zeros_like(potential) if grad_spikes is None else grad_spikes.clone()
            at_once = max(1, CACHED // max(1, start.numel()))
            for now, u in zip(grad.split(at_once), potential.split(at_once)):
                now.mul_(surrogate(u - threshold))
        grad = grad if grad_potential is None else grad.add_(grad_potential)
        steps, fired = grad.unbind(), (potential if spikes is None else spikes).unbind()
        for t in range(len(steps) - 1, 0, -1):
            steps[t - 1].add_(passed_on(steps[t], fired[t - 1]), alpha=beta)
        if not ctx.needs_input_grad[1]:
            return grad, *[None] * 8
        return grad, beta * passed_on(steps[0], fires_at(start, threshold).to(start.dtype)), *[None] * 7

    @staticmethod
    def vmap(info, in_dims, current, start, *constants):
        """For `torch.func`: what is mapped over becomes one more axis of neurons that do not interact."""
        one = current if in_dims[0] is None else current.select(in_dims[0], 0)
        parts = zip((current, start if in_dims[1] is not None else start.expand(one.shape[1:])), in_dims)
        current, start = (x.expand(info.batch_size, *x.shape) if d is None else x.movedim(d, 0) for x, d in parts)
        return _Neurons.apply(current.movedim(0, 1), start, *constants), (1, 1 if constants[-1] else None)
