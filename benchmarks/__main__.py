"""``python -m benchmarks``: measure, print a table, and write it with its figure into figures/bench/."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks", description="snnlib beside its peers.")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="some rows, by their names or beginnings")
    parser.add_argument("--quick", action="store_true", help="medians of 3 instead of at least 7")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch and NumPy (1)")
    parser.add_argument("--out", type=Path, help="folder; figures/bench for all rows, none for some of them")
    parser.add_argument("--list", action="store_true", help="print the rows' names")
    parser.add_argument("--reproduce", metavar="PROFILE", help="time that profile by notebook instead: long")
    options = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # before torch is imported

    import pandas as pd

    from .contests import chosen, measured
    from .measure import fingerprint, set_threads

    machine = fingerprint(options.threads)
    if options.list:
        print("\n".join(chosen(options.only)))
        return
    if options.reproduce:
        from .reproduction import measured as of_profile

        write(of_profile(options.reproduce, machine), options.out or ROOT / "figures" / "bench")
        return
    from .results import figure, table

    set_threads(options.threads)
    lines = []
    for row in chosen(options.only):
        for line in measured(row, 3 if options.quick else None):
            lines.append(line)
            print(f"{row}: {line['who']}: {line.get('remark') or format(1000 * line['seconds'], ',.2f') + ' ms'}")
    rows = pd.DataFrame(lines).reindex(columns=COLUMNS)
    out = options.out or (None if options.only else ROOT / "figures" / "bench")
    write(table(rows.assign(**{name: machine[name] for name in STATED}), machine), out, figure(rows, machine))


COLUMNS = [
    "row", "work", "role", "who", "seconds", "low", "high", "ratio", "ratio_low", "ratio_high", "repeats", "distance",
    "tolerance", "remark",
]  # fmt: skip
STATED = ("processor", "instructions", "threads")  # of the machine, in every line of the CSV


def write(made, out: Path | None, drawn=None) -> None:
    """Print a table; write it as CSV and Markdown, and the figure as PNG and SVG, where there is a folder for them."""
    from snnlib.report.figure import figure_files
    from snnlib.report.table import table_files

    files = table_files(made.text())
    print(files["md"])
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    content = {"csv": made.rows.to_csv(index=False).encode(), "md": files["md"].encode()}
    content |= {} if drawn is None else figure_files(drawn, made.notes[3:])
    for ending, of_file in content.items():
        (out / f"{made.id}.{ending}").write_bytes(of_file)
    print(f"Written: {out}/{made.id}.{{{','.join(content)}}}")


if __name__ == "__main__":
    main()
