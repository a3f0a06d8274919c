"""Figures and animations as the bytes of files: the same for the same data."""

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

from .film import as_gif
from .source import Drawn
from .style import sign


def in_files(drawn: Drawn, notes: Sequence[str] = ()) -> dict[str, bytes]:
    """A figure as PNG and SVG, signed with its notes, or an animation as GIF: content by ending. Closes the figure."""
    if isinstance(drawn, FuncAnimation):
        return {"gif": as_gif(drawn)}
    sign(drawn, notes)
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")  # laid out once, not for every format
    found = {}
    for kind in ("png", "svg"):
        buffer = io.BytesIO()
        drawn.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
        found[kind] = buffer.getvalue()
    plt.close(drawn)
    return found
