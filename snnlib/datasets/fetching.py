"""Download official data sets, verify and unpack them."""

import hashlib
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pooch

from ..errors import DataError
from ..paths import data
from .catalogue import DataSet, Download
from .formats import read_bytes
from .sources import Source, dataset, digest_files, locate, marker, recordings


def fetch(name: str, folder: Path | None = None) -> Source:
    """Download a data set's official files with progress, verify and unpack them.

    A file whose checksum is wrong is not kept. What is there already is not downloaded again, and a data set
    that has no download is returned as it was found. Recordings are marked as official only if all that are
    there came out of the archives; with one's own among them they are an own copy.

    Raises:
        DataError: for an unknown name or if no server answers, with what to put where by hand.
    """
    entry, folder = dataset(name), folder or data()
    found = locate(name, folder)
    if found.kind in ("official", "own copy") or not entry.downloads:
        return found
    unpacked = set()
    for download in entry.downloads:
        with tempfile.TemporaryDirectory() as temporary:
            unpacked |= _unpack(entry, download, _download(entry, download, Path(temporary), folder), folder)
    if entry.recorded:
        _mark(entry, folder, unpacked)
    return locate(name, folder)


def _mark(entry: DataSet, folder: Path, unpacked: set[Path]) -> None:
    """Remember recordings as official, unless some were there that are not out of the archives."""
    files = [file for part in recordings(entry, folder) for file, _ in part]
    if unpacked.issuperset(files):
        marker(entry, folder).write_text(digest_files(folder, files), encoding="utf-8")
    else:
        marker(entry, folder).unlink(missing_ok=True)  # of an earlier download: what it says is over


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


def _unpack(entry: DataSet, download: Download, archive: Path, folder: Path) -> set[Path]:
    """Put the files where they belong; the files."""
    if entry.recorded:
        return _unpack_recordings(archive, folder / download.folder)
    if archive.name.endswith(".tar.gz"):
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        lines = [f"{hashlib.sha256((folder / f.path).read_bytes()).hexdigest()}  {f.path}\n" for f in entry.files]
        marker(entry, folder).write_text("".join(lines), encoding="utf-8")
        return {folder / f.path for f in entry.files}
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
    return {target}


def _unpack_recordings(archive: Path, folder: Path) -> set[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
            names = packed.namelist()
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
            names = tar.getnames()
    return {folder / name for name in names}
