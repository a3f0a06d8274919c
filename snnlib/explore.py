"""Pictures that answer to controls in JupyterLab; everywhere else the same pictures, standing still.

One call a notebook cell: `neuron`, `samples`, `roc`, `published`. The picture is always in the cell's output as
an image, so a saved notebook shows it without a kernel. Where somebody can move them, controls stand below; they
only draw again from arrays in memory. Nothing is computed here: `snnlib.figures` draws, `snnlib.metrics` counts.
"""

import functools
import io
import itertools
import os
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import Image, Markdown, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import figures, membership, neurons, tables
from .plan import DROPOUT, PLAIN, name
from .processes import HEADLESS
from .results import InversionResults, MembershipResults

State = Mapping[str, Any]
Choices = Mapping[str, Callable[[State], Mapping[str, Any]]]
WIDTH = 900  # in pixels, of a picture as wide as a page
ALL = "all"


def settle(choices: Choices, wanted: State) -> dict[str, Any]:
    """The state nearest to a wanted one that exists: what a control allows may depend on those before it.

    Args:
        choices: by control, a function of the state so far that returns the allowed values by label.
        wanted: values by control. One that is not allowed becomes the nearest number, or the first value.
    """
    state: dict[str, Any] = {}
    for control, options in choices.items():
        allowed = list(options(state).values())
        value = wanted.get(control, allowed[0])
        if value not in allowed:
            near = _numbers([*allowed, value])
            value = min(allowed, key=lambda a: abs(a - value)) if near else allowed[0]
        state[control] = value
    return state


def _numbers(values: list) -> bool:
    return all(isinstance(v, int | float | np.number) for v in values)


class Explorer:
    """A picture and its state; ``controls`` makes widgets that change both.

    Args:
        draw: from a state to a figure.
        choices: what each control allows (see `settle`).
        wanted: the state to begin with.
        alt: what the picture shows, in a few words.
    """

    def __init__(self, draw: Callable[[State], Figure], choices: Choices, wanted: State, alt: str):
        self.draw, self.choices, self.alt = draw, choices, alt
        self.state = settle(choices, wanted)
        self.widgets: dict[str, Any] = {}
        self._settling = False

    def image(self) -> Image:
        """The picture of the state."""
        figure, buffer = self.draw(self.state), io.BytesIO()
        FigureCanvasAgg(figure).print_png(buffer)
        width = round(WIDTH * figure.get_figwidth() / figures.PAGE)
        return Image(data=buffer.getvalue(), format="png", alt=self.alt, width=width)

    def controls(self, changed: Callable[[Image], None]):
        """A box of widgets, one for each choice; ``changed`` gets the new picture whenever one is moved."""
        import ipywidgets

        self.widgets = {control: _widget(control, self._options(control)) for control in self.choices}
        self._show_state()
        for widget in self.widgets.values():
            widget.observe(lambda _: self._moved(changed), names="value")
        return ipywidgets.Box(list(self.widgets.values()), layout={"flex_flow": "row wrap"})

    def _moved(self, changed: Callable[[Image], None]) -> None:
        if not self._settling:
            self.state = settle(self.choices, {control: widget.value for control, widget in self.widgets.items()})
            self._show_state()
            changed(self.image())

    def _show_state(self) -> None:
        """Widgets show the options and values of the state; one with a single option rests."""
        self._settling = True
        for control, widget in self.widgets.items():
            options = self._options(control)
            if tuple(widget.options) != options:
                widget.options = options
            widget.value, widget.disabled = self.state[control], len(set(dict(options).values())) == 1
        self._settling = False

    def _options(self, control: str) -> tuple[tuple[str, Any], ...]:
        before = itertools.takewhile(lambda item: item[0] != control, self.state.items())
        options = tuple(self.choices[control](dict(before)).items())
        return options if len(options) > 1 else (*options, (f"{options[0][0]} ", options[0][1]))  # sliders need two


def _widget(control: str, options: tuple[tuple[str, Any], ...]):
    """A slider for numbers, a menu for all else."""
    import ipywidgets

    common = {"options": options, "description": control, "style": {"description_width": "6em"}}
    common["layout"] = {"width": "29em"}
    if _numbers([value for _, value in options]):
        return ipywidgets.SelectionSlider(continuous_update=False, **common)  # drawn once it rests: no queue
    return ipywidgets.Dropdown(**common)


def live() -> bool:
    """Whether somebody may move a control: in a notebook's kernel, not headless, with ipywidgets installed."""
    if os.environ.get(HEADLESS) or not hasattr(get_ipython(), "kernel"):
        return False
    try:
        import ipywidgets  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def show(explorer: Explorer) -> None:
    """Display the picture and, where somebody may move them, its controls."""
    shown = display(explorer.image(), display_id=True)
    if live():
        display(explorer.controls(shown.update))


def values(least: float, largest: float, step: float) -> dict[str, float]:
    """The values of a slider by label: whole numbers if it moves by a whole number."""
    found = [least + i * step for i in range(round((largest - least) / step) + 1)]
    return {f"{value:g}": value if isinstance(step, int) else round(float(value), 6) for value in found}


def neuron(**wanted: Any) -> None:
    """A LIF neuron with a constant current: potential, spikes under each reset, firing rate.

    Args:
        wanted: ``current``, ``beta``, ``threshold`` and ``reset`` to begin with.
    """
    choices = {
        "current": lambda _: values(0, 1.5, 0.05),
        "beta": lambda _: values(0, 1, 0.05),
        "threshold": lambda _: values(0.5, 2, 0.1),
        "reset": lambda _: {reset.replace("_", " "): reset for reset in neurons.RESETS},
    }
    start = {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": neurons.RESETS[0]}
    show(Explorer(lambda s: figures.neuron_trace(**s), choices, start | wanted, "A spiking neuron over time"))


def samples(results: Mapping[str, InversionResults], profile: str, **wanted: Any) -> Markdown | None:
    """Inverted samples of paper A: how each came about, who recognises it, and its course in time.

    Args:
        results: by data set.
        profile: its name, for the line that says where the data are from.
        wanted: ``data``, ``attack``, ``class``, ``target``, ``iteration`` and ``time step`` to begin with.
    """
    if not results:
        return _nothing()
    choices = {
        "data": lambda _: {r.info["title"]: data for data, r in results.items()},
        "attack": lambda s: {tables.ATTACK_NAMES[a]: a for a in results[s["data"]].study.attacks},
        "class": lambda s: {figures.class_name(s["data"], c): c for c in range(results[s["data"]].info["classes"])},
        "target": lambda s: {str(i + 1): seed for i, seed in enumerate(results[s["data"]].study.seeds)},
        "iteration": lambda s: {
            str(stop): stop for stop in figures.stops(results[s["data"]], s["attack"], s["target"])
        },
        "time step": lambda s: _time_steps(results[s["data"]].samples[s["attack"], s["target"]]),
    }

    def draw(s: State) -> Figure:
        r = results[s["data"]]
        place = (s["attack"], s["class"], s["target"], s["iteration"], s["time step"])
        return figures.noted(figures.sample_on_its_way(r, *place), tables.provenance(r.info, profile))

    start = {"data": "nmnist", "attack": "brainleaks_v2", "class": 5, "iteration": 10**6, "time step": 5}
    return show(Explorer(draw, choices, start | wanted, "An inverted sample and who recognises it"))


def _time_steps(sample: np.ndarray) -> dict[str, int]:
    return {str(t + 1): t for t in range(len(sample) if sample.ndim == 4 else 1)}


def roc(results: Mapping[str, MembershipResults], profile: str, **wanted: Any) -> Markdown | None:
    """Membership inference of paper B: where the attacker draws the line, and who is named then.

    Args:
        results: by study.
        profile: its name, for the line that says where the data are from.
        wanted: ``study``, ``model``, ``attack``, ``dropout`` and ``named`` (share of all points that the attacker
            names, between 0 and 1) to begin with.
    """
    if not results:
        return _nothing()

    @functools.lru_cache(maxsize=8)  # moving the threshold changes no score
    def scores(study: str, model: str | int, attack: str, way: str) -> np.ndarray:
        return membership.ATTACKS[attack](*tables.signals(results[study], model, way))

    shares = np.concatenate([np.geomspace(1e-3, 0.05, 20), np.linspace(0.06, 1, 95)])
    choices = {
        "study": lambda _: {r.title: study for study, r in results.items()},
        "model": lambda s: {name(model): model for model in results[s["study"]].study.models},
        "attack": lambda _: {attack: attack for attack in membership.ATTACKS},
        "dropout": lambda _: {"off": PLAIN, "on": DROPOUT},
        "named": lambda _: {f"{100 * share:.3g} %": float(share) for share in shares},
    }

    def draw(s: State) -> Figure:
        r, title = results[s["study"]], f"{s['attack']} against {name(s['model'])}"
        title += " with input dropout" if s["dropout"] == DROPOUT else ""
        found = scores(s["study"], s["model"], s["attack"], s["dropout"])
        threshold = np.sort(found)[-max(1, round(s["named"] * len(found)))]
        figure = figures.threshold_on_roc(found, r.members[0], float(threshold), title)
        return figures.noted(figure, tables.provenance(r.info, profile, r.study.dataset))

    start = {"study": "cifar100", "model": 4, "attack": "RMIA", "named": 0.1}
    return show(Explorer(draw, choices, start | wanted, "ROC of a membership inference attack with a threshold"))


def published(rows: pd.DataFrame, **wanted: Any) -> Markdown | None:
    """Every number that has a published value beside ours, and one table of them as a list.

    Args:
        rows: of `snnlib.tables.read_rows`.
        wanted: ``paper``, ``data``, ``table`` and ``metric`` to begin with.
    """
    rows = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    if rows.empty:
        return _nothing()
    rows["paper"], rows["measure"] = rows["id"].str[0], rows["metric"].map(tables.metric_name)

    def column(of: str) -> Callable[[State], dict[str, str]]:
        def options(s: State) -> dict[str, str]:
            return {ALL: ALL} | {v: v for v in rows[_matching(rows, s)][_COLUMN[of]].unique()}

        return options

    choices = {control: column(control) for control in _COLUMN}
    start = {"paper": "B", "data": "cifar100", "table": "B-T2", "metric": "AUC"}

    def draw(s: State) -> Figure:
        return figures.noted(figures.published_overview(rows, _matching(rows, s)), _sources(rows))

    return show(Explorer(draw, choices, start | wanted, "Published values and ours"))


_COLUMN = {"paper": "paper", "data": "study", "table": "id", "metric": "measure"}


def _matching(rows: pd.DataFrame, state: State) -> np.ndarray:
    """Which rows have the values of a state."""
    found = np.ones(len(rows), bool)
    for control, value in state.items():
        found &= (rows[_COLUMN[control]] == value).to_numpy() | (value == ALL)
    return found


def _sources(rows: pd.DataFrame) -> str:
    """Which data stand for each data set of the papers, and where they are from."""
    found = rows[["study", "data", "source"]].drop_duplicates().itertuples()
    used = [f"{r.data} ({r.source})" + (f" for {r.study}" if r.data != r.study else "") for r in found]
    note = f"Profile {rows['profile'].iloc[0]}; data: {', '.join(used)}. *: not the paper's data or settings."
    return textwrap.fill(note, 170)


def _nothing() -> Markdown:
    return Markdown("*Nothing here was asked for.*")
