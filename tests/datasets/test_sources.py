"""What is found where, what is damaged, and downloads from a server on this machine."""

import functools
import gzip
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from snnlib import paths
from snnlib.datasets import sources
from snnlib.datasets.catalogue import CATALOGUE, Download, File, known
from snnlib.datasets.embedded import att_faces
from snnlib.datasets.fetching import fetch
from snnlib.datasets.sources import count, dataset, locate, read
from snnlib.errors import DataError
from snnlib.reproduction.tasks import data

CIFAR = "cifar-100-binary"


def cifar_records(n, seed):
    records = np.random.default_rng(seed).integers(0, 100, (n, 3074), dtype=np.uint8)
    return records.tobytes()


def put_cifar(folder):
    """CIFAR-100's files with 30 and 10 records."""
    (folder / CIFAR).mkdir(parents=True)
    (folder / CIFAR / "train.bin").write_bytes(cifar_records(30, 0))
    (folder / CIFAR / "test.bin").write_bytes(cifar_records(10, 1))


def test_without_files_the_embedded_data_are_used():
    found = {entry.name: locate(entry.name).kind for entry in CATALOGUE}
    assert found == {
        "mnist": "embedded",
        "att_faces": "embedded",
        "nmnist": "simulated",
        "dvsgesture": "simulated",
        "cifar10": "missing",
        "cifar100": "missing",
        "photos-10": "embedded",
        "photos-tiles": "embedded",
    }


@pytest.mark.parametrize("name", ["mnist", "att_faces", "photos-10", "photos-tiles"])
def test_embedded_data_are_those_of_the_reference_results(name):
    source = locate(name)
    assert source.digest == source.dataset.digest


def test_own_files_come_before_embedded_ones_and_a_part_of_the_records_will_do(tmp_path):
    put_cifar(tmp_path)
    source = locate("cifar100", tmp_path)
    arrays = read(source)
    assert source.kind == "own copy" and arrays["images"].shape == (40, 32, 32, 3) and arrays["labels"].shape == (40,)


def test_cifar10_is_read_from_all_six_files_in_order(tmp_path):
    published = dataset("cifar10")
    assert [f.path.split("/")[1] for f in published.files] == [
        *(f"data_batch_{i}.bin" for i in range(1, 6)),
        "test_batch.bin",
    ]
    assert {f.size for f in published.files} == {10_000 * 3073}
    (tmp_path / "cifar-10-batches-bin").mkdir()
    for i, file in enumerate(published.files):
        records = np.full((2, 3073), i, np.uint8)
        (tmp_path / file.path).write_bytes(records.tobytes())
    arrays = read(locate("cifar10", tmp_path))
    assert arrays["labels"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5] and arrays["images"].shape[1:] == (
        32,
        32,
        3,
    )


@pytest.mark.parametrize("name", ["photos-10", "photos-tiles"])
def test_colours_of_the_stand_ins_are_normalised_by_their_own_constants(name):
    entry = dataset(name)
    pixels = read(locate(name))["images"].reshape(-1, 3) / 255
    np.testing.assert_allclose(pixels.mean(0), entry.mean, atol=1e-4)
    np.testing.assert_allclose(pixels.std(0), entry.sd, atol=1e-4)


def test_one_changed_byte_changes_the_digest(tmp_path):
    put_cifar(tmp_path)
    before = locate("cifar100", tmp_path).digest
    content = bytearray((tmp_path / CIFAR / "test.bin").read_bytes())
    content[100] ^= 1
    (tmp_path / CIFAR / "test.bin").write_bytes(content)
    assert locate("cifar100", tmp_path).digest != before


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda folder: (folder / CIFAR / "test.bin").unlink(), "missing"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(bytes(5)), "5 bytes"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(b""), "0 bytes"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(bytes(3 * 3074 - 1)), "whole number of records"),
    ],
)
def test_incomplete_files_are_damaged_and_never_passed_over(tmp_path, damage, problem):
    put_cifar(tmp_path)
    damage(tmp_path)
    source = locate("cifar100", tmp_path)
    assert source.kind == "damaged" and problem in source.problems[0]
    with pytest.raises(DataError, match="snnlib data fetch cifar100"):
        read(source)


def test_packed_files_are_not_taken_where_the_reader_wants_them_unpacked(tmp_path):
    put_cifar(tmp_path)
    packed = gzip.compress((tmp_path / CIFAR / "test.bin").read_bytes())
    (tmp_path / CIFAR / "test.bin").unlink()
    (tmp_path / CIFAR / "test.bin.gz").write_bytes(packed)
    source = locate("cifar100", tmp_path)
    assert source.kind == "damaged" and source.problems == (f"{CIFAR}/test.bin is missing",)
    (tmp_path / "att_faces" / "s1").mkdir(parents=True)
    (tmp_path / "att_faces" / "s1" / "1.pgm.gz").write_bytes(packed)
    assert locate("att_faces", tmp_path).kind == "embedded"


def test_idx_files_are_read_packed(tmp_path):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    for file, shape in zip(dataset("mnist").files, ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,))):
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
        (tmp_path / f"{file.path}.gz").write_bytes(gzip.compress(header + bytes(int(np.prod(shape))), 1))
    source = locate("mnist", tmp_path)
    assert source.kind == "own copy" and read(source)["test_images"].shape == (10_000, 28, 28)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(DataError, match="photos-tiles"):
        locate("imagenet")


def test_a_missing_data_set_is_no_surprise_later():
    with pytest.raises(DataError, match="missing"):
        read(locate("cifar100"))


def test_faces_are_tested_on_pictures_8_and_9():
    arrays = read(locate("att_faces"))
    faces, _, pictures = att_faces()
    np.testing.assert_array_equal(arrays["test_images"], faces[(pictures == 8) | (pictures == 9)])
    assert np.bincount(arrays["train_labels"]).tolist() == [8] * 40


def test_limits_keep_classes_equal_and_points_in_order(store):
    full = store.make(data.job("mnist"))
    part = store.make(data.job("mnist", limits={"train": 205}))
    assert sorted(np.bincount(part.arrays["train_labels"])) == [20] * 5 + [21] * 5
    assert len(part.arrays["test_labels"]) == 1000
    where = [
        np.flatnonzero((full.arrays["train_images"] == x).all((1, 2)))[0] for x in part.arrays["train_images"][:20]
    ]
    assert where == sorted(where)


def test_shrinking_averages_squares(store):
    full, half = (store.make(data.job("photos-tiles", shrink=k)).arrays["images"] for k in (1, 2))
    assert half.shape == (1843, 16, 16, 3)
    np.testing.assert_allclose(half[7, 3, 5], full[7, 6:8, 10:12].mean((0, 1)), atol=0.51)


def test_data_that_change_while_in_use_are_noticed(store):
    put_cifar(paths.data())
    job = data.job("cifar100")
    (paths.data() / CIFAR / "test.bin").write_bytes(cifar_records(10, 2))
    with pytest.raises(DataError, match="changed"):
        store.make(job)


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


def archive_on(server, monkeypatch, entry, md5=None):
    folder, url = server
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in (("train", cifar_records(30, 0)), ("test", cifar_records(10, 1))):
            member = tarfile.TarInfo(f"{CIFAR}/{name}.bin")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    (folder / "cifar.tar.gz").write_bytes(buffer.getvalue())
    md5 = md5 or hashlib.md5(buffer.getvalue()).hexdigest()
    entry = replace(entry, downloads=(Download((f"{url}/gone.tar.gz", f"{url}/cifar.tar.gz"), md5),))
    monkeypatch.setattr(sources, "known", lambda name: entry)


def test_fetch_verifies_unpacks_and_remembers(server, monkeypatch, tmp_path, capfd):
    archive_on(server, monkeypatch, dataset("cifar100"))
    source = fetch("cifar100", tmp_path)
    assert source.kind == "official" and read(source)["labels"].shape == (40,)
    (server[0] / "cifar.tar.gz").unlink()
    assert fetch("cifar100", tmp_path).kind == "official"  # nothing is downloaded again
    marker = tmp_path / CIFAR / "OFFICIAL.sha256"
    lines = marker.read_text()
    marker.write_text(f"\n{lines}\n  \n")  # as an editor leaves it
    assert locate("cifar100", tmp_path).kind == "official"
    marker.write_text(f"{lines}no-checksum\n")
    source = locate("cifar100", tmp_path)
    assert source.kind == "damaged" and "OFFICIAL.sha256 has a line" in source.problems[0]
    assert "'no-checksum'" in source.problems[0]
    marker.write_text(lines)
    (tmp_path / CIFAR / "test.bin").write_bytes(cifar_records(10, 5))
    assert "changed since" in locate("cifar100", tmp_path).problems[0]


def test_fetch_keeps_nothing_whose_checksum_is_wrong(server, monkeypatch, tmp_path, capfd):
    archive_on(server, monkeypatch, dataset("cifar100"), md5="0" * 32)
    with pytest.raises(DataError, match=r"Download .*with a browser") as error:
        fetch("cifar100", tmp_path)
    assert str(tmp_path / CIFAR / "train.bin") in error.value.remedy
    assert not (tmp_path / CIFAR).exists()


def test_fetch_of_an_idx_file(server, monkeypatch, tmp_path, capfd):
    folder, url = server
    content = b"\x00\x00\x08\x01\x00\x00\x00\x03abc"
    (folder / "t-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    entry = replace(
        dataset("mnist"),
        files=(File("MNIST/raw/t-idx1-ubyte", len(content), hashlib.md5(content).hexdigest()),),
        downloads=(Download((f"{url}/t-idx1-ubyte.gz",)),),
    )
    monkeypatch.setattr(sources, "known", lambda name: entry)
    assert fetch("mnist", tmp_path).kind == "official"
    assert (tmp_path / "MNIST/raw/t-idx1-ubyte").read_bytes() == content
    (tmp_path / "MNIST/raw/t-idx1-ubyte").unlink()
    (folder / "t-idx1-ubyte.gz").write_bytes(gzip.compress(content + b"x"))
    with pytest.raises(DataError, match="checksum"):
        fetch("mnist", tmp_path)


def test_fetch_of_what_is_embedded_in_full_downloads_nothing():
    assert fetch("att_faces").kind == "embedded"


def recordings_on(server, monkeypatch):
    """N-MNIST's entry, with a recording of each digit for training and one for the test to be fetched."""
    folder, url = server
    downloads = []
    for part in ("Train", "Test"):
        with zipfile.ZipFile(folder / f"{part}_download", "w") as packed:
            for digit in range(10):
                packed.writestr(f"{part}/{digit}/00001.bin", bytes(range(5 + 5 * digit)))
        md5 = hashlib.md5((folder / f"{part}_download").read_bytes()).hexdigest()
        downloads.append(Download((f"{url}/{part}_download",), md5, file=f"{part}.zip", folder="NMNIST"))
    entry = replace(dataset("nmnist"), downloads=tuple(downloads))
    monkeypatch.setattr(sources, "known", lambda name: entry if name == "nmnist" else known(name))
    return entry


def test_fetch_of_recordings_from_two_archives(server, monkeypatch, tmp_path, capfd):
    entry = recordings_on(server, monkeypatch)
    downloads = entry.downloads
    assert fetch("nmnist", tmp_path).kind == "official"
    assert count(locate("nmnist", tmp_path)) == 20
    (tmp_path / "NMNIST" / "Test" / "0" / "00001.bin").write_bytes(bytes(5))
    assert "changed since" in locate("nmnist", tmp_path).problems[0]
    bad = replace(entry, downloads=(replace(downloads[0], md5="0" * 32), downloads[1]))
    monkeypatch.setattr(sources, "known", lambda name: bad if name == "nmnist" else known(name))
    with pytest.raises(DataError, match="NMNIST/Train and .*NMNIST/Test exist"):
        fetch("nmnist", tmp_path / "other")
    assert not (tmp_path / "other" / "NMNIST").exists()


def a_recording(folder, name):
    """One event of a 3, before anything was downloaded."""
    file = folder / "NMNIST" / "Train" / "3" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(5))
    return file


def test_ones_own_recordings_do_not_become_official_by_a_download(server, monkeypatch, tmp_path, capfd):
    recordings_on(server, monkeypatch)
    own = a_recording(tmp_path, "my_own.bin")
    assert locate("nmnist", tmp_path).kind == "damaged"
    assert fetch("nmnist", tmp_path).kind == "own copy"
    own.unlink()
    assert locate("nmnist", tmp_path).kind == "own copy"  # nobody has said what these are


def test_a_download_mends_official_recordings_and_what_a_broken_one_left(server, monkeypatch, tmp_path, capfd):
    recordings_on(server, monkeypatch)
    left = a_recording(tmp_path, "00001.bin")
    assert fetch("nmnist", tmp_path).kind == "official"
    left.write_bytes(bytes(10))
    assert locate("nmnist", tmp_path).kind == "damaged"
    assert fetch("nmnist", tmp_path).kind == "official"
    left.write_bytes(bytes(10))
    (left.parent / "my_own.bin").write_bytes(bytes(5))
    assert fetch("nmnist", tmp_path).kind == "own copy"
