"""``snnlib audit``: from a file of yours, or from what networks answered, to one page."""

import contextlib
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from ..engine.files import write
from ..errors import SettingError
from .adapt import adapt
from .evaluation import MembershipAudit
from .folder import of_code
from .given import ADAPT, example, named, points, takes
from .inversion import InversionAudit, inversion
from .membership import membership
from .page import can_be_drawn, page
from .work import seeded

ABOUT = ("title", "references", "groups", "population", "augment", "adapt", "inversion")  # what ``about`` may hold
INVERSION = tuple(inspect.signature(inversion).parameters)[1:]  # what its ``inversion`` may hold


def template() -> str:
    """A file to begin with, which runs as it is."""
    return files("snnlib.audit").joinpath("templates/my_audit.py.txt").read_text(encoding="utf-8")


def run(
    file: Path | None, out: Path, *, plan: bool = False, jobs: int = 1, seed: int = 0, fresh: bool = False
) -> Iterator[str]:
    """What an audit finds, in sentences; the page and its numbers are written into a folder.

    ``file`` has ``data()``, ``train(x, y, seed)`` and perhaps ``about``, as `template`; or it is an .npz of
    `snnlib.membership.Signals`. SettingError for one that is not there or lacks one of these, and as the audits do.
    """
    if file is None or not file.is_file():
        problem = f"There is no file {file}." if file else "No file says what is audited."
        raise SettingError(problem, "Write one by 'snnlib audit --template > my_audit.py', and name it.")
    if not plan:
        can_be_drawn()
    title, asked = "", None
    if file.suffix == ".npz":
        found = membership(file, seed=seed)
    else:
        module = _read(file)
        about = dict(getattr(module, "about", {}))
        title, asked = about.pop("title", ""), about.pop("inversion", None)
        try:
            data = module.data()
        except OSError as error:
            raise SettingError(f"data() in {file} failed: {error}.", "Mend it, and run again.") from error
        where = {"store": out / "networks", "plan": plan, "jobs": jobs, "seed": seed, "fresh": fresh}
        found = membership(module.train, data, **where, **about)
        if plan:
            yield str(found)
            return
    of = "" if asked is None else of_code(title, found.about, asked, about.get("adapt"))
    done = _done(out)
    if not of or done.get("of") != of:
        _write(out, found, None, title)
    yield str(found)
    if of and done.get("of") == of:
        yield done["said"]
    elif of:  # of one network; the points that it was not trained on train the scorers
        (x, y), inside, asked = points(data), found.signals.inside[0], {"seed": seed} | asked
        with seeded(asked["seed"]):
            network = module.train(x[inside], y[inside], asked["seed"])
        network = adapt(network, example(x, y, network), **about.get("adapt") or {})
        classes, unseen = range(network.classes), (x[~inside], y[~inside])
        inverted = inversion(network, **{"classes": classes, "unseen": unseen} | asked)
        _write(out, found, inverted, title, of=of, said=str(inverted))
        yield str(inverted)
    yield f"The page: {out / 'audit.html'}"


def _write(out: Path, found: MembershipAudit, inverted: InversionAudit | None, title: str, **more: str) -> None:
    write(out / "audit.html", page(found, inverted, title=title))
    rows = {"membership": found.rows, "inversion": inverted.rows if inverted else []}
    write(out / "rows.json", json.dumps(rows | more))


def _done(out: Path) -> dict:
    """What `_write` noted with the page, if that is still there."""
    with contextlib.suppress(OSError, ValueError):
        noted = json.loads((out / "rows.json").read_text(encoding="utf-8"))
        return noted if (out / "audit.html").exists() else {}
    return {}


def _read(file: Path) -> ModuleType:
    """A file of Python as a module, which processes that train can import as well."""
    if file.suffix != ".py" or "." in file.stem:
        problem = f"{file} is no .npz, and no .py without another dot, which can be imported."
        raise SettingError(problem, "Name it as my_audit.py is.")
    sys.path.append(str(file.parent.resolve()))  # last: what lies beside the file replaces no library
    try:
        module = importlib.import_module(file.stem)
    except SyntaxError as error:
        raise SettingError(f"{error.filename}, line {error.lineno}: {error.msg}.", "Mend it, and run again.") from error
    if Path(getattr(module, "__file__", "") or "").resolve() != file.resolve():
        raise SettingError(f"There is another module named {file.stem}.", "Give the file another name.")
    for name, arguments in {"data": (), "train": ("x", "y", "seed")}.items():
        if not takes(getattr(module, name, None), *arguments):
            problem = f"{file} has no function {name}({', '.join(arguments)})."
            raise SettingError(problem, "Write it as 'snnlib audit --template' shows.")
    about = getattr(module, "about", {})
    named(f"about in {file}", about, ABOUT)
    named(f"adapt in {file}", about.get("adapt") or {}, ADAPT)
    if (asked := about.get("inversion")) is not None:
        named(f"inversion in {file}", asked, INVERSION)
        if "shape" not in asked:
            raise SettingError(f"inversion in {file} has no shape.", "Say that of a point at one time step.")
    return module
