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

import torch
from jaxtyping import Float
from torch import Tensor

from .errors import SettingError

RESETS = ("decay_then_subtract", "subtract_then_decay", "zero", "none")


@dataclass(frozen=True)
class Surrogate:
    """The derivative that stands in for that of the step function in the backward pass.

    ``name`` and ``parameter`` identify it; calling it with ``x = U - theta`` gives the derivative.
    """

    name: str
    parameter: float
    derivative: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        return self.derivative(x)


def fast_sigmoid(slope: float = 25.0) -> Surrogate:
    """``1 / (1 + slope |x|)^2`` (Zenke and Ganguli, 2018)."""
    return Surrogate("fast_sigmoid", slope, lambda x: x.abs().mul_(slope).add_(1).square_().reciprocal_())


def atan(alpha: float = 2.0) -> Surrogate:
    """``(alpha / 2) / (1 + (pi alpha x / 2)^2)`` (Fang et al., 2021)."""
    return Surrogate("atan", alpha, lambda x: alpha / 2 / (math.pi / 2 * alpha * x).square_().add_(1))


def box(width: float = 1.0) -> Surrogate:
    """1 where ``|x| < width / 2``, else 0 (Bojkovic et al., 2024)."""
    return Surrogate("box", width, lambda x: x.abs().lt_(width / 2))


def gaussian(sd: float = 0.5) -> Surrogate:
    """Density of a normal distribution: the expected zeroth-order estimate (Mukhoty et al., 2023)."""
    peak = 1 / (sd * math.sqrt(2 * math.pi))
    return Surrogate("gaussian", sd, lambda x: (x / sd).square_().mul_(-0.5).exp_().mul_(peak))


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
) -> tuple[Float[Tensor, "T B *rest"], Float[Tensor, "T B *rest"]]:
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

    Returns:
        spikes (0 or 1) and potentials, each ``[T, B, ...]``.

    Raises:
        SettingError: for a beta outside [0, 1], a threshold that is not positive or an unknown reset.
    """
    if not 0 <= beta <= 1:
        raise SettingError(f"beta is {beta}, but a decay lies in [0, 1].", "Choose a beta between 0 and 1.")
    if reset not in RESETS:
        raise SettingError(f"There is no reset named {reset!r}.", f"Choose one of {', '.join(RESETS)}.")
    start = _start(current, threshold, potential, fill=0.0)
    return _Lif.apply(current, start, beta, threshold, surrogate, reset)


def integrate_and_fire(
    current: Float[Tensor, "T B *rest"],
    *,
    threshold: float,
    potential: Float[Tensor, "B *rest"] | None = None,
) -> tuple[Float[Tensor, "T B *rest"], Float[Tensor, "T B *rest"]]:
    """Integrate-and-fire neurons of the ANN-to-SNN conversion (Bojkovic et al., 2024; paper B).

    With ``theta`` the threshold and ``V_0 = theta / 2``::

        V_t = V_{t-1} - S_{t-1} + I_t        S_t = theta * 1[V_t >= theta]

    The backward pass takes ``dS/dV = 1`` where ``|V - theta| < theta / (2 T)``, else 0.

    Args:
        current: input ``[T, B, ...]``.
        threshold: firing threshold and height of a spike, positive.
        potential: potential ``[B, ...]`` before the first step (default ``theta / 2``).

    Returns:
        spikes (0 or ``threshold``) and potentials before the reset, each ``[T, B, ...]``.

    Raises:
        SettingError: for a threshold that is not positive.
    """
    start = _start(current, threshold, potential, fill=threshold / 2)
    return _IntegrateAndFire.apply(current, start, threshold, box(width=threshold / len(current)))


def _start(current: Tensor, threshold: float, potential: Tensor | None, fill: float) -> Tensor:
    if not threshold > 0:
        raise SettingError(f"The threshold is {threshold}, but it must be positive.", "Choose a threshold above 0.")
    if len(current) == 0:
        raise SettingError("The current has no time step.", "Pass a current of shape [T, B, ...] with T of at least 1.")
    return torch.full_like(current[0], fill) if potential is None else potential


class _Lif(torch.autograd.Function):
    @staticmethod
    def forward(ctx, current, start, beta, threshold, surrogate, reset):
        potential, spikes = torch.empty_like(current), torch.empty_like(current)
        u, fired = start, (start > threshold).to(start.dtype)
        for i, now, fires in zip(current, potential, spikes):
            if reset == "decay_then_subtract":
                torch.mul(u, beta, out=now).add_(i).sub_(fired, alpha=threshold)
            elif reset == "subtract_then_decay":
                torch.sub(u, fired, alpha=threshold, out=now).mul_(beta).add_(i)
            elif reset == "zero":
                torch.mul(u, beta, out=now).mul_(1 - fired).add_(i)
            else:
                torch.mul(u, beta, out=now).add_(i)
            u, fired = now, torch.gt(now, threshold, out=fires)
        ctx.save_for_backward(potential, start)
        ctx.constants = beta, threshold, surrogate, reset
        ctx.set_materialize_grads(False)
        return spikes, potential

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_spikes, grad_potential):
        potential, start = ctx.saved_tensors
        beta, threshold, surrogate, reset = ctx.constants
        grad = _direct_gradient(potential, threshold, surrogate, grad_spikes, grad_potential)

        def passed_on(later, u):
            """The gradient of a step as the step before it gets it, at that one's potential ``u``."""
            return later * beta if reset != "zero" else (later * beta).mul_((u <= threshold).to(u.dtype))

        for t in range(len(grad) - 2, -1, -1):
            grad[t] += passed_on(grad[t + 1], potential[t])
        grad_start = passed_on(grad[0], start) if ctx.needs_input_grad[1] else None
        return grad, grad_start, None, None, None, None


class _IntegrateAndFire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, current, start, threshold, surrogate):
        potential, spikes = torch.empty_like(current), torch.empty_like(current)
        v, left = start, torch.empty_like(start)
        for i, now, fires in zip(current, potential, spikes):
            torch.add(v, i, out=now)
            torch.ge(now, threshold, out=fires).mul_(threshold)
            v = torch.sub(now, fires, out=left)
        ctx.save_for_backward(potential)
        ctx.constants = threshold, surrogate
        ctx.set_materialize_grads(False)
        return spikes, potential

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_spikes, grad_potential):
        (potential,) = ctx.saved_tensors
        grad = _direct_gradient(potential, *ctx.constants, grad_spikes, grad_potential)
        for t in range(len(grad) - 2, -1, -1):
            grad[t] += grad[t + 1]
        return grad, grad[0] if ctx.needs_input_grad[1] else None, None, None


def _direct_gradient(
    potential: Tensor, threshold: float, surrogate: Surrogate, of_spikes: Tensor | None, of_potential: Tensor | None
) -> Tensor:
    """The loss's gradient with respect to the potential, but for what comes through the next step's."""
    if of_spikes is None:
        return torch.zeros_like(potential) if of_potential is None else of_potential.clone()
    grad = surrogate(potential - threshold).mul_(of_spikes)
    return grad if of_potential is None else grad.add_(of_potential)
