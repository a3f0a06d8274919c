"""A network of snnTorch, SpikingJelly, Norse, sinabs or anybody's, brought into one form; what is assumed, in words.

The number of labels names the axis of the batch. How often a network's layers are called while it is called once tells
one that takes a step at a time (once) from one that loops over time (T times), silent networks included; where a neuron
takes a whole sequence, what it is given shows the axis of time.
"""

import contextlib
import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import multimode
from typing import Any

import torch
from torch import Tensor, nn

from ..contract import placed
from ..errors import SettingError
from .adapted import CALL, FOLDED, READS, Adapted, empty, keeps_state, kind, misplaced, taken, watched
from .outputs import pick

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


class WeakReadout(UserWarning):
    """Another readout recognises clearly more of the example's points, or several neurons may stand for a class."""


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
        example: points of every class as in training, ``[N, ...]``, ``[N, T, ...]`` or ``[T, N, ...]``; labels ``[N]``.
        steps: T, where a point without time is repeated from outside.
        layout: of the points, where it is not found: ``"B.."``, ``"BT.."`` or ``"TB.."``.
        read: ``"count"`` (default if it spikes), or ``"mean"`` (else), ``"last"``, ``"maximum"`` of the potential.
        reset: empties the network's state, where its neurons are of no known library.
        call: asks the network, where nothing else fits; given the network and the points as they are.

    SettingError where the network cannot be asked, keeps a state, or answers a point by the others of its batch;
    the warning `WeakReadout` where another readout is clearly better on the example.
    """
    device = placed(network)[0]
    x, y = _example(example)
    ways, training = _ways(x, y, steps, layout, read, call), network.training
    network = network if call else _unwrapped(network, parallel=not reset)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        found = _found(network, x, y, steps, ways, reset, call)
        as_many = x.ndim > 2 and (layout, found.feed, found.inner) == (None, "B..", x.shape[1])
        if as_many and _fits(found, found.shown(torch.cat([x, x], 1))):  # time was an axis of the points
            found.layout, found.feed, found.frames = "BT..", "BT..", x.shape[1]
        found.read = read or ("mean" if found.known == "real numbers" else "count")
        _keep_to_contract(found, found.shown(x))
        _compare_readouts(found, found.shown(x), y)
        found.said = tuple(_said(found, x, int(y.max()) + 1, training))
    return found


def _unwrapped(network: nn.Module, parallel: bool) -> nn.Module:
    """What `torch.compile` has wrapped, and ``parallel`` data."""
    wrappers = nn.DataParallel | nn.parallel.DistributedDataParallel
    while hasattr(network, "_orig_mod") or (parallel and isinstance(network, wrappers)):
        network = getattr(network, "_orig_mod", None) or network.module
    return network


def _example(example: Any) -> tuple[Tensor, Tensor]:
    """Points and labels as tensors; SettingError for anything else."""
    if isinstance(example, tuple | list) and len(example) == 2:
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            return tuple(map(torch.as_tensor, example))
    raise SettingError("The example is no pair of points and labels.", "Pass example=(x, y), two arrays or tensors.")


def _ways(x, y, steps, layout, read, call) -> list[tuple[str, str]]:
    """Layouts of the points, and ways to give them to a network, that the arguments leave open."""
    n, form, layouts = len(y), list(x.shape), ("B..", "BT..", "TB..")
    for name, value, choices in (("layout", layout, layouts), ("readout", read, READS)):
        if value not in (None, *choices):
            raise SettingError(f"There is no {name} {value!r}.", f"Choose one of {', '.join(choices)}.")
    if y.ndim != 1 or n < 2 or y.is_floating_point() or y.min() < 0:
        problem = f"Labels {list(y.shape)} of {y.dtype} name no classes."
        raise SettingError(problem, "Pass at least two whole numbers, from 0.")
    if layout is None and x.ndim > 2 and form[:2] == [n, n]:
        problem = f"Two axes of the points {form} are as long as there are labels, {n}."
        raise SettingError(problem, "Choose another batch size than the number of time steps, or pass layout=.")
    if steps == n and layout in (None, "B..") and not call:
        raise SettingError(f"There are as many points as time steps, {n}.", "Choose another number of points.")
    timed = [of for of in layouts[1:] if x.ndim > 2 and steps in (None, form[of.index("T")])]
    orders = [of for of in ("B..", *timed) if layout in (None, of) and form[of.index("B")] == n]
    if not orders or x.ndim < 2:
        problem = f"There are {n} labels{f' and {steps} steps' * bool(steps)}, but the points are {form}."
        raise SettingError(problem, "Pass as many points as labels, points first or after the axis of time.")
    ways = [(of, feed) for of, feed in WAYS if of in orders and (of != "B.." or feed == "B.." or steps)]
    return [(orders[0], "call")] if call else ways


def _found(network, x, y, steps, ways, reset, call) -> Adapted:
    """The first of the ways that nothing speaks against."""
    against = {}
    for order, feed in ways:
        frames = x.shape[order.index("T")] if "T" in order else 1 if feed in ("B..", "call") else steps
        found = Adapted(network, order, feed, frames, reset, call)
        try:
            _look(found, x, y, steps)
            if found.doubt:
                raise found.doubt
            return found
        except SettingError:
            raise
        except Exception as error:  # whatever a network raises that is given what it does not take
            problem = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            against.setdefault(problem, {})[FORMS[feed]] = True
    tried = "; ".join(f"{' or '.join(forms)}: {problem}" for problem, forms in against.items())
    problem = f"The network does not take points of shape {list(x.shape)} ({tried})."
    remedy = f"Pass steps= where points are repeated over time, layout= where time is mistaken, or{CALL[4:]}"
    more = list(inspect.signature(network.forward).parameters)[1:]
    if more:
        remedy += f" Nothing is known of what forward takes beside points: {', '.join(more)}."
    raise SettingError(problem, remedy)


@torch.no_grad()
def _look(found: Adapted, x: Tensor, y: Tensor, steps: int | None) -> None:
    """Ask once and look at what happens; ValueError where that speaks against this way of asking."""
    n, classes, feed, frames = len(y), int(y.max()) + 1, found.feed, found.shown(x)
    tensors, calls, layers = watched(found.network, lambda: found.tensors(frames))
    if feed == "call":
        return pick(found, tensors, n, classes)
    counts = Counter(module for module, _ in calls)
    spiking, others = ({n for of, n in counts.items() if bool(kind(of)) == known} for known in (True, False))
    looped = [n for n in counts.values() if n in spiking & others]  # not what is called once before a loop
    often = max(multimode(looped or counts.values()), default=1)  # a layer may be used twice
    inner = often // found.frames if feed == "steps" else often
    neuron, shape = next(((module, shape) for module, shape in calls if kind(module)), (None, ()))
    time, misfit = kind(neuron).time if neuron else None, "its neurons take the batch and time in other axes"
    if time is None:
        fits = feed != "folded" and (neuron is None or (len(shape) > 1 and shape[0] == n))
    elif time == FOLDED:
        inner, made = shape[0] // n, [neuron.batch_size, neuron.num_timesteps]
        fits = inner > 1 and made[0] in (-1, n) and made[1] in (-1, inner)
        misfit = f"its neurons are made for {made} points and steps in one axis"
    else:
        inner, fits = shape[time], feed not in ("steps", "folded") and len(shape) > 2 and shape[1 - time] == n
    once = time is None and inner == 1
    if not fits or (feed == "steps" and not once):
        raise ValueError("it loops over time by itself" if fits else misfit)
    pick(found, tensors, n, classes, layers)
    if once and feed != "steps":
        timed = tensors[found.fields[0]].ndim == 3
        single = feed == "B.." and not timed
        if neuron and single and not steps:
            problem = "The network takes one time step a call, but how many it takes is not known."
            raise SettingError(problem, "Pass their number, steps=.")
        if (neuron and not (timed and found.steps == 1)) or (steps and single):
            raise ValueError("it takes one time step a call")
    certain = not once or found.steps == 1 or (feed == "steps" and keeps_state(found.network))
    if not certain and not _remembers(found, frames):
        if feed == "steps" and found.alone:  # it may take and return its state, although it has a reset
            found.alone = False
            return _look(found, x, y, steps)
        raise ValueError("no step has an influence on a later one, or nothing spikes on these points")
    if feed == "steps" and once:
        _see_what_is_handed_back(found, frames)
    found.inner = found.steps if once else inner
    if found.steps == 1 < found.inner == found.classes != classes:
        problem = f"The network's answer {[n, found.classes]} has as many values as time steps, not {classes} classes."
        found.doubt = SettingError(problem, f"Return a value for each class. {CALL}")
    if steps and feed == "B.." and found.inner not in (1, steps):
        raise ValueError(f"it computes {found.inner} time steps by itself, not {steps}")
    if found.steps not in (1, found.inner):
        raise ValueError(f"its answer has {found.steps} time steps, but it computes {inner}")


def _see_what_is_handed_back(found: Adapted, frames: Tensor) -> None:
    """Doubt where a state may be handed back in a wrong order, or is not, though the network may take one."""
    names = taken(found.network)
    if not found.alone and names and (found.fields[0] > 0 or misplaced(found.network, frames)):
        problem = f"What the network returns is not its output followed by the state that it takes, {', '.join(names)}."
        found.doubt = SettingError(problem, CALL)
    if not found.alone or not names or found.reset is not empty:
        return
    answers, found.alone = found.both(frames), False
    with contextlib.suppress(Exception):  # what it returns is not what it takes
        if not all(map(torch.equal, answers, found.both(frames))):
            problem = f"The network keeps a state, and may also take what it returns, as {', '.join(names)}."
            found.doubt = SettingError(problem, CALL)
    found.alone = True


def _remembers(found: Adapted, frames: Tensor) -> bool:
    """Whether later answers hear of the first input that differs: else time may pass for another feature."""
    changed = frames.clone()
    along = changed[0].transpose(0, 1) if found.feed == "B.." else changed  # what may be time comes first
    rolled = along.roll(1, 1)  # among the points
    first = next((i for i, (a, b) in enumerate(zip(along, rolled)) if not torch.equal(a, b)), 0)
    along[first] = rolled[first]
    later = 1 if found.feed == "B.." else first + 1
    return any(not torch.equal(a[later:], b[later:]) for a, b in zip(found.both(frames), found.both(changed)))


@torch.no_grad()
def _fits(found: Adapted, frames: Tensor) -> bool:
    """Whether a network takes these points as well."""
    try:
        return found.both(frames)[0].shape[1] == frames.shape[1]
    except Exception:  # whatever a network raises that is given what it does not take
        return False


def _keep_to_contract(found: Adapted, frames: Tensor) -> None:
    """Try whether the same points have the same answers, each by itself, and whether a gradient comes back."""
    found.size = None if _fits(found, frames[:, 1:]) else frames.shape[1]

    @torch.no_grad()
    def asked(frames: Tensor, seed: int = 0) -> Tensor:
        torch.manual_seed(seed)
        return torch.cat(found.both(frames), -1).double()

    def apart(a: Tensor, b: Tensor) -> float:
        """Share of points that have another answer."""
        return (~torch.isclose(a, b, rtol=1e-4, atol=1e-6)).any(-1).any(0).double().mean().item()

    first, flipped, again, other = asked(frames), asked(frames.flip(1)).flip(1), asked(frames), asked(frames, seed=1)
    if not first.isfinite().all():
        raise SettingError("The network's answers are not all finite numbers.", "Look for the layer that overflows.")
    if apart(first, again):
        problem = "The network keeps a state between two calls, or draws random numbers that torch knows nothing of."
        raise SettingError(problem, "Pass reset=, a function of the network that empties it.")
    found.random = apart(first, other) > 0
    halves = torch.cat([asked(half) for half in frames.tensor_split(2, 1)], 1)
    few = torch.cat([asked(part) for part in frames[:, :64].split(8, 1)], 1)  # a statistic of these is another one
    off = max(apart(first, flipped), apart(first[:, 1:], asked(frames[:, 1:])), apart(first, halves))
    off = max(off, apart(first[:, :64], few))
    if off > 0.1 and not found.random:  # sums in another order may flip a spike
        problem = "A point's answer depends on the others of its batch: an axis is mistaken, or batches are normalised."
        raise SettingError(problem, "Pass layout= and steps=, and let batch norm track its running statistics.")
    with contextlib.suppress(Exception):  # hooks of others may raise anything
        given = frames[:, :8].detach().clone().requires_grad_()
        potential = found.both(given)[1]
        weights = torch.arange(1, found.classes + 1).to(potential)  # probabilities would sum to a constant
        gradient = torch.autograd.grad((potential * weights).sum(), given)[0]
        found.differentiable = bool(gradient.isfinite().all() and gradient.any())


@torch.no_grad()
def _compare_readouts(found: Adapted, frames: Tensor, y: Tensor) -> None:
    """Accuracy under each readout; a warning if one is better than the chosen one by two standard errors (McNemar)."""
    both = [of.double().cpu() for of in found.both(frames)]
    right = {name: (of(both[name != "count"])[-1].argmax(-1) == y.cpu()).double() for name, of in READS.items()}
    found.accuracy = {name: of.mean().item() for name, of in right.items()}
    best, read = max(found.accuracy, key=found.accuracy.get), found.read
    gain = right[best] - right[read]
    if gain.sum() > max(2 * gain.abs().sum() ** 0.5, 0.02 * len(y)):
        text = f"Read by {read}, the network recognises {found.accuracy[read]:.0%} of the example, by {best} "
        text += f"{found.accuracy[best]:.0%}. Pass read={best!r} if that is how it is used."
        warnings.warn(WeakReadout(text), stacklevel=3)
    named = int(y.max()) + 1
    if found.classes >= 2 * named and found.classes % named == 0:
        text = f"The labels name {named} classes, and the network answers for {found.classes}. Sum them by call= if "
        warnings.warn(WeakReadout(text + "several neurons stand for a class; else pass points of all."), stacklevel=3)


def _said(found: Adapted, x: Tensor, named: int, training: bool) -> Iterator[str]:
    """Every assumption, one sentence each."""
    given, known = FORMS[found.feed], f"{found.known} of {found.classes} classes at each of {found.steps} step(s)"
    if found.feed == "B..":
        given = f"as they are and computes {found.inner} time step(s) by itself"
    elif found.layout == "B.." and found.frames > 1:
        given += f", the same point at each of {found.frames} steps"
    if found.steps == 1 < found.inner:
        known = f"one answer of {found.classes} classes, put together over time: no answers per step (T = 1)"
    elif found.known != "spikes and potential":
        known += f"; {'the potential' if found.known == 'spikes' else 'spikes'} not being known, they stand for both"
    libraries = Counter(of.library for module in found.network.modules() if (of := kind(module)))
    neurons = ", ".join(f"{n} of {library}" for library, n in libraries.items()) or "none of a known library"
    by = "each by itself" if found.reset is empty else "by the function that was passed"
    right = ", ".join(f"{name} {of:.1%}" for name, of in found.accuracy.items())
    yield f"Points have {FORMS[found.layout]}."
    yield f"The network is given them {given}."
    yield f"Its layers of neurons ({neurons}) are emptied before each batch, {by}."
    yield f"It returns {known}." + f" The labels name {named} of them." * (named < found.classes)
    if found.steps == found.classes:
        yield "It has as many steps as classes: the last axis is taken for the classes."
    yield f"Its answer is read by {found.read}; accuracy on the example under each readout: {right}."
    if found.random:
        a, b = found.logits(x), found.logits(x)
        changed, far = (a.argmax(-1) != b.argmax(-1)).double().mean(), (a - b).abs().mean()
        differ = f"logits differ by {far:.2g} on average, and the class of {changed:.0%} of the points"
        yield f"The same points have other answers the next time, taken for random coding: {differ}."
        yield "Whether a point's answer hangs on the others of its batch was therefore not tried."
    if not found.differentiable:
        yield "No gradient comes back to its input: it cannot be inverted by gradients."
    if found.fields[0] != found.fields[1] and not found.both(found.shown(x))[0].any():
        yield "Nothing spikes on the example: which of its tensors are spikes and which potential is taken on trust."
    if not x.is_floating_point() and found.feed != "call":
        yield f"Points of {str(x.dtype)[6:]} are handed to it as {str(placed(found.network)[1])[6:]}."
    if found.feed == "steps" and not found.alone and (names := taken(found.network)):
        yield f"What it returns beside its output is handed back at the next step as {', '.join(names)}."
    if found.size:
        yield f"It takes batches of {found.size} points only; the last one is filled up."
    if training:
        yield "It was in training mode and is asked in evaluation mode."
