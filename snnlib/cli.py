"""The command line: ``snnlib reproduce | data | doctor | inventory``, the same as ``python -m snnlib``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .errors import SnnlibError

EXAMPLES = """examples:
  snnlib reproduce                              every table and figure, at profile quick
  snnlib reproduce --only A-T2 B-F2             two of them
  snnlib reproduce --profile gpu --device cuda  full data on a GPU
  snnlib data list                              what is there, from where, under which licence
  snnlib doctor                                 whether this machine has what a run needs
  snnlib inventory                              which notebook cell makes which table or figure
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0, or 1 after an error, which is printed in two sentences."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except SnnlibError as error:
        print(f"snnlib: {error.problem}\n        {error.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsnnlib: interrupted. What is done is kept; run the same command again to go on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="snnlib",
        description="Reproduce two papers on the privacy of spiking neural networks.",
        epilog=EXAMPLES,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=f"snnlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("reproduce", help="run the notebooks and write tables, figures and report")
    run.add_argument("--profile", default="quick", help="smoke, quick, gpu or paper (default: quick)")
    run.add_argument("--only", nargs="+", default=[], metavar="ID", help="tables and figures, for example A-T2 B-F2")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: figures/PROFILE)")
    run.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    workers = run.add_mutually_exclusive_group()
    workers.add_argument("--workers", type=_count, default=0, metavar="N", help="processes (default: one a processor)")
    workers.add_argument("--dask", metavar="ADDRESS", help="run on a dask cluster that shares the store's disk")
    run.add_argument("--fetch", action="store_true", help="download official data sets first")
    run.set_defaults(run=_reproduce)

    data = commands.add_parser("data", help="list, fetch or check data sets")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="what is there, from where").set_defaults(run=_data_list)
    fetch = actions.add_parser("fetch", help="download official files")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.set_defaults(run=_data_fetch)
    actions.add_parser("check", help="verify files and embedded data").set_defaults(run=_data_check)

    doctor = commands.add_parser("doctor", help="check that this machine has what a run needs")
    doctor.set_defaults(run=_doctor)

    listing = commands.add_parser("inventory", help="tables and figures, where they are made and when they were")
    listing.add_argument("--profile", default="quick")
    listing.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: figures/PROFILE)")
    listing.set_defaults(run=_inventory)
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _reproduce(options: argparse.Namespace) -> int:
    from . import datasets, profiles, runner

    profiles.profile(options.profile)  # complain before the first download or kernel
    if options.fetch:
        for entry in datasets.CATALOGUE:
            if entry.downloads:
                datasets.fetch(entry.name)
    runner.reproduce(
        options.profile,
        only=options.only,
        out=options.out,
        device=options.device,
        workers=options.workers,
        dask=options.dask,
    )
    return 0


def _data_list(_: argparse.Namespace) -> int:
    from . import datasets

    for entry in datasets.CATALOGUE:
        source = datasets.locate(entry.name)
        there = "" if source.kind in ("missing", "damaged") else f", {datasets.count(source):,} points"
        print(f"{entry.name:13} {source.kind:9} {source.where}{there}")
        print(f"              original: {entry.content}; licence: {entry.licence}")
        if entry.stands_in_for:
            print(f"              stands in for {entry.stands_in_for} where that is not there")
        if entry.remark and source.kind == "embedded":
            print(f"              {entry.remark}")
        for problem in source.problems[:5]:
            print(f"              ! {problem}")
    return 0


def _data_fetch(options: argparse.Namespace) -> int:
    from . import datasets

    for name in options.names:
        source = datasets.fetch(name)
        print(f"{name}: {source.kind} ({datasets.KINDS[source.kind]}), {source.where}")
    return 0


def _data_check(_: argparse.Namespace) -> int:
    from . import datasets

    bad = False
    for entry in datasets.CATALOGUE:
        source = datasets.locate(entry.name)
        verdict = datasets.KINDS[source.kind]
        if source.kind == "embedded" and entry.digest != source.digest:
            verdict, bad = "embedded, but not the content that the reference results were made with", True
        bad |= source.kind == "damaged"
        print(f"{entry.name:13} {source.kind:9} {verdict}")
        for problem in source.problems:
            print(f"              ! {problem}")
    return int(bad)


def _doctor(_: argparse.Namespace) -> int:
    from . import doctor

    findings = doctor.examine()
    for finding in findings:
        print(f"{'ok ' if finding.well else 'NOT'} {finding.what}")
        if not finding.well:
            print(f"    {finding.remedy}")
    return int(not all(finding.well for finding in findings))


def _inventory(options: argparse.Namespace) -> int:
    from . import inventory, lab, paths, profiles

    profiles.profile(options.profile)
    made = lab.read_run(options.out or paths.figures() / options.profile)["items"]
    for item in inventory.INVENTORY:
        cell = inventory.cell_of(item)
        where = f"{item.notebook}, cell {cell}" if cell else "not built yet"
        when = made.get(item.id, {}).get("made", "never made" if cell else "")
        print(f"{item.id:6} {item.title:57} {where:20} {when}".rstrip())
    return 0
