"""Write what came out into README.md, from the reference runs: ``make readme``, after a new one."""

import re
import textwrap
from pathlib import Path

import pandas as pd

from snnlib.reproduction import places
from snnlib.reproduction.comparison import read_rows
from snnlib.reproduction.findings import claim_lines, sentences

README = Path(__file__).resolve().parent.parent / "README.md"
PART = re.compile(r"(<!-- (sentences|verdicts|speed): by 'make readme' -->\n).*?(<!-- end of \2 -->\n)", re.DOTALL)
FAST = ("mlp", "scorer", "resnet-converted-T4", "resnet-direct-T4", "lif-T25", "brainleaks", "rmia", "auc")  # rows
RUNS = ("night", "quick")  # of each paper the first one that there is counts


def counted() -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The rows of the reference runs that count, a paper at a time; and all rows of each run."""
    every = {
        name: read_rows(places.references() / name, name) for name in RUNS if (places.references() / name).exists()
    }
    papers = {paper: [of[of["id"].str.startswith(paper)] for of in every.values()] for paper in ("A", "B")}
    return pd.concat([next(rows for rows in of if len(rows)) for of in papers.values()], ignore_index=True), every


def verdicts(rows: pd.DataFrame, every: dict[str, pd.DataFrame]) -> str:
    """A row for each claim: the verdict on it, what is certain for and against, and what each run says."""
    every = every if len(every) > 1 else {}
    heads = ["claim", "verdict", "p for", "p against", "on the claimed side", *(f"at `{name}`" for name in every)]
    words = [{line["claim"]: line["verdict"] for line in claim_lines(of)} for of in every.values()]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for c in claim_lines(rows):
        verdict = f"**{c['verdict']}**" + f"; {c['remark']}" * bool(c["remark"])
        cells = [f"{c['claim']}: {c['text']}", verdict, c["for"], c["against"], c["side"]]
        lines.append(f"| {' | '.join([*cells, *(of.get(c['claim'], 'not run') for of in words)])} |")
    return "\n".join(lines) + "\n"


def speed(lines: pd.DataFrame) -> str:
    """A row for some of the work that has a peer: our time, and how many times as long peers and the floor take."""
    shown = ["| work | snnlib, ms | others, times as long | products or sorting alone |", "|---|---|---|---|"]
    wanted = lines["row"].str.startswith(FAST) & lines["seconds"].notna() & ~lines["row"].str.endswith("-loop")
    for work, of in lines[wanted].groupby("work", sort=False):
        ours, peers, floor = (of[of["role"] == role] for role in ("snnlib", "peer", "floor"))
        others = "; ".join(f"{who}: {_digits(ratio)}" for who, ratio in zip(peers["who"], peers["ratio"]))
        least = f"{floor['ratio'].median():.2f}" if len(floor) else ""
        shown.append(f"| {work} | {_digits(1000 * ours['seconds'].median())} | {others} | {least} |")
    return "\n".join(shown) + "\n"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _item(text: str) -> str:
    """A sentence as an item of a list, in lines as long as README's."""
    return textwrap.fill(f"- {text}", 119, subsequent_indent="  ", break_on_hyphens=False) + "\n"


def written(text: str) -> str:
    """A README's text with what came out, as the reports of the reference runs have it, and how fast it is."""
    rows, every = counted()
    parts = {"sentences": "".join(_item(text) for text in sentences(rows)), "verdicts": verdicts(rows, every)}
    parts["speed"] = speed(pd.read_csv(places.figures() / "bench" / "bench.csv"))
    return PART.sub(lambda found: found[1] + parts[found[2]] + found[3], text)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
