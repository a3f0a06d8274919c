"""What a run has recorded of a folder of results: run.json."""

import json
from pathlib import Path

from ..errors import DataError

_NOTHING = {"made": "", "files": [], "notes": []}


def read_run(out: Path) -> dict:
    """What is recorded of a folder of results; empty if nothing is.

    Raises:
        DataError: if the record is damaged.
    """
    file = out / "run.json"
    try:
        run = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"items": {}}
        return run | {"items": dict(run["items"])}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file} is damaged.", "Delete it: the next run writes it anew.") from error
