"""Write the table of verdicts in README.md from the reference run: ``make readme``, after a new one."""

from pathlib import Path

import pandas as pd

from snnlib.report.verdict import CONTRADICTED, SUPPORTED
from snnlib.reproduction import places
from snnlib.reproduction.summary import CLAIMS, claimed_side

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- verdicts: written by 'make readme' -->\n", "<!-- end of verdicts -->\n"


def verdict_table(folder: Path = places.references() / "quick") -> str:
    """A row for each claim: the verdict on it, on which side its comparisons are, and how many are certain alone."""
    lines = ["| claim | verdict | on the claimed side | certain: for, against |", "|---|---|---|---|"]
    for paper in ("A", "B"):
        rows = pd.read_csv(folder / "tables" / f"{paper}-V.csv")
        for claim, of_claim in rows.groupby("claim", sort=True):
            verdict, certain = of_claim["verdict_on_claim"].iloc[0], of_claim["verdict"].value_counts()
            numbers = ", ".join(str(certain.get(side, 0)) for side in (SUPPORTED, CONTRADICTED))
            lines.append(f"| {claim}: {CLAIMS[claim]} | **{verdict}** | {claimed_side(of_claim)} | {numbers} |")
    return "\n".join(lines) + "\n"


def with_verdicts(text: str, table: str) -> str:
    """A README's text with another table of verdicts."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table + END + rest.split(END)[1]


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_verdicts(readme.read_text(encoding="utf-8"), verdict_table()), encoding="utf-8")
