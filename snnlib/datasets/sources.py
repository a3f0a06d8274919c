"""Where a data set comes from: its official files, one's own copy of them, a Python package or a simulation."""

import hashlib
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pooch

from .. import paths
from ..errors import DataError
from . import embedded
from .catalogue import CATALOGUE, DataSet, Download, File, known
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
    """
    entry, folder = dataset(name), folder or paths.data()
    if entry.recorded:
        return _check_recordings(entry, folder)
    present = [file for file in entry.files if _find(folder, file)]
    if present:
        return _check_files(entry, folder)
    if entry.embedded:
        return Source(entry, "embedded", ", ".join(entry.embedded), _digest_arrays(read(Source(entry, "embedded"))))
    return Source(entry, "missing", str(folder))


def recordings(entry: DataSet, folder: Path) -> tuple[list[tuple[Path, int]], list[tuple[Path, int]]]:
    """The files below ``folder`` that record a class in use, with it: those for training and for the test.

    Training and test are as N-MNIST's and DVSGesture's authors published them; a part of the files will do.
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
    problems = [f"no recording is in {part}" for part, files in zip(entry.recorded.folders, parts) if not files]
    sums = _digest_files(folder, [file for part in parts for file, _ in part])
    marker = _marker(entry, folder)
    official = marker.exists() and marker.read_text().strip() == sums
    if marker.exists() and not official:
        problems.append("some recordings have changed since they were downloaded")
    if problems:
        return Source(entry, "damaged", str(folder), problems=tuple(problems))
    return Source(entry, "official" if official else "own copy", str(folder), sums)


def _digest_files(folder: Path, files: list[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(folder)}{hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()


def _check_files(entry: DataSet, folder: Path) -> Source:
    problems, sums, published = [], hashlib.sha256(), bool(entry.files[0].md5)
    marked = _marked_sums(entry, folder)
    for file in entry.files:
        place = _find(folder, file)
        if place is None:
            problems.append(f"{file.path} is missing")
            continue
        try:
            content = read_bytes(place)
        except DataError as error:
            problems.append(error.problem)
            continue
        if len(content) != file.size:
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
        images, labels = embedded.mnist()
        test = np.zeros(len(labels), bool)
        for digit in range(10):
            test[np.flatnonzero(labels == digit)[-100:]] = True
        parts = images[~test], labels[~test], images[test], labels[test]
    else:
        parts = [read_idx(_find(folder, file)) for file in dataset("mnist").files]
    return dict(zip(("train_images", "train_labels", "test_images", "test_labels"), parts, strict=True))


def _read_att_faces(folder: Path | None) -> Arrays:
    faces = embedded.att_faces() if folder is None else embedded.read_faces(folder / "att_faces")
    images, persons, pictures = faces
    # The authors' loader sorts the file names as text (1, 10, 2, ..., 9) and tests on the last two.
    test = np.isin(pictures, (8, 9))
    return {
        "train_images": images[~test],
        "train_labels": persons[~test],
        "test_images": images[test],
        "test_labels": persons[test],
    }


def _read_cifar(folder: Path, name: str, label_bytes: int) -> Arrays:
    parts = [read_cifar(folder / file.path, label_bytes) for file in dataset(name).files]
    return {"images": np.concatenate([p[0] for p in parts]), "labels": np.concatenate([p[1] for p in parts])}


def _read_photos(folder: None, crops: Callable[[], tuple[np.ndarray, np.ndarray]]) -> Arrays:
    images, labels = crops()
    return {"images": images, "labels": labels}


_READERS = {
    "mnist": _read_mnist,
    "att_faces": _read_att_faces,
    "cifar10": partial(_read_cifar, name="cifar10", label_bytes=1),
    "cifar100": partial(_read_cifar, name="cifar100", label_bytes=2),
    "photos-10": partial(_read_photos, crops=embedded.photos_10),
    "photos-tiles": partial(_read_photos, crops=embedded.photos_tiles),
}


def fetch(name: str, folder: Path | None = None) -> Source:
    """Download a data set's official files with progress, verify and unpack them.

    A file whose checksum is wrong is not kept. What is there already is not downloaded again.

    Raises:
        DataError: if there is nothing to download or no server answers, with what to put where by hand.
    """
    entry, folder = dataset(name), folder or paths.data()
    found = locate(name, folder)
    if found.kind in ("official", "own copy") or not entry.downloads:
        return found
    for download in entry.downloads:
        with tempfile.TemporaryDirectory() as temporary:
            _unpack(entry, download, _download(entry, download, Path(temporary), folder), folder)
    if entry.recorded:
        files = [file for part in recordings(entry, folder) for file, _ in part]
        _marker(entry, folder).write_text(_digest_files(folder, files))
    return locate(name, folder)


def by_hand(entry: DataSet, folder: Path) -> str:
    """What to put where when a download fails: one sentence."""
    urls = " and ".join(d.urls[0] for d in entry.downloads)
    if entry.recorded:
        places = " and ".join(str(folder / f) for f in entry.recorded.folders)
        return f"Download {urls} with a browser and unpack them so that {places} exist."
    first, last = entry.files[0].path, entry.files[-1].path
    return f"Download {urls} with a browser and unpack it so that {folder / first} ... {folder / last} exist."


def _download(entry: DataSet, download: Download, temporary: Path, folder: Path) -> Path:
    causes = []
    for url in download.urls:
        name = download.file or url.rsplit("/", 1)[1]
        try:
            checksum = f"md5:{download.md5}" if download.md5 else None
            file = pooch.retrieve(url, checksum, fname=name, path=temporary, progressbar=True)
            return Path(file)
        except (OSError, ValueError) as error:
            causes.append(f"{url}: {type(error).__name__}")
    raise DataError(f"{entry.title} could not be downloaded ({'; '.join(causes)}).", by_hand(entry, folder))


def _unpack(entry: DataSet, download: Download, archive: Path, folder: Path) -> None:
    if entry.recorded:
        (folder / download.folder).mkdir(parents=True, exist_ok=True)
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder / download.folder)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(folder / download.folder, filter="data")
        return
    if archive.name.endswith(".tar.gz"):
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        lines = [f"{hashlib.sha256((folder / f.path).read_bytes()).hexdigest()}  {f.path}\n" for f in entry.files]
        _marker(entry, folder).write_text("".join(lines))
        return
    file = next(f for f in entry.files if f.path.endswith(archive.stem))
    content = read_bytes(archive)
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
        raise DataError(
            f"What was downloaded as {archive.name} has not the published checksum.", by_hand(entry, folder)
        )
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(content)
    partial.replace(target)


def _find(folder: Path, file: File) -> Path | None:
    packed = folder / (file.path + ".gz")
    return next((p for p in (folder / file.path, packed) if p.exists()), None)


def _marker(entry: DataSet, folder: Path) -> Path:
    if entry.recorded:
        return (folder / entry.recorded.folders[0]).parent / MARKER
    return (folder / entry.files[0].path).parent / MARKER


def _marked_sums(entry: DataSet, folder: Path) -> dict[str, str]:
    marker = _marker(entry, folder)
    if not marker.exists():
        return {}
    return {path: sha for sha, path in (line.split("  ", 1) for line in marker.read_text().splitlines())}


def _digest_arrays(arrays: Arrays) -> str:
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name}{array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
