"""Figures that are not in the papers: training curves, and published values beside ours."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..plan import name
from .style import COLUMN, PAGE


def training_curves(losses: Mapping[str, Sequence[float]]) -> Figure:
    """Training loss of each epoch, by network."""
    figure, ax = plt.subplots(figsize=(COLUMN * 1.4, 2.6), layout="constrained")
    for (label, loss), dash in zip(losses.items(), ("-", "--", "-.", ":") * len(losses), strict=False):
        ax.plot(range(1, len(loss) + 1), np.asarray(loss) / loss[0], dash, label=label)
    ax.set(xlabel="epoch", ylabel="training loss (first epoch = 1)", yscale="log")
    ax.legend()
    return figure


def beside_published(rows: pd.DataFrame) -> Figure:
    """Every number that has a published value: ours with its interval, the published one beside it.

    Args:
        rows: of `snnlib.tables.read_rows`.
    """
    rows = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    figure, ax = plt.subplots(figsize=(PAGE, 0.6 + 0.17 * len(rows)), layout="constrained")
    places = np.arange(len(rows))
    half = np.clip(np.stack([rows["value"] - rows["low"], rows["high"] - rows["value"]]), 0, None)
    ax.errorbar(rows["value"], places, xerr=np.nan_to_num(half), fmt="o", color="black", markersize=3, linewidth=1)
    ax.plot(rows["published"], places, "D", markerfacecolor="none", markeredgecolor="#d95f02", markersize=4)
    if rows.empty:
        ax.text(0.5, 0, "no table with published values was made", ha="center")
    ax.set_yticks(places, [_label(row) for row in rows.to_dict("records")], fontsize=6)
    ax.set(ylim=(max(len(rows), 1) - 0.5, -0.5), xlim=(-0.02, 1.02), xlabel="value (dot: ours, diamond: published)")
    ax.grid(axis="x", color="0.9")
    return figure


def _label(row: Mapping) -> str:
    parts = [row["id"], row["study"], row["attack"], "" if pd.isna(row.get("model")) else name(_model(row["model"]))]
    dropout = "dropout" if row.get("dropout") is True or row.get("dropout") == "True" else ""
    mark = "" if row["profile"] == "paper" and row["source"] == "official" else "*"
    return " ".join(str(p) for p in (*parts, row["metric"].replace("_", " "), dropout, mark) if p and not pd.isna(p))


def _model(text: str) -> str | int:
    return int(text) if text.isdigit() else text
