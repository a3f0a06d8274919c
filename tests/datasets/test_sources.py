"""What is there of a data set, and what is damaged."""

import gzip

import pytest
from helpers.data import CIFAR, put_cifar

from snnlib.datasets.att_faces import ATT_FACES
from snnlib.datasets.catalogue import CATALOGUE, dataset
from snnlib.datasets.cifar import CIFAR100
from snnlib.datasets.sources import locate, read
from snnlib.errors import DataError


def test_without_files_the_embedded_data_are_used():
    found = {entry.name: locate(entry).kind for entry in CATALOGUE}
    assert found == {
        "mnist": "embedded",
        "att_faces": "embedded",
        "nmnist": "simulated",
        "dvsgesture": "simulated",
        "cifar10": "missing",
        "cifar100": "missing",
        "photos-10": "embedded",
        "photos-tiles": "embedded",
    }


@pytest.mark.parametrize("name", ["mnist", "att_faces", "photos-10", "photos-tiles"])
def test_embedded_data_are_those_of_the_reference_results(name):
    source = locate(dataset(name))
    assert source.digest == source.dataset.digest


def test_own_files_come_before_embedded_ones_and_a_part_of_the_records_will_do(tmp_path):
    put_cifar(tmp_path)
    source = locate(CIFAR100, tmp_path)
    arrays = read(source)
    assert source.kind == "own copy" and arrays["images"].shape == (40, 32, 32, 3) and arrays["labels"].shape == (40,)


def test_one_changed_byte_changes_the_digest(tmp_path):
    put_cifar(tmp_path)
    before = locate(CIFAR100, tmp_path).digest
    content = bytearray((tmp_path / CIFAR / "test.bin").read_bytes())
    content[100] ^= 1
    (tmp_path / CIFAR / "test.bin").write_bytes(content)
    assert locate(CIFAR100, tmp_path).digest != before


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda folder: (folder / CIFAR / "test.bin").unlink(), "missing"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(bytes(5)), "5 bytes"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(b""), "0 bytes"),
        (lambda folder: (folder / CIFAR / "test.bin").write_bytes(bytes(3 * 3074 - 1)), "whole number of records"),
    ],
)
def test_incomplete_files_are_damaged_and_never_passed_over(tmp_path, damage, problem):
    put_cifar(tmp_path)
    damage(tmp_path)
    source = locate(CIFAR100, tmp_path)
    assert source.kind == "damaged" and problem in source.problems[0]
    with pytest.raises(DataError, match="snnlib data fetch cifar100"):
        read(source)


def test_packed_files_are_not_taken_where_the_reader_wants_them_unpacked(tmp_path):
    put_cifar(tmp_path)
    packed = gzip.compress((tmp_path / CIFAR / "test.bin").read_bytes())
    (tmp_path / CIFAR / "test.bin").unlink()
    (tmp_path / CIFAR / "test.bin.gz").write_bytes(packed)
    source = locate(CIFAR100, tmp_path)
    assert source.kind == "damaged" and source.problems == (f"{CIFAR}/test.bin is missing",)
    (tmp_path / "att_faces" / "s1").mkdir(parents=True)
    (tmp_path / "att_faces" / "s1" / "1.pgm.gz").write_bytes(packed)
    assert locate(ATT_FACES, tmp_path).kind == "embedded"


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(DataError, match="photos-tiles"):
        dataset("imagenet")


def test_a_missing_data_set_is_no_surprise_later():
    with pytest.raises(DataError, match="missing"):
        read(locate(CIFAR100))
