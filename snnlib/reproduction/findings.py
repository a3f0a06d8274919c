"""What a run found, made from the rows of its tables: five sentences, a line and a picture of each claim."""

import re
import textwrap
from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ..datasets.catalogue import dataset
from ..metrics.runs import holm
from ..report.figure import Data, drawn_by
from ..report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, p_value
from .brainleaks import claims as brainleaks_claims
from .mia_snn import claims as mia_snn_claims

CLAIMS = brainleaks_claims.CLAIMS | mia_snn_claims.CLAIMS
MARKS = {SUPPORTED: ("#1b7f4d", "o"), CONTRADICTED: ("#b2182b", "s"), INCONCLUSIVE: ("0.45", "o")}  # colour, marker
PUBLISHED = {"color": "black", "marker": "D", "linestyle": "", "markersize": 4.5, "markerfacecolor": "none"}
WHOLE = re.compile(r"(?<=[=,]) (?=\d)| (?==)")  # spaces at which no line breaks: T = 1, 2, 4
NOTE = "Primary contrasts, 95 % intervals. p: of each alone; the verdict is after Holm's correction. Dotted: a margin."


def primary(rows: pd.DataFrame, claim: str = "") -> pd.DataFrame:
    """The primary contrasts among the rows of A-V and B-V, of all claims or of one."""
    if "primary" not in rows:
        return rows[:0].reindex(columns=["claim", "p_supported", "p_contradicted", "value", "low"])
    return rows[rows["primary"].eq(True) & (rows["claim"].eq(claim) | (not claim))]


def sentences(rows: pd.DataFrame) -> list[str]:
    """What came out, in five sentences at most: each is there if the tables that it rests on are."""
    rows = rows.reindex(columns=rows.columns.union(["judge", "model", "dropout"], sort=False))
    return [text for text in (_inverted(rows), _attacks(rows), _membership(rows), _models(rows), _claims(rows)) if text]


def _inverted(rows: pd.DataFrame) -> str:
    of = rows["id"].astype(str).str.match(r"A-T\d") & rows["metric"].eq("attack_accuracy") & rows["judge"].eq("snn")
    bright = {row["data"]: row for row in rows[of & rows["attack"].eq("v1_matched")].to_dict("records")}
    shares = []
    for row in rows[of & rows["attack"].eq("brainleaks_v1")].to_dict("records"):
        more = bright.get(row["data"], {"value": 0})["value"]
        dim = f" ({100 * more:.0f} once they are as bright as the data)" if more > row["high"] else ""
        printed = "" if pd.isna(row["published"]) else f" (published: {100 * row['published']:.0f})"
        simulated = "simulated " if row["source"] == "simulated" else ""
        shares.append(f"{100 * row['value']:.0f} % on {simulated}{dataset(row['data']).title}{dim}{printed}")
    who = "Of BrainLeaks-v1's samples, networks with no part in the attack recognise"
    return f"{who} {_listed(shares)}." if shares else ""


def _attacks(rows: pd.DataFrame) -> str:
    texts = {
        "A2": "Common scorers recognise {} of the SNNs' samples than of the ANN's",
        "A3": "SNN scorers recognise {} of v2's samples than of v1's on event data",
    }
    parts = _differences(rows, texts, ("more", "less"))
    return f"{_listed(parts)}." if parts else ""


def _membership(rows: pd.DataFrame) -> str:
    parts = []
    of = rows[rows["id"].eq("B-T2") & rows["metric"].eq("auc") & rows["attack"].eq("RMIA")]
    of = of[of["model"].ne("ann") & of["dropout"].ne(True)]
    for (study, data), aucs in of.groupby(["study", "data"], sort=False):
        printed, other = _range(aucs["published"]), "" if study == data else f" on {dataset(study).title}"
        parts.append(f"{_range(aucs['value'])} % on {dataset(data).title} (published{other}: {printed})")
    what = "RMIA, an attack with reference networks, tells members of an SNN's training data from others with an AUC of"
    return f"{what} {_listed(parts)}; 50 % is guessing." if parts else ""


def _models(rows: pd.DataFrame) -> str:
    texts = {"B3": "{} against the ANN than against SNNs", "B2": "{} at T = 4 than at T = 1"}
    parts = _differences(rows, texts, ("higher", "lower"))
    return f"RMIA's AUC is {_listed(parts)}." if parts else ""


def _claims(rows: pd.DataFrame) -> str:
    lines, counts = claim_lines(rows), []
    for word, what in {SUPPORTED: "supported", CONTRADICTED: "contradicted", INCONCLUSIVE: "open"}.items():
        of = [line["claim"] for line in lines if line["verdict"] == word]
        counts.append(f"{len(of) or 'none'} {'is' if len(of) < 2 else 'are'} {what}" + f" ({', '.join(of)})" * bool(of))
    return f"Of {len(lines)} claims, {_listed(counts)}." if lines else ""


def _differences(rows: pd.DataFrame, texts: dict[str, str], words: tuple[str, str]) -> list[str]:
    """The difference behind each claim, in points and in which direction, with its interval, in the claim's text."""

    def apart(points: float) -> str:
        return f"{abs(points):.1f} points {words[points < 0]}"

    found = []
    for claim, text in texts.items():
        for row in primary(rows, claim)[:1].dropna(subset=["value", "low"]).to_dict("records"):
            value, low, high, printed = (100 * row[of] for of in ("value", "low", "high", "difference_published"))
            beside = "" if pd.isna(printed) else f"; published: {apart(printed)}"
            found.append(f"{text.format(apart(value))} [{low:.1f}, {high:.1f}{beside}]")
    return found


def _listed(parts: Sequence[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def _range(values: pd.Series) -> str:
    low, high = f"{100 * values.min():.0f}", f"{100 * values.max():.0f}"
    return low if low == high else f"{low} to {high}"


def claim_lines(rows: pd.DataFrame) -> list[dict[str, str]]:
    """What is certain of each claim: for and against as Holm's p-values over the claims of its paper.

    A claim is supported, or contradicted, where its p-value is at most 2.5 %.
    """
    return [line for paper in ("A", "B") for line in _of_paper(rows, [name for name in CLAIMS if name[0] == paper])]


def _of_paper(rows: pd.DataFrame, claims: Sequence[str]) -> Iterator[dict[str, str]]:
    of = {claim: primary(rows, claim) for claim in claims}
    pro = holm([max(p["p_supported"], default=1.0) for p in of.values()])
    contra = holm([min([1.0, *(len(p) * p["p_contradicted"])]) for p in of.values()])
    for claim, p_for, p_against in zip(claims, pro, contra, strict=True):
        for first in of[claim][:1].to_dict("records"):
            remark, data = first["remark_on_claim"], dict.fromkeys(", ".join(of[claim]["data"]).split(", "))
            yield {
                "id": first["id"], "claim": claim, "text": CLAIMS[claim], "verdict": first["verdict_on_claim"],
                "for": p_value(p_for), "against": p_value(p_against),
                "side": claimed_side(rows[rows["claim"] == claim]), "remark": "" if pd.isna(remark) else remark,
                "data": _listed([dataset(name).title for name in data]),
            }  # fmt: skip


def claimed_side(rows: pd.DataFrame) -> str:
    """How many comparisons of a claim came out on the claimed side, certain or not: ``5 of 6``.

    The single ones, or the primary one where there is no other.
    """
    single = rows[~rows["primary"].eq(True)]
    measured = (rows if single.empty else single).dropna(subset=["value"])
    return f"{(measured['value'] > -measured['margin']).sum()} of {len(measured)}"


def _draw_claims(lines: list[dict]) -> Figure:
    figure, ax = plt.subplots(figsize=(5.4, 0.26 * len(lines) + 0.65), layout="constrained")
    beside = {"fontsize": 6, "va": "center", "family": "monospace", "transform": ax.get_yaxis_transform()}
    ax.axvline(0, color="0.7", linewidth=0.8)
    ax.text(1.02, -1, f"{'p for':>7}  {'against':>7}", **beside)
    for y, line in enumerate(lines):
        how = _mark(line["verdict"])
        if line["value"] is None:
            ax.text(0.01, y, "not tested", **beside | {"color": "0.4"})
        else:
            ax.plot([line["low"] or line["value"], line["high"] or line["value"]], [y, y], color=how["color"])
            ax.plot(line["value"], y, **how)
        if line["published"] is not None:
            ax.plot(line["published"], y, **PUBLISHED)
        if line["margin"]:
            ax.plot([-line["margin"]] * 2, [y - 0.4, y + 0.4], ":", color="black", linewidth=1)
        ax.text(1.02, y, f"{line['for']:>7}  {line['against']:>7}", **beside)
    ax.set_yticks(
        range(len(lines)),
        [textwrap.fill(WHOLE.sub("\xa0", line["label"]), 50) for line in lines],
        fontsize=6.5,
        linespacing=1.0,
    )
    ax.tick_params(axis="x", labelsize=6)
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.set_xlabel("difference", fontsize=7)
    handles = [plt.Line2D([], [], label=verdict, **_mark(verdict)) for verdict in MARKS]
    handles.append(plt.Line2D([], [], label="published", **PUBLISHED))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, fontsize=6)
    return figure


def _mark(verdict: str) -> dict:
    """How a difference is drawn: hollow where nothing is certain."""
    colour, marker = MARKS[verdict]
    fill = "white" if verdict == INCONCLUSIVE else colour
    return {"color": colour, "marker": marker, "markersize": 4.5, "markerfacecolor": fill}


@drawn_by(_draw_claims)
def claims_figure(rows: pd.DataFrame) -> Data:
    """The primary contrasts of a paper's claims with 95 % intervals and one-sided p-values; colour: the verdict."""
    lines = []
    for row in primary(rows).to_dict("records"):
        numbers = {of: None if pd.isna(row[of]) else row[of] for of in ("value", "low", "high", "difference_published")}
        line = numbers | {"published": numbers.pop("difference_published")}
        line |= {"label": f"{row['claim']}: {row['comparison']}", "verdict": row["verdict_on_claim"]}
        line |= {"margin": row["margin"]}
        lines.append(line | {"for": p_value(row["p_supported"]), "against": p_value(row["p_contradicted"])})
    return {"lines": lines}
