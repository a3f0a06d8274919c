"""Write the verdicts and numbers in README.md from the reference run: ``make readme``, after a new one."""

import re
from pathlib import Path

import pandas as pd

from snnlib.report.verdict import CONTRADICTED, SUPPORTED
from snnlib.reproduction import places
from snnlib.reproduction.summary import CLAIMS, claimed_side

README = Path(__file__).resolve().parent.parent / "README.md"
VERDICTS = re.compile(r"(<!-- verdicts: written by 'make readme' -->\n).*(<!-- end of verdicts -->\n)", re.DOTALL)
NUMBER = re.compile(r"(<!--=(\S+)-->)[^<]*(<!--/-->)")  # with its name, one of `numbers`


def rows(*ids: str) -> pd.DataFrame:
    """The rows of some tables of the reference run."""
    return pd.concat(pd.read_csv(places.references() / "quick" / "tables" / f"{id}.csv") for id in ids)


def verdicts() -> str:
    """A row for each claim: the verdict on it, on which side its comparisons are, and how many are certain alone."""
    lines = ["| claim | verdict | on the claimed side | certain: for, against |", "|---|---|---|---|"]
    for claim, of_claim in rows("A-V", "B-V").groupby("claim", sort=True):
        verdict, certain = of_claim["verdict_on_claim"].iloc[0], of_claim["verdict"].value_counts()
        counts = ", ".join(str(certain.get(side, 0)) for side in (SUPPORTED, CONTRADICTED))
        lines.append(f"| {claim}: {CLAIMS[claim]} | **{verdict}** | {claimed_side(of_claim)} | {counts} |")
    return "\n".join(lines) + "\n"


def numbers() -> dict[str, str]:
    """Numbers in percent by name: ranges of RMIA's AUC and of claim B3's differences, AA with its published value."""
    aucs = rows("B-T2", "B-T3", "B-T5").query("attack == 'RMIA' and metric == 'auc' and not dropout")
    found = {}
    for name, of in {"RMIA": aucs, "B3": rows("B-V").query("claim == 'B3'")}.items():
        for data, value in (100 * of.set_index("data")["value"]).groupby("data"):
            found[f"{name}/{data}"] = f"{value.min():.0f} to {value.max():.0f}"
    for row in rows("A-T1", "A-T2", "A-T3", "A-T4").query("metric == 'attack_accuracy'").to_dict("records"):
        for what in ("value", "published"):
            found[f"AA/{row['data']}/{row['attack']}/{row['judge']}/{what}"] = f"{100 * row[what]:.0f}"
    return found


def written(text: str) -> str:
    """A README's text with the verdicts and the numbers of the reference run."""
    of_run, table = numbers(), verdicts()
    text = VERDICTS.sub(lambda found: found[1] + table + found[2], text)
    return NUMBER.sub(lambda found: found[1] + of_run[found[2]] + found[3], text)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
