"""Make the student versions of the teaching notebooks from their solutions: ``make teaching``, after changing one.

In code cells tagged ``solution`` what stands between a line ``# solution: LINE`` and a line ``# end of solution``
becomes LINE; text cells with that tag become an invitation to write. All other cells are the same in both.
"""

import copy
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from snnlib.engine.files import write
from snnlib.errors import SettingError

FOLDER = Path(__file__).resolve().parent.parent / "notebooks" / "teaching"
OPEN, CLOSE = "# solution: ", "# end of solution"
SOLUTION = re.compile(rf"^{OPEN}(.*)\n(?:(?!{OPEN}).*\n)*?{CLOSE}$", re.MULTILINE)
INVITATION = "*Your explanation, in two or three sentences:*"


def student(notebook: NotebookNode) -> NotebookNode:
    """The student version of a notebook with solutions.

    Raises:
        SettingError: for a solution cell whose markers do not match.
    """
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        if "solution" not in cell.metadata.get("tags", []):
            continue
        kept, solutions = SOLUTION.subn(r"\1", cell.source) if cell.cell_type == "code" else (INVITATION, 1)
        if not solutions or any(line.startswith(OPEN) or line == CLOSE for line in kept.splitlines()):
            problem = f"A solution's markers do not match in {cell.source!r}."
            raise SettingError(problem, f"Write {OPEN!r}, then {CLOSE!r}.")
        cell.source = kept
    return made


def main(folder: Path = FOLDER) -> None:
    """Write all student versions."""
    for file in sorted((folder / "solutions").glob("*.ipynb")):
        write(folder / file.name, nbformat.writes(student(nbformat.read(file, 4))) + "\n")


if __name__ == "__main__":
    main()
