"""Download official data sets, verify and unpack them."""

import hashlib
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pooch

from .. import paths
from ..errors import DataError
from .catalogue import DataSet, Download
from .formats import read_bytes
from .sources import Source, dataset, digest_files, locate, marker, recordings


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
        marker(entry, folder).write_text(digest_files(folder, files), encoding="utf-8")
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
        marker(entry, folder).write_text("".join(lines), encoding="utf-8")
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
