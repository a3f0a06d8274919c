"""Kernels that die while they start or belong to another Python, and folders that sockets and names do not fit."""

import json
import os
import re
import subprocess
import sys
import tempfile

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from test_run_notebooks import notebook, numbered

from snnlib.cli import main
from snnlib.errors import RunError
from snnlib.reproduction import execution, places
from snnlib.reproduction.doctor import _notebooks
from snnlib.reproduction.execution import run_notebook
from snnlib.reproduction.notebooks import reproduce
from snnlib.reproduction.options import Options

pytestmark = pytest.mark.slow


def outputs(file):
    """What the last cell of an executed notebook gave."""
    return nbformat.read(file, 4).cells[-1].outputs[-1]["data"]["text/plain"]


@pytest.mark.parametrize("end", ["os._exit(1)", "os.kill(os.getpid(), 9)"])
def test_a_kernel_that_ends_while_it_starts_is_told(tmp_path, monkeypatch, end):
    manager = execution.kernel_manager

    def broken(folder):
        made = manager(folder)
        made.kernel_spec = KernelSpec(argv=[sys.executable, "-c", f"import os; {end}"], language="python")
        return made

    monkeypatch.setattr(execution, "kernel_manager", broken)
    with pytest.raises(RunError, match=r"n, cell 0: Kernel died before.*run again"):
        run_notebook(notebook(tmp_path, "1"), {"profile": "smoke"}, tmp_path / "out")
    assert not (tmp_path / "out" / "n.ipynb").exists()


def test_a_kernel_of_another_python_is_not_used_and_the_doctor_names_it(tmp_path, monkeypatch):
    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    argv = ["/bin/false", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (other / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "other", "language": "python"}))
    assert all(finding.well for finding in _notebooks())
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (ill,) = (finding for finding in _notebooks() if not finding.well)
    assert ill.what == "Jupyter kernel python3, which is of another Python: /bin/false"
    done = run_notebook(notebook(tmp_path, "import sys\nsys.executable"), {"profile": "smoke"}, tmp_path / "out")
    assert outputs(done) == repr(sys.executable)


@pytest.mark.parametrize("length", [60, 61, 81, 200])
def test_a_temporary_folder_that_sockets_do_not_fit_into(tmp_path_factory, monkeypatch, length):
    folder = tempfile.mkdtemp(dir="/tmp")
    long = os.path.join(folder, "x" * (length - len(folder) - 1))
    os.mkdir(long)
    monkeypatch.setattr(tempfile, "tempdir", long)
    file = notebook(tmp_path_factory.mktemp("n"), "profile")
    assert len(tempfile.gettempdir()) == length
    assert outputs(run_notebook(file, {"profile": "smoke"}, file.parent / "out")) == "'smoke'"
    assert not os.listdir(long)
    os.rmdir(long)
    os.rmdir(folder)


ODD = "100%d {x} \U0001f9e0\n\"quote'\\ $HOME"


def test_a_notebook_gets_a_folder_of_any_name_and_relative_folders_in_full(tmp_path, monkeypatch):
    numbered(tmp_path, compare="import os\n[out, os.environ['SNNLIB_DATA'], os.environ['SNNLIB_STORE']]")
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path)
    monkeypatch.setattr("snnlib.paths.PACKAGE", tmp_path / "site-packages" / "snnlib")  # as it is when installed
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SNNLIB_DATA", "my data")
    monkeypatch.delenv("SNNLIB_STORE")
    reproduce(Options("smoke", tmp_path / ODD, "cpu", workers=1))
    seen = eval(outputs(tmp_path / ODD / "notebooks" / "04_compare.ipynb"))
    assert seen == [str(tmp_path / ODD), str(tmp_path / "my data"), str(tmp_path / "store")]
    assert os.environ["SNNLIB_DATA"] == "my data"


def test_a_run_that_succeeds_prints_no_interrupt_and_shows_warnings(tmp_path):
    numbered(tmp_path, mia="import warnings\nwarnings.warn('A stored result is damaged.')")
    text = "import sys; from pathlib import Path; from snnlib import cli; from snnlib.reproduction import places; "
    text += "places.notebooks = lambda: Path(sys.argv[1]); sys.exit(cli.main(sys.argv[2:]))"
    command = [sys.executable, "-c", text, tmp_path, "reproduce", "--profile", "smoke", "--device", "cpu", "--out"]
    done = subprocess.run([*command, tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert re.search(r"03_mia .*UserWarning: A stored result is damaged", done.stdout)


def test_a_full_temporary_folder_is_told(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("papermill.iorw.LocalHandler.write", full)
    with pytest.raises(RunError, match="n, cell 0: .*No space left on device"):
        run_notebook(notebook(tmp_path, "1"), {"profile": "smoke"}, tmp_path / "out")


def test_a_full_folder_of_results_is_told_by_a_run(tmp_path, monkeypatch, capfd):
    numbered(tmp_path, invert="from snnlib.errors import StoreError\nraise StoreError('It is full.', 'Make room.')")
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path)
    assert main(["reproduce", "--profile", "smoke", "--device", "cpu", "--out", str(tmp_path / "out")]) == 1
    assert "02_invert, cell 2: StoreError: It is full. Make room." in capfd.readouterr().err
