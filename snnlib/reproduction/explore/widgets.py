"""Pictures that answer to controls in JupyterLab; everywhere else the same pictures, standing still.

An explorer is one call in a notebook's cell. The picture is always in the cell's output as an image, so a saved
notebook shows it without a kernel. Where somebody can move them, controls stand below; they only draw again from
arrays in memory.
"""

import importlib.util
import io
import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...engine.processes import HEADLESS
from ...report.style import PAGE

State = Mapping[str, Any]  # the value of each control
Choices = Mapping[str, Callable[[State], Mapping[str, Any]]]  # by control: what it allows by label, given those before
WIDTH, DPI = 900, 150  # of a picture as wide as a page: in pixels on the screen, and pixels an inch
CHOSEN, REST = "#d95f02", "0.72"  # colours
NO_RESULTS = Markdown("*Nothing here was asked for.*")


def settle(choices: Choices, wanted: State) -> dict[str, Any]:
    """The nearest state: a value that is not allowed becomes the nearest number, or the first value."""
    state: dict[str, Any] = {}
    for control, options in choices.items():
        allowed = list(options(state).values())
        value = wanted.get(control, allowed[0])
        if value not in allowed:
            numbers = _are_numbers([*allowed, value])
            value = min(allowed, key=lambda a: abs(a - value)) if numbers else allowed[0]
        state[control] = value
    return state


def _are_numbers(values: list) -> bool:
    return all(isinstance(v, int | float | np.number) for v in values)


class Explorer:
    """A picture and its state, at first the nearest to the wanted one; ``controls`` makes widgets that change both.

    ``alt`` is what the picture shows, in a few words.
    """

    def __init__(self, draw: Callable[[State], Figure], choices: Choices, wanted: State, alt: str):
        self.draw, self.choices, self.alt = draw, choices, alt
        self.state = settle(choices, wanted)
        self.widgets: dict[str, Any] = {}
        self._settling = False

    def image(self) -> Image:
        figure, buffer = self.draw(self.state), io.BytesIO()
        FigureCanvasAgg(figure).print_png(buffer)
        return Image(buffer.getvalue(), alt=self.alt, width=round(WIDTH * figure.get_figwidth() / PAGE))

    def options(self, control: str) -> tuple[tuple[str, Any], ...]:
        """Labels and values that a control allows in the present state; at least two, as sliders need them."""
        before = itertools.takewhile(lambda item: item[0] != control, self.state.items())
        options = tuple(self.choices[control](dict(before)).items())
        return options if len(options) > 1 else (*options, (f"{options[0][0]} ", options[0][1]))

    def controls(self, changed: Callable[[Image], None]):
        """A box of widgets, one for each choice; ``changed`` gets the new picture whenever one is moved."""
        from ipywidgets import Box, Dropdown, SelectionSlider

        def moved(_: Mapping) -> None:
            if not self._settling:
                self.state = settle(self.choices, {control: widget.value for control, widget in self.widgets.items()})
                self._show_state()
                changed(self.image())

        for control in self.choices:
            options = self.options(control)
            kind = SelectionSlider if _are_numbers([value for _, value in options]) else Dropdown
            widget = self.widgets[control] = kind(options=options, description=control, layout={"width": "29em"})
            widget.style.description_width = "6em"
            widget.continuous_update = False  # drawn when a slider rests: no queue
            widget.observe(moved, names="value")
        self._show_state()
        return Box(list(self.widgets.values()), layout={"flex_flow": "row wrap"})

    def _show_state(self) -> None:
        """Widgets show the options and values of the state; one with a single option rests."""
        self._settling = True
        for control, widget in self.widgets.items():
            options = self.options(control)
            if tuple(widget.options) != options:
                widget.options = options
            widget.value, widget.disabled = self.state[control], len(set(dict(options).values())) == 1
        self._settling = False


def live() -> bool:
    """Whether somebody may move a control: in a notebook's kernel, not headless, with ipywidgets installed."""
    in_kernel = hasattr(get_ipython(), "kernel") and not os.environ.get(HEADLESS)
    return in_kernel and importlib.util.find_spec("ipywidgets") is not None


def show(explorer: Explorer) -> None:
    """Display the picture and, where somebody may move them, its controls."""
    shown = display(explorer.image(), display_id=True)
    if live():
        display(explorer.controls(shown.update))


def stepped(least: float, largest: float, step: float) -> dict[str, float]:
    """The values of a slider by label: whole numbers if it moves by a whole number."""
    values = [least + i * step for i in range(round((largest - least) / step) + 1)]
    return {f"{value:g}": value if isinstance(step, int) else round(float(value), 6) for value in values}


def canvas(height: float) -> Figure:
    """A figure as wide as a page, unknown to pyplot, which would keep it."""
    return Figure(figsize=(PAGE, height), dpi=DPI)


def noted(figure: Figure, note: str) -> Figure:
    """Print where the data are from at the lower edge of a figure."""
    figure.text(0.008, 0.006, note, fontsize=5.5, color="0.35", va="bottom")
    return figure


def small(ax: Axes) -> None:
    ax.tick_params(labelsize=6.5, length=3)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_size(7.5)
