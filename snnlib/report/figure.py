"""A figure and the plain data it is drawn from: whoever has the data draws the same figure again.

Plain data are dicts with texts as keys, lists, arrays, texts, numbers and None. They are saved as
npz: the arrays under numbers, and under ``json`` all else, in which ``{"array": n}`` stands for an array.
"""

import functools
import io
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL.Image import Image

from ..errors import DataError

DPI = 80  # of films: pixels, not print
LARGEST = 1 << 30  # bytes of a figure's data
Data = dict[str, Any]


@dataclass
class Film:
    """Pictures that follow each other, all of one size, each shown for so many milliseconds, over and over."""

    frames: list[Image]
    milliseconds: int


Drawn = Figure | Film


def drawn_by(draw: Callable[..., Drawn]) -> Callable[[Callable[..., Data]], Callable[..., Drawn]]:
    """Mark a function that collects the data of a figure: when called, ``draw(**data)`` draws them.

    The figure carries ``source``: the function's name and the data. The function keeps ``draw``.
    """

    def decorate(collect: Callable[..., Data]) -> Callable[..., Drawn]:
        @functools.wraps(collect)
        def make(*args: object, **options: object) -> Drawn:
            data = unpack(pack(collect(*args, **options)))  # what is drawn is what is saved
            drawn = draw(**data)
            drawn.source = {"drawing": f"{collect.__module__}:{collect.__name__}", "data": data}
            return drawn

        make.draw = draw
        return make

    return decorate


def pack(content: Mapping) -> bytes:
    """Plain data as the bytes of an npz file, the same for the same data."""
    arrays: dict[str, np.ndarray] = {}

    def plain(value: np.ndarray | np.generic) -> object:
        if isinstance(value, np.generic):
            return value.item()
        arrays[str(len(arrays))] = value
        return {"array": len(arrays) - 1}

    text, buffer = json.dumps(content, default=plain), io.BytesIO()
    np.savez_compressed(buffer, json=np.array(text), **arrays)
    return buffer.getvalue()


def unpack(content: bytes, name: str = "data") -> dict:
    """What `pack` was given, tuples as lists; DataError, with the file's ``name``, for anything else."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if sum(member.file_size for member in file.zip.infolist()) > LARGEST:
                raise ValueError("too large")

            def whole(part: dict) -> object:
                return file[str(part["array"])] if part.keys() == {"array"} else part

            return json.loads(str(file["json"]), object_hook=whole)
    except Exception as error:  # of whatever reads what is not what `pack` made
        problem = f"{name} does not hold the data of a figure, or is damaged."
        raise DataError(problem, "Make it anew: run 'snnlib reproduce'.") from error


def figure_files(drawn: Drawn, notes: Sequence[str] = ()) -> dict[str, bytes]:
    """A figure as PNG and SVG with its notes in small type below, or a film as GIF, by ending. Closes the figure."""
    if isinstance(drawn, Film):
        (first, *others), buffer = drawn.frames, io.BytesIO()
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=drawn.milliseconds, loop=0)
        return {"gif": buffer.getvalue()}
    characters = int(26 * drawn.get_figwidth())  # of small type in a line
    for line, text in enumerate(line for note in notes for line in textwrap.wrap(note, characters)):
        place = -0.03 - 0.13 * line / drawn.get_figheight()
        drawn.text(0.01, place, text, fontsize=5.5, color="0.35", va="top")
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")  # laid out once, not for every format
    content = {}
    for kind in ("png", "svg"):
        buffer = io.BytesIO()
        drawn.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
        content[kind] = buffer.getvalue()
    plt.close(drawn)
    return content
