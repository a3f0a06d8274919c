"""Archives that are not what they seem: nothing leads out of the data's folder, nothing fills the memory."""

import gzip
import hashlib
import io
import stat
import tarfile
import tracemalloc
import zipfile
from dataclasses import replace

import pytest
from helpers.data import CIFAR
from helpers.servers import RECORDS, cifar_at, sends, tar_of

from snnlib.datasets.mnist import MNIST
from snnlib.datasets.nmnist import NMNIST
from snnlib.datasets.sources import Download, File
from snnlib.errors import DataError
from snnlib.reproduction.fetching import fetch

pytestmark = pytest.mark.usefixtures("capfd")


def link(name, kind):
    """A member that links to a file outside."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "bad",
    [
        (link(f"{CIFAR}/test.bin", tarfile.SYMTYPE), b""),
        (link(f"{CIFAR}/test.bin", tarfile.LNKTYPE), b""),
        (link("device", tarfile.CHRTYPE), b""),
        ("/tmp/outside.bin", b"x"),
        ("../outside.bin", b"x"),
        (f"{CIFAR}/../../outside.bin", b"x"),
        ("..\\outside.bin", b"x"),
    ],
    ids=["symlink", "hardlink", "device", "absolute", "up", "up-later", "backslash"],
)
def test_nothing_of_an_archive_that_is_refused_stays(serve, tmp_path, bad):
    content = tar_of((f"{CIFAR}/train.bin", RECORDS[0]), (f"{CIFAR}/test.bin", RECORDS[1]), bad)
    url = serve(bad=sends(content))
    with pytest.raises(DataError, match="could not be downloaded.* leads elsewhere"):
        fetch(cifar_at(f"{url}/bad", content=content), tmp_path / "data")
    assert [item.name for item in tmp_path.rglob("*")] == ["data"]


def test_members_that_are_none_of_the_data_sets_files_are_left_out(serve, tmp_path):
    more = ((f"{CIFAR}/.bashrc", b"x"), ("MNIST/raw/train-images-idx3-ubyte", b"x"), ("README", b"x"))
    content = tar_of((f"{CIFAR}/train.bin", RECORDS[0]), *more, (f"./{CIFAR}/test.bin", RECORDS[1]))
    assert fetch(cifar_at(f"{serve(some=sends(content))}/some", content=content), tmp_path).kind == "official"
    assert {item.name for item in tmp_path.rglob("*")} == {CIFAR, "train.bin", "test.bin", "OFFICIAL.sha256"}


def test_recordings_in_a_zip_archive_are_files_of_their_own(serve, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for part in ("Train", "Test"):
            for digit in range(10):
                packed.writestr(f"{part}/{digit}/1.bin", bytes(5))
        packed.writestr("Train/0/run.sh", b"x")
        packed.writestr("Other/0/1.bin", b"x")
    url = serve(good=sends(buffer.getvalue()))
    entry = replace(
        NMNIST, downloads=(Download((f"{url}/good",), hashlib.md5(buffer.getvalue()).hexdigest(), "a.zip"),)
    )
    assert fetch(entry, tmp_path).kind == "official"
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 20 + 1
    with zipfile.ZipFile(buffer, "a") as packed:
        linked = zipfile.ZipInfo("Train/0/2.bin")
        linked.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(linked, "/etc/passwd")
    url = serve(bad=sends(buffer.getvalue()))
    md5 = hashlib.md5(buffer.getvalue()).hexdigest()
    entry = replace(NMNIST, downloads=(Download((f"{url}/bad",), md5, "a.zip"),))
    with pytest.raises(DataError, match="2.bin.* a link"):
        fetch(entry, tmp_path / "other")
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.parametrize("packed", ["tar.gz", "gz"])
def test_a_bomb_takes_no_memory(serve, tmp_path, packed):
    """300 MB of zeros in 300 kB: of an archive the checksum is looked at first, of an idx file its known size."""
    bomb = gzip.compress(bytes(300 << 20), 1)
    url = serve(bomb=sends(bomb))
    if packed == "gz":
        files = (File("MNIST/raw/t-idx1-ubyte", 1000, "0" * 32),)
        entry = replace(MNIST, files=files, downloads=(Download((f"{url}/bomb/t-idx1-ubyte.gz",)),))
    else:
        entry = cifar_at(f"{url}/bomb")
    tracemalloc.start()
    with pytest.raises(DataError, match="checksum|more than"):
        fetch(entry, tmp_path)
    assert tracemalloc.get_traced_memory()[1] < len(bomb) + 50e6
    tracemalloc.stop()
