"""Files as data sets have them, small and made up."""

import struct

import numpy as np
from PIL import Image

from snnlib.datasets.formats import EVENTS

CIFAR = "cifar-100-binary"


def idx(array):
    """The bytes of an idx file."""
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape) + array.tobytes()


def cifar_records(n, seed):
    """Bytes of ``n`` records of CIFAR-100."""
    records = np.random.default_rng(seed).integers(0, 100, (n, 3074), dtype=np.uint8)
    records[:, 0] %= 20  # coarse labels
    return records.tobytes()


def put_cifar(folder):
    """CIFAR-100's files with 30 and 10 records."""
    (folder / CIFAR).mkdir(parents=True)
    (folder / CIFAR / "train.bin").write_bytes(cifar_records(30, 0))
    (folder / CIFAR / "test.bin").write_bytes(cifar_records(10, 1))


def put_nmnist(folder, train=30, test=20):
    """Recordings in the official layout: digit d moves along row 3 d."""
    for part, n in (("Train", train), ("Test", test)):
        for i in range(n):
            file = folder / "NMNIST" / part / str(i % 10) / f"{i:05}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            t = np.repeat(np.arange(0, 50_000, 1000), 2)
            file.write_bytes(as_nmnist(events(*((k % 30, 3 * (i % 10), 0, time) for k, time in enumerate(t)))))


def put_gestures(folder, gestures=range(11), test_gestures=None):
    """A recording of each gesture with these numbers, for training and for the test."""
    for part, numbers in (("Train", gestures), ("Test", gestures if test_gestures is None else test_gestures)):
        for number in numbers:
            file = folder / "DVSGesture" / f"ibmGesture{part}" / "user01_led" / f"{number}.npy"
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, np.array([[1, 2, 1, 0], [2, 2, 0, 60]], np.uint16))


def picture(file, size=(6, 4), colour=(255, 0, 51), mode="RGB"):
    """An image of one colour; ``size`` is (width, height), as Pillow has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour if mode == "RGB" else 1000).save(file)


def events(*rows):
    """Rows of x, y, p, t."""
    return np.array([tuple(row) for row in rows], EVENTS)


def recording(n=400, side=34, seed=0):
    """Random events in 9 ms."""
    rng = np.random.default_rng(seed)
    made = np.empty(n, EVENTS)
    made["x"], made["y"] = rng.integers(0, side, (2, n))
    made["p"], made["t"] = rng.integers(0, 2, n), np.sort(rng.choice(9000, n, replace=False))
    return made


def as_nmnist(made):
    """The 40 bits an event of N-MNIST's files."""
    t = made["t"]
    columns = (made["x"], made["y"], (made["p"].astype(int) << 7) | (t >> 16), (t >> 8) & 255, t & 255)
    return np.stack(columns, 1).astype(np.uint8).tobytes()
