"""What code a function consists of: its module and all modules of its package that it imports, however deep.

Code is read, not run: imports are found in its syntax tree, those inside of functions included.
"""

import ast
import functools
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from .files import digest

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).resolve().parents[1]
# Modules that cannot change a number: what they hold is in the key otherwise, or does not matter.
OF_ENGINE = ("engine.files", "engine.processes", "engine.store", "engine.jobs")
NEUTRAL = {f"{PACKAGE}.{name}" for name in ("errors", "paths", *OF_ENGINE)}


def module_file(name: str) -> Path | None:
    """The file of a module of the package, or None if there is no such module."""
    place = ROOT.joinpath(*name.split(".")[1:])
    if name.partition(".")[0] != PACKAGE:
        return None
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def module_name(file: Path) -> str:
    """The name of the package's module in a file."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *parts)).removesuffix(".__init__")


@functools.cache
def sources() -> dict[str, str]:
    """The package's code by module, as it is when this is first asked: not what an editor makes of it later."""
    return {module_name(file): file.read_text(encoding="utf-8") for file in sorted(ROOT.rglob("*.py"))}


@functools.cache
def imports(module: str) -> frozenset[str]:
    """The modules of the package that a module imports itself."""
    file = module_file(module)
    here = module if file.name == "__init__.py" else module.rpartition(".")[0]
    return frozenset(imported(sources()[module], here))


def imported(code: str, here: str = "") -> Iterator[str]:
    """The modules of the package that some code imports; ``here`` is the package that relative imports start from."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in sources())
        elif isinstance(node, ast.ImportFrom):
            base = here.rsplit(".", node.level - 1)[0] if node.level else ""
            target = ".".join(filter(None, (base, node.module)))
            for alias in node.names:
                yield from (name for name in (f"{target}.{alias.name}", target) if name in sources())


def closure(modules: Iterable[str], without: Iterable[str] = ()) -> set[str]:
    """These modules and all that they import, but for some and what only those import."""
    found, waiting = set(), list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in without:
            found.add(name)
            waiting += imports(name)
    return found


@functools.cache
def code_fingerprint(module: str) -> str:
    """Hash of the code of a module and of all that it imports; a module outside of the package counts by itself.

    Comments, docstrings, layout and the modules in ``NEUTRAL`` do not count; everything else does.
    """
    if module_file(module) is None:
        return digest(_meaning(Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8")))
    return digest({name: _meaning(sources()[name]) for name in closure([module], NEUTRAL)})


def _meaning(code: str) -> str:
    """Hash of what code says to the interpreter."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
