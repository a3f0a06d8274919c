"""The neurons of `snnlib.neurons` on a GPU: a whole sequence in one launch, its backward pass in another one.

A program walks a block of neurons through time with their potential in registers. Each product and each sum is rounded
by itself, in the order of the code for CPUs, so spikes and potentials have the same bits; the surrogates' divisions and
exponentials may differ in the last ones. Needs Triton, which PyTorch's builds for GPUs bring.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import no_type_check

import torch
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

BLOCK = 256  # neurons of a program

if triton is not None:
    HALF_PI, ROOT_2_PI = tl.constexpr(math.pi / 2), tl.constexpr(math.sqrt(2 * math.pi))

    @triton.jit
    @no_type_check
    def _fires(u, threshold, AT_LEVEL: tl.constexpr):
        return (u >= threshold if AT_LEVEL else u > threshold).to(u.dtype)

    @triton.jit
    @no_type_check
    def _forward(
        current, step, across, start, spikes, potential, n, steps, constants,
        RESET: tl.constexpr, AT_LEVEL: tl.constexpr, BLOCK: tl.constexpr,
    ):  # fmt: skip
        """Spikes and potentials ``[steps, n]``; ``step`` and ``across`` are the current's strides."""
        beta, threshold, height = tl.load(constants), tl.load(constants + 1), tl.load(constants + 2)
        at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        inside = at < n
        u = tl.load(start + at, mask=inside, other=0)
        fired = _fires(u, threshold, AT_LEVEL)
        for _ in range(steps):
            i = tl.load(current + at * across, mask=inside, other=0)
            if RESET == "subtract_then_decay":
                u = (u - fired * threshold) * beta + i
            elif RESET == "zero":
                u = u * beta
                u = u - u * fired + i
            else:
                u = u * beta + i - fired * (threshold if RESET != "none" else 0.0)
            fired = _fires(u, threshold, AT_LEVEL)
            tl.store(potential + at, u, mask=inside)
            tl.store(spikes + at, fired * height, mask=inside)
            current += step
            potential += n
            spikes += n

    @triton.jit
    @no_type_check
    def _backward(
        of_spikes, s_step, s_across, of_potential, p_step, p_across, potential, start, grad, before, n, steps,
        constants, SURROGATE: tl.constexpr, ZERO: tl.constexpr, AT_LEVEL: tl.constexpr, BLOCK: tl.constexpr,
    ):  # fmt: skip
        """The gradients of the current and of the start, from those of spikes and potentials; all at the last step."""
        beta, threshold, parameter = tl.load(constants), tl.load(constants + 1), tl.load(constants + 2)
        at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        inside = at < n
        later = tl.zeros([BLOCK], grad.dtype.element_ty)
        for _ in range(steps):
            u = tl.load(potential + at, mask=inside, other=0)
            if ZERO:
                later -= later * _fires(u, threshold, AT_LEVEL)
            later *= beta
            delta = tl.zeros_like(u)
            if of_spikes is not None:
                x = tl.abs(u - threshold)
                if SURROGATE == "fast_sigmoid":
                    x = x * parameter + 1
                    slope = 1 / (x * x)
                elif SURROGATE == "atan":
                    x = x * (HALF_PI * parameter)
                    slope = parameter * 0.5 / (x * x + 1)
                elif SURROGATE == "box":
                    slope = (x < parameter * 0.5).to(u.dtype)
                else:
                    tl.static_assert(SURROGATE == "gaussian")
                    x = x / parameter
                    slope = tl.exp(x * x * -0.5) / (parameter * ROOT_2_PI)
                delta = slope * tl.load(of_spikes + at * s_across, mask=inside, other=0)
                of_spikes -= s_step
            if of_potential is not None:
                delta += tl.load(of_potential + at * p_across, mask=inside, other=0)
                of_potential -= p_step
            later += delta
            tl.store(grad + at, later, mask=inside)
            potential -= n
            grad -= n
        if before is not None:
            if ZERO:
                u = tl.load(start + at, mask=inside, other=0)
                later -= later * _fires(u, threshold, AT_LEVEL)
            tl.store(before + at, later * beta, mask=inside)


def fit(whole: Tensor, start: Tensor, *others: Tensor | None) -> bool:
    """Whether the kernels take these sequences ``[T, ...]`` and the start ``[...]``, and run where they lie."""
    given = [x for x in (whole, start, *others) if x is not None]
    alike = len({(x.dtype, x.device) for x in given}) == 1 and start.shape == whole.shape[1:]
    mapped = any(torch._C._functorch.is_functorch_wrapped_tensor(x) for x in given)  # without memory of their own
    return alike and not mapped and whole.dtype in (torch.float32, torch.float64) and _run_on(whole.device)


@cache
def _run_on(device: torch.device) -> bool:
    """Whether Triton is there and can compile for the device; warns where it is and cannot."""
    try:
        one = torch.zeros(1, 1, device=device)
        return triton is not None and forward(one, one[0], 1.0, 1.0, None, "none", torch.gt, 1.0) is not None
    except Exception as error:  # an old GPU, no C compiler
        warnings.warn(f"Neurons run step by step: Triton does not work on {device}: {error}", stacklevel=2)
        return False


def forward(current: Tensor, start: Tensor, *constants) -> tuple[Tensor, Tensor]:
    """Spikes and potentials, each ``[T, ...]``; the arguments are those of `snnlib.neurons._Neurons`."""
    beta, threshold, _, reset, fires_at, height = constants
    order = _order(current)
    spikes, potential = _empty(current, order), _empty(current, order)
    rows, first = _rows(current, order), _rows(start[None], order).contiguous()
    given = rows, *rows.stride(), first, spikes, potential, *rows.shape[::-1]
    _launch(_forward, fires_at, *given, _on(start.device, start.dtype, beta, threshold, height), RESET=reset)
    return spikes, potential


def backward(
    of_outputs: Sequence[Tensor | None], potential: Tensor, start: Tensor, to_start: bool, *constants
) -> tuple[Tensor, Tensor | None]:
    """Gradients of the current and, if wanted, of the start; given those of spikes and potentials, or None."""
    beta, threshold, surrogate, reset, fires_at, _ = constants
    order = _order(potential)
    grad, before = _empty(potential, order), _empty(start[None], order) if to_start else None
    given = [None if x is None else _rows(x, order) for x in of_outputs]
    ends = [x for rows in given for x in ((None, 0, 0) if rows is None else (rows[-1], *rows.stride()))]
    rows, first = (_rows(x, order).contiguous() for x in (potential, start[None]))
    ends += [rows[-1], first, grad[-1], before, *rows.shape[::-1]]
    numbers = _on(start.device, start.dtype, beta, threshold, surrogate.parameter)
    _launch(_backward, fires_at, *ends, numbers, SURROGATE=surrogate.name, ZERO=reset == "zero")
    return grad, before[0] if to_start else None


def _order(x: Tensor) -> list[int]:
    """The axes of ``x [T, ...]``, time first, then those whose steps in memory are larger."""
    return [0, *sorted(range(1, x.ndim), key=x.stride, reverse=True)]


def _empty(like: Tensor, order: Sequence[int]) -> Tensor:
    """Room for what has the shape of a sequence, its axes in memory in that order."""
    return torch.empty_permuted(like.shape, order, dtype=like.dtype, device=like.device)


def _rows(x: Tensor, order: Sequence[int]) -> Tensor:
    """A sequence as ``[T, n]``, without a copy where its strides allow it."""
    return x.permute(order).reshape(len(x), math.prod(x.shape[1:]))


@lru_cache(4096)
def _on(device: torch.device, dtype: torch.dtype, *numbers: float) -> Tensor:
    """Numbers on a device in full precision: as arguments of a kernel they would be rounded to float32."""
    return torch.tensor(numbers, dtype=dtype, device=device)


def _launch(kernel: Callable, fires_at: Callable, *arguments, **settings) -> None:
    """Run a kernel whose last arguments are the number of neurons, that of steps, and numbers."""
    *_, n, _, numbers = arguments
    settings |= {"AT_LEVEL": fires_at is torch.ge, "BLOCK": BLOCK, "enable_fp_fusion": False}  # a * b + c rounds twice
    with torch.cuda.device_of(numbers):
        kernel[(max(1, -(-n // BLOCK)),)](*arguments, **settings)
