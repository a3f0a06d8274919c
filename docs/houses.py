"""The drawing of the package's houses: made from the code, an arrow for what a house imports from another one."""

import functools
from collections import Counter
from html import escape

from snnlib.engine.code import closure, imports, module_file, sources

# How houses of the same storey stand beside each other.
ORDER = (
    "ground", "metrics", "library", "report", "engine", "datasets", "explore", "run", "tasks", "audit",
    "paper A: brainleaks", "command line", "paper B: mia_snn", "both papers",
)  # fmt: skip
PAPERS = {"brainleaks": "paper A: brainleaks", "mia_snn": "paper B: mia_snn"}
GROUND = ("arrays", "errors", "paths", "randomness")
WIDE, GAP, RISE, LINE, TOP = 236, 26, 44, 15, 26  # of a house, between houses and storeys, of a line of text, in pixels


@functools.cache
def house(module: str) -> str:
    """The house that a module stands in; empty for the package itself."""
    first, second, *_ = [*module.split(".")[1:], "", ""]
    if first in ("cli", "__main__"):
        return "command line"
    if first == "reproduction" and second not in PAPERS:
        above = any(name.split(".")[2:3] == [paper] for name in closure([module]) for paper in PAPERS)
        return "both papers" if above else second if second in ("tasks", "explore") else "run"
    if first == "reproduction":
        return PAPERS[second]
    if first in ("datasets", "metrics", "engine", "report", "audit"):
        return first
    return ("ground" if first in GROUND else "library") if first else ""


def drawing() -> str:
    """Houses as boxes that name their modules and count their lines, and what stands on what, as SVG."""
    members, lines = {}, Counter()
    for module, code in sources().items():
        lines[house(module)] += len(code.splitlines())
        name = (
            module.removeprefix("snnlib.reproduction.") if house(module) == "both papers" else module.rpartition(".")[2]
        )
        if house(module) and name != "__main__" and module_file(module).name != "__init__.py":
            members.setdefault(house(module), []).append(name)
    needs, places, y = _needs(), {}, 10.0
    storeys: dict[int, list[str]] = {}
    for name in sorted(members, key=ORDER.index):
        storeys.setdefault(_height(name, needs), []).append(name)
    width = max(map(len, storeys.values())) * (WIDE + GAP)
    for _, storey in sorted(storeys.items(), reverse=True):
        texts = [_wrapped(members[name]) for name in storey]
        tall = TOP + LINE * max(map(len, texts)) + 8
        left = (width - len(storey) * (WIDE + GAP) + GAP) / 2
        for i, (name, text) in enumerate(zip(storey, texts, strict=True)):
            places[name] = (left + i * (WIDE + GAP), y, tall, text)
        y += tall + RISE
    boxes = [_box(name, *place, lines[name]) for name, place in places.items()]
    arrows = [_arrow(places[a], places[b]) for a, of in sorted(needs.items()) for b in sorted(of)]
    return (
        f'<svg class="houses" viewBox="0 0 {width} {y - RISE + 10:.0f}" role="img" aria-label="Houses and imports">'
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<polygon points="0,0 8,4 0,8"/></marker>{"".join(arrows)}{"".join(boxes)}</svg>'
    )


def _needs() -> dict[str, set[str]]:
    """What each house imports from, without what follows from others: if a needs b and b needs c, then a needs c."""
    needs: dict[str, set[str]] = {}
    for module in sources():
        needs.setdefault(house(module), set()).update(house(name) for name in imports(module))
    needs = {a: of - {a, ""} for a, of in needs.items() if a}

    def below(a: str) -> set[str]:
        return needs[a].union(*(below(b) for b in needs[a]))

    return {a: {b for b in of if not any(b in below(c) for c in of)} for a, of in needs.items()}


def _height(name: str, needs: dict[str, set[str]]) -> int:
    """The storey of a house: above all that it needs; the engine beside the report, where nothing hides its arrows."""
    return max(2 * (name == "engine"), *(1 + _height(other, needs) for other in needs[name]), 0)


def _wrapped(names: list[str], most: int = 36) -> list[str]:
    """Names in lines of a house's width."""
    found = [""]
    for name in sorted(names):
        if found[-1] and len(found[-1]) + len(name) > most:
            found.append("")
        found[-1] += f"{name}  "
    return found


def _box(name: str, x: float, y: float, tall: float, text: list[str], count: int) -> str:
    rows = "".join(f'<text x="{x + 8}" y="{y + TOP + LINE * (i + 1)}">{escape(t)}</text>' for i, t in enumerate(text))
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{tall}" rx="4"/>'
        f'<text class="name" x="{x + 8}" y="{y + 19}">{escape(name)}</text>'
        f'<text class="count" x="{x + WIDE - 8}" y="{y + 19}">{count:,} lines</text>{rows}'
    )


def _arrow(a: tuple, b: tuple) -> str:
    """From the foot of the house that imports to the roof of the other one, towards each other's side."""
    (ax, ay, tall, _), (bx, by, *_) = a, b
    shift = max(-0.4, min(0.4, (bx - ax) / 4 / WIDE)) * WIDE
    start, end = (ax + WIDE / 2 + shift, ay + tall), (bx + WIDE / 2 - shift, by)
    return f'<path d="M {start[0]} {start[1]} C {start[0]} {start[1] + 30} {end[0]} {end[1] - 30} {end[0]} {end[1]}"/>'
