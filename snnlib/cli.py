"""The command line: ``snnlib reproduce | figures | inventory | data | doctor | completion``, also ``python -m``."""

import argparse
import itertools
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import shtab

from . import __version__
from .datasets.catalogue import CATALOGUE
from .errors import SettingError, SnnlibError
from .reproduction import profiles
from .reproduction.items import built

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
    from .datasets.catalogue import CATALOGUE
    from .datasets.fetching import fetch
    from .reproduction.notebooks import reproduce
    from .reproduction.profiles import profile

    profile(options.profile)  # complain before the first download or kernel
    if options.fetch:
        for entry in CATALOGUE:
            if entry.downloads:
                fetch(entry)
    reproduce(
        options.profile,
        only=options.only,
        out=options.out,
        device=options.device,
        workers=options.workers,
        dask=options.dask,
    )
    return 0


def _data_list(_: argparse.Namespace) -> int:
    from .datasets.catalogue import CATALOGUE
    from .datasets.sources import count, locate
    from .datasets.unused import unused

    pass

    for entry in CATALOGUE:
        source = locate(entry)
        there = "" if source.kind in ("missing", "damaged") else f", {count(source):,} points"
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
    from .datasets.catalogue import dataset
    from .datasets.fetching import fetch
    from .datasets.sources import KINDS

    for name in options.names:
        source = fetch(dataset(name))
        print(f"{name}: {source.kind} ({KINDS[source.kind]}), {source.where}")
    return 0


def _data_check(_: argparse.Namespace) -> int:
    from .datasets.catalogue import CATALOGUE
    from .datasets.sources import KINDS, locate

    bad = False
    for entry in CATALOGUE:
        source = locate(entry)
        verdict = KINDS[source.kind]
        if source.kind == "embedded" and entry.digest != source.digest:
            verdict, bad = "embedded, but not the content that the reference results were made with", True
        bad |= source.kind == "damaged"
        print(f"{entry.name:13} {source.kind:9} {verdict}")
        for problem in source.problems:
            print(f"              ! {problem}")
    return int(bad)


def _doctor(_: argparse.Namespace) -> int:
    from .reproduction.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.well else 'NOT'} {finding.what}")
        if not finding.well:
            print(f"    {finding.remedy}")
    return int(not all(finding.well for finding in findings))


def _figures(options: argparse.Namespace) -> int:
    from .reproduction.redraw import redraw

    written = redraw(options.source, options.to, options.only)
    for name, files in itertools.groupby(written, lambda file: file.with_suffix("")):
        print(f"{name}: {', '.join(file.suffix[1:] for file in files)}")
    return 0


def _completion(options: argparse.Namespace) -> int:
    pass

    print(completion_script(parser(), options.shell))
    return 0


def _inventory(options: argparse.Namespace) -> int:
    from .paths import figures
    from .reproduction.items import INVENTORY, cell_of
    from .reproduction.profiles import profile
    from .reproduction.record import read_run

    profile(options.profile)
    if options.out and not options.out.is_dir():
        raise SettingError(f"There is no folder {options.out}.", "Name a folder of results, or leave --out away.")
    made = read_run(options.out or figures() / options.profile)["items"]
    for item in INVENTORY:
        cell = cell_of(item)
        where = f"{item.notebook}, cell {cell}" if cell else "not built yet"
        when = made.get(item.id, {}).get("made", "never made" if cell else "")
        print(f"{item.id:6} {item.title:57} {where:20} {when}".rstrip())
    return 0


HELP = {
    "": (
        "Reproduce two papers on the privacy of spiking neural networks: model inversion and membership inference.",
        """
  snnlib reproduce                              every table and figure, at profile quick
  snnlib reproduce --only A-T2 B-F2             two of them
  snnlib reproduce --profile gpu --device cuda  full data on a GPU
  snnlib figures --from figures/quick B-F2      a figure once more, from its saved data
  snnlib inventory                              which notebook cell makes which table or figure
  snnlib data list                              what is there, from where, under which licence
  snnlib doctor                                 whether this machine has what a run needs""",
    ),
    "reproduce": (
        "Run the notebooks and write tables, figures and a report. What is done is kept: an interrupted run goes on "
        "where it stopped when the same command is typed again.",
        """
  snnlib reproduce                              profile quick, into figures/quick
  snnlib reproduce --only A-T2 B-F2             two items and what they need
  snnlib reproduce --profile gpu --device cuda --workers 2
  snnlib reproduce --dask tcp://127.0.0.1:8786  on a cluster that shares the store's disk""",
    ),
    "figures": (
        "Make figures and tables once more from the data that a run has kept beside them, without networks and "
        "without the store: the same bytes, in seconds.",
        """
  snnlib figures --from figures/quick --to copy
  snnlib figures --from figures/quick --to copy B-F2 A-T2""",
    ),
    "inventory": (
        "List all tables and figures of both papers: which notebook cell makes each, and since when it is as it is. "
        "(A run that makes the same again leaves the date.)",
        """
  snnlib inventory
  snnlib inventory --out my-results""",
    ),
    "data": (
        "List, download or check the data sets. Nothing has to be downloaded: where official files are missing, "
        "stand-ins are used, and every result says so.",
        """
  snnlib data list
  snnlib data fetch mnist cifar10
  snnlib data check""",
    ),
    "data list": (
        "List the data sets: what is there, from where, under which licence.",
        """
  snnlib data list""",
    ),
    "data fetch": (
        "Download official files into SNNLIB_DATA (data/ by default) and verify their checksums.",
        """
  snnlib data fetch mnist
  snnlib data fetch cifar10 cifar100""",
    ),
    "data check": (
        "Read all files and embedded data and compare them with their checksums; exit status 1 if some are damaged.",
        """
  snnlib data check""",
    ),
    "doctor": (
        "Check that this machine has what a run needs, and say what to do where it has not; nothing is changed.",
        """
  snnlib doctor""",
    ),
    "completion": (
        "Print a script with which a shell completes commands, options, profiles, IDs and data sets.",
        """
  snnlib completion bash > ~/.local/share/bash-completion/completions/snnlib
  snnlib completion zsh > ~/.zfunc/_snnlib      a folder of $fpath""",
    ),
}


FOLDERS = ("out", "source", "to")


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script for a shell; besides commands and options it completes profiles, IDs, data sets and folders."""
    offered = {
        "profile": list(profiles.PROFILES),
        "only": [item.id for item in built()],
        "names": [entry.name for entry in CATALOGUE if entry.downloads],
    }
    for action in _all_actions(parser):
        if action.dest in offered:
            action.choices = offered[action.dest]  # here only: a wrong one shall be answered in two sentences
        if action.dest in FOLDERS:
            action.complete = shtab.DIRECTORY
    return shtab.complete(parser, shell)


def _all_actions(parser: argparse.ArgumentParser) -> Iterable[argparse.Action]:
    """All arguments of a command and of the commands below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _all_actions(below)
