"""Figures and tables once more, from the data that a run has kept beside them: no network, no store.

A folder of results holds ``data/<name>.npz`` for every figure (see `snnlib.report.figure`) and
``data/<ID>.json`` for every table (its text, cell by cell). They are what the run itself drew from.
"""

import importlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from ..engine.files import write
from ..errors import DataError
from ..report.figure import figure_files, unpack
from ..report.style import style
from ..report.table import parse, table_files
from .items import inside, is_file_of, read_file, select
from .places import writable

MAKE = "Make it with 'snnlib reproduce', or name another folder with --from."
HERE = "snnlib.reproduction."  # saved data name the function that draws them: none from elsewhere is called


def redraw(source: Path, target: Path | None = None, only: Sequence[str] = ()) -> list[Path]:
    """Make figures and tables from ``source/data`` in another folder, or the same; the files that were written.

    SettingError for an ID that is not there, or a folder that cannot be written to; DataError if there are no data of
    what is wanted, or damaged ones.
    """
    if not source.is_dir():
        raise DataError(f"There is no folder {source}.", MAKE)
    target = writable(target or source)
    data = {item.id: data_files(source, item.id) for item in select(tuple(only))}
    missing = [id for id in only if not data[id]]
    if missing or not any(data.values()):
        what = f"no data of {', '.join(missing)}" if missing else "no data of figures and tables"
        raise DataError(f"The folder {source} holds {what}.", MAKE)
    with mpl.rc_context():
        plt.switch_backend("agg")
        style()
        made = {name: of for file in itertools.chain(*data.values()) for name, of in _drawn(source, file).items()}
    for name, content in made.items():
        write(inside(target, name), content)
    return [target / name for name in made]


def data_files(source: Path, id: str) -> list[Path]:
    """The data of an item in a folder of results: of a table, of a figure, or of its parts and its animation."""
    return sorted(file for file in (source / "data").glob(f"{id}*") if is_file_of(id, f"data/{file.name}"))


def _drawn(source: Path, file: Path) -> dict[str, str | bytes]:
    """What a file of data gives, by name in a folder of results; the rows of a table are copied."""
    saved, name = read_file(source, f"data/{file.name}"), file.stem.removesuffix(".gif")
    try:
        if file.suffix == ".json":
            text, folder = parse(saved, str(file)), "tables"
            content, rows = table_files(text), f"tables/{name}.csv"
            content |= {"csv": read_file(source, rows)} if os.path.lexists(source / rows) else {}
        else:
            about, folder = unpack(saved, str(file)), "figures"
            module, _, function = about["drawing"].partition(":")
            if not module.startswith(HERE):
                raise ImportError(module)
            draw = getattr(importlib.import_module(module), function).draw
            content = figure_files(draw(**about["data"]), about["notes"])
    except (ArithmeticError, AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError) as error:
        problem = f"{file} is damaged, or from another version of snnlib."
        raise DataError(problem, "Run 'snnlib reproduce' to make it anew.") from error
    return {f"{folder}/{name}.{kind}": of_kind for kind, of_kind in content.items()}
