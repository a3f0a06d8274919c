"""Which of the tensors that a network returns are its output's spikes and potential."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import SettingError
from .adapted import CALL, Adapted


def pick(found: Adapted, tensors: list[Tensor], n: int, classes: int, layers: Sequence[tuple] = ()) -> None:
    """Find out which of the tensors are the output's spikes and potential; ValueError where none can be.

    Where several can be, the doubt is noted, and counts if nothing speaks against this way of asking. What ``layers``
    of neurons gave last tells whose spikes go with which potential.
    """
    found.doubt = None
    fit = [at for at, of in enumerate(tensors) if of.ndim in (2, 3) and n in of.shape[:-1] and of.shape[-1] >= classes]
    if found.feed == "steps":
        fit = [at for at in fit if tensors[at].ndim == 3 and tensors[at].shape[1] == n]
    given = ", ".join(str(list(of.shape)) for of in tensors) or "no tensor"
    if not fit:
        raise ValueError(f"it gives {given} where {n} points have labels below {classes}")
    widths = {tensors[at].shape[-1] for at in fit}
    if len(widths) > 1 and classes not in widths:
        problem = f"Several of the network's tensors may be its output: {given}, and the labels name {classes} classes."
        found.doubt = SettingError(problem, f"Pass an example of all classes. {CALL}")
    width = classes if classes in widths else min(widths)
    fit = [at for at in fit if tensors[at].shape[-1] == width]
    most = max(tensors[at].ndim for at in fit)  # answers over time rather than one
    fit = [at for at in fit if tensors[at].ndim == most]
    *form, found.classes = tensors[fit[0]].shape
    if classes not in (found.classes, n) and form.count(classes):
        problem = f"In the network's answer, {[*form, found.classes]}, the {classes} classes do not come last."
        found.doubt = SettingError(problem, CALL)
    if form == [n, n] and found.feed != "steps":
        problem = f"In the network's answer, {[*form, found.classes]}, the time axis is as long as the batch."
        raise SettingError(problem, "Choose another batch size than the number of time steps.")
    spiking = [at for at in fit if len(form) == 2 and spikes(tensors[at])]
    trains = [at for at in spiking if tensors[at].unique().numel() == 2]
    spiking = trains or spiking
    real = [at for at in fit if at not in spiking and tensors[at].any()]
    if len(form) == 2 and spiking:
        last = {at: tensors[at].select(0 if found.feed == "steps" else 1 - form.index(n), -1) for at in fit}
        pairs = [of for of in layers if torch.equal(of[0], last[spiking[-1]])]
        real = [at for at in real if any(torch.equal(of[-1], last[at]) for of in pairs)] or real
    for several, what in ((trains, "the spikes of its output"), (real, "the potential of its output, or its logits")):
        handed = found.feed == "steps" and not found.alone and several == real  # its state, the output's at the end
        same = all(torch.equal(tensors[at], tensors[several[0]]) for at in several)
        if not (same or handed or found.doubt or found.feed == "call"):
            problem = f"Several of the network's tensors {list(tensors[fit[0]].shape)} may be {what}."
            found.doubt = SettingError(problem, CALL)
    found.fields = (spiking[-1], real[-1]) if spiking and real else (fit[0], fit[not trains and len(spiking) > 1])
    both = found.fields[0] != found.fields[1]
    found.known = "spikes and potential" if both else "spikes" if spiking else "real numbers"
    found.axis = 1 if found.feed == "steps" else form.index(n)
    found.steps = found.inner = form[1 - found.axis] if len(form) == 2 else 1


def spikes(output: Tensor) -> bool:
    """Whether values may be spikes: whole numbers, as surrogates round them, or 0 and one height."""
    near = output.round()
    whole = (output - near).abs().max() < 1e-5 and near.min() >= 0 and (near.any() or not output.any())
    return bool(whole) or (output.unique().numel() <= 2 and bool((output == 0).any()))
