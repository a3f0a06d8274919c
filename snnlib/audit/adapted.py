"""A network in the one form that audits ask: points in, spikes and potential over time out, and how they are read."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..contract import placed
from ..errors import SettingError
from .neurons import empty, step_by_step

READS: dict[str, Callable[[Tensor], Tensor]] = {
    "count": lambda spikes: spikes.cumsum(0),
    "mean": lambda potential: potential.cumsum(0) / torch.arange(1, len(potential) + 1).view(-1, 1, 1),
    "last": lambda potential: potential,
    "maximum": lambda potential: potential.cummax(0).values,
}
"""Readouts: evidence ``[T, N, K]`` -> logits after 1..T steps. ``count`` reads spikes, the others the potential."""


class Adapted(nn.Module):
    """What `adapt` makes of a network.

    Attributes:
        layout: of the points, ``"B.."``, ``"BT.."`` or ``"TB.."``: without time, or with it after or before the batch.
        feed: how the network is given them: as a layout, or by ``"steps"``, ``"folded"``, ``"call"``.
        frames: number of time steps that `forward` is given; 1 where the network repeats a point by itself.
        inner: number of steps that the network computes, as far as it is seen.
        steps: T of the answers, 1 where they have no time axis; and ``classes``, K.
        known: what the answers are: ``"spikes and potential"``, ``"spikes"`` or ``"real numbers"``.
        read: the chosen readout, one of ``READS``; and ``accuracy``, under each of them, on the example.
        size: of a batch, where the network takes no other.
        random, differentiable: whether answers change from call to call, and a gradient comes back to the input.
        said: every assumption, one sentence each.
    """

    def __init__(self, network: nn.Module, layout: str, feed: str, frames: int, reset=None, call=None):
        super().__init__()
        self.network, self.layout, self.feed, self.frames = network, layout, feed, frames
        self.reset, self.call = reset or empty, call
        self.inner = self.steps = self.classes = 1
        self.fields, self.axis = (0, 0), 1  # which of the network's tensors are spikes and potential; axis of the batch
        self.known, self.read, self.size = "", "", None
        self.random = self.differentiable = False
        self.accuracy: dict[str, float] = {}
        self.said: tuple[str, ...] = ()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and potential of the output, each ``[T, B, K]``, of ``x [T, B, ...]``, as `snnlib.contract` asks.

        Where only one of the two is known, it stands for both. Where the answer has no time axis of that length, its
        mean over time stands at every step.

        Raises:
            SettingError: for several time steps, where the network repeats a point by itself.
        """
        given = x.transpose(0, 1) if (self.feed, self.layout) == ("call", "BT..") else x
        if self.layout == "B.." and self.feed in ("B..", "call"):
            if len(x) != 1:
                problem = f"The network repeats each point over time by itself, but was given {len(x)} time steps."
                raise SettingError(problem, "Give it inputs of one time step: steps=1.")
            given = x[0]
        both = self.both(given)
        return tuple(of if len(of) == len(x) else of.mean(0, True).expand(len(x), -1, -1) for of in both)

    @torch.no_grad()
    def answers(self, x: Tensor | np.ndarray, batch: int = 256) -> Tensor:
        """What is read after each step: ``[T, N, K]`` in float64, spikes for ``count``, else the potential.

        ``x`` are points in the owner's layout, ``batch`` how many are asked at a time.
        """
        x, axis = torch.as_tensor(x), self.layout.index("B")
        found, n, size = [], x.shape[axis], self.size or batch
        for start in range(0, n, size):
            rows = torch.arange(start, start + size)
            rows = (rows % n if self.size else rows[rows < n]).to(x.device)
            found.append(self.both(self.shown(x.index_select(axis, rows)))[self.read != "count"].double().cpu())
        return torch.cat(found, 1)[:, :n]

    def by_step(self, x: Tensor | np.ndarray, batch: int = 256) -> Tensor:
        """Logits after 1..T steps, ``[T, N, K]`` in float64, under the chosen readout; see `answers`."""
        return READS[self.read](self.answers(x, batch))

    def logits(self, x: Tensor | np.ndarray, batch: int = 256) -> Tensor:
        """Logits ``[N, K]`` in float64 under the chosen readout; see `answers`."""
        return self.by_step(x, batch)[-1]

    def shown(self, points: Tensor) -> Tensor:
        """Points as `both` is to be given them: time first, where the network is given time."""
        device, dtype = placed(self.network)
        points = points.to(device) if self.feed == "call" else points.to(device, dtype)
        if self.feed in ("B..", "call") or self.layout == "TB..":
            return points
        return points.transpose(0, 1) if self.layout == "BT.." else points.expand(self.frames, *points.shape)

    def both(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and potential ``[T, B, K]`` of what the network is shown."""
        tensors = self.tensors(given)
        chosen = (tensors[field] for field in self.fields)
        return tuple(of[None] if of.ndim == 2 else of if self.axis else of.transpose(0, 1) for of in chosen)

    def tensors(self, given: Tensor) -> list[Tensor]:
        """Every tensor that the network returns, its neurons emptied before."""
        self.network.eval()
        self.reset(self.network)
        match self.feed:
            case "call":
                return _flat(self.call(self.network, given))
            case "steps":
                answers = (_flat(answer, lists=False) for answer in step_by_step(self.network, given))
                return [torch.stack(of) for of in zip(*answers, strict=True)]
            case "folded":
                answer = self.network(given.transpose(0, 1).flatten(0, 1))
                return [of.unflatten(0, given.shape[1::-1]) for of in _flat(answer)]
        return _flat(self.network(given.transpose(0, 1) if self.feed == "BT.." else given))


def _flat(given: Any, lists: bool = True) -> list[Tensor]:
    """The tensors in what a network returns; ``lists`` of one ``[B, K]`` a step become ``[T, B, K]``."""
    if isinstance(given, Tensor):
        return [given]
    parts = list(given.values() if isinstance(given, Mapping) else given if isinstance(given, tuple | list) else [])
    if lists and isinstance(given, list) and all(isinstance(of, Tensor) and of.ndim == 2 for of in parts):
        return [torch.stack(parts)]
    return [of for part in parts if isinstance(part, Tensor | list if lists else Tensor) for of in _flat(part)]
