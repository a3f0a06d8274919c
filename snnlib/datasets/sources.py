"""Where a data set comes from: its official files, one's own copy of them, a Python package or a simulation."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..paths import data
from .catalogue import CATALOGUE, DataSet, File, known
from .embedded import att_faces, mnist, photos_10, photos_tiles, read_faces
from .formats import read_bytes, read_cifar, read_idx

MARKER = "OFFICIAL.sha256"  # written beside unpacked files whose archive had the published checksum
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Source:
    """What is there of a data set: ``kind`` (see `KINDS`), where, and a digest of the content."""

    dataset: DataSet
    kind: str
    where: str = ""
    digest: str = ""
    problems: tuple[str, ...] = ()


KINDS = {
    "official": "the published files, checksums verified",
    "own copy": "files in the official layout whose checksums are not the published ones, or have none",
    "embedded": "comes with a Python package",
    "simulated": "made by snnlib's event camera",
    "damaged": "some files are there, but not all or not whole",
    "missing": "not there",
}


def dataset(name: str) -> DataSet:
    """The catalogue's entry of that name.

    Raises:
        DataError: for an unknown name.
    """
    entry = known(name)
    if entry is None:
        names = ", ".join(d.name for d in CATALOGUE)
        raise DataError(f"There is no data set named {name!r}.", f"Choose one of {names}.")
    return entry


def locate(name: str, folder: Path | None = None) -> Source:
    """What is there of a data set: files below ``folder`` first, then what is embedded.

    Files are read in full and compared with their sizes and published checksums. Files that are
    incomplete or damaged are never used and never passed over in silence: the kind is ``damaged``.
    Files of fewer whole records (CIFAR) are an own copy, and so is a part of the recordings (event
    data) that has some of every class, for training and for the test.
    """
    entry, folder = dataset(name), folder or data()
    if entry.recorded:
        return _check_recordings(entry, folder)
    present = [file for file in entry.files if find_file(folder, file)]
    if present:
        return _check_files(entry, folder)
    if entry.embedded:
        return Source(entry, "embedded", ", ".join(entry.embedded), _digest_arrays(read(Source(entry, "embedded"))))
    return Source(entry, "missing", str(folder))


def recordings(entry: DataSet, folder: Path) -> tuple[list[tuple[Path, int]], list[tuple[Path, int]]]:
    """The files below ``folder`` that record a class in use, with it: those for training and for the test.

    Training and test are as N-MNIST's and DVSGesture's authors published them; a part of the files will do
    that has every class.
    """
    found = []
    for part in entry.recorded.folders:
        files = sorted((folder / part).rglob(f"*{entry.recorded.ending}"))
        labels = [_label(file, entry) for file in files]
        found.append([(f, label) for f, label in zip(files, labels, strict=True) if label is not None])
    return tuple(found)


def _label(file: Path, entry: DataSet) -> int | None:
    own_name = entry.recorded.ending == ".npy"  # DVSGesture: user01_led/3.npy; N-MNIST: 3/00001.bin
    text = file.stem if own_name else file.parent.name
    return int(text) if text.isdigit() and int(text) < len(entry.recorded.classes) else None


def _check_recordings(entry: DataSet, folder: Path) -> Source:
    parts = recordings(entry, folder)
    if not any(parts):
        base = locate("mnist", folder).digest if entry.name == "nmnist" else ""
        return Source(entry, "simulated", entry.recorded.simulated, base)
    problems = [problem for pair in zip(entry.recorded.folders, parts) for problem in _lacking(entry, *pair)]
    sums = digest_files(folder, [file for part in parts for file, _ in part])
    mark = marker(entry, folder)
    official = mark.exists() and mark.read_text(encoding="utf-8", errors="replace").strip() == sums
    if mark.exists() and not official:
        problems.append("some recordings have changed since they were downloaded")
    if problems:
        return Source(entry, "damaged", str(folder), problems=tuple(problems))
    return Source(entry, "official" if official else "own copy", str(folder), sums)


def _lacking(entry: DataSet, part: str, files: list[tuple[Path, int]]) -> list[str]:
    """A problem if a part has no recording, or none of some class."""
    there = {label for _, label in files}
    classes = [name for label, name in enumerate(entry.recorded.classes) if label not in there]
    if not classes:
        return []
    return [f"no recording of {', '.join(classes)} is in {part}" if files else f"no recording is in {part}"]


def digest_files(folder: Path, files: list[Path]) -> str:
    """One SHA-256 over the names and contents of files below a folder."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(folder)}{hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()


def _check_files(entry: DataSet, folder: Path) -> Source:
    problems, sums, published = [], hashlib.sha256(), bool(entry.files[0].md5)
    marked, unreadable = _marked_sums(entry, folder)
    problems += unreadable
    for file in entry.files:
        place = find_file(folder, file)
        if place is None:
            problems.append(f"{file.path} is missing")
            continue
        try:
            content = read_bytes(place)
        except DataError as error:
            problems.append(error.problem)
            continue
        if file.record and (not content or len(content) % file.record):
            problems.append(f"{file.path} has {len(content)} bytes, not a whole number of records of {file.record}")
        elif not file.record and len(content) != file.size:
            problems.append(f"{file.path} has {len(content)} bytes instead of {file.size}")
        sha256 = hashlib.sha256(content).hexdigest()
        sums.update(sha256.encode())
        if file.md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
            published = False
        if marked.get(file.path) == sha256:
            published = published or not file.md5
        elif marked:
            problems.append(f"{file.path} has changed since it was downloaded")
    if problems:
        return Source(entry, "damaged", str(folder), problems=tuple(problems))
    return Source(entry, "official" if published else "own copy", str(folder), sums.hexdigest())


def read(source: Source) -> Arrays:
    """The arrays of a data set, unsigned bytes.

    Returns:
        ``train_images, train_labels, test_images, test_labels`` for data sets with a split of their
        own, ``images, labels`` for those that membership inference pools.

    Raises:
        DataError: if it is missing or damaged.
    """
    entry = source.dataset
    if source.kind in ("missing", "damaged"):
        detail = f" ({'; '.join(source.problems[:3])})" if source.problems else ""
        raise DataError(
            f"{entry.title} is {source.kind} in {source.where}{detail}.", f"Run 'snnlib data fetch {entry.name}'."
        )
    folder = None if source.kind == "embedded" else Path(source.where)
    return _READERS[entry.name](folder)


def count(source: Source) -> int:
    """How many points there are, training and test together; of simulated ones, how many are made."""
    if source.kind == "simulated":
        return count(locate("mnist")) if source.dataset.name == "nmnist" else sum(source.dataset.recorded.sizes)
    if source.dataset.recorded:
        return sum(map(len, recordings(source.dataset, Path(source.where))))
    return sum(len(array) for name, array in read(source).items() if name.endswith("labels"))


def _read_mnist(folder: Path | None) -> Arrays:
    if folder is None:
        images, labels = mnist()
        test = np.zeros(len(labels), bool)
        for digit in range(10):
            test[np.flatnonzero(labels == digit)[-100:]] = True
        parts = images[~test], labels[~test], images[test], labels[test]
    else:
        parts = [read_idx(find_file(folder, file)) for file in dataset("mnist").files]
    return dict(zip(("train_images", "train_labels", "test_images", "test_labels"), parts, strict=True))


def _read_att_faces(folder: Path | None) -> Arrays:
    faces = att_faces() if folder is None else read_faces(folder / "att_faces")
    images, persons, pictures = faces
    # The authors' loader sorts the file names as text (1, 10, 2, ..., 9) and tests on the last two.
    test = np.isin(pictures, (8, 9))
    return {
        "train_images": images[~test],
        "train_labels": persons[~test],
        "test_images": images[test],
        "test_labels": persons[test],
    }


def _read_cifar(folder: Path, name: str) -> Arrays:
    parts = [read_cifar(folder / file.path, file.record) for file in dataset(name).files]
    return {"images": np.concatenate([p[0] for p in parts]), "labels": np.concatenate([p[1] for p in parts])}


def _read_photos(folder: None, crops: Callable[[], tuple[np.ndarray, np.ndarray]]) -> Arrays:
    images, labels = crops()
    return {"images": images, "labels": labels}


_READERS = {
    "mnist": _read_mnist,
    "att_faces": _read_att_faces,
    "cifar10": partial(_read_cifar, name="cifar10"),
    "cifar100": partial(_read_cifar, name="cifar100"),
    "photos-10": partial(_read_photos, crops=photos_10),
    "photos-tiles": partial(_read_photos, crops=photos_tiles),
}


def find_file(folder: Path, file: File) -> Path | None:
    """Where a file is, if it is an idx file packed or unpacked; None if it is not there."""
    endings = ("", ".gz") if file.path.endswith("-ubyte") else ("",)  # others are published unpacked, or in archives
    return next((p for ending in endings if (p := folder / (file.path + ending)).exists()), None)


def marker(entry: DataSet, folder: Path) -> Path:
    """The file that holds the checksums of what was fetched."""
    if entry.recorded:
        return (folder / entry.recorded.folders[0]).parent / MARKER
    return (folder / entry.files[0].path).parent / MARKER


def _marked_sums(entry: DataSet, folder: Path) -> tuple[dict[str, str], list[str]]:
    """SHA-256 by path of what was fetched, and what is wrong with the lines that say so."""
    mark = marker(entry, folder)
    lines = mark.read_text(encoding="utf-8", errors="replace").splitlines() if mark.exists() else []
    rows = [line.split("  ", 1) for line in lines if line.strip()]
    wrong = [row for row in rows if len(row) != 2]
    problems = [f"{mark} has a line that is no checksum and path: {row[0][:40]!r}" for row in wrong]
    return {path: sha for sha, path in (row for row in rows if len(row) == 2)}, problems


def _digest_arrays(arrays: Arrays) -> str:
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name}{array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
