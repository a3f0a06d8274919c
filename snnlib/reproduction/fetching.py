"""Download official data sets, verify and unpack them."""

import contextlib
import gzip
import hashlib
import http.client
import shutil
import ssl
import stat
import tarfile
import tempfile
import threading
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from .. import __version__
from ..datasets.sources import DataSet, Download, Source, locate, marker
from ..engine.files import unfinished
from ..errors import DataError, needed
from ..paths import data

PATIENCE, SLOWEST = 30.0, 1000  # a server must send so many bytes a second, on average over so many seconds
LARGEST = 1 << 33  # bytes of an archive of recordings
UNREADABLE = (http.client.HTTPException, tarfile.TarError, zipfile.BadZipFile, zlib.error)
MD5 = partial(hashlib.md5, usedforsecurity=False)


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
    kept = unfinished(folder, f"fetching-{entry.name}", resume=True)  # parts of archives stay if it fails
    unpacked = kept / "unpacked"
    whole = unpacked / "whole"
    try:
        shutil.rmtree(unpacked, ignore_errors=True)
        whole.mkdir(parents=True)
        for download in entry.downloads:
            _move(_download(entry, download, kept, folder), whole)
        _mark(entry, whole)
        _move(whole, folder)
        shutil.rmtree(kept)
    except OSError as error:
        problem = f"{entry.title} cannot be written to {folder}: {error.strerror or error}."
        raise DataError(problem, "Make room there, or name another folder in SNNLIB_DATA, and run again.") from error
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
        with contextlib.suppress(OSError):
            kept.rmdir()
    source = locate(entry, folder)
    if source.kind == "damaged" and entry.recorded:  # one's own recordings are among them
        marker(entry, folder).unlink()
        source = locate(entry, folder)
    return source


def _download(entry: DataSet, download: Download, kept: Path, folder: Path) -> Path:
    """The folder, a new one, with a download unpacked as below the data folder."""
    causes, limit = [], sum(file.size for file in entry.files) + (1 << 20) if entry.files else LARGEST
    for url in download.urls:
        archive, name = kept / hashlib.sha256(url.encode()).hexdigest(), download.file or url.rsplit("/", 1)[1]
        try:
            _get(url, archive, limit)
            try:
                return _unpack(entry, download.md5, archive, name, Path(tempfile.mkdtemp(dir=kept / "unpacked")))
            finally:
                archive.unlink()
        except (OSError, EOFError, RuntimeError, ValueError, *UNREADABLE) as error:
            causes.append(f"{url}: {str(error) or type(error).__name__}")
    urls, between = " and ".join(d.urls[0] for d in entry.downloads), " and " if entry.recorded else " ... "
    places = between.join(str(folder / place) for place in (entry.places[0], entry.places[-1]))
    problem = f"{entry.title} could not be downloaded ({'; '.join(causes)})."
    raise DataError(problem, f"Download {urls} with a browser and unpack so that {places} exist.")


def _get(url: str, archive: Path, limit: int) -> None:
    """Download a file; go on with what is there of it, also when it is cut off again after something has come."""
    archive.touch()
    while True:
        there = archive.stat().st_size
        headers = {"User-Agent": f"snnlib/{__version__}", "Range": f"bytes={there}-"}
        try:
            with _answer(urllib.request.Request(url, headers=headers)) as answer:
                return _receive(answer, archive, there if answer.status == 206 else 0, limit)
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "code", 0) == 416 and there:  # nothing is left to be sent
                return None
            if archive.stat().st_size < there + PATIENCE * SLOWEST:
                raise


def _answer(request: urllib.request.Request) -> http.client.HTTPResponse:
    """What a server begins to answer; TimeoutError also for one whose headers drip, each byte in time."""
    context, answer = ssl.create_default_context(cafile=needed("certifi").where()), Future()

    def ask() -> None:
        try:
            answer.set_result(urllib.request.urlopen(request, timeout=PATIENCE, context=context))
        except Exception as error:
            getattr(error, "close", bool)()  # an HTTPError holds a connection
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(2 * PATIENCE)


def _receive(answer: http.client.HTTPResponse, archive: Path, there: int, limit: int) -> None:
    """Write what a server sends behind the first ``there`` bytes of a file; OSError if it stalls or is cut off."""
    since, received = time.monotonic(), 0
    bar = needed("tqdm").tqdm(total=there + (answer.length or 0), initial=there, unit="B", unit_scale=True)
    with open(archive, "ab" if there else "wb") as file, bar:
        while part := answer.read1(1 << 20):
            bar.update(file.write(part))
            received += len(part)
            if file.tell() > limit:
                archive.unlink()
                raise ValueError(f"it has more than {limit} bytes")
            if time.monotonic() - since > PATIENCE:
                if received < PATIENCE * SLOWEST:
                    raise TimeoutError(f"only {received} bytes came in {PATIENCE:.0f} s")
                since, received = time.monotonic(), 0
    if answer.length:
        raise ConnectionError(f"cut off, {answer.length} bytes are missing")


def _unpack(entry: DataSet, md5: str, archive: Path, name: str, into: Path) -> Path:
    """Write those members of an archive that are the data set's; ValueError for one that should be in none."""
    with archive.open("rb") as file:
        if md5 and hashlib.file_digest(file, MD5).hexdigest() != md5:
            raise ValueError("its checksum is not the published one")
    top = marker(entry, Path()).parent if entry.recorded or not name.endswith(".tar.gz") else ""  # else in the archive
    known = {PurePosixPath(file.path): file for file in entry.files}
    for member, plain, opened in _members(archive, name):
        path = PurePosixPath(top, member)
        if not plain or path.is_absolute() or ".." in path.parts or "\\" in member:
            raise ValueError(f"it holds {member!r}, a link or a path that leads elsewhere")
        if path in known:
            size, md5 = known[path].size, known[path].md5
        elif entry.recorded and path.suffix == entry.recorded.ending and any(map(path.is_relative_to, entry.places)):
            size, md5 = LARGEST, ""
        else:
            continue
        with opened() as packed:
            content = packed.read(size + 1)
        if len(content) > size or (md5 and MD5(content).hexdigest() != md5):
            raise ValueError(f"{member} has not the published size or checksum")
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content)
    return into


def _members(archive: Path, name: str) -> Iterator[tuple[str, bool, Callable[[], IO[bytes]]]]:
    """Of each member of an archive its path, whether it is a file or folder and no link, and what opens it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                yield info.filename, not stat.S_ISLNK(info.external_attr >> 16), partial(packed.open, info)
    elif name.endswith(".tar.gz"):
        with tarfile.open(archive, "r:gz") as packed:
            for info in packed:
                yield info.name, info.isfile() or info.isdir(), partial(packed.extractfile, info)
    else:
        yield name.removesuffix(".gz"), True, partial(gzip.open, archive)


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
