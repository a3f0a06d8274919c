"""Packed files and packages, whole and damaged."""

import gzip
import tracemalloc

import numpy as np
import pytest

from snnlib.datasets.formats import as_recording, files_of, package_file, parsing, read_array, read_bytes
from snnlib.errors import DataError, needed


def test_cut_off_gzip(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(10_000))[:-9])
    with pytest.raises(DataError, match="x.gz cannot be read"):
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
    with pytest.raises(DataError, match=r"x.gz cannot be read"):
        read_bytes(tmp_path / "x.gz")


def test_a_packed_bomb_is_refused_before_it_is_unpacked(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(200_000_000), 9))
    tracemalloc.start()
    with pytest.raises(DataError, match="x.gz has more than 60008 bytes"):
        read_bytes(tmp_path / "x.gz", 60_008)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_header_is_not_believed_beyond_the_end_of_the_file(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(1000, np.uint8))
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content.replace(b"(1000,)", b"(9" + b"9" * 12 + b",)")[: len(content)])
    with pytest.raises(DataError, match=r"x.npy cannot be read as a NumPy array"):
        read_array(tmp_path / "x.npy")


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), RecursionError(), NotImplementedError("zip")])
def test_whatever_goes_wrong_while_bytes_are_parsed_is_one_error_with_its_cause(tmp_path, error):
    with (
        pytest.raises(DataError, match="x.bin cannot be read as a thing") as caught,
        parsing(tmp_path / "x.bin", "a thing"),
    ):
        raise error
    assert caught.value.__cause__ is error


def test_what_systems_leave_is_no_file_of_a_data_set(tmp_path):
    for name in (
        "0/1.bin",
        "0/._1.bin",
        "0/.DS_Store",
        "__MACOSX/0/2.bin",
        ".Trash/3.bin",
        "Thumbs.db",
        "0/desktop.ini",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"")
    assert files_of(tmp_path, "**/*.bin") == [tmp_path / "0" / "1.bin"]
    assert files_of(tmp_path) == [tmp_path / "0"] and files_of(tmp_path / "0") == [tmp_path / "0" / "1.bin"]


def times(values, dtype=np.int64):
    """A recording of one pixel at these times."""
    t = np.array(values, dtype)
    return [np.zeros(len(t), np.int16), np.zeros(len(t), np.int16), np.zeros(len(t), bool), t]


@pytest.mark.parametrize(
    "values",
    [
        times([0.0, 1e300], float),
        times([0, 2**63], np.uint64),
        times([0, -(2**63)]),
        times([0, np.nan], float),
        times([0, np.inf], float),
        times([0, 2**24 + 2], np.float32),
        times([2**32 - 1, 0], np.uint32),  # a clock that ran over
        times([0, 1_700_000_000_000_000]),  # a stray zero before the time of day
        times([0, 1_000_000, 0, 1_000_000]),  # two recordings, or a clock that was set back
        times([0, 60_000_001]),
        times([0j, 1], complex),
        times(["0", "1"], str),
        times([[0, 1]]),
        times([]),
    ],
)
def test_times_that_no_camera_sends_are_refused(tmp_path, values):
    with pytest.raises(DataError, match="r.npy has .*Delete it"):
        as_recording(tmp_path / "r.npy", (34, 34), values)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1_700_000_000_000_000, 1_700_000_000_000_009], float),
        ([2**24 - 9, 2**24 - 1], np.float32),
        ([-5, 3], np.int32),
        ([7], np.uint8),
        ([9, 0, 100_000, 4], np.uint32),  # as a camera's packets come
    ],
)
def test_times_are_kept_exactly_and_put_in_order(tmp_path, values, dtype):
    found = as_recording(tmp_path / "r.npy", (34, 34), times(values, dtype))
    assert found["t"].tolist() == sorted(values)


@pytest.mark.parametrize(
    ("x", "y", "p", "ok"),
    [(33, 19, 1, True), (34, 0, 0, False), (0, 20, 0, False), (-1, 0, 0, False), (65_536, 0, 0, False),
     (1.5, 0, 0, False), (0, 0, 7, False), (0, 0, -1, False), (0, 0, 0.5, False)],
)  # fmt: skip
def test_pixels_are_on_the_sensor_and_polarities_two(tmp_path, x, y, p, ok):
    columns = [np.array([value]) for value in (x, y, p, 0)]
    if ok:
        assert as_recording(tmp_path / "r.npy", (20, 34), columns).tolist() == [(x, y, bool(p), 0)]
    else:
        with pytest.raises(DataError, match="r.npy has values of [xyp] other"):
            as_recording(tmp_path / "r.npy", (20, 34), columns)


def test_polarities_may_be_minus_one_and_one_but_not_all_three(tmp_path):
    def read(*p):
        return as_recording(
            tmp_path / "r.npy", (34, 34), [np.zeros(len(p), int)] * 2 + [np.array(p)] + [np.arange(len(p))], signed=True
        )

    assert read(-1, 1)["p"].tolist() == [False, True] and read(1, 0)["p"].tolist() == [True, False]
    with pytest.raises(DataError, match="three polarities"):
        read(-1, 0, 1)
