"""Downloads from a server on this machine."""

import functools
import gzip
import hashlib
import http.server
import io
import itertools
import tarfile
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.data import CIFAR, cifar_records

from snnlib.datasets.att_faces import ATT_FACES
from snnlib.datasets.cifar import CIFAR100
from snnlib.datasets.mnist import MNIST
from snnlib.datasets.nmnist import NMNIST
from snnlib.datasets.sources import Download, File, count, locate, read
from snnlib.errors import DataError
from snnlib.reproduction import fetching
from snnlib.reproduction.fetching import fetch


@pytest.fixture
def server(tmp_path):
    """Serves a folder on the loopback address."""
    folder = tmp_path / "server"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def archive_on(server, md5=None):
    """CIFAR-100's entry, with an archive of a few records to be fetched from the second address."""
    folder, url = server
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in (("train", cifar_records(30, 0)), ("test", cifar_records(10, 1))):
            member = tarfile.TarInfo(f"{CIFAR}/{name}.bin")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    (folder / "cifar.tar.gz").write_bytes(buffer.getvalue())
    md5 = md5 or hashlib.md5(buffer.getvalue()).hexdigest()
    return replace(CIFAR100, downloads=(Download((f"{url}/gone.tar.gz", f"{url}/cifar.tar.gz"), md5),))


def test_fetch_verifies_unpacks_and_remembers(server, tmp_path, capfd):
    entry = archive_on(server)
    source = fetch(entry, tmp_path)
    assert source.kind == "official" and read(source)["labels"].shape == (40,)
    (server[0] / "cifar.tar.gz").unlink()
    assert fetch(entry, tmp_path).kind == "official"  # nothing is downloaded again
    marker = tmp_path / CIFAR / "OFFICIAL.sha256"
    lines = marker.read_text()
    marker.write_text(f"\n{lines}\n  \n")  # as an editor leaves it
    assert locate(entry, tmp_path).kind == "official"
    marker.write_text(f"{lines}no-checksum\n")
    source = locate(entry, tmp_path)
    assert source.kind == "damaged" and "OFFICIAL.sha256 has a line" in source.problems[0]
    assert "'no-checksum'" in source.problems[0]
    marker.write_text(lines)
    (tmp_path / CIFAR / "test.bin").write_bytes(cifar_records(10, 5))
    assert "changed since" in locate(entry, tmp_path).problems[0]


def test_fetch_keeps_nothing_whose_checksum_is_wrong(server, tmp_path, capfd):
    entry = archive_on(server, md5="0" * 32)
    with pytest.raises(DataError, match=r"Download .*with a browser") as error:
        fetch(entry, tmp_path)
    assert str(tmp_path / CIFAR / "train.bin") in error.value.remedy
    assert not (tmp_path / CIFAR).exists()


def test_fetch_of_an_idx_file(server, tmp_path, capfd):
    folder, url = server
    content = b"\x00\x00\x08\x01\x00\x00\x00\x03abc"
    (folder / "t-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    entry = replace(
        MNIST,
        files=(File("MNIST/raw/t-idx1-ubyte", len(content), hashlib.md5(content).hexdigest()),),
        downloads=(Download((f"{url}/t-idx1-ubyte.gz",)),),
    )
    assert fetch(entry, tmp_path).kind == "official"
    assert (tmp_path / "MNIST/raw/t-idx1-ubyte").read_bytes() == content
    (tmp_path / "MNIST/raw/t-idx1-ubyte").unlink()
    (folder / "t-idx1-ubyte.gz").write_bytes(gzip.compress(content + b"x"))
    with pytest.raises(DataError, match="checksum"):
        fetch(entry, tmp_path)


def test_fetch_of_what_is_embedded_in_full_downloads_nothing():
    assert fetch(ATT_FACES).kind == "embedded"


def recordings_on(server):
    """N-MNIST's entry, with a recording of each digit for training and one for the test to be fetched."""
    folder, url = server
    downloads = []
    for part in ("Train", "Test"):
        with zipfile.ZipFile(folder / f"{part}_download", "w") as packed:
            for digit in range(10):
                packed.writestr(f"{part}/{digit}/00001.bin", bytes(range(5 + 5 * digit)))
        md5 = hashlib.md5((folder / f"{part}_download").read_bytes()).hexdigest()
        downloads.append(Download((f"{url}/{part}_download",), md5, file=f"{part}.zip"))
    return replace(NMNIST, downloads=tuple(downloads))


def test_fetch_of_recordings_from_two_archives(server, tmp_path, capfd):
    entry = recordings_on(server)
    downloads = entry.downloads
    assert fetch(entry, tmp_path).kind == "official"
    assert count(locate(entry, tmp_path)) == 20
    (tmp_path / "NMNIST" / "Test" / "0" / "00001.bin").write_bytes(bytes(5))
    assert "changed since" in locate(entry, tmp_path).problems[0]
    bad = replace(entry, downloads=(replace(downloads[0], md5="0" * 32), downloads[1]))
    with pytest.raises(DataError, match="NMNIST/Train and .*NMNIST/Test exist"):
        fetch(bad, tmp_path / "other")
    assert not (tmp_path / "other" / "NMNIST").exists()


def a_recording(folder, name):
    """One event of a 3, before anything was downloaded."""
    file = folder / "NMNIST" / "Train" / "3" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(5))
    return file


def test_ones_own_recordings_do_not_become_official_by_a_download(server, tmp_path, capfd):
    entry = recordings_on(server)
    own = a_recording(tmp_path, "my_own.bin")
    assert locate(entry, tmp_path).kind == "damaged"
    assert fetch(entry, tmp_path).kind == "own copy"
    own.unlink()
    assert locate(entry, tmp_path).kind == "own copy"  # nobody has said what these are


def test_a_download_mends_official_recordings_and_what_a_broken_one_left(server, tmp_path, capfd):
    entry = recordings_on(server)
    left = a_recording(tmp_path, "00001.bin")
    assert fetch(entry, tmp_path).kind == "official"
    left.write_bytes(bytes(10))
    assert locate(entry, tmp_path).kind == "damaged"
    assert fetch(entry, tmp_path).kind == "official"
    left.write_bytes(bytes(10))
    (left.parent / "my_own.bin").write_bytes(bytes(5))
    assert fetch(entry, tmp_path).kind == "own copy"


def test_an_interrupted_unpacking_leaves_nothing(server, tmp_path, capfd, monkeypatch):
    entry = recordings_on(server)

    def interrupted(archive, name):
        yield from itertools.islice(members(archive, name), 3)
        raise KeyboardInterrupt

    members = fetching._members
    monkeypatch.setattr(fetching, "_members", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(entry, tmp_path / "data")
    assert locate(entry, tmp_path / "data").kind == "simulated" and not list((tmp_path / "data").iterdir())


def test_recordings_that_are_only_partly_in_their_places_are_damaged(server, tmp_path, capfd, monkeypatch):
    """Every class would be there all the same, and the mixture be taken for an own copy."""
    entry, replace_file = recordings_on(server), Path.replace
    for digit in range(10):
        (tmp_path / "NMNIST" / "Train" / str(digit)).mkdir(parents=True)
        (tmp_path / "NMNIST" / "Train" / str(digit) / "00001.bin").write_bytes(bytes(5 + 5 * digit))

    def interrupted(new, place):
        if "Train" in place.parts:
            raise KeyboardInterrupt
        return replace_file(new, place)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", interrupted)
        fetch(entry, tmp_path)
    assert (tmp_path / "NMNIST" / "Test" / "9").exists() and locate(entry, tmp_path).kind == "damaged"
    assert fetch(entry, tmp_path).kind == "official"


def test_an_archive_cannot_write_outside_of_the_folder(server, tmp_path, capfd):
    folder, url = server
    with tarfile.open(folder / "bad.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../outside.bin"), io.BytesIO(b""))
    md5 = hashlib.md5((folder / "bad.tar.gz").read_bytes()).hexdigest()
    entry = replace(CIFAR100, downloads=(Download((f"{url}/bad.tar.gz",), md5),))
    with pytest.raises(DataError, match="could not be downloaded"):
        fetch(entry, tmp_path / "data")
    assert not list(tmp_path.rglob("outside.bin")) and locate(entry, tmp_path / "data").kind == "missing"
