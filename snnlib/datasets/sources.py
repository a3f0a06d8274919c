"""What is known of a data set, and where it comes from: official files, an own copy, a package or a simulation.

Each data set has a module of its own with its `DataSet`; this one looks for the files and verifies them.
"""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..paths import data
from .formats import files_of, parsing, read_bytes

MARKER = "OFFICIAL.sha256"  # written beside unpacked files whose archive had the published checksum
KINDS = {
    "official": "the published files, checksums verified",
    "own copy": "files in the official layout whose checksums are not the published ones, or have none",
    "embedded": "comes with a Python package",
    "simulated": "made by snnlib's event camera",
    "damaged": "some files are there, but not all or not whole",
    "missing": "not there",
}
Arrays = dict[str, np.ndarray]
SPLIT = ("train_images", "train_labels", "test_images", "test_labels")


@dataclass(frozen=True)
class File:
    """One official file: its path below the data folder, size in bytes and published MD5, where known.

    An idx file may be there packed (``.gz``) or unpacked; ``md5`` is that of the unpacked bytes.
    ``record``: bytes of a record, where the file is nothing but records and a part of them will do.
    """

    path: str
    size: int
    md5: str = ""
    record: int = 0


@dataclass(frozen=True)
class Download:
    """An official archive, or a single packed file; its MD5, and its name, where the addresses do not end in it."""

    urls: tuple[str, ...]
    md5: str = ""
    file: str = ""


@dataclass(frozen=True)
class Recorded:
    """Recordings of an event camera, a file each, in one folder for training and one for the test.

    The file's own name (``0.npy``) or that of its folder is the number of its class; those of classes without a name
    are left out. ``sensor`` is ``(H, W)``; ``simulated``: what the stand-in is; ``shows``: the data set whose images it
    shows, or ``sizes``: how many recordings are simulated.
    """

    folders: tuple[str, str]
    ending: str
    sensor: tuple[int, int]
    simulated: str
    shows: "DataSet | None" = None
    sizes: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class DataSet:
    """A data set of the papers, or what stands in for one.

    Attributes:
        task: what a job runs, at the top of the data set's own module: ``(arrays, info)`` of its settings.
        reader: of a `Source` with files or embedded; see `read`.
        embedded: the Python packages that carry it.
        digest: that of the embedded arrays.
        stands_in_for: the name of the data set that it replaces where that one is not there.
        mean, sd: of the colour channels, in [0, 1].
        class_names: what the classes are called, where a number does not say it.
    """

    name: str
    title: str
    content: str
    licence: str
    task: Callable
    reader: "Callable[[Source], dict]"
    files: tuple[File, ...] = ()
    downloads: tuple[Download, ...] = ()
    embedded: tuple[str, ...] = ()
    digest: str = ""
    stands_in_for: str = ""
    mean: tuple[float, ...] = ()
    sd: tuple[float, ...] = ()
    remark: str = ""
    class_names: tuple[str, ...] = ()
    recorded: Recorded | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Where its files, or the folders of its recordings, are looked for below the data folder."""
        return self.recorded.folders if self.recorded else tuple(file.path for file in self.files)

    def class_name(self, c: int) -> str:
        """What a class is called."""
        return self.class_names[c] if self.class_names else str(c)


@dataclass(frozen=True)
class Source:
    """What is there of a data set: ``kind`` (see `KINDS`), where, and a digest of the content."""

    dataset: DataSet
    kind: str
    where: str = ""
    digest: str = ""
    problems: tuple[str, ...] = ()


def locate(entry: DataSet, folder: Path | None = None) -> Source:
    """What is there of a data set: files below ``folder`` first, then what is embedded or simulated.

    Files are read in full and compared with their sizes and published checksums. If some are incomplete or damaged,
    none is used: the kind is ``damaged``. Files of fewer whole records (CIFAR) are an own copy, and so is a part of the
    recordings (event data) that has some of every class, for training and for the test.
    """
    folder = folder or data()
    if there(entry, folder):
        official, digest, problems = (_check_recordings if entry.recorded else _check_files)(entry, folder)
        kind = "damaged" if problems else "official" if official else "own copy"
        return Source(entry, kind, str(folder), "" if problems else digest, tuple(problems))
    if entry.recorded:
        shown = entry.recorded.shows
        return Source(entry, "simulated", entry.recorded.simulated, locate(shown, folder).digest if shown else "")
    if entry.embedded:
        source, sums = Source(entry, "embedded", ", ".join(entry.embedded)), hashlib.sha256()
        for name, array in sorted(read(source).items()):
            sums.update(f"{name}{array.shape}".encode() + array.tobytes())
        return replace(source, digest=sums.hexdigest())
    return Source(entry, "missing", str(folder))


def read(source: Source) -> dict:
    """The arrays of a data set, unsigned bytes; of recordings in files, what `frames.from_files` gives.

    Returns:
        `SPLIT` for data sets with a split of their own, ``images, labels`` for those that membership inference pools.
    `DataError` if it is missing or damaged.
    """
    entry = source.dataset
    if source.kind in ("missing", "damaged"):
        detail = f" ({'; '.join(source.problems[:3])})" if source.problems else ""
        problem = f"{entry.title} is {source.kind} in {source.where}{detail}."
        raise DataError(problem, f"Run 'snnlib data fetch {entry.name}'.")
    return entry.reader(source)


def count(source: Source) -> int:
    """How many points there are, training and test together; of simulated ones, how many are made."""
    recorded = source.dataset.recorded
    if source.kind == "simulated":
        return count(locate(recorded.shows)) if recorded.shows else sum(recorded.sizes)
    if recorded:
        return sum(map(len, recordings(source.dataset, Path(source.where))))
    return sum(len(array) for name, array in read(source).items() if name.endswith("labels"))


def there(entry: DataSet, folder: Path) -> bool:
    """Whether any file of a data set is below a folder."""
    return any(recordings(entry, folder)) if entry.recorded else any(find_file(folder, file) for file in entry.files)


def find_file(folder: Path, file: File) -> Path | None:
    """Where a file is, if it is an idx file packed or unpacked; None if it is not there."""
    endings = ("", ".gz") if file.path.endswith("-ubyte") else ("",)  # others are published unpacked, or in archives
    return next((p for ending in endings if (p := folder / (file.path + ending)).exists()), None)


def recordings(entry: DataSet, folder: Path) -> list[list[tuple[Path, int]]]:
    """The files below ``folder`` that record a class in use, each with its label: for training, and for the test."""
    parts, numbers = [], {str(c): c for c in range(len(entry.class_names))}
    for place in entry.places:  # a copy of a folder, deeper, does not count
        files = [file for file in files_of(folder / place, f"*/*{entry.recorded.ending}") if file.is_file()]
        named = [(file, file.stem if file.suffix == ".npy" else file.parent.name) for file in files]  # 3.npy, 3/1.bin
        parts.append([(file, numbers[name]) for file, name in named if name in numbers])
    return parts


def _check_recordings(entry: DataSet, folder: Path) -> tuple[bool, str, list[str]]:
    """Whether what is there was downloaded, its digest, and what is wrong with it."""
    parts, problems = recordings(entry, folder), []
    for place, files in zip(entry.places, parts, strict=True):
        labels = {label for _, label in files}
        lacking = ", ".join(name for c, name in enumerate(entry.class_names) if c not in labels)
        if lacking:
            problems.append(f"no recording{f' of {lacking}' if files else ''} is in {place}")
    sums, mark = hashlib.sha256(), marker(entry, folder)
    for file, _ in itertools.chain(*parts):
        with parsing(file, "a file"):
            sums.update(f"{file.relative_to(folder)}{hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    official = mark.is_file() and mark.read_text(encoding="utf-8", errors="replace").strip() == sums.hexdigest()
    if mark.exists() and not official:
        problems.append("some recordings have changed since they were downloaded")
    return official, sums.hexdigest(), problems


def _check_files(entry: DataSet, folder: Path) -> tuple[bool, str, list[str]]:
    """Whether what is there is what was published, its digest, and what is wrong with it."""
    sums, published = hashlib.sha256(), True
    marked, problems = _marked_sums(marker(entry, folder))
    for file in entry.files:
        place = find_file(folder, file)
        if place is None:
            problems.append(f"{file.path} is missing")
            continue
        try:
            content = read_bytes(place, file.size)
        except DataError as error:
            problems.append(error.problem)
            continue
        if not (content and len(content) % file.record == 0 if file.record else len(content) == file.size):
            wanted = f"a whole number of records of {file.record}" if file.record else file.size
            problems.append(f"{file.path} has {len(content)} bytes instead of {wanted}")
        sha256, md5 = hashlib.sha256(content).hexdigest(), hashlib.md5(content, usedforsecurity=False).hexdigest()
        sums.update(sha256.encode())
        published &= md5 == file.md5 if file.md5 else file.path in marked
        if marked and marked.get(file.path) != sha256:
            problems.append(f"{file.path} has changed since it was downloaded")
    return published, sums.hexdigest(), problems


def _marked_sums(mark: Path) -> tuple[dict[str, str], list[str]]:
    """SHA-256 by path of what was fetched, and what is wrong with the lines that say so."""
    lines = mark.read_text(encoding="utf-8", errors="replace").splitlines() if mark.is_file() else []
    rows = [line.partition("  ") for line in lines if line.strip()]
    problems = [f"{mark} has a line that is no checksum and path: {row[0][:40]!r}" for row in rows if not row[1]]
    return {path: sha256 for sha256, between, path in rows if between}, problems


def marker(entry: DataSet, folder: Path) -> Path:
    """The file that holds the checksums of what was fetched."""
    return (folder / entry.places[0]).parent / MARKER
