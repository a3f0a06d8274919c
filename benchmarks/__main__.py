"""``python -m benchmarks``: measure, print a table, and write it with its figure into figures/bench/."""

import argparse
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "figures" / "bench"
COLUMNS = [
    "row", "work", "role", "who", "seconds", "low", "high", "ratio", "ratio_low", "ratio_high", "repeats", "distance",
    "tolerance", "remark",
]  # fmt: skip
STATED = ("processor", "instructions", "threads", "clock")  # of the machine, in every line of the CSV


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks", description="How long snnlib takes beside its peers.")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="some rows, by their names or beginnings")
    parser.add_argument("--quick", action="store_true", help="medians of 3 instead of at least 7")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch and NumPy (1)")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall", help="processor: on a busy machine")
    parser.add_argument("--out", type=Path, help="folder; figures/bench for all rows, none for some of them")
    parser.add_argument("--list", action="store_true", help="print the rows' names")
    parser.add_argument("--reproduce", metavar="PROFILE", help="time that profile instead, in four runs: long")
    options = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # before torch is imported
    from .contests import chosen
    from .measure import fingerprint

    if options.list:
        print("\n".join(chosen(options.only)))
    elif options.reproduce:
        from .reproduction import measured

        _write(measured(options.reproduce, fingerprint(options.threads)), options.out or BENCH)
    else:
        _measure(chosen(options.only), options)


def _measure(rows: Sequence[str], options: argparse.Namespace) -> None:
    import pandas as pd

    from snnlib.report.figure import figure_files

    from .contests import measured
    from .measure import fingerprint, set_threads
    from .results import figure, machine_notes, table

    machine, lines = fingerprint(options.threads, options.clock), []
    set_threads(options.threads)
    for row in rows:
        for line in measured(row, 3 if options.quick else None, options.clock):
            lines.append(line)
            print(f"{row}: {line['who']}: {line.get('remark') or format(1000 * line['seconds'], ',.2f') + ' ms'}")
    found = pd.DataFrame(lines).reindex(columns=COLUMNS)
    made = table(found.assign(**{name: machine[name] for name in STATED}), machine)
    below = [line for note in machine_notes(machine) for line in textwrap.wrap(note, 170)]
    _write(made, options.out or (None if options.only else BENCH), figure_files(figure(found), below))


def _write(made, out: Path | None, pictures: dict[str, bytes] | None = None) -> None:
    """Print a `Table`; write it as CSV and Markdown, and the figure, where there is a folder for them."""
    from snnlib.report.table import table_files

    text = table_files(made.text())["md"]
    print(text)
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    content = {"csv": made.rows.to_csv(index=False).encode(), "md": text.encode(), **(pictures or {})}
    for ending, of_file in content.items():
        (out / f"{made.id}.{ending}").write_bytes(of_file)
    print(f"Written: {out}/{made.id}.{{{','.join(content)}}}")


if __name__ == "__main__":
    main()
