"""The command line: ``snnlib reproduce | figures | inventory | data | doctor | completion``, also ``python -m``."""

import argparse
import itertools
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import __version__
from .errors import SettingError, SnnlibError

PROFILES = "smoke, quick, gpu or paper"
INSTALL = "In the project's folder, run: pip install --constraint constraints.txt --editable '.[reproduce]'."
FOLDERS = ("out", "source", "to")
Argument = tuple[tuple[str, ...], dict]
COMMANDS: dict[str, tuple[str, Callable, tuple[Argument, ...]]] = {}


class Parser(argparse.ArgumentParser):
    """Answers what it does not understand in two sentences; exit status 2."""

    def error(self, message: str) -> None:
        """Print what is wrong and where help is, and exit."""
        self.exit(2, f"snnlib: {message.rstrip('.')}.\n        Run '{self.prog} --help' to see what is possible.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0, or 1 after an error, which is printed in two sentences."""
    options = parser().parse_args(arguments)
    try:
        status = options.run(options) or 0
        sys.stdout.flush()  # here, where a reader that has gone can be dealt with
        return status
    except SnnlibError as error:
        print(f"snnlib: {error.problem}\n        {error.remedy}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "snnlib").partition(".")[0] == "snnlib":
            raise
        print(f"snnlib: The package {error.name} is not installed.\n        {INSTALL}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as of ``| head``: whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # what a shell reports of a command that SIGPIPE has ended
    except KeyboardInterrupt:
        print("\nsnnlib: interrupted. What is done is kept; run the same command again to go on.", file=sys.stderr)
        return 130


def argument(*names: str, **settings: object) -> Argument:
    """An argument of a command, as `argparse.ArgumentParser.add_argument` takes it."""
    return names, settings


def command(name: str, summary: str, *arguments: Argument) -> Callable[[Callable], Callable]:
    """Make a function a command; its docstring is the command's help: a description, then examples."""

    def register(run: Callable) -> Callable:
        COMMANDS[name] = summary, run, arguments
        return run

    return register


def parser() -> argparse.ArgumentParser:
    """The command line's grammar. Arguments with ``apart=True`` exclude each other."""
    top = Parser("snnlib", **_help(main_help))
    top.add_argument("--version", action="version", version=f"snnlib {__version__}")
    groups = {"": top.add_subparsers(required=True, metavar="COMMAND")}
    for name, (summary, run, arguments) in COMMANDS.items():
        group, _, last = name.rpartition(" ")
        made = groups[group].add_parser(last, help=summary, **_help(run))
        apart = made.add_mutually_exclusive_group() if any("apart" in settings for _, settings in arguments) else None
        for names, settings in arguments:
            of_argument = {key: value for key, value in settings.items() if key != "apart"}
            (apart if "apart" in settings else made).add_argument(*names, **of_argument)
        if any(other.startswith(f"{name} ") for other in COMMANDS):
            groups[name] = made.add_subparsers(required=True, metavar="ACTION")
        made.set_defaults(run=run)
    return top


def _help(run: Callable) -> dict:
    description, _, examples = textwrap.dedent(f"    {run.__doc__}").strip().partition("\n\n")
    return {
        "description": textwrap.fill(description, 88),
        "epilog": f"examples:\n{textwrap.indent(examples.strip(), '  ')}",
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def main_help() -> None:
    """Reproduce two papers on the privacy of spiking neural networks: model inversion and membership inference.

    snnlib reproduce                              every table and figure, at profile quick
    snnlib reproduce --only A-T2 B-F2             two of them
    snnlib reproduce --profile gpu --device cuda  full data on a GPU
    snnlib figures --from figures/quick B-F2      a figure once more, from its saved data
    snnlib inventory                              which notebook cell makes which table or figure
    snnlib data list                              what is there, from where, under which licence
    snnlib doctor                                 whether this machine has what a run needs
    """


PROFILE = argument("--profile", default="quick", metavar="PROFILE", help=f"{PROFILES} (default: quick)")
OUT = argument("--out", type=Path, metavar="DIR", help="folder of results (default: figures/PROFILE)")


@command(
    "reproduce",
    "run the notebooks and write tables, figures and report",
    PROFILE,
    argument("--only", nargs="+", default=[], metavar="ID", help="tables and figures, for example A-T2 B-F2"),
    OUT,
    argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="(default: auto)"),
    argument("--seed", type=int, default=0, metavar="N", help="number of the run; another one draws all anew (0)"),
    argument("--workers", type=count, default=0, metavar="N", apart=True,
             help="processes (default: one for each processor, at most 8; one on a GPU)"),
    argument("--dask", metavar="ADDRESS", default="", apart=True, help="run on a dask cluster that shares the disk"),
    argument("--force", action="store_true", help="run notebooks although nothing has changed since they ran"),
    argument("--fetch", action="store_true", help="download official data sets first"),
)  # fmt: skip
def reproduce(options: argparse.Namespace) -> None:
    """Run the notebooks and write tables, figures and a report. What is done is kept: an interrupted run goes on where
    it stopped when the same command is typed again, and a notebook that depends on nothing that has changed is skipped.

    snnlib reproduce                              profile quick, into figures/quick
    snnlib reproduce --only A-T2 B-F2             two items and what they need
    snnlib reproduce --profile gpu --device cuda --workers 2
    snnlib reproduce --dask tcp://127.0.0.1:8786  on a cluster that shares the store's disk
    """
    from .reproduction import notebooks
    from .reproduction.options import Options

    names = ("profile", "out", "device", "seed", "workers", "dask", "only")
    asked = Options(**{name: getattr(options, name) or Options.__dataclass_fields__[name].default for name in names})
    if options.fetch:
        from .datasets.catalogue import CATALOGUE
        from .datasets.fetching import fetch

        for entry in CATALOGUE:
            if entry.downloads:
                fetch(entry)
    notebooks.reproduce(asked, options.force)


@command(
    "figures",
    "figures and tables once more, from their saved data",
    argument("only", nargs="*", metavar="ID", help="tables and figures (default: all that have data)"),
    argument("--from", type=Path, required=True, dest="source", metavar="DIR", help="folder of results"),
    argument("--to", type=Path, metavar="DIR", help="folder to write into (default: that of --from)"),
)
def figures(options: argparse.Namespace) -> None:
    """Make figures and tables once more from the data that a run has kept beside them, without networks and without
    the store: the same bytes, in seconds.

    snnlib figures --from figures/reference/quick --to copy
    snnlib figures --from figures/reference/quick --to copy B-F2 A-T2
    """
    from .reproduction.redraw import redraw

    written = redraw(options.source, options.to, options.only)
    for name, files in itertools.groupby(written, lambda file: file.with_suffix("")):
        print(f"{name}: {', '.join(file.suffix[1:] for file in files)}")


@command("inventory", "tables and figures, where they are made and since when", PROFILE, OUT)
def inventory(options: argparse.Namespace) -> None:
    """List all tables and figures of both papers: which notebook cell makes each, and since when it is as it is. (A run
    that makes the same again leaves the date.)

    snnlib inventory
    snnlib inventory --out my-results
    """
    from .reproduction import places
    from .reproduction.items import INVENTORY, cell_of, read_run
    from .reproduction.profiles import profile

    profile(options.profile)
    if options.out and not options.out.is_dir():
        raise SettingError(f"There is no folder {options.out}.", "Name a folder of results, or leave --out away.")
    made = read_run(options.out or places.figures() / options.profile)["items"]
    for item in INVENTORY:
        cell = cell_of(item)
        where = f"{item.notebook}, cell {cell}" if cell else "not built yet"
        when = made.get(item.id, {}).get("made", "never made" if cell else "")
        print(f"{item.id:6} {item.title:57} {where:20} {when}".rstrip())


@command("data", "list, fetch or check data sets")
def data(_: argparse.Namespace) -> None:
    """List, download or check the data sets. Nothing has to be downloaded: where official files are missing, stand-ins
    are used, and every result says so.

    snnlib data list
    snnlib data fetch mnist cifar10
    snnlib data check
    """


@command("data list", "what is there, from where")
def data_list(_: argparse.Namespace) -> None:
    """List the data sets: what is there, from where, under which licence.

    snnlib data list
    """
    from .datasets.catalogue import CATALOGUE
    from .datasets.sources import count, locate
    from .reproduction.unused import unused

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


@command(
    "data fetch",
    "download official files",
    argument("names", nargs="+", metavar="NAME", help="a data set, as 'snnlib data list' names it"),
)
def data_fetch(options: argparse.Namespace) -> None:
    """Download official files into SNNLIB_DATA (data/ by default) and verify their checksums.

    snnlib data fetch mnist
    snnlib data fetch cifar10 cifar100
    """
    from .datasets.catalogue import dataset
    from .datasets.fetching import fetch
    from .datasets.sources import KINDS

    for name in options.names:
        source = fetch(dataset(name))
        print(f"{name}: {source.kind} ({KINDS[source.kind]}), {source.where}")


@command("data check", "verify files and embedded data")
def data_check(_: argparse.Namespace) -> int:
    """Read all files and embedded data and compare them with their checksums; exit status 1 if some are damaged.

    snnlib data check
    """
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


@command("doctor", "check that this machine has what a run needs")
def doctor(_: argparse.Namespace) -> int:
    """Check that this machine has what a run needs, and say what to do where it has not; nothing is changed.

    snnlib doctor
    """
    from .reproduction.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.well else 'NOT'} {finding.what}")
        if not finding.well:
            print(f"    {finding.remedy}")
    return int(not all(finding.well for finding in findings))


@command("completion", "print a script for completion in a shell", argument("shell", choices=("bash", "zsh")))
def completion(options: argparse.Namespace) -> None:
    """Print a script with which a shell completes commands, options, profiles, IDs and data sets.

    snnlib completion bash > ~/.local/share/bash-completion/completions/snnlib
    snnlib completion zsh > ~/.zfunc/_snnlib      a folder of $fpath
    """
    import shtab

    from .datasets.catalogue import CATALOGUE
    from .reproduction.items import INVENTORY
    from .reproduction.profiles import PROFILES

    offered = {
        "profile": list(PROFILES),
        "only": [item.id for item in INVENTORY],
        "names": [entry.name for entry in CATALOGUE if entry.downloads],
    }
    grammar = parser()
    for action in _actions(grammar):
        if action.dest in offered:
            action.choices = offered[action.dest]  # here only: a wrong one shall be answered in two sentences
        if action.dest in FOLDERS:
            action.complete = shtab.DIRECTORY
    print(shtab.complete(grammar, options.shell))


def _actions(grammar: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a command and of the commands below it."""
    for action in grammar._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
