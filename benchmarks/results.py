"""The measured lines as a table for people and as a figure."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from snnlib.metrics.estimate import Estimate
from snnlib.report.style import PAGE, style
from snnlib.report.table import NOTHING, Table, shown_once

TITLE = "snnlib beside its peers"
IDLE = 1.0  # load up to which a machine counts as idle


def machine_notes(machine: Mapping[str, str]) -> list[str]:
    """The machine that times hold for, and whether it did something else meanwhile."""
    said = ["; ".join(f"{name}: {value}" for name, value in machine.items()) + "."]
    try:
        busy = float(machine["load at the start"]) > IDLE
    except ValueError:  # not known
        busy = False
    busy = busy and machine["clock"] == "wall"
    return said + ["Other processes ran at the same time: only ratios count."] * busy


def notes(machine: Mapping[str, str]) -> list[str]:
    """How to read the table, and the machine."""
    return [
        "Medians, in one process, in turn, after a warm-up. Ratios are taken pair by pair, with their 5 % and 95 % "
        "quantiles. Peer / snnlib above 1: snnlib is faster.",
        "Difference: relative, between the results of both, asserted to be within the row's tolerance beforehand; of "
        "BrainLeaks in float64 and at a smaller size.",
        "Training steps: forward pass, loss and backward pass. Products: the matrix products and convolutions alone. "
        "snnlib runs in each peer's dynamics: snnTorch subtracts after the decay, SpikingJelly and Norse before it. "
        "Unless it says otherwise, a peer's layers see all steps at once, as snnlib's do. Neurons alone: from a "
        "current to spikes and potentials, and back from their gradients to the current's.",
        *machine_notes(machine),
    ]


def table(lines: pd.DataFrame, machine: Mapping[str, str]) -> Table:
    """One line a row: our time, the peer's, the floor's, and the ratios."""
    shown = []
    for row, part in lines.groupby("row", sort=False):
        by_role = {line["role"]: line for line in part.to_dict("records")}
        ours, peer, floor = (by_role.get(role) for role in ("snnlib", "peer", "floor"))
        timed = ours is not None
        shown.append(
            {
                "Work": ours["work"] if timed else row,
                "snnlib, ms": _milliseconds(ours),
                "Peer": peer["who"] if peer else NOTHING,
                "Peer, ms": _milliseconds(peer) if timed else peer["remark"],
                "Peer / snnlib": _ratio(peer) if timed else NOTHING,
                "Difference": f"{peer['distance']:.1g}" if timed and peer else NOTHING,
                "Floor": floor["who"] if floor else NOTHING,
                "Floor, ms": _milliseconds(floor),
                "snnlib / floor": _ratio(floor, inverse=True),
            }
        )
    text = shown_once(pd.DataFrame(shown), ["Work"]).set_index("Work")
    return Table("bench", lines, text, notes(machine), TITLE)


def _milliseconds(line: Mapping | None) -> str:
    return NOTHING if line is None else _digits(1000 * line["seconds"])


def _ratio(line: Mapping | None, inverse: bool = False) -> str:
    if line is None:
        return NOTHING
    values = [line[name] for name in ("ratio", "ratio_low", "ratio_high")]
    middle, *ends = [1 / value for value in values] if inverse else values
    spec = ".2f" if middle < 10 else ".0f"
    return format(Estimate(middle, *sorted(ends)), spec)


def _digits(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def figure(lines: pd.DataFrame) -> Figure:
    """Times of peers and floors relative to ours, row by row, on a logarithmic axis."""
    style()
    timed = lines[lines["role"].isin(("peer", "floor")) & lines["seconds"].notna()]
    rows = list(dict.fromkeys(timed["row"]))
    names = timed.drop_duplicates("row", keep="first").set_index("row")
    fig, ax = plt.subplots(figsize=(PAGE, 0.9 + 0.16 * len(rows)), layout="constrained")
    for role, colour, marker, label in (
        ("peer", "#440154", "o", "peer (right of the line: snnlib is faster)"),
        ("floor", "#21918c", "|", "floor: products, convolutions or sorting alone"),
    ):
        part = timed[timed["role"] == role]
        places = [rows.index(row) for row in part["row"]]
        spread = [part["ratio"] - part["ratio_low"], part["ratio_high"] - part["ratio"]]
        how = {"fmt": marker, "color": colour, "markersize": 4 if marker == "o" else 7, "elinewidth": 0.8}
        ax.errorbar(part["ratio"], places, xerr=spread, label=label, **how)
    ax.axvline(1, color="0.4", linewidth=0.8)
    ax.set(xscale="log", xlabel="time / time of snnlib", ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks(range(len(rows)), [_label(names.loc[row]) for row in rows], fontsize=5.5)
    ax.grid(axis="y", color="0.92", linewidth=0.5)
    fig.legend(loc="outside upper center", ncols=2, fontsize=7)
    return fig


def _label(line: pd.Series) -> str:
    return f"{line['work']} | {line['who']}" if line["role"] == "peer" else line["work"]
