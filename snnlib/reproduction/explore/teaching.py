"""The teaching notebooks: checks of exercises, sliders, small data and networks."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from ...datasets.att_faces import read_faces
from ...datasets.mnist import embedded_digits
from ...errors import SettingError
from ...networks import initialise
from ...randomness import torch_generator
from ..tasks.train import built
from .widgets import DPI, Explorer, live, show, stepped

# The neuron of paper A's target networks, in the form that today's snnTorch has.
NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 40), "reset": "decay_then_subtract"}


def check(exercise: int, answer: Any, expected: Any, *, hint: str, tolerance: float = 1e-6) -> None:
    """Compare an answer with the expected one and print ``✓``, ``✗`` with a hint, or that there is no answer yet.

    Both are a number, array, tensor or text, or a sequence of them; ``...`` and None are no answer. ``tolerance`` is
    the largest absolute difference of any number.
    """
    if answer is None or answer is ... or (isinstance(answer, list | tuple) and any(part is ... for part in answer)):
        print(f"exercise {exercise}: not answered yet")
    elif problem := _difference(_array(answer), _array(expected), tolerance):
        print(f"✗ exercise {exercise}: {problem} {hint}")
    else:
        print(f"✓ exercise {exercise}")


def _difference(answer: np.ndarray | None, expected: np.ndarray, tolerance: float) -> str:
    """What is wrong with an answer, in a sentence; empty if nothing is."""
    text = expected.dtype.kind == "U"
    if answer is None or answer.dtype.kind != expected.dtype.kind:
        return f"The answer should be {'text' if text else 'numbers' if expected.ndim else 'a number'}."
    if answer.shape != expected.shape:
        return f"The answer has the shape {answer.shape}, but {expected.shape} is expected."
    if text:
        return "" if (answer == expected).all() else "Not that."
    if not np.isfinite(answer).all():
        return "Not every number is finite."
    return "" if (np.abs(answer - expected) <= tolerance).all() else "Not quite."


def _array(value: Any) -> np.ndarray | None:
    """Texts or numbers as an array of either; None for what is neither."""
    try:
        array = np.asarray(value.detach().cpu() if isinstance(value, Tensor) else value)
        return np.char.lower(np.char.strip(array)) if array.dtype.kind == "U" else array.astype(float)
    except (TypeError, ValueError):
        return None


def explore(draw: Callable[..., None], **controls: tuple) -> None:
    """Draw with sliders in JupyterLab; once, with the function's own defaults, where nobody can move them.

    Each argument of ``draw`` has a default, and in ``controls`` its ``(least, largest, step)``.
    """
    if not live():
        return draw()

    def figure(state: Mapping[str, Any]) -> Figure:
        draw(**state)
        drawn = plt.gcf()
        plt.close(drawn)
        drawn.set_dpi(DPI)
        return drawn

    choices = {name: lambda _, of=of: stepped(*of) for name, of in controls.items()}
    start = {name: argument.default for name, argument in inspect.signature(draw).parameters.items()}
    show(Explorer(figure, choices, start, draw.__name__))


def digits(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Digits of MNIST in random order: images ``[count, 28, 28]`` in [0, 1] and labels ``[count]``; at most 5,000."""
    images, labels = map(torch.from_numpy, embedded_digits())
    if not 0 < count <= len(labels):
        raise SettingError(f"There are no {count} digits.", f"Ask for 1 to {len(labels)}.")
    chosen = torch.randperm(len(labels), generator=torch_generator(seed, "digits"))[:count]
    return images[chosen].float() / 255, labels[chosen].long()


def faces(persons: int) -> tuple[Tensor, Tensor]:
    """Ten AT&T faces of each person at a third of their size: ``[10 persons, 37, 30]`` in [0, 1] and who it is."""
    images, who, _ = (torch.from_numpy(array) for array in read_faces())
    images, who = images[who < persons], who[who < persons]
    small = images[:, :111, :90].float().unflatten(1, (37, 3)).unflatten(3, (30, 3)).mean((2, 4))
    return small / 255, who.long()


def network(seed: int, **settings: Any) -> nn.Module:
    """Target network of paper A (see `snnlib.networks.mlp`) with weights drawn from a generator of its own."""
    model = built({"kind": "mlp", **settings})
    initialise(model, torch_generator(seed, "weights"))
    return model
