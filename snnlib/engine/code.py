"""What code a function consists of: its module and all modules of its package that it imports."""

import ast
import functools
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from .files import digest

# Modules that cannot change a number: what they hold is in the key otherwise, or does not matter.
NEUTRAL = {
    f"snnlib.{name}"
    for name in ("errors", "paths", "engine.processes", "engine.store", "engine.jobs", "datasets.catalogue")
}
PACKAGE = __name__.split(".")[0]


def _read_sources() -> dict[str, str]:
    """The package's code by module, as it is when it is imported: not what an editor makes of it later."""
    root = Path(__file__).parent.parent
    sources = {}
    for file in root.rglob("*.py"):
        parts = file.relative_to(root).with_suffix("").parts
        sources[".".join([PACKAGE, *parts]).removesuffix(".__init__")] = file.read_text(encoding="utf-8")
    return sources


SOURCES = _read_sources()


@functools.cache
def code_fingerprint(module: str) -> str:
    """Hash of a module's code and of all modules of its package that it imports, however deep.

    Comments, docstrings, layout and the modules in ``NEUTRAL`` do not count; everything else does.
    """
    package = module.split(".")[0]
    seen, waiting = {}, [module]
    while waiting:
        name = waiting.pop()
        if name in seen or name in NEUTRAL:
            continue
        spec = importlib.util.find_spec(name)
        tree = ast.parse(SOURCES.get(name) or Path(spec.origin).read_text(encoding="utf-8"))
        here = name if spec.submodule_search_locations else name.rpartition(".")[0]
        waiting += [m for m in imported(tree, here) if m.split(".")[0] == package]
        seen[name] = hashlib.sha256(ast.dump(_without_docstrings(tree)).encode()).hexdigest()
    return digest(seen)


def imported(tree: ast.AST, here: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here.rsplit(".", node.level - 1)[0] if node.level else ""
            target = ".".join(filter(None, (base, node.module))) if node.level else node.module
            for alias in node.names:
                inner = f"{target}.{alias.name}"
                yield inner if _is_module(inner) else target


@functools.cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and body
            and ast.get_docstring(node) is not None
        ):
            node.body = body[1:]
    return tree
