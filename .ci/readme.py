"""Write what came out into README.md, from the reference run: ``make readme``, after a new one."""

import re
import textwrap
from pathlib import Path

import pandas as pd

from snnlib.reproduction import places
from snnlib.reproduction.comparison import read_rows
from snnlib.reproduction.findings import claim_lines, sentences

README = Path(__file__).resolve().parent.parent / "README.md"
PART = re.compile(r"(<!-- (sentences|verdicts): written by 'make readme' -->\n).*?(<!-- end of \2 -->\n)", re.DOTALL)


def verdicts(rows: pd.DataFrame) -> str:
    """A row for each claim: the verdict on it and what is certain for and against."""
    lines = ["| claim | verdict | p for | p against | on the claimed side |", "|---|---|---|---|---|"]
    for c in claim_lines(rows):
        verdict = f"**{c['verdict']}**" + f"; {c['remark']}" * bool(c["remark"])
        lines.append(f"| {c['claim']}: {c['text']} | {verdict} | {c['for']} | {c['against']} | {c['side']} |")
    return "\n".join(lines) + "\n"


def _item(text: str) -> str:
    """A sentence as an item of a list, in lines as long as README's."""
    return textwrap.fill(f"- {text}", 119, subsequent_indent="  ", break_on_hyphens=False) + "\n"


def written(text: str, out: Path = places.references() / "quick", profile: str = "quick") -> str:
    """A README's text with the sentences and the verdicts of a folder of results, as its report has them."""
    rows = read_rows(out, profile)
    parts = {"sentences": "".join(_item(text) for text in sentences(rows)), "verdicts": verdicts(rows)}
    return PART.sub(lambda found: found[1] + parts[found[2]] + found[3], text)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
