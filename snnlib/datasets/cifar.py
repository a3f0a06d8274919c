"""CIFAR-10 and CIFAR-100: 60,000 small colour pictures each, in their binary versions."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from .formats import read_bytes, require
from .loading import load_images
from .sources import Arrays, DataSet, Download, File, Source

URL = "https://www.cs.toronto.edu/~kriz"
PIXELS = 3072
CLASSES = {1: (10,), 2: (20, 100)}  # of each label byte, by their number
BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")


def load(device: str = "cpu", **settings):
    """Pictures to pool (a task); see `loading.load_images`."""
    return load_images([CIFAR10, CIFAR100], **settings)


def read_cifar(path: Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A binary file as images ``[N, 32, 32, 3]`` and labels ``[N]``: records of label bytes and 3,072 pixels.

    Records have ``size`` bytes: 3,073 in CIFAR-10; 3,074 in CIFAR-100 (coarse, then fine label: the fine one counts).
    ``DataError`` for parts of records, more records than published, and labels that are no class.
    """
    content = np.frombuffer(read_bytes(path, 50_000 * size), np.uint8)
    labels, whole = size - PIXELS, content.size > 0 and content.size % size == 0
    require(whole, path, f"holds {content.size} bytes, not a whole number of records of {size}")
    records = content.reshape(-1, size)
    images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    for column, classes in zip(records.T, CLASSES[labels]):
        require(column.max() < classes, path, f"has labels above {classes - 1}")
    return np.ascontiguousarray(images), records[:, labels - 1].copy()


def _read(source: Source) -> Arrays:
    parts = [read_cifar(Path(source.where, file.path), file.record) for file in source.dataset.files]
    images, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"images": images, "labels": labels}


CIFAR10 = DataSet(
    name="cifar10",
    title="CIFAR-10",
    content="60,000 colour pictures, 32 x 32, 10 classes",
    licence="none stated; cite Krizhevsky (2009)",
    task=load,
    reader=_read,
    files=tuple(File(f"cifar-10-batches-bin/{name}.bin", 30730000, record=1 + PIXELS) for name in BATCHES),
    downloads=(Download((f"{URL}/cifar-10-binary.tar.gz",), "c32a1d4ab5d03f1284b67883e8d87530"),),
    mean=(0.4914, 0.4822, 0.4465),
    sd=(0.2023, 0.1994, 0.2010),
)
CIFAR100 = replace(
    CIFAR10,
    name="cifar100",
    title="CIFAR-100",
    content="60,000 colour pictures, 32 x 32, 100 classes",
    files=(
        File("cifar-100-binary/train.bin", 153700000, record=2 + PIXELS),
        File("cifar-100-binary/test.bin", 30740000, record=2 + PIXELS),
    ),
    downloads=(Download((f"{URL}/cifar-100-binary.tar.gz",), "03b5dce01913d631647c71ecec9e9cb8"),),
    mean=(0.5071, 0.4867, 0.4408),
    sd=(0.2675, 0.2565, 0.2761),
)
