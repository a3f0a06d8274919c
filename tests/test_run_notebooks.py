"""The runner: one small notebook for each way to fail."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from helpers.lib import wait_until

from snnlib.engine.processes import HEADLESS
from snnlib.errors import RunError
from snnlib.reproduction import execution, places
from snnlib.reproduction.execution import run_notebook
from snnlib.reproduction.notebooks import ORDER, reproduce
from snnlib.reproduction.options import Options

pytestmark = pytest.mark.slow


def notebook(folder, *cells, name="n"):
    nb = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    first = nbformat.v4.new_code_cell('profile = "quick"\nworkers = 0', metadata={"tags": ["parameters"]})
    nb.cells = [first, *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    file = folder / f"{name}.ipynb"
    nbformat.write(nb, file)
    return file


def test_a_notebook_runs_with_its_parameters_and_what_it_prints_is_seen(tmp_path, capsys):
    file = notebook(tmp_path, 'print("profile is", profile)', "profile + str(workers)")
    done = run_notebook(file, {"profile": "smoke", "workers": 3}, tmp_path / "out", "[1/1]")
    outputs = [o for cell in nbformat.read(done, 4).cells if cell.cell_type == "code" for o in cell.outputs]
    assert outputs[-1]["data"]["text/plain"] == "'smoke3'"
    printed = capsys.readouterr().out
    assert "profile is smoke" in printed and '[1/1] n  cell 2 of 3  print("profile is", profile)' in printed
    assert "cell 1 of 3  profile =" in printed and "cell 4" not in printed  # that which papermill adds has no number
    assert list((tmp_path / "out").iterdir()) == [done]


def test_a_failing_cell_stops_the_run_and_is_named(tmp_path):
    file = notebook(tmp_path, "x = 1", "raise ValueError('no such thing')", "open('reached', 'w').close()")
    with pytest.raises(RunError, match="n, cell 3: ValueError: no such thing"):
        run_notebook(file, {"profile": "smoke"}, tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["n.failed.ipynb"]
    assert not (tmp_path / "reached").exists()
    assert "no such thing" in (tmp_path / "out" / "n.failed.ipynb").read_text()


def test_a_failure_does_not_touch_the_last_good_copy_and_success_clears_it(tmp_path):
    good = run_notebook(notebook(tmp_path, "1"), {"profile": "smoke"}, tmp_path / "out")
    before = good.read_bytes()
    with pytest.raises(RunError):
        run_notebook(notebook(tmp_path, "1 / 0"), {"profile": "smoke"}, tmp_path / "out")
    assert good.read_bytes() == before
    run_notebook(notebook(tmp_path, "2"), {"profile": "smoke"}, tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["n.ipynb"]


def test_a_killed_kernel_is_a_failure_and_names_the_cell(tmp_path):
    file = notebook(tmp_path, "import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(RunError, match="n, cell 3: its kernel died"):
        run_notebook(file, {"profile": "smoke"}, tmp_path / "out")
    assert not (tmp_path / "out" / "n.ipynb").exists()


def test_a_missing_notebook(tmp_path):
    with pytest.raises(RunError, match="missing"):
        run_notebook(tmp_path / "none.ipynb", {}, tmp_path / "out")


def test_cells_know_that_they_run_headless_and_nobody_else_does(tmp_path):
    file = notebook(tmp_path, f"import os\nos.environ['{HEADLESS}']")
    assert HEADLESS not in os.environ
    run_notebook(file, {"profile": "smoke"}, tmp_path / "out")
    assert HEADLESS not in os.environ


def test_two_runs_at_once_do_not_collide(tmp_path):
    files = [notebook(tmp_path, "import time; time.sleep(1)", f"print({i})", name=f"n{i}") for i in range(2)]
    text = "import sys; from pathlib import Path; from snnlib.reproduction.execution import run_notebook; "
    text += "run_notebook(Path(sys.argv[1]), {'profile': 'smoke'}, Path(sys.argv[2]))"
    runs = [subprocess.Popen([sys.executable, "-c", text, file, tmp_path / "out"]) for file in files]
    assert [run.wait() for run in runs] == [0, 0]
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"n0.ipynb", "n1.ipynb"}


def numbered(folder, **cells):
    """The four notebooks of a run, each with one cell of its own."""
    for name in ORDER:
        file = notebook(folder, cells.get(name[3:], "1"), name=name)
        nb = nbformat.read(file, 4)
        nb.cells[0].source += '\nout = ""\ndevice = ""\nseed = 0\ndask = ""\nonly = []'
        nbformat.write(nb, file)


def test_what_does_not_need_each_other_runs_at_the_same_time(monkeypatch, tmp_path, capfd):
    wait = "import time\nfrom pathlib import Path\nPath(out, '{0}').touch()\n"
    wait += "while not Path(out, '{1}').exists(): time.sleep(0.05)\nprint('saw {1}')"
    numbered(tmp_path, invert=wait.format("a", "b"), mia=wait.format("b", "a"))
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path)
    reproduce(Options("smoke", tmp_path / "out", "cpu"))
    assert {f.stem for f in (tmp_path / "out/notebooks").glob("*.ipynb")} == set(ORDER)
    printed = capfd.readouterr().out
    assert "[2/4] 02_invert      saw b" in printed and "[3/4] 03_mia      saw a" in printed


def test_a_failure_beside_another_notebook_is_named_and_the_other_comes_to_its_end(monkeypatch, tmp_path, capfd):
    numbered(tmp_path, invert="1 / 0", mia="import time; time.sleep(1)")
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path)
    with pytest.raises(RunError, match="02_invert, cell 2: ZeroDivisionError"):
        reproduce(Options("smoke", tmp_path / "out", "cpu"))
    made = {f.name for f in (tmp_path / "out/notebooks").iterdir()}
    stamps = {"01_train.stamp.json", "03_mia.stamp.json"}
    assert made == {"01_train.ipynb", "02_invert.failed.ipynb", "03_mia.ipynb"} | stamps


def test_a_killed_process_beside_another_is_explained(monkeypatch, tmp_path, capfd):
    numbered(tmp_path, invert="import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    monkeypatch.setattr(places, "notebooks", lambda: tmp_path)
    with pytest.raises(RunError, match="ran 02_invert ended before it was done"):
        reproduce(Options("smoke", tmp_path / "out", "cpu"))


def test_an_interrupt_ends_notebooks_that_run_at_the_same_time(tmp_path):
    pid = "from pathlib import Path; import os, time; Path(out, '{0}').write_text(str(os.getpid())); time.sleep(600)"
    numbered(tmp_path, invert=pid.format("a"), mia=pid.format("b"))
    text = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "  # ignored below xdist
    text += "from pathlib import Path; from snnlib import cli; from snnlib.reproduction import places; "
    text += "places.notebooks = lambda: Path(sys.argv[1]); "
    text += "sys.exit(cli.main(['reproduce', '--profile', 'smoke', '--device', 'cpu', '--out', sys.argv[2]]))"
    out = tmp_path / "out"
    run = subprocess.Popen(
        [sys.executable, "-c", text, tmp_path, out], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: all((out / name).exists() and (out / name).read_text() for name in "ab"))
        os.killpg(run.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        _, printed = run.communicate(timeout=300)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
    assert run.returncode == 130 and "same command" in printed and "Traceback" not in printed
    wait_until(lambda: not any(alive(int((out / name).read_text())) for name in "ab"))


def alive(pid):
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_only_the_notebooks_that_are_needed_run(monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(
        execution, "run_notebook", lambda file, parameters, *_: ran.append((file.stem, parameters["only"]))
    )
    reproduce(Options("smoke", tmp_path, workers=1, only=["A-T2"]))
    assert ran == [("02_invert", ["A-T2"]), ("04_compare", ["A-T2"])]
    ran.clear()
    reproduce(Options("smoke", tmp_path, workers=1))
    assert [name for name, _ in ran] == list(ORDER)
    json.dumps(ran)
