"""Rows, tables, figures and explorers for tests of the report."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from snnlib.report.table import Table
from snnlib.reproduction.explore import widgets
from snnlib.reproduction.explore.widgets import Explorer


def rows_of(**columns: list) -> pd.DataFrame:
    """Rows of a table from columns of numbers and names; all are from one place unless it is given."""
    common = {"study": "mnist", "data": "mnist", "source": "embedded", "profile": "smoke"}
    return pd.DataFrame(
        [common | dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]
    )


def a_table(id: str = "A-T2", cell: object = 0.123456789) -> Table:
    """A table of one number."""
    rows = pd.DataFrame({"attack": ["x"], "value": [0.123456789]})
    return Table(id, rows, rows.assign(value=[cell]).set_index("attack"), ["where it is from"])


def a_figure() -> plt.Figure:
    """A figure without data of its own."""
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    return figure


def explorer_of(call: Callable[..., object], *args: object, **wanted: Any) -> Explorer:
    """The explorer that a call makes; nothing is drawn or displayed."""
    made: list[Explorer] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "display", lambda *_, **__: None)
        patch.setattr(Explorer, "image", lambda self: made.append(self))
        call(*args, **wanted)
    return made.pop()
