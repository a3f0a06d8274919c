"""Where the numbers of a table or a figure are from."""

from collections.abc import Iterable, Mapping
from typing import Any


def provenance(results: Iterable, profile: str) -> str:
    """One sentence on where the data of some results are from and at what size this was run; one for stand-ins."""
    data, instead = {}, {}  # each named once, also where two studies share it
    for r in results:
        sizes = ", ".join(f"{n} {part}" for part, n in r.info["sizes"].items())
        data[r.info["title"]] = f"{r.info['title']} ({r.info['source']}; {sizes} points)"
        if r.info["dataset"] != r.study.dataset:
            instead[r.info["title"]] = f"{r.info['title']} for {r.study.dataset}"
    size = f"Profile {profile}" + (", far too small to mean anything" if profile == "smoke" else "")
    mark = f" In place of what is not there: {', '.join(instead.values())}; real pixels, no object recognition."
    return f"{size}; data: {', '.join(data.values())}.{mark if instead else ''}"


def row(results: Any, profile: str, runs: int, **keys: object) -> dict:
    """The first cells of a row: study, data and their source, profile, then ``keys``, and how many runs it is of."""
    return {"study": results.study.dataset} | origin(results.info, profile) | keys | {"runs": runs}


def origin(info: Mapping, profile: str) -> dict:
    """The cells that say where a number is from."""
    return {"data": info["dataset"], "source": info["source"], "profile": profile}
