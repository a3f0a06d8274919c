"""Download official data sets, verify and unpack them."""

import gzip
import hashlib
import http.client
import shutil
import ssl
import stat
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from .. import __version__
from ..datasets.formats import needed
from ..datasets.sources import DataSet, Download, Source, locate, marker
from ..engine.files import unfinished
from ..errors import DataError
from ..paths import data

PATIENCE, SLOWEST = 30.0, 1000  # in so many seconds a server must send so many bytes a second
LARGEST = 1 << 33  # bytes of an archive of recordings
DAMAGED = (  # what readers of archives raise
    EOFError, RuntimeError, ValueError, gzip.BadGzipFile, tarfile.TarError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def fetch(entry: DataSet, folder: Path | None = None) -> Source:
    """Download a data set's official files with progress, verify and unpack them.

    An archive is unpacked only if its checksum is the published one, and of its members only the data set's files. What
    is there already is not downloaded again, what was cut off is gone on with, and a data set that has no download is
    returned as it is. Files are unpacked beside their place and renamed, so that none of them is ever there in part.
    Recordings are marked as official only if all that are there came out of the archives; with one's own among them
    they are an own copy.

    Raises:
        DataError: if no server answers with the right content, with what to put where by hand.
    """
    folder = folder or data()
    source = locate(entry, folder)
    if source.kind in ("official", "own copy") or not entry.downloads:
        return source
    unpacked = unfinished(folder, "unpacking")
    try:
        (unpacked / "whole").mkdir(parents=True)
        for download in entry.downloads:
            _move(_download(entry, download, unpacked, folder), unpacked / "whole")
        _mark(entry, unpacked / "whole")
        _move(unpacked / "whole", folder)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    source = locate(entry, folder)
    if source.kind == "damaged" and entry.recorded:  # one's own recordings are among them
        marker(entry, folder).unlink()
        source = locate(entry, folder)
    return source


def _download(entry: DataSet, download: Download, into: Path, folder: Path) -> Path:
    """The folder, a new one, with a download unpacked as below the data folder."""
    causes, archives = [], []
    for url in download.urls:
        address = hashlib.sha256(url.encode()).hexdigest()[:8]
        archives.append(unfinished(folder, f"archive-{address}", resume=True))
        try:
            place = _unpacked(entry, download, url, archives[-1], into)
        except (OSError, http.client.HTTPException, *DAMAGED) as error:
            causes.append(f"{url}: {str(error) or type(error).__name__}")
            continue
        for archive in archives:
            archive.unlink(missing_ok=True)
        return place
    urls, between = " and ".join(d.urls[0] for d in entry.downloads), " and " if entry.recorded else " ... "
    places = between.join(str(folder / place) for place in (entry.places[0], entry.places[-1]))
    problem = f"{entry.title} could not be downloaded ({'; '.join(causes)})."
    raise DataError(problem, f"Download {urls} with a browser and unpack so that {places} exist.")


def _unpacked(entry: DataSet, download: Download, url: str, archive: Path, into: Path) -> Path:
    """Download an archive and unpack it; one whose content is wrong is deleted, and if it was resumed, again."""
    resumed = archive.exists()
    try:
        _get(url, archive, sum(file.size for file in entry.files) + (1 << 20) if entry.files else LARGEST)
        with archive.open("rb") as file:
            if download.md5 and hashlib.file_digest(file, _md5).hexdigest() != download.md5:
                raise ValueError("its checksum is not the published one")
        return _unpack(entry, archive, download.file or url.rsplit("/", 1)[1], Path(tempfile.mkdtemp(dir=into)))
    except DAMAGED:
        archive.unlink()
        if not resumed:
            raise
    return _unpacked(entry, download, url, archive, into)


def _get(url: str, archive: Path, limit: int) -> None:
    """Download a file, and go on with it where it was cut off if that brought something; OSError if it fails."""
    there = archive.stat().st_size if archive.exists() else 0
    headers = {"User-Agent": f"snnlib/{__version__}"} | ({"Range": f"bytes={there}-"} if there else {})
    context = ssl.create_default_context()
    context.load_verify_locations(needed("certifi").where())
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:
            _receive(answer, archive, there if answer.status == 206 else 0, limit)
    except (OSError, http.client.HTTPException) as error:
        if there and isinstance(error, urllib.error.HTTPError) and error.code == 416:  # nothing is left to be sent
            return
        if not archive.exists() or archive.stat().st_size < there + PATIENCE * SLOWEST:
            raise
        _get(url, archive, limit)


def _receive(answer: http.client.HTTPResponse, archive: Path, there: int, limit: int) -> None:
    """Write what a server sends behind the first ``there`` bytes of a file."""
    total, since, received = there + answer.length if answer.length else None, time.monotonic(), 0
    bar = needed("tqdm").tqdm(total=total, initial=there, unit="B", unit_scale=True, desc=answer.url[-40:])
    with open(archive, "ab" if there else "wb") as file, bar:
        while part := answer.read1(1 << 20):
            file.write(part)
            bar.update(len(part))
            received += len(part)
            if file.tell() > limit:
                raise ValueError(f"it has more than {limit} bytes")
            if time.monotonic() - since > PATIENCE:
                if received < PATIENCE * SLOWEST:
                    raise TimeoutError(f"only {received} bytes came in {PATIENCE:.0f} s")
                since, received = time.monotonic(), 0
    if answer.length:
        raise ConnectionError(f"cut off, {answer.length} bytes are missing")


def _unpack(entry: DataSet, archive: Path, name: str, into: Path) -> Path:
    """Write those members of an archive that are the data set's; ValueError for one that should be in none."""
    top = marker(entry, Path()).parent if entry.recorded or not name.endswith(".tar.gz") else ""  # else in the archive
    known = {PurePosixPath(file.path): file for file in entry.files}
    for member, plain, opened in _members(archive, name):
        path = PurePosixPath(top, member)
        if not plain or path.is_absolute() or ".." in path.parts or "\\" in member:
            raise ValueError(f"it holds {member!r}, a link or a path that leads elsewhere")
        recording = entry.recorded and any(path.is_relative_to(place) for place in entry.places)
        if path not in known and not (recording and path.suffix == entry.recorded.ending):
            continue
        size, md5 = (known[path].size, known[path].md5) if path in known else (LARGEST, "")
        with opened() as packed:
            content = packed.read(size + 1)
        if len(content) > size or (md5 and _md5(content).hexdigest() != md5):
            raise ValueError(f"{member} has not the published size or checksum")
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content)
    return into


def _members(archive: Path, name: str) -> Iterator[tuple[str, bool, Callable[[], IO[bytes]]]]:
    """Of each member of an archive its path, whether it is a file or folder and no link, and what opens it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                yield info.filename, kind in (0, stat.S_IFREG, stat.S_IFDIR), partial(packed.open, info)
    elif name.endswith(".tar.gz"):
        with tarfile.open(archive, "r:gz") as packed:
            for info in packed:
                yield info.name, info.isfile() or info.isdir(), partial(packed.extractfile, info)
    else:
        yield name.removesuffix(".gz"), True, partial(gzip.open, archive)


def _md5(content: bytes = b""):
    return hashlib.md5(content, usedforsecurity=False)


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
