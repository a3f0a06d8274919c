"""File readers on good and on damaged files."""

import gzip
import struct

import numpy as np
import pytest

from snnlib.datasets.formats import read_bytes, read_cifar, read_idx, read_pgm
from snnlib.errors import DataError


def idx(array):
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape) + array.tobytes()


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("packed", [False, True])
def test_idx(tmp_path, packed):
    file = tmp_path / ("x.gz" if packed else "x")
    file.write_bytes(gzip.compress(idx(IMAGES)) if packed else idx(IMAGES))
    np.testing.assert_array_equal(read_idx(file), IMAGES)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x00\x08\x03", idx(IMAGES)[:-1], idx(IMAGES) + b"x", b"\x00\x00\x0d" + idx(IMAGES)[3:]]
)
def test_damaged_idx(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="Delete it"):
        read_idx(tmp_path / "x")


def test_cut_off_gzip(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(10_000))[:-9])
    with pytest.raises(DataError, match="unpacked"):
        read_bytes(tmp_path / "x.gz")


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="missing"):
        read_idx(tmp_path / "none")


@pytest.mark.parametrize("header", [b"P5 4 3 255\n", b"P5\n# a comment\n4 3\n255\n", b"P5\n4\n3\n255 "])
def test_pgm(tmp_path, header):
    (tmp_path / "x.pgm").write_bytes(header + IMAGES[0].tobytes())
    np.testing.assert_array_equal(read_pgm(tmp_path / "x.pgm"), IMAGES[0])


@pytest.mark.parametrize(
    "content", [b"", b"P2 4 3 255\n" + bytes(12), b"P5 4 3 65535\n" + bytes(24), b"P5 4 3 255\n" + bytes(11)]
)
def test_damaged_pgm(tmp_path, content):
    (tmp_path / "x.pgm").write_bytes(content)
    with pytest.raises(DataError):
        read_pgm(tmp_path / "x.pgm")


@pytest.mark.parametrize("label_bytes", [1, 2])
def test_cifar_records(tmp_path, label_bytes):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    labels = np.array([[9, c][-label_bytes:] for c in (0, 7, 99, 3, 3)], dtype=np.uint8)
    records = np.concatenate([labels, images.transpose(0, 3, 1, 2).reshape(5, -1)], 1)
    (tmp_path / "x.bin").write_bytes(records.tobytes())
    found, found_labels = read_cifar(tmp_path / "x.bin", label_bytes + 3072)
    np.testing.assert_array_equal(found, images)
    assert found_labels.tolist() == [0, 7, 99, 3, 3]


@pytest.mark.parametrize("size", [0, 3073, 3074 * 2 - 1])
def test_damaged_cifar(tmp_path, size):
    (tmp_path / "x.bin").write_bytes(bytes(size))
    with pytest.raises(DataError):
        read_cifar(tmp_path / "x.bin", 3074)
