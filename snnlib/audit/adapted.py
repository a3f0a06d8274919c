"""A network in the one form that audits ask, how it is read, and what is known of the neurons of four libraries."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from ..contract import placed
from ..errors import SettingError

READS: dict[str, Callable[[Tensor], Tensor]] = {
    "count": lambda spikes: spikes.cumsum(0),
    "mean": lambda potential: potential.cumsum(0) / torch.arange(1, len(potential) + 1).view(-1, 1, 1),
    "last": lambda potential: potential,
    "maximum": lambda potential: potential.cummax(0).values,
}
"""Readouts: evidence ``[T, N, K]`` -> logits after 1..T steps. ``count`` reads spikes, the others the potential."""

FOLDED = -1  # batch and time in one axis
CALL = "Pass call=, a function of the network and the points that returns logits, or spikes and potential over time."


class Adapted(nn.Module):
    """What `adapt` makes of a network."""

    def __init__(self, network: nn.Module, layout: str, feed: str, frames: int, reset=None, call=None):
        super().__init__()
        self.network, self.reset, self.call = network, reset or empty, call or nn.Module.__call__
        self.alone = bool(reset) or keeps_state(network)  #: Whether the network keeps its state, or else is handed it.
        self.layout = layout  #: Of the points, ``"B.."``, ``"BT.."`` or ``"TB.."``: time after or before the batch.
        self.feed = feed  #: How the network is given them: as a layout, or by ``"steps"``, ``"folded"``, ``"call"``.
        self.frames = frames  #: Time steps that `forward` is given; 1 where the network repeats a point by itself.
        self.steps = self.classes = 1  #: T of the answers, 1 where they have no time axis, and K.
        self.inner = 1  #: Time steps that the network computes, as far as it is seen.
        self.fields, self.axis = (0, 0), 1  # which of the network's tensors are spikes and potential; axis of the batch
        self.known = ""  #: What the answers are: ``"spikes and potential"``, ``"spikes"`` or ``"real numbers"``.
        self.doubt: SettingError | None = None  # of what the network returns, which tensor is its output
        self.read = ""  #: The chosen readout, one of ``READS``.
        self.size: int | None = None  #: Of a batch, where the network takes no other.
        self.random = self.differentiable = False  #: Other answers in each call; a gradient comes back to the input.
        self.accuracy: dict[str, float] = {}  #: On the example, under each readout.
        self.said: tuple[str, ...] = ()  #: Every assumption, one sentence each.

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and potential of the output, each ``[T, B, K]``, of ``x [T, B, ...]``, as `snnlib.contract` asks.

        The one that is known stands for both, and the mean over time at every step where the answer has another T.
        SettingError for several time steps, where the network repeats a point by itself.
        """
        if self.layout == "B.." and self.feed in ("B..", "call") and len(x) != 1:
            problem = f"The network repeats each point over time by itself, but was given {len(x)} time steps."
            raise SettingError(problem, "Give it inputs of one time step: steps=1.")
        return tuple(of if len(of) == len(x) else of.mean(0, True).expand(len(x), -1, -1) for of in self.both(x))

    @torch.no_grad()
    def by_step(self, x: Tensor | np.ndarray, batch: int = 256) -> Tensor:
        """Logits after 1..T steps, ``[T, N, K]`` in float64, of points in the owner's layout, so many at a time."""
        parts = torch.as_tensor(x).split(batch, self.layout.index("B"))
        found = [self.both(self.shown(part))[self.read != "count"].double().cpu() for part in parts]
        return READS[self.read](torch.cat(found, 1))

    def logits(self, x: Tensor | np.ndarray, batch: int = 256) -> Tensor:
        """The last of `by_step`, ``[N, K]``."""
        return self.by_step(x, batch)[-1]

    def shown(self, points: Tensor) -> Tensor:
        """Points in the owner's layout as `forward` takes them, time first: ``[T, B, ...]``."""
        device, dtype = placed(self.network)
        points = points.to(device, None if self.feed == "call" else dtype)
        if self.layout == "B..":
            return points.expand(self.frames, *points.shape)
        return points.transpose(0, 1) if self.layout == "BT.." else points

    def both(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and potential ``[T, B, K]`` of what `shown` gives; in batches of `size`, the last filled up."""
        n = frames.shape[1]
        if n == 1 != self.size:  # twice, for networks that squeeze what they are given
            return tuple(of[:, :1] for of in self.both(frames.expand(-1, 2, *frames.shape[2:])))
        if self.size and n != self.size:
            filled = (frames[:, torch.arange(at, at + self.size) % n] for at in range(0, n, self.size))
            return tuple(torch.cat(of, 1)[:, :n] for of in zip(*map(self.both, filled)))
        tensors = self.tensors(frames)
        chosen = [tensors[field] for field in self.fields]
        if any(n not in of.shape[:-1] for of in chosen):
            problem = f"The network answers {n} points with {' and '.join(str(list(of.shape)) for of in chosen)}."
            raise SettingError(problem, "Let it keep the axis of the batch, whatever its length.")
        return tuple(of[None] if of.ndim == 2 else of if self.axis else of.transpose(0, 1) for of in chosen)

    def tensors(self, frames: Tensor) -> list[Tensor]:
        """Every tensor that the network returns; points, modes and the neurons' emptiness are as before afterwards."""
        with evaluated(self.network):
            self.reset(self.network)
            try:
                return self._asked(frames.clone(memory_format=torch.contiguous_format))  # it may change them
            finally:
                self.reset(self.network)

    def _asked(self, frames: Tensor) -> list[Tensor]:
        batch_first = frames.transpose(0, 1).contiguous()
        if self.feed == "steps":
            answers = (_flat(answer, lists=False) for answer in step_by_step(self.network, frames, self.alone))
            return [torch.stack(of) for of in zip(*answers, strict=True)]
        if self.feed == "folded":
            answer = self.network(batch_first.flatten(0, 1))
            return [of.unflatten(0, batch_first.shape[:2]) for of in _flat(answer)]
        order = self.layout if self.feed == "call" else self.feed
        return _flat(self.call(self.network, {"B..": frames[0], "BT..": batch_first, "TB..": frames}[order]))


@contextmanager
def evaluated(network: nn.Module) -> Iterator[None]:
    """In evaluation mode, and afterwards in the modes that it was in."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _flat(given: Any, lists: bool = True) -> list[Tensor]:
    """Copies of the tensors in what a network returns, of what is nested those in its first part and in lists.

    ``lists`` of one ``[B, K]`` a step become ``[T, B, K]``.
    """
    if isinstance(given, Tensor):  # it may be changed in place by the next step
        return [given.clone() if given.is_floating_point() else given.float()]
    steps = given if lists and isinstance(given, list) else ()
    if len({of.shape if isinstance(of, Tensor) and of.ndim == 2 else None for of in steps} | {None}) == 2 and steps:
        return _flat(torch.stack(given))
    parts = [*given.values()] if isinstance(given, Mapping) else given if isinstance(given, tuple | list) else ()
    kinds = (Tensor, list) if lists else Tensor
    return [of for i, part in enumerate(parts) if (lists and i == 0) or isinstance(part, kinds) for of in _flat(part)]


class Kind(NamedTuple):
    library: str
    empty: Callable[[nn.Module], Any] | None  #: the state of one neuron; None: it keeps none between two calls
    time: int | None  #: axis of time in what a neuron is given; None: it is called once a step


def _unsized(neuron: nn.Module) -> None:
    """Back to buffers without a size, as sinabs begins: given another batch size it draws from the states it has."""
    for name, state in list(neuron.named_buffers(recurse=False)):
        setattr(neuron, name, state.new_zeros(0))


KINDS = (
    (Kind("snnTorch", lambda neuron: neuron.reset_mem(), None), "snntorch: SpikingNeuron"),
    (Kind("snnTorch", None, 0), "snntorch: StateLeaky AssociativeLeaky LeakyParallel LeakyKernel"),
    (Kind("SpikingJelly", lambda neuron: neuron.reset(), None), "spikingjelly: MemoryModule"),
    (Kind("Norse", None, None), "norse: SNNCell SNNRecurrentCell LILinearCell CobaLIFCell"),
    (Kind("Norse", None, 0), "norse: SNN SNNRecurrent"),
    (Kind("sinabs", _unsized, 1), "sinabs: StatefulLayer"),
)
# by package and base class
NEURONS = {(of.split(":")[0], name): found for found, of in KINDS for name in of.split()[1:]}


def kind(module: nn.Module) -> Kind | None:
    """What is known of a neuron; None for what is no neuron of a known library."""
    for base in type(module).__mro__:
        found = NEURONS.get((base.__module__.partition(".")[0], base.__name__))
        if found:
            time = 0 if getattr(module, "step_mode", "s") == "m" else found.time
            return found._replace(time=FOLDED if hasattr(module, "squeeze_forward") else time)
    return None


def empty(network: nn.Module) -> None:
    """Empty the state of every neuron, each by itself: the libraries' resets miss some, or reach other networks'."""
    for module in network.modules():
        if (of := kind(module)) and of.empty:
            of.empty(module)


def made_for(network: nn.Module) -> int | None:
    """The batch size that its neurons are made for, as those of sinabs may be; None if they take any."""
    sizes = {of.batch_size for of in network.modules() if (known := kind(of)) and known.time == FOLDED}
    return max(sizes, default=0) if max(sizes, default=0) > 0 else None


def keeps_state(network: nn.Module) -> bool:
    """Whether all of its neurons keep their state themselves."""
    neurons = [module for module in network.modules() if kind(module)]
    return bool(neurons) and all(kind(of).empty and getattr(of, "init_hidden", True) for of in neurons)


def taken(network: nn.Module) -> list[str]:
    """Names of the arguments of a network, beside its input, that may be a state."""
    return [of.name for of in _arguments(network) if of.default is None or of.default is of.empty]


def _arguments(network: nn.Module) -> list[inspect.Parameter]:
    arguments = list(inspect.signature(network.forward).parameters.values())[1:]
    return [of for of in arguments if of.kind is of.POSITIONAL_OR_KEYWORD]


def step_by_step(network: nn.Module, frames: Tensor, alone: bool) -> Iterator[Any]:
    """What a network returns that takes one step a call; a state that it hands back is passed on, unless ``alone``.

    SettingError where what it returns is not its output followed by the state that it takes.
    """
    neurons = [module for module in network.modules() if kind(module)]
    names = [] if alone else taken(network)  # of the state
    state: Sequence[Any] = [] if alone else [None for of in _arguments(network) if of.default is of.empty]
    for frame in frames:
        given = network(frame, *state)
        if names and isinstance(given, tuple | list):
            state = given[1:]
            kept = {id(of) for neuron in neurons if hasattr(neuron, "reset_mem") for of in neuron.buffers()}  # snnTorch
            strange = (
                kept and not keeps_state(network) and any(isinstance(of, Tensor) and id(of) not in kept for of in state)
            )
            if strange or len(state) != len(names):
                problem = f"The network takes a state ({', '.join(names)})"
                raise SettingError(f"{problem}, but does not return its output followed by this state.", CALL)
        yield given


@torch.no_grad()
def misplaced(network: nn.Module, frames: Tensor) -> bool:
    """Whether a state that is nudged, of those of one shape, moves another one's successor and not its own."""
    with evaluated(network):
        *_, (_, *state) = step_by_step(network, frames[:2], alone=False)
        if not all(isinstance(of, Tensor) and of.is_floating_point() for of in state):
            return False

        def after(state: Sequence[Tensor]) -> Sequence[Tensor]:
            return network(frames[-1], *(of.clone() for of in state))[1:]

        usual = after(state)
        for i, of in enumerate(state):
            moved = after([*state[:i], of + 0.25, *state[i + 1 :]])
            other = [j for j, (a, b) in enumerate(zip(usual, moved)) if a.shape == of.shape and not torch.equal(a, b)]
            if other and i not in other:
                return True
    return False


def watched(
    network: nn.Module, ask: Callable[[], Any]
) -> tuple[Any, list[tuple[nn.Module, Sequence[int]]], list[tuple[Tensor, ...]]]:
    """What ``ask()`` gives; each call of a neuron, or of a layer without parts, with the shape it is given.

    And the tensors that each neuron gave the last time, if it gave several: its spikes first, its potential last.
    """
    calls: list[tuple[nn.Module, Sequence[int]]] = []
    gave: dict[nn.Module, tuple[Tensor, ...]] = {}

    def note(module, given):
        if (module is not network and kind(module)) or not any(module.children()):
            calls.append((module, getattr(given[0] if given else None, "shape", ())))

    def keep(module, given, answer):
        if kind(module) and isinstance(answer, tuple) and all(isinstance(of, Tensor) for of in answer):
            gave[module] = answer

    with register_module_forward_pre_hook(note), register_module_forward_hook(keep):
        return ask(), calls, [*gave.values()]
