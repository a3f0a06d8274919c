"""Recordings in the official layouts: which are found, and what lacks."""

import shutil

import pytest
from helpers.data import put_gestures, put_nmnist

from snnlib.datasets.dvsgesture import DVSGESTURE
from snnlib.datasets.nmnist import NMNIST
from snnlib.datasets.sources import locate, read, recordings
from snnlib.errors import DataError


def test_gestures_are_read_by_name_and_the_eleventh_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_gestures(tmp_path, range(10, -1, -1))
    source = locate(DVSGESTURE)
    assert [label for _, label in recordings(source.dataset, tmp_path)[0]] == list(range(10))
    assert source.kind == "own copy"


@pytest.mark.parametrize(
    ("gone", "problem"),
    [
        (["Train/3"], "no recording of 3 is in NMNIST/Train"),
        (["Test/0", "Test/9"], "no recording of 0, 9 is in NMNIST/Test"),
        ([f"Test/{digit}" for digit in range(10)], "no recording is in NMNIST/Test"),
    ],
)
def test_a_part_of_the_files_without_some_class_is_damaged(tmp_path, monkeypatch, gone, problem):
    """Else the picture of another digit would be shown as the one that lacks."""
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    for part in gone:
        shutil.rmtree(tmp_path / "NMNIST" / part)
    source = locate(NMNIST)
    assert source.kind == "damaged" and source.problems == (problem,)
    with pytest.raises(DataError, match=problem):
        read(source)


def test_hidden_files_are_no_recordings(tmp_path, monkeypatch):
    """220 bytes of the system's own would be 44 events."""
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    before = locate(NMNIST)
    (tmp_path / "NMNIST" / "Train" / "0" / "._00000.bin").write_bytes(bytes(220))
    (tmp_path / "NMNIST" / "Train" / "__MACOSX" / "0").mkdir(parents=True)
    (tmp_path / "NMNIST" / "Train" / "__MACOSX" / "0" / "00000.bin").write_bytes(bytes(220))
    (tmp_path / "NMNIST" / "Test" / "²").mkdir()  # a digit, but no number
    (tmp_path / "NMNIST" / "Test" / "²" / "00000.bin").write_bytes(bytes(220))
    (tmp_path / "NMNIST" / "Test" / "0" / "folder.bin").mkdir()
    assert locate(NMNIST) == before and before.kind == "own copy"


def test_gestures_that_lack_are_called_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_gestures(tmp_path, range(10), range(9))
    assert locate(DVSGESTURE).problems == ("no recording of air guitar is in DVSGesture/ibmGestureTest",)


def test_only_folders_in_their_place_count_and_links_to_folders_do(tmp_path, monkeypatch):
    """A copy of a class within another folder would double it; a class on another disk would lack."""
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path))
    put_nmnist(tmp_path)
    train = tmp_path / "NMNIST" / "Train"
    before = locate(NMNIST).digest
    for copy in ("backup/3", "Train/4", "03", "\u0663"):
        shutil.copytree(train / "3", train / copy)
    shutil.move(train / "5", tmp_path / "five")
    (train / "5").symlink_to(tmp_path / "five")
    assert locate(NMNIST).digest == before
    (tmp_path / "NMNIST" / "OFFICIAL.sha256").mkdir()
    assert locate(NMNIST).problems == ("some recordings have changed since they were downloaded",)
