"""Damaged files for every reader of bytes: `python tests/faults/fuzz.py [--inputs N] [READER ...]`.

Good files are changed at random: bits, bytes, numbers (in both byte orders, and as text), cuts, splices, repetitions,
sums made right again. A reader either refuses one with a `DataError`, or what it returns has the data set's shapes,
types and ranges. It takes at most 5 s, and no more memory than twice the file and 100 MB.
"""

import argparse
import contextlib
import gc
import gzip
import io
import re
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from helpers.data import as_nmnist, idx, recording

from snnlib.datasets.att_faces import SIZE, parse_pgm
from snnlib.datasets.cifar import read_cifar
from snnlib.datasets.dvsgesture import read_dvsgesture
from snnlib.datasets.folders import event_folder, image_folder
from snnlib.datasets.formats import EVENTS, read_bytes
from snnlib.datasets.mnist import read_idx
from snnlib.datasets.nmnist import read_nmnist
from snnlib.errors import DataError

SECONDS, MEMORY = 5, 100_000_000
NUMBERS = [0, 1, 2, 9, 10, 33, 34, 127, 128, 199, 240, 250, 255, 256, 2**15, 2**16 - 1, 2**16 + 20, 2**24, 2**31 - 1,
           2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1]  # fmt: skip
Case = tuple[Callable[[Path], None], Callable[[bytes, list[bytes], np.random.Generator], bytes], dict[str, list[bytes]]]
FLOATS = [float("nan"), float("inf"), -1.0, 0.5, 1e300, -0.0, 2.0**53, 1.7e15]


def changed(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """A file with one to four changes."""
    for _ in range(rng.integers(1, 5)):
        content = _change(bytearray(content), others, rng)
    return bytes(content)


def _change(content: bytearray, others: list[bytes], rng: np.random.Generator) -> bytearray:
    n, kind = max(1, len(content)), rng.integers(9)
    place = int(rng.integers(min(n, 160) if rng.random() < 0.5 else n))  # half of them in the header
    if kind == 0 and content:
        content[place] ^= 1 << rng.integers(8)
    elif kind == 1 and content:
        content[place] = NUMBERS[rng.integers(13)]
    elif kind == 2:
        size, order = (1, 2, 4, 8)[rng.integers(4)], ("little", "big")[rng.integers(2)]
        content[place : place + size] = (NUMBERS[rng.integers(len(NUMBERS))] % 2 ** (8 * size)).to_bytes(size, order)
    elif kind == 3:
        content[place : place + 8] = struct.pack("<d", FLOATS[rng.integers(len(FLOATS))])
    elif kind == 4:
        del content[place:]
    elif kind == 5:
        del content[place : place + int(rng.integers(1, 40))]
    elif kind == 6:
        piece = content[place : place + int(rng.integers(1, 400))]
        content[place:place] = piece * int(rng.integers(1, 20))
    elif kind == 7:
        other = others[rng.integers(len(others))]
        content[place:] = other[min(place, len(other)) :]
    else:
        found = [m.span() for m in re.finditer(rb"\d+", bytes(content[:200]))]
        if found:
            start, stop = found[rng.integers(len(found))]
            content[start:stop] = str(NUMBERS[rng.integers(len(NUMBERS))]).encode()
    return content


def packed(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Changes inside of what is packed, outside of it, or zeros of up to 30 MB."""
    if rng.random() < 0.002:
        return gzip.compress(content + bytes(int(rng.integers(30_000_000))), 1)
    if rng.random() < 0.5:
        return gzip.compress(changed(content, others, rng), 1)
    return changed(gzip.compress(content, 1), [gzip.compress(other, 1) for other in others[:3]], rng)


def drawn(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Changes of a picture; half of the PNG files have right sums of their chunks again."""
    made = changed(content, others, rng)
    if not made.startswith(b"\x89PNG") or rng.random() < 0.5:
        return made
    parts, place = [made[:8]], 8
    while place + 12 <= len(made):
        size = int.from_bytes(made[place : place + 4], "big")
        body = made[place + 4 : place + 8 + size]
        parts += [made[place : place + 4], body, struct.pack(">I", zlib.crc32(body))]
        place += 12 + size
    return b"".join(parts)


def images() -> list[bytes]:
    """Small pictures in all formats and modes."""
    rng, made = np.random.default_rng(0), []

    def add(image: Image.Image, kind: str, **options):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        made.append(buffer.getvalue())

    rgba = Image.fromarray(rng.integers(0, 256, (9, 12, 4), dtype=np.uint8))
    rgb, grey, palette = rgba.convert("RGB"), rgba.convert("L"), rgba.convert("RGB").quantize(7)
    for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"):
        add(rgb if kind != "GIF" else palette, kind)
        add(grey, kind)
    deep = Image.fromarray(rng.integers(0, 999, (9, 12)).astype(np.uint16))
    for image in (rgba, rgba.convert("LA"), palette, rgb.convert("1"), deep):
        add(image, "PNG")
    add(palette, "PNG", transparency=3)
    add(palette, "GIF", transparency=3)
    add(rgba, "WEBP", lossless=True)
    add(rgb, "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        add(rgb, "TIFF", compression=compression)
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "MPO"):
        add(rgb, kind, save_all=True, append_images=[rgb.rotate(180), rgb])
    return made


def npy(array: np.ndarray) -> bytes:
    """The bytes of a ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def own_events() -> list[bytes]:
    """Recordings with columns of several types."""
    made = []
    for x, p, t in (("i2", "?", "i8"), ("u2", "i1", "u4"), ("f4", "f8", "f8"), ("i4", "u1", "f4")):
        events = np.empty(120, [("x", x), ("y", x), ("p", p), ("t", t)])
        for field in EVENTS.names:
            events[field] = recording(120)[field]
        made.append(npy(events))
        if p == "i1":
            events["p"] = 2 * events["p"] - 1
            made.append(npy(events))
    return made


def check_events(events: np.ndarray, height: int, width: int) -> None:
    assert events.dtype == EVENTS and events.ndim == 1 and len(events) > 0
    assert events["x"].min() >= 0 and events["x"].max() < width
    assert events["y"].min() >= 0 and events["y"].max() < height
    assert (np.diff(events["t"]) >= 0).all() and (np.diff(events["t"]) <= 60_000_000).all()
    assert events["p"].view(np.uint8).max() <= 1


def check_idx(path: Path) -> None:
    labels = path.stem == "labels"
    values = read_idx(path, (50,), 9) if labels else read_idx(path, (20, 28, 28))
    assert values.shape == ((50,) if labels else (20, 28, 28)) and values.dtype == np.uint8
    assert not labels or values.max() <= 9


def check_cifar(path: Path) -> None:
    classes = int(path.stem)
    pictures, labels = read_cifar(path, 3073 if classes == 10 else 3074)
    assert pictures.shape == (len(labels), 32, 32, 3) and pictures.dtype == labels.dtype == np.uint8
    assert len(labels) > 0 and labels.max() < classes


def check_pgm(path: Path) -> None:
    picture = parse_pgm(read_bytes(path, 2 * SIZE), path)
    assert picture.shape == (112, 92) and picture.dtype == np.uint8


def check_own_events(path: Path) -> None:
    recordings, labels, _ = event_folder(path.parents[1])
    length = int(recordings.lengths[0])
    assert recordings.packed.shape == (1, length, 145) and recordings.packed.any() and length * 34 * 34 <= 2**26
    assert recordings.shape == (34, 34) and recordings.lengths.tolist() == [length] and labels.tolist() == [0]


def check_own_image(path: Path) -> None:
    pictures, labels, _ = image_folder(path.parents[1])
    assert pictures.ndim == 4 and pictures.shape[:2] == (1, 3) and pictures.min() >= 0 and pictures.max() <= 1
    assert labels.tolist() == [0]


def cases() -> dict[str, Case]:
    """For each reader: how it is checked, how files are changed, and good files by name."""
    rng = np.random.default_rng(0)
    digits = {"images": [idx(rng.integers(0, 256, (20, 28, 28), dtype=np.uint8))],
              "labels": [idx(rng.integers(0, 10, 50, dtype=np.uint8))]}  # fmt: skip
    records = {"10.bin": [rng.integers(0, 256, (3, 3073), dtype=np.uint8) % [10, *[256] * 3072]],
               "100.bin": [rng.integers(0, 256, (3, 3074), dtype=np.uint8) % [20, 100, *[256] * 3072]]}  # fmt: skip
    records = {name: [array.astype(np.uint8).tobytes() for array in arrays] for name, arrays in records.items()}
    face = b"P5\n92 112\n255\n" + np.add.outer(np.arange(112), np.arange(92)).astype(np.uint8).tobytes()
    gestures = np.stack([recording(300, 128)[field] for field in "xypt"], 1)
    bins = [as_nmnist(recording(300)), as_nmnist(recording(40, seed=1))]
    return {
        "idx": (check_idx, changed, digits),
        "idx.gz": (check_idx, packed, {f"{name}.gz": files for name, files in digits.items()}),
        "cifar": (check_cifar, changed, records),
        "pgm": (check_pgm, changed, {"1.pgm": [face, face.replace(b"\n", b"\r\n"), b"P5 # x\n" + face[3:]]}),
        "nmnist": (lambda path: check_events(read_nmnist(path), 34, 34), changed, {"1.bin": bins}),
        "dvsgesture": (lambda path: check_events(read_dvsgesture(path), 128, 128), changed,
                       {"1.npy": [npy(gestures.astype(kind)) for kind in ("u2", "i4", "i8", "f8", ">i4")]}),
        "own events": (check_own_events, changed, {"1.npy": own_events(), "1.bin": bins}),
        "own images": (check_own_image, drawn, {"1": images()}),
    }  # fmt: skip


def peak() -> int:
    """The most memory that this process had since `forget`, in bytes; 0 where the system does not say it as Linux."""
    status = Path("/proc/self/status")
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) if status.exists() else 0


def forget() -> int:
    """Begin anew to look for the most; what there is now."""
    with contextlib.suppress(OSError):  # without the right to it, it is the most since the beginning
        Path("/proc/self/clear_refs").write_text("5")
    return peak()


def fuzz(case: Case, inputs: int, seed: int = 0) -> tuple[Counter, list[str]]:
    """Counts of accepted and refused files, and what went wrong: a line each."""
    check, change, files = case
    rng, counts, wrong, names = np.random.default_rng(seed), Counter(), [], sorted(files)
    gc.collect()  # what others have left would hide what a reader takes
    with tempfile.TemporaryDirectory() as top, warnings.catch_warnings(action="ignore"):
        for i in range(inputs):
            name = names[rng.integers(len(names))]
            good = files[name]
            content = change(good[rng.integers(len(good))], good, rng)
            path = Path(top, "a", name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            before, start = forget(), time.process_time()
            try:
                check(path)
                counts["accepted"] += 1
            except DataError as error:
                counts["refused"] += 1
                if str(path) not in error.problem:
                    wrong.append(f"{i} ({name}): {error} does not name the file")
            except BaseException as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                wrong.append(f"{i} ({name}): {type(error).__name__}: {error} ({place.filename}:{place.lineno})")
                if not isinstance(error, Exception):
                    raise
            seconds, memory = time.process_time() - start, peak() - before
            counts["most ms"] = max(counts["most ms"], round(1000 * seconds))
            counts["most MB"] = max(counts["most MB"], round(memory / 1e6))
            if seconds > SECONDS:
                wrong.append(f"{i} ({name}): {seconds:.1f} s")
            if memory > 2 * len(content) + MEMORY:
                wrong.append(f"{i} ({name}): {memory / 1e6:.0f} MB for a file of {len(content)} bytes")
            path.unlink()
    return counts, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(cases())}; all without")
    parser.add_argument("--inputs", type=int, default=100_000, help="changed files for each reader")
    parser.add_argument("--seed", type=int, default=0)
    options, failed, every = parser.parse_args(), False, cases()
    for reader in options.readers or every:
        counts, wrong = fuzz(every[reader], options.inputs, options.seed)
        found = ", ".join(f"{what} {n:,}" for what, n in sorted(counts.items()))
        print(f"{reader}: inputs {options.inputs:,}, {found}, faults {len(wrong)}", flush=True)
        print(*wrong[:20], sep="\n", end="\n" if wrong else "")
        failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
