"""Where the numbers of a table or a figure are from."""

from collections.abc import Mapping
from typing import Any


def provenance(info: Mapping, profile: str, dataset: str | None = None) -> str:
    """One sentence on where the data are from and at what size this was run."""
    stands_in = dataset is not None and dataset != info["dataset"]
    sizes = ", ".join(f"{n} {part}" for part, n in info["sizes"].items())
    mark = f" It stands in for {dataset}: real pixels, but no object recognition." if stands_in else ""
    size = f"Profile {profile}" + (", far too small to mean anything" if profile == "smoke" else "")
    return f"{size}; data: {info['title']} ({info['source']}; {sizes} points).{mark}"


def row(results: Any, profile: str, runs: int, **keys: object) -> dict:
    """The first cells of a row: study, data and their source, profile, then ``keys``, and how many runs it is of."""
    return {"study": results.study.dataset} | origin(results.info, profile) | keys | {"runs": runs}


def origin(info: Mapping, profile: str) -> dict:
    """The cells that say where a number is from."""
    return {"data": info["dataset"], "source": info["source"], "profile": profile}
