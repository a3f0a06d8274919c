"""Packed files and packages, whole and damaged."""

import gzip

import pytest

from snnlib.datasets.formats import needed, package_file, read_bytes
from snnlib.errors import DataError


def test_cut_off_gzip(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(10_000))[:-9])
    with pytest.raises(DataError, match="unpacked"):
        read_bytes(tmp_path / "x.gz")


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(DataError, match="no_such_package"):
        package_file("no_such_package", "x")
    with pytest.raises(DataError, match=r"The package no_such_package is not installed. Install .*'.\[data\]'"):
        needed("no_such_package.inner")


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(bytes(1000), mtime=0)[:10] + bytes(30)], ids=["text", "head"]
)
def test_what_is_no_gzip_is_named(tmp_path, content):
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"x.gz cannot be unpacked"):
        read_bytes(tmp_path / "x.gz")
