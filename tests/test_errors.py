"""Errors in a notebook: two sentences, and the traceback for whoever asks."""

import warnings

from IPython.core.interactiveshell import InteractiveShell

CELL = "from snnlib.reproduction.profiles import profile\nprofile('qick')"


def test_a_notebook_shows_problem_and_remedy_and_the_traceback_on_demand(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IPython's, on being started inside pytest
        shell = InteractiveShell()
    assert not shell.run_cell(CELL).success
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "SettingError: There is no profile named 'qick'." and len(shown) == 3
    assert shown[1] == "Choose one of smoke, quick, night, gpu, paper."
    shell.run_cell("import traceback; traceback.print_last()")
    assert "line 2, in <module>" in capsys.readouterr().err
