"""Notebooks and reports of the reference runs, put where Sphinx finds them: pages to look at without installing.

The numbered notebooks come as they were executed. The teaching chapters are executed when the pages are made, each once
until it changes; with ``-D execute_teaching=0`` they are shown without what they print.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from snnlib.engine.files import write
from snnlib.reproduction.execution import run_notebook
from snnlib.reproduction.places import notebooks, references
from snnlib.reproduction.profiles import profile
from snnlib.reproduction.summary import report

LINK = re.compile(r"\[([^][]*)\]\((?!https?:)[^)\s]*?(\w+)\.ipynb\)")  # to a notebook, wherever that stands


def put(app: Sphinx, config: Config) -> None:
    """Write what has changed into ``executed/<profile>``, ``executed/teaching`` and ``reports``, all ignored by git."""
    here = Path(app.srcdir)
    for run in sorted(references().iterdir()):
        _show(sorted((run / "notebooks").glob("*.ipynb")), here / "executed" / run.name)
        shutil.copytree(run, here / "reports" / run.name, dirs_exist_ok=True)  # what the report leads to
        write(here / "reports" / run.name / "report.html", report(run, profile(run.name)))
    chapters, made = sorted((notebooks() / "teaching").glob("*.ipynb")), here / "_build" / "teaching"
    if config.execute_teaching:
        done = [made / chapter.name for chapter in chapters]
        for chapter, whole in zip(chapters, done, strict=True):
            if not whole.exists() or whole.stat().st_mtime < chapter.stat().st_mtime:
                run_notebook(chapter, {}, made)
        chapters = done
    _show(chapters, here / "executed" / "teaching")


def _show(files: list[Path], folder: Path) -> None:
    """Copy notebooks that are shown together; a link to one that is not shown there is its text alone."""
    names = {file.stem for file in files}
    for file in files:
        text = file.read_text(encoding="utf-8")
        shown = LINK.sub(lambda link: f"[{link[1]}]({link[2]}.ipynb)" if link[2] in names else link[1], text)
        write(folder / file.name, shown)


def setup(app: Sphinx) -> dict:
    """Tell Sphinx what is here."""
    app.add_config_value("execute_teaching", True, "env", bool)
    app.connect("config-inited", put)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
