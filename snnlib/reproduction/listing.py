"""What ``snnlib data list`` and ``snnlib data check`` say of the data sets."""

from collections.abc import Iterator, Sequence

from ..datasets.catalogue import CATALOGUE
from ..datasets.sources import KINDS, DataSet, Source, count, locate
from ..errors import DataError
from .unused import unused


def listed() -> Iterator[str]:
    """What is there of each data set, from where, under which licence."""
    for entry in CATALOGUE:
        source, points = _found(entry)
        there = f", {points:,} points" if points else ""
        about = [f"original: {entry.content}; licence: {entry.licence}"]
        if entry.stands_in_for:
            about.append(f"stands in for {entry.stands_in_for} where that is not there")
        if entry.remark and source.kind == "embedded":
            about.append(entry.remark)
        yield from _lines(entry.name, source.kind, f"{source.where}{there}", about, source.problems[:5])
    yield from (f"Note: {problem}" for problem in unused())


def checked() -> tuple[list[str], bool]:
    """Whether all files and embedded data are what they should be, and if one is not."""
    lines, bad = [], False
    for entry in CATALOGUE:
        source, _ = _found(entry)
        verdict = KINDS[source.kind]
        if source.kind == "embedded" and entry.digest != source.digest:
            verdict, bad = "embedded, but not the content that the reference results were made with", True
        bad |= source.kind == "damaged"
        lines += _lines(entry.name, source.kind, verdict, (), source.problems)
    return lines, bad


def _found(entry: DataSet) -> tuple[Source, int]:
    """The source of a data set, and how many points it has; what cannot be read is damaged, too."""
    try:
        source = locate(entry)
        return source, 0 if source.kind in ("missing", "damaged") else count(source)
    except DataError as error:
        return Source(entry, "damaged", problems=(error.problem,)), 0


def _lines(name: str, kind: str, text: str, about: Sequence[str], problems: Sequence[str]) -> Iterator[str]:
    yield f"{name:13} {kind:9} {text}"
    for line in (*about, *(f"! {problem}" for problem in problems)):
        yield f"{'':13} {line}"
