"""A network of snnTorch, SpikingJelly, Norse, sinabs or anybody's, brought into one form; what is assumed, in words.

Two rules settle most cases. The number of labels names the axis of the batch. And how often a network's layers are
called while the network is called once tells one that takes a step at a time (once) from one that loops over time
(T times), silent networks included; where a neuron takes a whole sequence, what it is given shows the axis of time.
"""

import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..contract import placed
from ..errors import SettingError


class Kind(NamedTuple):
    """Neurons of a library: how their state is emptied (None: they keep none), and what they are given."""

    library: str
    empty: Callable[[nn.Module], Any] | None
    time: int | None  #: axis of time in what a neuron is given; None: one step


def _unsized(neuron: nn.Module) -> None:
    """Back to buffers without a size, as sinabs begins: at another batch size it draws from the states it has."""
    for name, state in list(neuron.named_buffers(recurse=False)):
        setattr(neuron, name, state.new_zeros(0))


FOLDED = -1  # batch and time in one axis
NEURONS = {
    "snntorch.SpikingNeuron": Kind("snnTorch", lambda neuron: neuron.reset_mem(), None),
    **dict.fromkeys(
        [f"snntorch.{of}" for of in ("StateLeaky", "AssociativeLeaky", "LeakyParallel", "LeakyKernel")],
        Kind("snnTorch", None, 0),
    ),
    "spikingjelly.MemoryModule": Kind("SpikingJelly", lambda neuron: neuron.reset(), None),
    **dict.fromkeys(
        [f"norse.{of}" for of in ("SNNCell", "SNNRecurrentCell", "LILinearCell", "CobaLIFCell")],
        Kind("Norse", None, None),
    ),
    **dict.fromkeys(["norse.SNN", "norse.SNNRecurrent"], Kind("Norse", None, 0)),
    "sinabs.StatefulLayer": Kind("sinabs", _unsized, 1),
}
"""By library and base class."""

READS: dict[str, Callable[[Tensor], Tensor]] = {
    "count": lambda spikes: spikes.cumsum(0),
    "mean": lambda potential: potential.cumsum(0) / torch.arange(1, len(potential) + 1).view(-1, 1, 1),
    "last": lambda potential: potential,
    "maximum": lambda potential: potential.cummax(0).values,
}
"""Readouts: evidence ``[T, N, K]`` -> logits after 1..T steps. ``count`` reads spikes, the others the potential."""

FORMS = {
    "B..": "the batch first, without time",
    "BT..": "the batch first, then time",
    "TB..": "time first, then the batch",
    "steps": "one step at a time",
    "folded": "batch and time in one axis",
    "call": "by the function that was passed",
}
WAYS = [("B..", "B.."), ("B..", "steps")]  # layouts of points, and how a network is given them, as they are tried
WAYS += [(layout, feed) for layout in ("BT..", "TB..") for feed in (layout, layout[1::-1] + "..", "steps", "folded")]
WAYS += [("B..", feed) for feed in ("TB..", "BT..", "folded")]
CALL = "Pass call=, a function of the network and the points that returns logits, or spikes and potential over time."


class WeakReadout(UserWarning):
    """Another readout of the same network recognises clearly more of the example's points."""


def kind(module: nn.Module) -> Kind | None:
    """What is known of a neuron; None for what is no neuron of a known library."""
    for base in type(module).__mro__:
        found = NEURONS.get(f"{base.__module__.partition('.')[0]}.{base.__name__}")
        if found:
            time = 0 if getattr(module, "step_mode", "s") == "m" else found.time
            return found._replace(time=FOLDED if hasattr(module, "squeeze_forward") else time)
    return None


def empty(network: nn.Module) -> None:
    """Empty the state of every neuron, each by itself: the libraries' resets miss some, or reach other networks'."""
    for module in network.modules():
        if (of := kind(module)) and of.empty:
            of.empty(module)


class Adapted(nn.Module):
    """What `adapt` makes of a network.

    Attributes:
        layout: of the points, ``"B.."``, ``"BT.."`` or ``"TB.."``: without time, or with it after or before the batch.
        feed: how the network is given them, one of ``FORMS``.
        frames: number of time steps that `forward` is given; 1 where the network repeats a point by itself.
        inner: number of steps that the network computes, as far as it is seen.
        steps: T of the answers; 1 where they have no time axis.
        classes: K.
        known: what the answers are: ``"spikes and potential"``, ``"spikes"`` or ``"real numbers"``.
        read: the chosen readout, one of ``READS``; ``accuracy``, under each of them, on the example.
        size: of a batch, where the network takes no other.
        random: whether the same points have other answers the next time.
        differentiable: whether a gradient comes back to the input.
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
        if self.feed == "steps":
            return [torch.stack(of) for of in zip(*_step_by_step(self.network, given), strict=True)]
        if self.feed == "call":
            return _flat(self.call(self.network, given))
        if self.feed == "folded":
            answer = self.network(given.transpose(0, 1).flatten(0, 1))
            return [of.unflatten(0, given.shape[1::-1]) for of in _flat(answer)]
        return _flat(self.network(given.transpose(0, 1) if self.feed == "BT.." else given))


def _step_by_step(network: nn.Module, frames: Tensor) -> Iterator[list[Tensor]]:
    """Answers of a network that takes one step a call; a state that it hands back is passed to it again."""
    kinds = {module: of for module in network.modules() if (of := kind(module))}
    inside = kinds and all(of.empty and getattr(neuron, "init_hidden", True) for neuron, of in kinds.items())
    arguments = [] if inside else list(inspect.signature(network.forward).parameters.values())[1:]
    arguments = [of for of in arguments if of.kind is of.POSITIONAL_OR_KEYWORD and (of.default is None or of.default is of.empty)]
    kept = [neuron for neuron, of in kinds.items() if of.library == "snnTorch"]  # by which outputs are told from states
    state: Sequence[Any] = [None for of in arguments if of.default is of.empty]
    for frame in frames:
        given = network(frame, *state)
        if arguments and isinstance(given, tuple | list):
            state, own = given[1:], {id(buffer) for neuron in kept for buffer in neuron.buffers()}
            if len(state) != len(arguments) or (
                kept and any(isinstance(of, Tensor) and id(of) not in own for of in state)
            ):
                names = ", ".join(of.name for of in arguments)
                problem = f"The network takes a state ({names}), but does not return its output followed by this state."
                raise SettingError(problem, CALL)
        yield _flat(given, lists=False)


def _flat(given: Any, lists: bool = True) -> list[Tensor]:
    """The tensors in what a network returns; ``lists`` of one ``[B, K]`` a step become ``[T, B, K]``."""
    if isinstance(given, Tensor):
        return [given]
    parts = list(given.values() if isinstance(given, Mapping) else given if isinstance(given, tuple | list) else [])
    if lists and isinstance(given, list) and all(isinstance(of, Tensor) and of.ndim == 2 for of in parts):
        return [torch.stack(parts)]
    return [of for part in parts if isinstance(part, Tensor | list if lists else Tensor) for of in _flat(part)]


def adapt(
    network: nn.Module,
    example: tuple,
    steps: int | None = None,
    layout: str | None = None,
    read: str | None = None,
    reset: Callable[[nn.Module], Any] | None = None,
    call: Callable[[nn.Module, Tensor], Any] | None = None,
) -> Adapted:
    """Find out on a few points how a network is asked and read, and say it in words.

    Args:
        network: asked in evaluation mode, in its own precision and on its own device.
        example: points and their labels as the network was trained on: vectors, images or event frames, ``[N, ...]``,
            ``[N, T, ...]`` or ``[T, N, ...]``, and ``[N]``.
        steps: T, where a point without time is repeated from outside.
        layout: of the points, where it is not found: ``"B.."``, ``"BT.."`` or ``"TB.."``.
        read: ``"count"`` of spikes, or ``"mean"``, ``"last"`` or ``"maximum"`` of the potential over time; otherwise
            the count where the output spikes, else the mean.
        reset: empties the network's state, where its neurons are of no known library.
        call: asks the network, where nothing else fits; given the network and the points as they are.

    Raises:
        SettingError: where the network cannot be asked, keeps a state, or answers a point by the others of its batch.

    Warns:
        WeakReadout: where another readout is clearly better on the example.
    """
    (x, y), training, against = map(torch.as_tensor, example), network.training, {}
    if read not in (None, *READS):
        raise SettingError(f"There is no readout named {read!r}.", f"Choose one of {', '.join(READS)}.")
    for order, feed in (
        [(of, "call") for of, _ in _ways(x, y, steps, layout)[:1]] if call else _ways(x, y, steps, layout)
    ):
        frames = x.shape[order.index("T")] if "T" in order else 1 if feed in ("B..", "call") else steps
        found = Adapted(network, order, feed, frames, reset, call)
        try:
            problem = _refused(found, x, y, steps)
        except SettingError:
            raise
        except Exception as error:  # whatever a network raises that is given what it does not take
            problem = (str(error).strip() or type(error).__name__).splitlines()[0]
        if problem is None:
            break
        against[f"{FORMS[feed]}: {problem.rstrip('.')}"] = None
    else:
        problem = f"The network does not take points of shape {list(x.shape)} ({'; '.join(against)})."
        raise SettingError(problem, CALL.replace("Pass", "Pass layout= or steps= if one of them is mistaken, or"))
    if (
        layout is None
        and feed == "B.."
        and x.ndim > 2
        and found.inner == x.shape[1]
        and _fits(found, torch.cat([x, x], 1))
    ):
        found.layout, found.feed, found.frames = "BT..", "BT..", x.shape[1]
    _keep_to_contract(found, x)
    _choose_readout(found, x, y, read)
    found.said = (*_said(found, x), *["It was in training mode and is asked in evaluation mode."] * training)
    return found


def _ways(x: Tensor, y: Tensor, steps: int | None, layout: str | None) -> list[tuple[str, str]]:
    """Layouts of the points, and ways to give them to a network, that the example leaves open."""
    n, form, where = len(y), list(x.shape), {"B..": 0, "BT..": 0, "TB..": 1}
    if y.ndim != 1 or n < 2 or y.is_floating_point():
        raise SettingError(f"Labels {list(y.shape)} of {y.dtype} name no classes.", "Pass at least two whole numbers.")
    if layout not in (None, *where):
        raise SettingError(f"There is no layout {layout!r}.", f"Choose one of {', '.join(where)}.")
    if layout is None and x.ndim > 2 and form[:2] == [n, n]:
        problem = f"Two axes of the points {form} are as long as there are labels, {n}."
        raise SettingError(problem, "Choose another batch size than the number of time steps, or pass layout=.")
    timed = [of for of in ("BT..", "TB..") if x.ndim > 2 and steps in (None, form[of.index("T")])]
    orders = [of for of in ("B..", *timed) if of in (layout or of) and form[where[of]] == n]
    if not orders:
        problem = f"There are {n} labels{f' and {steps} steps' * bool(steps)}, but the points are {form}."
        raise SettingError(problem, "Pass as many points as labels, points first or after the axis of time.")
    return [(of, feed) for of, feed in WAYS if of in orders and (of != "B.." or feed == "B.." or steps)]


@torch.no_grad()
def _refused(found: Adapted, x: Tensor, y: Tensor, steps: int | None) -> str | None:
    """Ask once and look at what happens: what speaks against this way; None if it holds, and then what is found."""
    n, given = len(y), found.shown(x)
    if found.feed == "call":
        return _picked(found, found.tensors(given), n, int(y.max()) + 1)
    tensors, calls = _watched(found, given[:1] if found.feed == "steps" else given)
    first, shape = next(((module, shape) for module, shape in calls if kind(module)), (None, ()))
    times = Counter(Counter(module for module, _ in calls).values())
    inner = max(times, key=lambda of: (times[of], of), default=1)  # how often layers are called, as a rule
    time = kind(first).time if first else None
    once, summed = inner == 1 and time is None, not any(of.ndim == 3 and n in of.shape[:2] for of in tensors)
    if time == FOLDED:
        inner = shape[0] // n
        if inner == 1 or first.batch_size not in (-1, n) or first.num_timesteps not in (-1, inner):
            return f"its neurons are made for [{first.batch_size}, {first.num_timesteps}] points and steps in one axis"
    elif found.feed == "folded":
        return "its neurons do not take batch and time in one axis"
    elif time is not None:
        if found.feed == "steps" or len(shape) < 3 or shape[1 - time] != n:
            return "its neurons take whole sequences, and another axis for the batch"
        inner = shape[time]
    elif first and shape[0] != n:
        return "its neurons take another axis for the batch"
    if found.feed == "steps":
        if not once:
            return "it loops over time by itself"
        tensors = found.tensors(given)
    elif once and first and not (summed and found.feed == "B.."):
        return "its neurons are called once, not at each step"
    elif once and summed and found.feed == "B.." and (first or steps):
        if not steps:
            problem = "The network takes one time step a call, but how many it takes is not known."
            raise SettingError(problem, "Pass their number, steps=.")
        return "it takes one time step a call"
    problem = _picked(found, tensors, n, int(y.max()) + 1)
    if problem is None:
        found.inner = found.steps if once else inner
        if steps and found.feed == "B.." and found.inner not in (1, steps):
            problem = f"The network computes {found.inner} time steps by itself, not {steps}."
            raise SettingError(problem, "Leave steps out, or make the network with that number.")
        if once and found.feed != "steps" and not summed:
            changed = given.clone()  # of a network that nothing is known of: is it one step that time is mistaken in?
            changed.select(1 if found.feed == "B.." else 0, 0).add_(1)
            if all(torch.equal(a[1:], b[1:]) for a, b in zip(found.both(given), found.both(changed))):
                return "no step has an influence on a later one"
    return problem


def _watched(found: Adapted, given: Tensor) -> tuple[list[Tensor], list[tuple[nn.Module, Sequence[int]]]]:
    """What a network returns, and the calls of neurons, and of layers outside of neurons, with what they are given."""
    modules = [
        module for module in found.network.modules() if module is not found.network or not any(module.children())
    ]
    inside = {part for neuron in modules if kind(neuron) for part in neuron.modules() if part is not neuron}
    calls = []

    def note(module, given):
        calls.append((module, getattr(given[0] if given else None, "shape", ())))

    watched = [of for of in modules if of not in inside and (kind(of) or not any(of.children()))]
    hooks = [module.register_forward_pre_hook(note) for module in watched]
    try:
        return found.tensors(given), calls
    finally:
        for hook in hooks:
            hook.remove()


def _picked(found: Adapted, tensors: list[Tensor], n: int, classes: int) -> str | None:
    """Which of the tensors are the output's spikes and potential; why none can be."""
    fit = [at for at, of in enumerate(tensors) if of.ndim in (2, 3) and n in of.shape[:-1] and of.shape[-1] >= classes]
    fit = [at for at in fit if tensors[at].ndim == 3] or fit
    if not fit:
        given = ", ".join(str(list(of.shape)) for of in tensors) or "no tensor"
        return f"it gives {given} where {n} points have labels below {classes}"
    found.classes = min(tensors[at].shape[-1] for at in fit)  # layers before the output are wider
    fit = [at for at in fit if tensors[at].shape[-1] == found.classes]
    form = list(tensors[fit[0]].shape)[:-1]
    if form == [n, n] and found.feed != "steps":
        problem = f"In the network's answer, {[*form, found.classes]}, the time axis is as long as the batch."
        raise SettingError(problem, "Choose another batch size than the number of time steps.")
    spiking = [at for at in fit if _spikes(tensors[at]) and (len(form) == 2 or found.feed == "steps")]
    real = [at for at in fit if at not in spiking]
    if spiking and len(fit) > 1:  # both may be 0 in a silent network
        found.known, found.fields = "spikes and potential", (spiking[-1], real[-1]) if real else (fit[0], fit[1])
    else:
        found.known, found.fields = "spikes" if spiking else "real numbers", (fit[0], fit[0])
    found.axis = 1 if found.feed == "steps" else form.index(n)
    found.steps = 1 if len(form) == 1 else form[1 - found.axis]
    return None


def _spikes(output: Tensor) -> bool:
    """Whether values may be spikes: whole numbers, as surrogates round them, or 0 and one height."""
    whole = (output - output.round()).abs().max() < 1e-3 and output.min() > -0.5
    return bool(whole) or (output.unique().numel() <= 2 and bool((output == 0).any()))


def _fits(found: Adapted, x: Tensor) -> bool:
    """Whether a network takes these points as well."""
    try:
        with torch.no_grad():
            return found.both(found.shown(x))[0].shape[1] == x.shape[found.layout.index("B")]
    except Exception:  # whatever a network raises that is given what it does not take
        return False


def _keep_to_contract(found: Adapted, x: Tensor) -> None:
    """Try whether the same points have the same answers, each by itself, and whether a gradient comes back."""
    axis = found.layout.index("B")
    n, device = x.shape[axis], placed(found.network)[0]

    @torch.no_grad()
    def asked(points: Tensor, seed: int = 0) -> Tensor:
        torch.manual_seed(seed)
        return torch.cat(found.both(found.shown(points)), -1).double()

    def apart(a: Tensor, b: Tensor) -> float:
        """Share of points that have another answer."""
        return (~torch.isclose(a, b, rtol=1e-4, atol=1e-6)).any(-1).any(0).double().mean().item()

    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        first, flipped, again, other = asked(x), asked(x.flip(axis)).flip(1), asked(x), asked(x, seed=1)
        if not first.isfinite().all():
            raise SettingError(
                "The network's answers are not all finite numbers.", "Look for the layer that overflows."
            )
        if apart(first, again):
            problem = (
                "The network keeps a state between two calls, or draws random numbers that torch knows nothing of."
            )
            raise SettingError(problem, "Pass reset=, a function of the network that empties it.")
        found.random, rest = apart(first, other) > 0, x.narrow(axis, 1, n - 1)
        found.size = None if _fits(found, rest) else n
        alone = found.size or apart(first[:, 1:], asked(rest)) < 0.1  # a sum in another order may flip a spike
        if not found.random and not (alone and apart(first, flipped) < 0.1):
            problem = (
                "A point's answer depends on the others of its batch: an axis is mistaken, or batches are normalised."
            )
            raise SettingError(problem, "Pass layout= and steps=, and let batch norm track its running statistics.")
        found.differentiable = _differentiable(found, x if found.size else x.narrow(axis, 0, min(n, 8)))


def _differentiable(found: Adapted, x: Tensor) -> bool:
    try:
        with torch.enable_grad():
            given = found.shown(x).detach().clone().requires_grad_()
            potential = found.both(given)[1]
            weights = torch.arange(1, found.classes + 1).to(potential)  # probabilities would sum to a constant
            gradient = torch.autograd.grad((potential * weights).sum(), given)[0]
    except RuntimeError:
        return False
    return bool(gradient.isfinite().all() and gradient.any())


def _choose_readout(found: Adapted, x: Tensor, y: Tensor, read: str | None) -> None:
    with torch.no_grad():
        both = [of.double().cpu() for of in found.both(found.shown(x))]
    right = {name: of(both[name != "count"])[-1].argmax(-1) == y.cpu() for name, of in READS.items()}
    found.accuracy = {name: of.double().mean().item() for name, of in right.items()}
    found.read = read or ("mean" if found.known == "real numbers" else "count")
    best = max(found.accuracy, key=found.accuracy.get)
    gained, lost = (right[best] & ~right[found.read]).sum().item(), (right[found.read] & ~right[best]).sum().item()
    if gained - lost > max(2 * (gained + lost) ** 0.5, 0.02 * len(y)):  # McNemar, two standard errors
        text = (
            f"Read by {found.read}, the network recognises {found.accuracy[found.read]:.0%} of the example, by {best} "
        )
        text += f"{found.accuracy[best]:.0%}. Pass read={best!r} if that is how it is used."
        warnings.warn(WeakReadout(text), stacklevel=3)


def _said(found: Adapted, x: Tensor) -> Iterator[str]:
    """Every assumption, one sentence each."""
    yield f"Points have {FORMS[found.layout]}."
    if found.layout == found.feed == "B..":
        yield f"The network is given them as they are and computes {found.inner} time steps by itself."
    else:
        repeated = (
            f", the same point at each of {found.frames} steps" if found.layout == "B.." and found.frames > 1 else ""
        )
        yield f"The network is given them {FORMS[found.feed]}{repeated}."
    libraries = Counter(of.library for module in found.network.modules() if (of := kind(module)))
    neurons = ", ".join(f"{n} of {library}" for library, n in libraries.items()) or "none of a library that is known"
    by = "each by itself" if found.reset is empty else "by the function that was passed"
    yield f"Before each batch the state of its layers of neurons ({neurons}) is emptied, {by}."
    if found.steps == 1 < found.inner:
        yield f"It returns one answer of {found.classes} classes, put together over time: no answers per step (T = 1)."
    else:
        yield f"It returns {found.known} of {found.classes} classes at each of {found.steps} steps."
    if found.known != "spikes and potential":
        yield f"The {'potential' if found.known == 'spikes' else 'spikes'} of its output are not known: {found.known} stand for it."
    accuracies = ", ".join(f"{name} {of:.1%}" for name, of in found.accuracy.items())
    yield f"Its answer is read by {found.read}; accuracy on the example under each readout: {accuracies}."
    if found.random:
        a, b = found.logits(x), found.logits(x)
        changed, far = (a.argmax(-1) != b.argmax(-1)).double().mean(), (a - b).abs().mean()
        yield f"The same points have other answers the next time, taken for random coding: logits differ by {far:.2g}."
        yield f"On average, the class of {changed:.0%} of the points changes with it."
    if not found.differentiable:
        yield "No gradient comes back to its input: it cannot be inverted by gradients."
    if found.size:
        yield f"It takes batches of {found.size} points only; the last one is filled up."
