"""The archive of a folder of results: what is in it, its bytes, and its description as an RO-Crate."""

import json
import shutil
import zipfile

import pytest
from helpers.report import a_table

from snnlib import __version__
from snnlib.cli import main
from snnlib.errors import DataError
from snnlib.reproduction.export import export
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.figures import split_diagram


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder with a table, a figure, a report and notebooks, one of which failed."""
    folder = tmp_path_factory.mktemp("results") / "smoke"
    lab = Lab("smoke", folder, device="cpu", workers=1)
    lab.table("A-T2", a_table)
    lab.figure("B-F1", split_diagram)
    lab.write("report.html", "<p>")
    for name in ("01_train.ipynb", "02_invert.failed.ipynb", "01_train.stamp.json"):
        lab.write(f"notebooks/{name}", "{}")
    (folder / "mine.txt").write_text("mine")
    return folder


@pytest.fixture
def crate(out, tmp_path):
    archive = zipfile.ZipFile(export(out, tmp_path / "a.zip"))
    return archive, json.loads(archive.read("ro-crate-metadata.json"))


def test_all_results_are_in_it_and_nothing_else(out, crate):
    archive, _ = crate
    assert archive.testzip() is None and set(archive.namelist()) == {
        "ro-crate-metadata.json", "run.json", "report.html", "notebooks/01_train.ipynb", "data/A-T2.json",
        "data/B-F1.npz", "tables/A-T2.csv", "tables/A-T2.md", "tables/A-T2.tex", "figures/B-F1.png", "figures/B-F1.svg",
    }  # fmt: skip
    for name in archive.namelist():
        if name != "ro-crate-metadata.json":
            assert archive.read(name) == (out / name).read_bytes()


def test_the_same_folder_gives_the_same_bytes_wherever_and_whenever(out, tmp_path, capsys):
    shutil.copytree(out, tmp_path / "smoke", copy_function=shutil.copyfile)  # other times
    assert main(["export", "--from", str(tmp_path / "smoke")]) == 0
    written = tmp_path / "smoke.zip"
    assert capsys.readouterr().out.strip() == str(written)
    assert written.read_bytes() == export(out, tmp_path / "b.zip").read_bytes()


def test_the_description_has_what_ro_crate_1_1_requires(crate):
    """Sections "RO-Crate Metadata File Descriptor", "Direct properties of the Root Data Entity" and "Data entities"."""
    archive, metadata = crate
    assert metadata["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in metadata["@graph"]}
    assert len(entities) == len(metadata["@graph"])
    about = entities["ro-crate-metadata.json"]
    assert about["@type"] == "CreativeWork" and about["about"] == {"@id": "./"}
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = entities["./"]
    assert root["@type"] == "Dataset" and root["name"] and root["description"] and root["license"]["@id"] in entities
    assert root["datePublished"].endswith("Z")
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts == set(archive.namelist()) - {"ro-crate-metadata.json"}
    for name in parts:
        assert entities[name]["@type"] == "File" and entities[name]["encodingFormat"].count("/") == 1
        assert entities[name]["contentSize"] == str(archive.getinfo(name).file_size)


def test_every_reference_leads_to_an_entity_and_runs_name_their_results(crate):
    _, metadata = crate
    entities = {entity["@id"]: entity for entity in metadata["@graph"]}
    for entity in metadata["@graph"]:
        for name, value in entity.items():
            for of in value if isinstance(value, list) else [value]:
                assert not isinstance(of, dict) or name == "conformsTo" or of["@id"] in entities, of
    (action,) = (entity for entity in metadata["@graph"] if entity["@type"] == "CreateAction")
    assert (
        entities[action["instrument"]["@id"]]["version"] == __version__
        and {"@id": "tables/A-T2.csv"} in action["result"]
    )


def test_without_results_or_with_a_file_missing_nothing_is_written(out, tmp_path, capsys):
    assert main(["export", "--from", str(tmp_path)]) == 1
    assert "holds no results" in capsys.readouterr().err
    shutil.copytree(out, tmp_path / "copy")
    (tmp_path / "copy" / "tables" / "A-T2.md").unlink()
    with pytest.raises(DataError, match=r"A-T2\.md cannot be read"):
        export(tmp_path / "copy")
    assert not list(tmp_path.glob("*.zip"))
