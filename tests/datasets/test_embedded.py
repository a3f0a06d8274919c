"""The data sets inside Python packages."""

import re
from pathlib import Path

import numpy as np
import pytest

from snnlib.datasets.embedded import _undo_line_ends, att_faces, mnist, package_file, photos_10, photos_tiles
from snnlib.datasets.formats import parse_pgm
from snnlib.errors import DataError


def test_mnist_has_500_digits_of_each_class():
    images, labels = mnist()
    assert images.shape == (5000, 28, 28) and images.dtype == np.uint8 and images.max() == 255
    assert np.bincount(labels).tolist() == [500] * 10


def test_all_400_faces_are_whole():
    images, persons, pictures = att_faces()
    assert images.shape == (400, 112, 92)
    assert np.bincount(persons).tolist() == [10] * 40 and sorted(set(pictures)) == list(range(1, 11))
    # A shifted picture has a seam: neighbouring rows would differ much more than in the others.
    seams = np.abs(np.diff(images.astype(int), axis=1)).mean((1, 2))
    assert seams.max() < 14


def test_line_ends_that_were_translated_are_taken_back():
    face = att_faces()[0][0].copy()
    face[5, 3], face[9, 9] = 10, 10
    original = b"P5\n92 112\n255\n" + face.tobytes()
    damaged = original.replace(b"\n", b"\r\n")
    np.testing.assert_array_equal(parse_pgm(_undo_line_ends(damaged), Path("x")), face)


def test_a_line_end_that_was_the_pictures_own_is_put_where_the_picture_is_smooth():
    face = np.add.outer(np.arange(112) // 8, 40 + np.arange(92)).astype(np.uint8)
    face[60, 30:32] = 13, 10  # the picture's own CR LF, which the translation left alone
    face[20, 5] = face[90, 70] = 10
    original = b"P5\n92 112\n255\n" + face.tobytes()
    damaged = re.sub(rb"(?<!\r)\n", rb"\r\n", original)
    assert _undo_line_ends(damaged) == original


def test_photos_tiles_has_the_documented_size():
    images, labels = photos_tiles()
    assert images.shape == (1843, 32, 32, 3) and len(set(labels.tolist())) == labels.max() + 1 == 76
    counts = np.bincount(labels)
    assert counts.min() >= 10 and counts.max() <= 40
    assert (images / 255).std((1, 2, 3)).min() >= 0.1
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_photos_10_has_the_documented_size_and_no_crop_twice():
    images, labels = photos_10()
    assert images.shape == (1926, 32, 32, 3) and set(labels.tolist()) == set(range(10))
    assert np.bincount(labels).max() == 200 and (images / 255).std((1, 2, 3)).min() >= 0.05
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(DataError, match="no_such_package"):
        package_file("no_such_package", "x")
