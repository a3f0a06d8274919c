"""The command line: ``snnlib reproduce | figures | inventory | data | doctor | completion``, also ``python -m``."""

import argparse
import itertools
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from . import __version__
from .errors import SettingError, SnnlibError
from .manual import HELP

PROFILES = "smoke, quick, gpu or paper"
RAW = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """Answers what it does not understand in two sentences; exit status 2."""

    def error(self, message: str) -> None:
        """Print what is wrong and where help is, and exit."""
        self.exit(2, f"snnlib: {message.rstrip('.')}.\n        Run '{self.prog} --help' to see what is possible.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0, or 1 after an error, which is printed in two sentences."""
    options = parser().parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()  # here, where a reader that has gone can be dealt with
        return status
    except SnnlibError as error:
        print(f"snnlib: {error.problem}\n        {error.remedy}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as of ``| head``: whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # what a shell reports of a command that SIGPIPE has ended
    except KeyboardInterrupt:
        print("\nsnnlib: interrupted. What is done is kept; run the same command again to go on.", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = Parser("snnlib", formatter_class=RAW, **_texts(""))
    top.add_argument("--version", action="version", version=f"snnlib {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "reproduce", "run the notebooks and write tables, figures and report", _reproduce)
    run.add_argument("--profile", default="quick", metavar="PROFILE", help=f"{PROFILES} (default: quick)")
    run.add_argument("--only", nargs="+", default=[], metavar="ID", help="tables and figures, for example A-T2 B-F2")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: figures/PROFILE)")
    run.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="(default: auto)")
    workers = run.add_mutually_exclusive_group()
    many = "processes (default: one for each processor, at most 8; one on a GPU)"
    workers.add_argument("--workers", type=_count, default=0, metavar="N", help=many)
    workers.add_argument("--dask", metavar="ADDRESS", help="run on a dask cluster that shares the store's disk")
    run.add_argument("--fetch", action="store_true", help="download official data sets first")

    again = _command(commands, "figures", "figures and tables once more, from their saved data", _figures)
    again.add_argument("only", nargs="*", metavar="ID", help="tables and figures (default: all that have data)")
    again.add_argument("--from", type=Path, required=True, dest="source", metavar="DIR", help="folder of results")
    again.add_argument("--to", type=Path, metavar="DIR", help="folder to write into (default: that of --from)")

    listing = _command(commands, "inventory", "tables and figures, where they are made and since when", _inventory)
    listing.add_argument("--profile", default="quick", metavar="PROFILE", help=f"{PROFILES} (default: quick)")
    listing.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: figures/PROFILE)")

    actions = _command(commands, "data", "list, fetch or check data sets").add_subparsers(
        required=True, metavar="ACTION"
    )
    _command(actions, "list", "what is there, from where", _data_list, "data list")
    fetch = _command(actions, "fetch", "download official files", _data_fetch, "data fetch")
    fetch.add_argument("names", nargs="+", metavar="NAME", help="a data set, as 'snnlib data list' names it")
    _command(actions, "check", "verify files and embedded data", _data_check, "data check")

    _command(commands, "doctor", "check that this machine has what a run needs", _doctor)
    shell = _command(commands, "completion", "print a script for completion in a shell", _completion)
    shell.add_argument("shell", choices=("bash", "zsh"))
    return top


def _command(
    commands: argparse._SubParsersAction, name: str, summary: str, run: Callable | None = None, key: str = ""
) -> argparse.ArgumentParser:
    found = commands.add_parser(name, help=summary, formatter_class=RAW, **_texts(key or name))
    found.set_defaults(run=run)
    return found


def _texts(command: str) -> dict[str, str]:
    description, examples = HELP[command]
    return {"description": textwrap.fill(description, 88), "epilog": f"examples:{examples}"}


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
    from .datasets.unused import unused

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
    for problem in unused():
        print(f"Note: {problem}")
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


def _figures(options: argparse.Namespace) -> int:
    from . import redraw

    written = redraw.redraw(options.source, options.to, options.only)
    for name, files in itertools.groupby(written, lambda file: file.with_suffix("")):
        print(f"{name}: {', '.join(file.suffix[1:] for file in files)}")
    return 0


def _completion(options: argparse.Namespace) -> int:
    from . import completion

    print(completion.script(parser(), options.shell))
    return 0


def _inventory(options: argparse.Namespace) -> int:
    from . import inventory, lab, paths, profiles

    profiles.profile(options.profile)
    if options.out and not options.out.is_dir():
        raise SettingError(f"There is no folder {options.out}.", "Name a folder of results, or leave --out away.")
    made = lab.read_run(options.out or paths.figures() / options.profile)["items"]
    for item in inventory.INVENTORY:
        cell = inventory.cell_of(item)
        where = f"{item.notebook}, cell {cell}" if cell else "not built yet"
        when = made.get(item.id, {}).get("made", "never made" if cell else "")
        print(f"{item.id:6} {item.title:57} {where:20} {when}".rstrip())
    return 0
