"""Take a run as the reference of its profile: ``make reference``, or with a folder of results: reference.py FOLDER.

Tables, figures, their data and the record are copied as they are. Executed notebooks lose what names folders of the
machine that ran them. What the README says is written anew afterwards: ``make readme``.
"""

import json
import shutil
import sys
from pathlib import Path

from snnlib.reproduction.places import figures, references


def take(run: Path) -> Path:
    """Copy a folder of results to the references, under the same name."""
    reference = references() / run.name
    shutil.rmtree(reference, ignore_errors=True)
    for part in ("data", "figures", "tables"):
        shutil.copytree(run / part, reference / part)
    shutil.copy(run / "run.json", reference)
    (reference / "notebooks").mkdir()
    for file in sorted((run / "notebooks").glob("[0-9]*.ipynb")):
        (reference / "notebooks" / file.name).write_text(without_places(file.read_text(encoding="utf-8"), run.name))
    return reference


def without_places(text: str, profile: str) -> str:
    """An executed notebook without the folder that it wrote into, its times and papermill's record of both."""
    written_into = json.loads(text)["metadata"]["papermill"]["parameters"]["out"]
    notebook = json.loads(text.replace(json.dumps(written_into, ensure_ascii=False)[1:-1], f"figures/{profile}"))
    del notebook["metadata"]["papermill"]
    for cell in notebook["cells"]:
        cell["metadata"] = {key: cell["metadata"][key] for key in ("tags",) if key in cell["metadata"]}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(take(Path(sys.argv[1]) if len(sys.argv) > 1 else figures() / "quick"))
