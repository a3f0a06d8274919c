"""Servers that err, cut off, stall or send something else."""

import contextlib
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import NamedTuple

import pytest
from helpers.data import CIFAR
from helpers.lib import wait_until
from helpers.servers import GOOD, RECORDS, cifar_at, sends, tar_of

from snnlib.datasets.cifar import CIFAR100
from snnlib.datasets.mnist import MNIST
from snnlib.datasets.sources import Download, File, locate, read
from snnlib.engine.files import DAY, unfinished
from snnlib.errors import DataError
from snnlib.reproduction import fetching
from snnlib.reproduction.fetching import fetch

pytestmark = pytest.mark.usefixtures("capfd")


class Resuming:
    """Answers with the range that is asked for, at most so many bytes of it; ``asked`` are the first bytes."""

    def __init__(self, content, most):
        self.content, self.most, self.asked = content, most, []

    def __call__(self, handler):
        start = int((handler.headers["Range"] or "bytes=0-")[6:-1])
        self.asked.append(start)
        if start >= len(self.content):
            return handler.send_error(416)
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(self.content) - start))
        handler.end_headers()
        handler.wfile.write(self.content[start : start + self.most])


@pytest.mark.parametrize(
    "first",
    [
        lambda handler: handler.send_error(404),
        lambda handler: handler.send_error(503),
        sends(b"<html>Please log in</html>"),
        sends(b""),
        sends(GOOD[:-100]),
        sends(GOOD[:-100], announced=len(GOOD)),
        sends(GOOD[:-1] + bytes([GOOD[-1] ^ 1])),
        sends(tar_of((f"{CIFAR}/train.bin", RECORDS[1]))),
        lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n"),
        lambda handler: handler.connection.close(),
        sends(bytes(3 << 20)),
    ],
    ids=["404", "503", "page", "empty", "short", "cut", "flipped", "other", "no-http", "closed", "too-long"],
)
def test_what_the_first_server_gets_wrong_the_second_one_mends(serve, tmp_path, first):
    url = serve(first=first, second=sends(GOOD))
    files = tuple(File(f.path, 1 << 17, record=f.record) for f in CIFAR100.files)
    source = fetch(replace(cifar_at(f"{url}/first", f"{url}/second"), files=files), tmp_path)
    assert source.kind == "official"
    assert (tmp_path / CIFAR / "train.bin").read_bytes() == RECORDS[0]
    assert [item.name for item in tmp_path.iterdir()] == [CIFAR]


def test_a_page_instead_of_an_idx_file_leads_to_the_second_server(serve, tmp_path):
    content = b"\x00\x00\x08\x01\x00\x00\x00\x03abc"
    url = serve(page=sends(b"<html>"), cut=sends(gzip.compress(content)[:-9]), good=sends(gzip.compress(content)))
    files = (File("MNIST/raw/t-idx1-ubyte", len(content), hashlib.md5(content).hexdigest()),)
    urls = tuple(f"{url}/{host}/t-idx1-ubyte.gz" for host in ("page", "cut", "good"))
    assert fetch(replace(MNIST, files=files, downloads=(Download(urls),)), tmp_path).kind == "official"
    assert (tmp_path / "MNIST/raw/t-idx1-ubyte").read_bytes() == content


def test_a_download_that_drips_ends(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.5)
    left = iter([b"x"] * 600)
    url = serve(drip=sends(b"", 1000, left, 0.2), good=sends(GOOD))
    assert fetch(cifar_at(f"{url}/drip", f"{url}/good"), tmp_path).kind == "official" and next(left)
    with pytest.raises(DataError, match=r"only [1-9] bytes came"):
        fetch(cifar_at(f"{url}/drip"), tmp_path / "other")


def test_a_server_that_says_nothing_ends(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    url = serve(silent=lambda handler: time.sleep(3))
    with pytest.raises(DataError, match="timed out"):
        fetch(cifar_at(f"{url}/silent"), tmp_path)


def test_what_was_cut_off_is_gone_on_with_where_it_stopped(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "SLOWEST", 1)
    server = Resuming(GOOD, most=len(GOOD) // 3 + 1)
    assert fetch(cifar_at(f"{serve(resuming=server)}/resuming"), tmp_path).kind == "official"
    third = len(GOOD) // 3 + 1
    assert server.asked == [0, third, 2 * third]


FETCH = """
import sys; from pathlib import Path; from test_downloads import cifar_at, fetch
fetch(cifar_at(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("fits", [True, False])
def test_a_killed_download_is_gone_on_with_by_the_next_run_if_the_content_fits(serve, tmp_path, fits):
    half = len(GOOD) // 2

    def first(handler):
        sends(b"", len(GOOD), [GOOD[:half] if fits else bytes(half), b"", b""], 10)(handler)

    answers = {"server": first}
    url = f"{serve(server=lambda handler: answers['server'](handler))}/server"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(__file__)])}
    run = subprocess.Popen([sys.executable, "-c", FETCH, url, tmp_path], env=environment, stderr=subprocess.DEVNULL)
    wait_until(lambda: run.poll() is not None or sum(f.stat().st_size for f in tmp_path.glob(".fetching-*/*")) >= half)
    assert run.poll() is None
    run.send_signal(signal.SIGKILL)
    run.wait()
    answers["server"] = server = Resuming(GOOD, most=len(GOOD))
    if not fits:
        with pytest.raises(DataError, match="checksum is not the published one"):
            fetch(cifar_at(url), tmp_path)
    assert fetch(cifar_at(url), tmp_path).kind == "official"
    assert server.asked == ([half] if fits else [half, 0])
    assert [item.name for item in tmp_path.iterdir()] == [CIFAR]


def test_a_download_beside_another_process_is_not_touched(serve, tmp_path):
    """What a living process writes stays; what one wrote that has ended goes, and another machine's after a day."""
    old = time.time() - 2 * DAY
    machine, pid = unfinished(tmp_path, "fetching-cifar100").name.split("-")[2:4]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stays = [
        f".fetching-cifar100-{machine}-{pid}-a",
        ".fetching-cifar100-elsewhere-1-a",
        f".fetching-cifar100-{machine}-1-a",
    ]
    goes = [f".fetching-cifar100-{machine}-{ended.pid}-a", ".fetching-cifar100-elsewhere-1-old"]
    for name in (*stays, *goes):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / goes[1], (old, old))
    os.utime(tmp_path / stays[0], (old, old))
    fetch(cifar_at(f"{serve(good=sends(GOOD))}/good"), tmp_path)
    assert {item.name for item in tmp_path.iterdir()} == {*stays, CIFAR}
    assert read(locate(CIFAR100, tmp_path))["labels"].shape == (40,)


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_headers_of_a_server_that_drips_end(serve, tmp_path, monkeypatch, begin):
    """Each byte comes in time, the answer never."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)

    left = iter([b"X-Y: z\r\n"] * 600)

    def drip(handler):
        handler.wfile.write(begin)
        for piece in left:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.1)

    url = serve(drip=drip, good=sends(GOOD))
    assert fetch(cifar_at(f"{url}/drip", f"{url}/good"), tmp_path).kind == "official" and next(left)


def test_a_server_that_cuts_off_a_thousand_times_is_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "SLOWEST", 0)
    content, asked = bytes(range(256)) * 5, []

    def receive(answer, archive, there, limit):
        with archive.open("ab") as file:
            file.write(content[len(asked) : len(asked) + 1])
        asked.append(answer)
        if len(asked) < len(content):
            raise ConnectionError("cut off")

    monkeypatch.setattr(fetching, "_answer", lambda request: contextlib.nullcontext(Part(request.headers["Range"])))
    monkeypatch.setattr(fetching, "_receive", receive)
    fetching._get("https://example.org/x", tmp_path / "x", 10**6)
    assert (tmp_path / "x").read_bytes() == content
    assert [part.asked for part in asked] == [f"bytes={n}-" for n in range(len(content))]


class Part(NamedTuple):
    """An answer to a request for a range."""

    asked: str
    status: int = 206


@pytest.mark.parametrize("place", ["a file", "/proc/none"])
def test_a_data_folder_that_cannot_be_written_to_is_told_by_a_server_less_error(serve, tmp_path, place):
    (tmp_path / "a file").write_text("")
    url = serve(good=sends(GOOD))
    with pytest.raises(DataError, match="CIFAR-100 cannot be written to .*run again"):
        fetch(cifar_at(f"{url}/good"), tmp_path / place)
