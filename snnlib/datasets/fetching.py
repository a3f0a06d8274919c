"""Download official data sets, verify and unpack them."""

import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path

from ..errors import DataError, needed
from ..paths import data
from .formats import read_bytes
from .sources import DataSet, Download, Source, locate, marker


def fetch(entry: DataSet, folder: Path | None = None) -> Source:
    """Download a data set's official files with progress, verify and unpack them.

    A file whose checksum is wrong is not kept. What is there already is not downloaded again, and a data set
    that has no download is returned as it is. Files are unpacked beside their place and renamed, so that none of
    them is ever there in part. Recordings are marked as official only if all that are there came out of the
    archives; with one's own among them they are an own copy.

    Raises:
        DataError: if no server answers, with what to put where by hand.
    """
    folder = folder or data()
    source = locate(entry, folder)
    if source.kind in ("official", "own copy") or not entry.downloads:
        return source
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as temporary:
        for download in entry.downloads:
            _download(entry, download, Path(temporary), folder)
        _mark(entry, Path(temporary))
        _move(Path(temporary), folder)
    source = locate(entry, folder)
    if source.kind == "damaged" and entry.recorded:  # one's own recordings are among them
        marker(entry, folder).unlink()
        source = locate(entry, folder)
    return source


def _download(entry: DataSet, download: Download, into: Path, folder: Path) -> None:
    """Unpack a download into a folder, laid out as below the data folder."""
    causes, retrieve = [], needed("pooch").retrieve
    for url in download.urls:
        try:
            with tempfile.TemporaryDirectory(prefix=".archive-", dir=folder) as temporary:
                name, checksum = download.file or url.rsplit("/", 1)[1], f"md5:{download.md5}" if download.md5 else None
                archive = Path(retrieve(url, checksum, fname=name, path=temporary, progressbar=True))
                return _unpack(entry, archive, into)
        except (OSError, DataError, tarfile.TarError) as error:
            causes.append(f"{url}: {type(error).__name__}")
        except ValueError:  # pooch's word for it
            causes.append(f"{url}: its checksum is not the published one")
    urls, between = " and ".join(d.urls[0] for d in entry.downloads), " and " if entry.recorded else " ... "
    places = between.join(str(folder / place) for place in (entry.places[0], entry.places[-1]))
    problem = f"{entry.title} could not be downloaded ({'; '.join(causes)})."
    raise DataError(problem, f"Download {urls} with a browser and unpack so that {places} exist.")


def _unpack(entry: DataSet, archive: Path, into: Path) -> None:
    if archive.name.endswith((".zip", ".tar.gz")):
        safe = {} if archive.suffix == ".zip" else {"filter": "data"}  # pooch leaves it out before Python 3.12
        top = marker(entry, into).parent if entry.recorded else into  # other archives hold the folder as well
        return shutil.unpack_archive(archive, top, **safe)
    file = next(f for f in entry.files if f.path.endswith(archive.stem))
    content = read_bytes(archive)
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
        raise ValueError("checksum")
    (into / file.path).parent.mkdir(parents=True, exist_ok=True)
    (into / file.path).write_bytes(content)


def _move(new: Path, place: Path) -> None:
    """Rename a file or folder to its place; a folder that is there already takes what is new, item by item."""
    if new.is_dir() and place.is_dir():
        for item in sorted(new.iterdir()):
            _move(item, place / item.name)
    else:
        new.replace(place)  # the marker is the first: until the last file is in its place, the recordings are damaged


def _mark(entry: DataSet, folder: Path) -> None:
    """Write down what was unpacked, unless the files have published checksums of their own."""
    if entry.recorded:
        text = locate(entry, folder).digest
    else:
        sums = {f.path: hashlib.sha256((folder / f.path).read_bytes()).hexdigest() for f in entry.files if not f.md5}
        text = "".join(f"{sha256}  {path}\n" for path, sha256 in sums.items())
    if text:
        marker(entry, folder).write_text(text, encoding="utf-8")
