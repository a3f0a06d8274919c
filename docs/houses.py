"""The drawing of the package's houses: made from the code, each arrow from the imports that it stands for."""

from collections import Counter
from html import escape

from snnlib.engine.code import imports, module_file, sources

# Houses from the roof down, side by side where neither stands on the other.
STOREYS = (
    ("command line",),
    ("reproduction", "paper A: brainleaks", "paper B: mia_snn", "explore"),
    ("tasks", "audit"),
    ("engine", "report"),
    ("datasets", "library", "metrics"),
)
WIDE, GAP, LINE, TOP = 190, 26, 13, 20  # of a house, between houses, of a line of text, in pixels


def house(module: str) -> str:
    """The house that a module stands in; empty for the package itself."""
    _, *parts = module.split(".")
    if parts[:1] == ["reproduction"]:
        papers = {"brainleaks": "paper A: brainleaks", "mia_snn": "paper B: mia_snn"}
        inner = parts[1] if len(parts) > 1 else ""
        return papers.get(inner) or (inner if inner in ("tasks", "explore") else "reproduction")
    if not parts or parts[0] in ("cli", "__main__"):
        return "command line" if parts else ""
    return parts[0] if parts[0] in ("datasets", "metrics", "engine", "report", "audit") else "library"


def drawing() -> str:
    """Houses as boxes that name their modules and count their lines, and who imports from whom, as SVG."""
    members: dict[str, list[str]] = {}
    lines, arrows = Counter(), Counter()
    for module, code in sources().items():
        own = house(module)
        lines[own] += len(code.splitlines())
        name = module.rpartition(".")[2]
        if own and name != "__main__" and module_file(module).name != "__init__.py":
            members.setdefault(own, []).append(name)
        for other in {house(name) for name in imports(module)} - {own, ""}:
            arrows[own, other] += 1
    places, y = {}, 10.0
    width = max(len(storey) for storey in STOREYS) * (WIDE + GAP)
    for storey in STOREYS:
        there = [name for name in storey if name in members]
        texts = {name: _wrapped(members[name]) for name in there}
        tall = TOP + LINE * max(len(text) for text in texts.values()) + 10
        left = (width - len(there) * (WIDE + GAP) + GAP) / 2
        for i, name in enumerate(there):
            places[name] = (left + i * (WIDE + GAP), y, tall, texts[name])
        y += tall + 62
    boxes = [_box(name, *place, lines[name]) for name, place in places.items()]
    lifts = [_arrow(places[a], places[b], count) for (a, b), count in sorted(arrows.items()) if a and a in places]
    return (
        f'<svg class="houses" viewBox="0 0 {width} {y:.0f}" role="img" aria-label="The houses of the package">'
        f"{''.join(lifts)}{''.join(boxes)}</svg>"
    )


def _wrapped(names: list[str], most: int = 30) -> list[str]:
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
        f'<text class="name" x="{x + 8}" y="{y + 16}">{escape(name)}</text>'
        f'<text class="count" x="{x + WIDE - 8}" y="{y + 16}">{count:,} lines</text>{rows}'
    )


def _arrow(a: tuple, b: tuple, count: int) -> str:
    """From the foot of the house that imports to the roof of the other one; at the side of those beside each other."""
    (ax, ay, tall, _), (bx, by, below, _) = a, b
    if ay == by:
        right = ax < bx
        start, end = (ax + WIDE * right, ay + tall / 2), (bx + WIDE * (not right), by + below / 2)
        bend = f"L {end[0]} {end[1]}"
    else:
        start, end = (ax + WIDE / 2, ay + tall), (bx + WIDE / 2, by)
        bend = f"C {start[0]} {start[1] + 40} {end[0]} {end[1] - 40} {end[0]} {end[1]}"
    return f'<path d="M {start[0]} {start[1]} {bend}" stroke-width="{0.6 + count**0.5 / 2:.1f}"/>'
