"""A network of snnTorch, SpikingJelly, Norse, sinabs or anybody's, brought into one form; what is assumed, in words.

The number of labels names the axis of the batch. How often a network's layers are called while it is called once tells
one that takes a step at a time (once) from one that loops over time (T times), silent networks included; where a neuron
takes a whole sequence, what it is given shows the axis of time.
"""

import contextlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import multimode
from typing import Any

import torch
from torch import Tensor, nn

from ..contract import placed
from ..errors import SettingError
from .adapted import CALL, FOLDED, READS, Adapted, empty, keeps_state, kind, watched

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
    x, y = map(torch.as_tensor, example)
    ways, training, device = _ways(x, y, steps, layout, read, call), network.training, placed(network)[0]
    if not call and not reset:
        network = _unwrapped(network)
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


def _unwrapped(network: nn.Module) -> nn.Module:
    """What `torch.compile` and parallel data have wrapped."""
    while hasattr(network, "_orig_mod") or isinstance(network, nn.DataParallel | nn.parallel.DistributedDataParallel):
        network = getattr(network, "_orig_mod", None) or network.module
    return network


def _ways(x, y, steps, layout, read, call) -> list[tuple[str, str]]:
    """Layouts of the points, and ways to give them to a network, that the arguments leave open."""
    n, form, layouts = len(y), list(x.shape), ("B..", "BT..", "TB..")
    for name, value, choices in (("layout", layout, layouts), ("readout", read, READS)):
        if value not in (None, *choices):
            raise SettingError(f"There is no {name} {value!r}.", f"Choose one of {', '.join(choices)}.")
    if y.ndim != 1 or n < 2 or y.is_floating_point():
        raise SettingError(f"Labels {list(y.shape)} of {y.dtype} name no classes.", "Pass at least two whole numbers.")
    if layout is None and x.ndim > 2 and form[:2] == [n, n]:
        problem = f"Two axes of the points {form} are as long as there are labels, {n}."
        raise SettingError(problem, "Choose another batch size than the number of time steps, or pass layout=.")
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
            return found
        except SettingError:
            raise
        except Exception as error:  # whatever a network raises that is given what it does not take
            problem = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            against.setdefault(problem, {})[FORMS[feed]] = True
    tried = "; ".join(f"{' or '.join(forms)}: {problem}" for problem, forms in against.items())
    problem = f"The network does not take points of shape {list(x.shape)} ({tried})."
    remedy = f"Pass steps= where points are repeated over time, layout= where time is mistaken, or{CALL[4:]}"
    raise SettingError(problem, remedy)


@torch.no_grad()
def _look(found: Adapted, x: Tensor, y: Tensor, steps: int | None) -> None:
    """Ask once and look at what happens; ValueError where that speaks against this way of asking."""
    n, classes, feed, frames = len(y), int(y.max()) + 1, found.feed, found.shown(x)
    tensors, calls = watched(found.network, lambda: found.tensors(frames))
    if feed == "call":
        return _pick(found, tensors, n, classes)
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
    _pick(found, tensors, n, classes)
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
        raise ValueError("no step has an influence on a later one")
    found.inner = found.steps if once else inner
    if steps and feed == "B.." and found.inner not in (1, steps):
        raise ValueError(f"it computes {found.inner} time steps by itself, not {steps}")
    if found.steps not in (1, found.inner):
        raise ValueError(f"its answer has {found.steps} time steps, but it computes {inner}")


def _remembers(found: Adapted, frames: Tensor) -> bool:
    """Whether answers after the first step hear of the input at the first: else time may pass for another feature."""
    changed, first = frames.clone(), (0, slice(None), 0) if found.feed == "B.." else 0
    changed[first] = frames[first].roll(1, 0)  # among the points
    return any(not torch.equal(a[1:], b[1:]) for a, b in zip(found.both(frames), found.both(changed)))


def _pick(found: Adapted, tensors: list[Tensor], n: int, classes: int) -> None:
    """Find out which of the tensors are the output's spikes and potential; ValueError where none can be."""
    fit = [at for at, of in enumerate(tensors) if of.ndim in (2, 3) and n in of.shape[:-1] and of.shape[-1] >= classes]
    if not fit:
        given = ", ".join(str(list(of.shape)) for of in tensors) or "no tensor"
        raise ValueError(f"it gives {given} where {n} points have labels below {classes}")
    rank = {at: (-tensors[at].ndim, tensors[at].shape[-1]) for at in fit}  # layers before the output are wider
    fit = [at for at in fit if rank[at] == min(rank.values())]
    *form, found.classes = tensors[fit[0]].shape
    if form == [n, n] and found.feed != "steps":
        problem = f"In the network's answer, {[*form, found.classes]}, the time axis is as long as the batch."
        raise SettingError(problem, "Choose another batch size than the number of time steps.")
    spiking = [at for at in fit if len(form) == 2 and _spikes(tensors[at])]
    trains = [tensors[at] for at in spiking if tensors[at].unique().numel() == 2]
    if found.feed != "call" and any(not torch.equal(of, trains[0]) for of in trains):
        problem = f"Several of the network's tensors {list(tensors[fit[0]].shape)} may be the spikes of its output."
        raise SettingError(problem, CALL)
    real = [at for at in fit if at not in spiking]
    found.fields = (spiking[-1], real[-1]) if spiking and real else (fit[0], fit[len(spiking) > 1])  # both may be 0
    both = found.fields[0] != found.fields[1]
    found.known = "spikes and potential" if both else "spikes" if spiking else "real numbers"
    found.axis = 1 if found.feed == "steps" else form.index(n)
    found.steps = found.inner = form[1 - found.axis] if len(form) == 2 else 1


def _spikes(output: Tensor) -> bool:
    """Whether values may be spikes: whole numbers, as surrogates round them, or 0 and one height."""
    near = output.round()
    whole = (output - near).abs().max() < 1e-5 and near.min() >= 0 and (near.any() or not output.any())
    return bool(whole) or (output.unique().numel() <= 2 and bool((output == 0).any()))


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
    off = max(apart(first, flipped), apart(first[:, 1:], asked(frames[:, 1:])), apart(first, halves))
    if off > 0.1 and not found.random:  # sums in another order may flip a spike
        problem = "A point's answer depends on the others of its batch: an axis is mistaken, or batches are normalised."
        raise SettingError(problem, "Pass layout= and steps=, and let batch norm track its running statistics.")
    with contextlib.suppress(RuntimeError):
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
    if not found.differentiable:
        yield "No gradient comes back to its input: it cannot be inverted by gradients."
    if found.size:
        yield f"It takes batches of {found.size} points only; the last one is filled up."
    if training:
        yield "It was in training mode and is asked in evaluation mode."
