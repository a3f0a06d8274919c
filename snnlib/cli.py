"""The command line: ``snnlib reproduce | figures | inventory | compare | ...``, also ``python -m``."""

import argparse
import inspect
import itertools
import os
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from . import __version__
from .errors import SettingError, SnnlibError
from .paths import expanded

INSTALL = "In the project's folder, run: pip install --constraint constraints.txt --editable '.[reproduce]'."
HELP = """Reproduce two papers on the privacy of spiking neural networks: model inversion and membership inference.

snnlib reproduce                  every table and figure, at profile quick
snnlib reproduce --only A-T2      one of them
snnlib doctor                     whether this machine has what a run needs
"""


class Parser(argparse.ArgumentParser):
    """Answers what it does not understand in two sentences; exit status 2."""

    def error(self, message: str) -> None:
        """Print what is wrong and where help is, and exit."""
        self.exit(2, f"snnlib: {message.rstrip('.')}.\n        Run '{self.prog} --help' to see what is possible.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0, or 1 after an error, which is printed in two sentences."""
    getattr(sys.stdout, "reconfigure", dict)(errors="backslashreplace")  # a name may have what a locale has not
    try:
        if sys.flags.optimize > 1:
            raise SettingError("Python runs without docstrings (-OO), which help is made of.", "Unset PYTHONOPTIMIZE.")
        options = parser().parse_args(arguments)
        status = options.run(options) or 0
        sys.stdout.flush()  # here, where a reader that has gone can be dealt with
        return status
    except ModuleNotFoundError as error:
        if (error.name or "snnlib").partition(".")[0] == "snnlib":
            raise
        print(f"snnlib: The package {error.name} is not installed.\n        {INSTALL}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as of ``| head``: whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # what a shell reports of a command that SIGPIPE has ended
    except (SnnlibError, OSError) as error:  # the latter of what nobody foresaw, such as a name that is too long
        remedy = getattr(error, "remedy", "Get access or make room there, or name another place, and run again.")
        print(f"snnlib: {getattr(error, 'problem', f'{error}.')}\n        {remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsnnlib: interrupted. What is done is kept; run the same command again to go on.", file=sys.stderr)
        return 130


def parser(choices: Mapping[str, Sequence[str]] | None = None, folder: object = None) -> argparse.ArgumentParser:
    """The grammar of the command line; for completion with the choices of some arguments, and how a folder is found."""
    top = Parser("snnlib", **_help(HELP))
    top.add_argument("--version", action="version", version=f"snnlib {__version__}")
    groups = {"": top.add_subparsers(required=True, metavar="COMMAND")}
    for name, (run, arguments) in COMMANDS.items():
        group, _, last = name.rpartition(" ")
        summary = run.__doc__.partition(".")[0]
        made = groups[group].add_parser(last, help=summary[0].lower() + summary[1:], **_help(run.__doc__))
        made.set_defaults(run=run)
        if name == "data":
            groups[name] = made.add_subparsers(required=True, metavar="ACTION")
        exclusive = made.add_mutually_exclusive_group() if "--dask" in arguments else None
        for flag in arguments:
            how = ARGUMENTS.get(f"{name} {flag}", ARGUMENTS.get(flag))
            action = (exclusive if flag in ("--workers", "--dask") else made).add_argument(flag, **how)
            action.choices = (choices or {}).get(flag, action.choices)
            if action.type is expanded:
                action.complete = folder
    return top


def _help(text: str) -> dict:
    description, _, examples = inspect.cleandoc(text).partition("\n\n")
    return {
        "description": textwrap.fill(description, 88),
        "epilog": f"examples:\n{textwrap.indent(examples, '  ')}",
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def reproduce(options: argparse.Namespace) -> None:
    """Run the notebooks and write tables, figures and a report. What is done is kept: an interrupted run goes on where
    it stopped when the same command is typed again, and a notebook that depends on nothing that has changed is skipped.

    snnlib reproduce                              profile quick, into figures/quick
    snnlib reproduce --profile gpu --device cuda --workers 2
    snnlib reproduce --dask tcp://127.0.0.1:8786  on a cluster that shares the store's disk
    """
    from .reproduction import notebooks
    from .reproduction.options import Options

    asked = Options(**{field.name: getattr(options, field.name) for field in fields(Options)})
    if options.fetch:
        from .datasets.catalogue import CATALOGUE
        from .reproduction.fetching import fetch

        for entry in CATALOGUE:
            if entry.downloads:
                fetch(entry)
    notebooks.reproduce(asked, options.force)


def figures(options: argparse.Namespace) -> None:
    """Make figures and tables once more, from their saved data. It takes no networks and no store, and gives the same
    bytes in seconds.

    snnlib figures --from figures/reference/quick --to copy B-F2 A-T2
    """
    from .reproduction.redraw import redraw

    written = redraw(options.source, options.to, options.only)
    for name, files in itertools.groupby(written, lambda file: file.with_suffix("")):
        print(f"{name}: {', '.join(file.suffix[1:] for file in files)}")


def inventory(options: argparse.Namespace) -> None:
    """List the tables and figures of both papers: which notebook cell makes each, and since when it is as it is. (A run
    that makes the same again leaves the date.)

    snnlib inventory --out my-results
    """
    from .reproduction import places
    from .reproduction.items import INVENTORY, cell_of, read_run

    made = read_run(_results(options))["items"]
    for item in INVENTORY:
        cell = cell_of(item)
        where = f"{item.notebook}, cell {cell}" if cell else item.notebook
        print(f"{item.id:6} {item.title:57} {where:20} {made.get(item.id, {}).get('made', 'never made')}")
    if not places.notebooks().is_dir():
        print("Note: the notebooks come with a checkout of the project, not with the installed package.")


def _results(options: argparse.Namespace) -> Path:
    """The folder of results that is asked about; it need not be there if none is named."""
    from .reproduction import places
    from .reproduction.profiles import profile

    profile(options.profile)
    if options.out and not options.out.is_dir():
        raise SettingError(f"There is no folder {options.out}.", "Name a folder of results, or leave --out away.")
    return options.out or places.figures() / options.profile


def compare(options: argparse.Namespace) -> int:
    """Say whether two folders of results agree: how many numbers lie inside each other's intervals, which verdicts and
    settings differ. Exit status 1 if a number, a row or a verdict differs. Use it where another processor gives other
    last digits.

    snnlib compare figures/reference/quick figures/quick
    """
    from .reproduction.compare import compare

    lines, agree = compare(options.A, options.B)
    print(*lines, sep="\n")
    return int(not agree)


def explain(options: argparse.Namespace) -> None:
    """Print what numbers of a table rest on: the artefacts behind them, with seconds and settings, the run that made
    them, and where the profile's settings differ from the paper's. What the store has lost is named.

    snnlib explain A-T2 attack=brainleaks_v1
    snnlib explain B-T2 model=4 attack=RMIA dropout=False metric=auc --out my-results
    """
    from .reproduction.explain import explain

    for line in explain(_results(options), options.id, options.where):
        print(line)


def export(options: argparse.Namespace) -> None:
    """Write tables, figures, their data, executed notebooks, report and record of a run into one archive, described as
    an RO-Crate. The same folder gives the same bytes.

    snnlib export
    snnlib export --from figures/reference/quick --to quick.zip
    """
    from .reproduction import places
    from .reproduction.export import export

    print(export(options.source or places.figures() / "quick", options.to))


def audit(options: argparse.Namespace) -> None:
    """Audit a network of your own: what it gives away about its training data, on one page. A file of yours says what
    the data are and how the network is trained. An interrupted audit goes on where it stopped.

    snnlib audit --template > my_audit.py
    snnlib audit my_audit.py --plan
    snnlib audit my_audit.py --out audit
    snnlib audit signals.npz
    """
    from .audit import command

    if options.template:
        print(command.template(), end="")
    else:
        chosen = {name: getattr(options, name) for name in ("plan", "jobs", "seed", "fresh")}
        for sentence in command.run(options.FILE, options.out, **chosen):
            print(sentence)


def data(_: argparse.Namespace) -> None:
    """List, download or check the data sets. Nothing has to be downloaded: where official files are missing, stand-ins
    are used, and every result says so.

    snnlib data list
    """


def data_list(_: argparse.Namespace) -> None:
    """List the data sets: what is there, from where, under which licence.

    snnlib data list
    """
    from .reproduction.listing import listed

    print(*listed(), sep="\n")


def data_fetch(options: argparse.Namespace) -> None:
    """Download official files into SNNLIB_DATA (data/ by default) and verify their checksums.

    snnlib data fetch cifar10 cifar100
    """
    from .datasets.catalogue import dataset
    from .datasets.sources import KINDS
    from .reproduction.fetching import fetch

    for name in options.names:
        source = fetch(dataset(name))
        print(f"{name}: {source.kind} ({KINDS[source.kind]}), {source.where}")


def data_check(_: argparse.Namespace) -> int:
    """Compare all files and embedded data with their checksums; exit status 1 if some are damaged.

    snnlib data check
    """
    from .reproduction.listing import checked

    lines, bad = checked()
    print(*lines, sep="\n")
    return int(bad)


def doctor(_: argparse.Namespace) -> int:
    """Check that this machine has what a run needs. It says what to do where something is wrong, and changes nothing.

    snnlib doctor
    """
    from .reproduction.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.well else 'NOT'} {finding.what}")
        if not finding.well:
            print(f"    {finding.remedy}")
    return int(not all(finding.well for finding in findings))


def completion(options: argparse.Namespace) -> None:
    """Print a script with which a shell completes commands, options, profiles, IDs and data sets.

    snnlib completion bash > ~/.local/share/bash-completion/completions/snnlib
    snnlib completion zsh > ~/.zfunc/_snnlib      a folder of $fpath
    """
    import shtab

    from .datasets.catalogue import CATALOGUE
    from .reproduction.items import INVENTORY
    from .reproduction.profiles import PROFILES

    ids = [item.id for item in INVENTORY]
    names = [entry.name for entry in CATALOGUE if entry.downloads]
    # Choices here only: elsewhere a wrong one is answered in two sentences.
    grammar = parser(
        {"--profile": list(PROFILES), "--only": ids, "only": ids, "id": ids, "names": names}, shtab.DIRECTORY
    )
    print(shtab.complete(grammar, options.shell))


ARGUMENTS = {  # as argparse takes them
    "--profile": {"default": "quick", "metavar": "PROFILE", "help": "smoke, quick, night, gpu, paper (default: quick)"},
    "--only": {"nargs": "+", "default": [], "metavar": "ID", "help": "such as A-T2 B-F2; A or B: all of a paper"},
    "--out": {"type": expanded, "metavar": "DIR", "help": "folder of results (default: figures/PROFILE)"},
    "--device": {"default": "auto", "choices": ("auto", "cpu", "cuda"), "help": "(default: auto)"},
    "--seed": {"type": int, "default": 0, "metavar": "N", "help": "number of the run; another one draws all anew (0)"},
    "--workers": {"type": int, "default": 0, "metavar": "N", "help": "processes (default: up to 8; one on a GPU)"},
    "--dask": {"default": "", "metavar": "ADDRESS", "help": "run on a dask cluster that shares the disk"},
    "--force": {"action": "store_true", "help": "run notebooks although nothing has changed since they ran"},
    "--fetch": {"action": "store_true", "help": "download official data sets first"},
    "only": {"nargs": "*", "metavar": "ID", "help": "tables and figures (default: all that have data)"},
    "--from": {"type": expanded, "required": True, "dest": "source", "metavar": "DIR", "help": "folder of results"},
    "--to": {"type": expanded, "metavar": "DIR", "help": "folder to write into (default: that of --from)"},
    "names": {"nargs": "+", "metavar": "NAME", "help": "a data set, as 'snnlib data list' names it"},
    "A": {"type": expanded, "help": "folder of results"},
    "B": {"type": expanded, "help": "the other one"},
    "id": {"metavar": "ID", "help": "a table, for example A-T2"},
    "where": {"nargs": "*", "metavar": "COLUMN=VALUE", "help": "rows of its CSV file (default: all)"},
    "export --from": {"type": expanded, "dest": "source", "metavar": "DIR", "help": "(default: figures/quick)"},
    "export --to": {"type": expanded, "metavar": "FILE", "help": "archive to write (default: DIR.zip)"},
    "shell": {"choices": ("bash", "zsh")},
    "FILE": {"nargs": "?", "type": expanded, "help": "as --template prints it, or what networks answered (.npz)"},
    "--template": {"action": "store_true", "help": "print a file to begin with; it runs as it is"},
    "--plan": {"action": "store_true", "help": "train for a moment, and say what all would take"},
    "audit --out": {"type": expanded, "default": Path("audit"), "metavar": "DIR", "help": "(default: audit)"},
    "--jobs": {"type": int, "default": 1, "metavar": "N", "help": "networks that are trained at a time (1)"},
    "--fresh": {"action": "store_true", "help": "delete what the folder holds of another audit"},
}
RUN = ("--profile", "--only", "--out", "--device", "--seed", "--workers", "--dask", "--force", "--fetch")
# A command's function, whose docstring is its help (a summary, more about it, examples), and its arguments.
COMMANDS: dict[str, tuple[Callable, tuple[str, ...]]] = {
    "reproduce": (reproduce, RUN),
    "figures": (figures, ("only", "--from", "--to")),
    "inventory": (inventory, ("--profile", "--out")),
    "compare": (compare, ("A", "B")),
    "explain": (explain, ("id", "where", "--profile", "--out")),
    "export": (export, ("--from", "--to")),
    "audit": (audit, ("FILE", "--template", "--plan", "--out", "--jobs", "--seed", "--fresh")),
    "data": (data, ()),
    "data list": (data_list, ()),
    "data fetch": (data_fetch, ("names",)),
    "data check": (data_check, ()),
    "doctor": (doctor, ()),
    "completion": (completion, ("shell",)),
}
