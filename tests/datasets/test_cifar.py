"""CIFAR-10 and CIFAR-100: records of their binary files, good and damaged."""

import numpy as np
import pytest

from snnlib.datasets.cifar import CIFAR10, read_cifar
from snnlib.datasets.sources import locate, read
from snnlib.errors import DataError


@pytest.mark.parametrize("label_bytes", [1, 2])
def test_cifar_records(tmp_path, label_bytes):
    rng, classes = np.random.default_rng(0), [0, 7, 9 if label_bytes == 1 else 99, 3, 3]
    images = rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    labels = np.array([[19, c][-label_bytes:] for c in classes], dtype=np.uint8)
    records = np.concatenate([labels, images.transpose(0, 3, 1, 2).reshape(5, -1)], 1)
    (tmp_path / "x.bin").write_bytes(records.tobytes())
    found, found_labels = read_cifar(tmp_path / "x.bin", label_bytes + 3072)
    np.testing.assert_array_equal(found, images)
    assert found_labels.tolist() == classes


@pytest.mark.parametrize("labels", [[10], [250], [20, 0], [0, 100]])
def test_labels_that_are_no_class_are_refused(tmp_path, labels):
    (tmp_path / "x.bin").write_bytes(bytes(len(labels) + 3072) + bytes([*labels, *bytes(3072)]))
    with pytest.raises(DataError, match=r"x.bin has labels above (9|19|99)\. Delete it"):
        read_cifar(tmp_path / "x.bin", len(labels) + 3072)


@pytest.mark.parametrize("size", [0, 3073, 3074 * 2 - 1])
def test_damaged_cifar(tmp_path, size):
    (tmp_path / "x.bin").write_bytes(bytes(size))
    with pytest.raises(DataError):
        read_cifar(tmp_path / "x.bin", 3074)


def test_cifar10_is_read_from_all_six_files_in_order(tmp_path):
    assert [f.path.split("/")[1] for f in CIFAR10.files] == [
        *(f"data_batch_{i}.bin" for i in range(1, 6)),
        "test_batch.bin",
    ]
    assert {f.size for f in CIFAR10.files} == {10_000 * 3073}
    (tmp_path / "cifar-10-batches-bin").mkdir()
    for i, file in enumerate(CIFAR10.files):
        records = np.full((2, 3073), i, np.uint8)
        (tmp_path / file.path).write_bytes(records.tobytes())
    arrays = read(locate(CIFAR10, tmp_path))
    assert arrays["labels"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert arrays["images"].shape == (
        12,
        32,
        32,
        3,
    )
