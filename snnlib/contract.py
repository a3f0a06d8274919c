"""What a network must do before an attack on it means anything: tried once, on one small batch.

An SNN takes ``[T, B, ...]`` and gives two tensors, the spikes and the potential of its output layer, each
``[T, B, K]``; an ANN takes ``[B, ...]`` and gives logits ``[B, K]``. The same input has the same answer, whatever was
asked before and whatever is beside it in the batch, and a gradient comes back to it.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from .errors import SettingError
from .randomness import torch_generator

SNN = (
    "Return the spikes and the potential of the output layer at every time step, each [T, B, K], as torch.stack makes."
)


def placed(network: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Where a network computes, and in which precision: those of its first floating-point array, or else number."""
    tensors = [*network.parameters(), *network.buffers()] if isinstance(network, nn.Module) else [None]
    if any(tensor is None or nn.parameter.is_lazy(tensor) or tensor.is_meta for tensor in tensors):
        problem = "This is no torch.nn.Module, or one whose parameters have no values yet."
        raise SettingError(problem, "Pass a module, with its weights loaded.")
    tensors.append(torch.zeros(()))
    first = min((tensor for tensor in tensors if tensor.is_floating_point()), key=lambda tensor: tensor.ndim == 0)
    return first.device, first.dtype


def contract(network: nn.Module, shape: Sequence[int], steps: int | None = None, read: str = "potential") -> int:
    """Try whether a network keeps to what the module's docstring says; the number of its classes K.

    Args:
        network: in evaluation mode, or what is random in it is taken for an answer that changes.
        shape: of one point, at one time step, such as ``(H, W)`` or ``(C, H, W)``.
        steps: number of time steps T of an SNN; None for an ANN.
        read: through which output of an SNN the gradient is wanted, ``potential`` or ``spikes``.

    Raises:
        SettingError: for the first rule that is broken, and how to meet it.
    """
    device, dtype = placed(network)
    batch = 2 if steps == 3 else 3  # another number than T: the axes are told apart by it
    size, last = ((batch, *shape), -1) if steps is None else ((steps, batch, *shape), (slice(None), -1))
    draw = torch_generator(0, "contract", device=device)
    x, other = (torch.rand(size, generator=draw, device=device).round().to(dtype) for _ in range(2))
    other[last] = x[last]
    x.requires_grad_()
    first = _answer(network, x, size, steps)
    if not all(part.isfinite().all() for part in first):
        raise SettingError("The network answers with what is no finite number.", "Look for NaN among its weights.")
    with torch.no_grad():
        beside, again = (_answer(network, given, size, steps) for given in (other, x))
    if not _same(first, again):
        problem = "The network answers the same input in another way the second time: it keeps a state, or is random."
        raise SettingError(problem, "Reset its neurons at the beginning of forward, and call network.eval().")
    if not _same([part[last] for part in first], [part[last] for part in beside]):
        problem = "What the network answers to a point depends on the other points of the batch."
        raise SettingError(problem, "Let time be the first axis and the batch the second, and normalise no batch.")
    out = first[0 if read == "spikes" else -1]
    if not out.requires_grad or torch.autograd.grad(out.sum(), x, allow_unused=True)[0] is None:
        problem = "No gradient comes back from the network's output to its input."
        raise SettingError(problem, "Remove detach and no_grad, and give every spike a surrogate gradient.")
    return first[-1].shape[-1]


def _same(one: Iterable[Tensor], other: Iterable[Tensor]) -> bool:
    return all(torch.allclose(a.double(), b.double(), rtol=1e-4, atol=1e-6) for a, b in zip(one, other))


def _answer(network: nn.Module, x: Tensor, size: Sequence[int], steps: int | None) -> tuple[Tensor, ...]:
    """What a network gives; refused if it is not of the right form."""
    try:
        given = network(x)
    except Exception as error:  # of somebody else's code
        said = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".: ")
        problem = f"The network does not take an input of shape {list(size)}: {said}."
        raise SettingError(problem, "Pass its own shape and number of steps, time first, then the batch.") from error
    leading = list(size[: 1 if steps is None else 2])
    parts = tuple(given) if isinstance(given, tuple | list) else (given,)
    shapes = (str(list(part.shape)) if isinstance(part, Tensor) else type(part).__name__ for part in parts)
    found = f"To {list(size)} the network gives {', '.join(shapes)}"
    if steps is None:
        if len(parts) != 1 or not isinstance(given, Tensor) or list(given.shape[:-1]) != leading:
            raise SettingError(f"{found} instead of logits [{size[0]}, K].", "Return one tensor of logits, [B, K].")
        return parts
    if len(parts) != 2 or not all(isinstance(part, Tensor) for part in parts):
        raise SettingError(f"{found} instead of spikes and potential.", SNN)
    if any(list(part.shape[:-1]) != leading for part in parts):
        batch_first = " with the batch first" if list(parts[0].shape[:2]) == leading[::-1] else ""
        raise SettingError(f"{found}{batch_first} instead of [{steps}, {size[1]}, K] twice.", SNN)
    if parts[0].unique().numel() > 2 >= parts[1].unique().numel():
        raise SettingError(f"{found}, but the first one does not spike.", "Return (spikes, potential) in this order.")
    return parts
