"""What a notebook works with: one profile, one store, one folder of results.

``lab = Lab(profile="quick")`` then ``lab.run(jobs)``, ``lab.table(id, make)`` and ``lab.figure(id, make)``. What is not
wanted (``only``) is neither run nor made.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock
from IPython.display import Image, Markdown
from tqdm.auto import tqdm

from ..engine.device import chosen_device
from ..engine.files import digest, write
from ..engine.jobs import Progress, Workers, compute
from ..engine.processes import HEADLESS
from ..engine.store import Artefact, Job, Store
from ..errors import SettingError
from ..report.figure import Drawn, figure_files, pack
from ..report.style import style
from ..report.table import Table, table_files
from . import places
from .environment import environment
from .items import NOTHING, is_file_of, read_run, select
from .options import Options
from .profiles import profile
from .stamps import Trace
from .unused import unused


class Lab:
    """Runs jobs, keeps tables and figures.

    Args:
        parameters: of the run, see `snnlib.reproduction.options.Options`.

    Raises:
        SettingError: for a profile, device or ID that is not there, or a folder that cannot be written to.
        DataError: if that folder's record is damaged.
    """

    def __init__(self, *parameters: Any, **named: Any):
        options = Options(*parameters, **named)
        self.profile, self.items, self.seed = profile(options.profile), options.items, options.seed
        self.out, self.device = options.folder, chosen_device(options.device)
        self.store = Store(places.store(), self.device)
        count = options.workers or (1 if self.device == "cuda" else min(os.cpu_count() or 1, 8))
        self.workers = Workers(count, options.dask or None)
        asked = {name: getattr(options, name) for name in ("profile", "device", "seed")}
        self._run = environment(self.device, count) | {"settings": asked, "data": {}}
        self._before = read_run(self.out)["items"]  # complains of a damaged record now, not after hours
        self._recorded: dict[str, dict] = {}
        self._trace = Trace()
        style()
        for problem in [] if os.environ.get(HEADLESS) else unused():  # the runner has said so already
            print(f"Note: {problem}")

    def run(self, jobs: Iterable[Job], what: str = "") -> list[Artefact]:
        """The artefacts of jobs, in order; runs what is not stored yet and shows how far it is."""
        jobs = list(jobs)
        needed = _with_needs(jobs)
        self._trace.add("tasks", sorted({job.task.__module__ for job in needed}))
        for of in (job.settings for job in needed if {"name", "source", "digest"} <= job.settings.keys()):
            self._run["data"][of["name"]] = f"{of['source']} {of['digest']}".strip()
        with _progress(what) as progress:
            return compute(jobs, self.store, self.workers, progress)

    def wants(self, id: str) -> bool:
        """Whether this table or figure is to be made."""
        return any(item.id == id for item in self.items)

    def wanted(self, studies: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the studies, by name, that what is wanted needs."""
        needed = {study for item in self.items for study in item.studies}
        found = {name: study for name, study in studies.items() if name in needed}
        self._trace.add("datasets", (study.dataset for study in found.values()))
        return found

    def results(self) -> Path:
        """The folder of results with all that notebooks made: a notebook that asks for it depends on all of it."""
        self._trace.add("consumed", (file for item in read_run(self.out)["items"].values() for file in item["files"]))
        return self.out

    def write(self, name: str, content: str) -> Path:
        """Write a file into the folder of results; its path."""
        write(self.out / name, content)
        self._trace.add("outputs", [name])
        return self.out / name

    def running(self, what: str) -> Callable[[Iterable[Job]], list[Artefact]]:
        """`run` with a description, as the functions that collect results take it."""
        return lambda jobs: self.run(jobs, what)

    def table(self, id: str, make: Callable[[], Table]) -> Table | Markdown:
        """Make a table if it is wanted, write it as CSV, Markdown and LaTeX, and the text of its cells, and show it."""
        if not self.wants(id):
            return Markdown(f"*{id} was not asked for.*")
        table = replace(make(), title=select((id,))[0].title)
        text = table.text()
        files = {f"tables/{id}.csv": table.rows.to_csv(index=False, float_format="%.6g")}
        files |= {f"data/{id}.json": json.dumps(text, indent=1)}
        files |= {f"tables/{id}.{kind}": content for kind, content in table_files(text).items()}
        self._keep(id, files, table.notes, table.artefacts)
        return table

    def figure(self, id: str, make: Callable[[], Drawn], notes: Sequence[str] = (), part: str = "") -> Image | Markdown:
        """Make a figure (PNG, SVG) or a film (GIF) if it is wanted, write it and the data it shows, and show it.

        Args:
            notes: what a reader has to know; shown below the figure in the report.
            part: name of one of several pictures of the same figure.
        """
        if not self.wants(id):
            return Markdown(f"*{id} was not asked for.*")
        name = f"{id}_{part}" if part else id
        drawn = make()
        content = figure_files(drawn, notes)
        files = {f"figures/{name}.{kind}": of_kind for kind, of_kind in content.items()}
        data = f"data/{name}{'.gif' if 'gif' in content else ''}.npz"
        if hasattr(drawn, "source"):
            files[data] = pack({"name": name, "notes": list(notes)} | drawn.source)
        else:
            (self.out / data).unlink(missing_ok=True)  # of another figure, by that name
        self._keep(id, files, notes)
        title = select((id,))[0].title
        if "gif" in content:
            return Image(data=content["gif"], format="gif", alt=title)
        return Image(data=content["png"], alt=title, width=900)

    def _keep(
        self, id: str, files: Mapping[str, str | bytes], notes: Sequence[str], artefacts: Sequence[Mapping] = ()
    ) -> None:
        """Write files of an item, and note in run.json from what, when and by which run it got its content."""
        for name in files:
            if not is_file_of(id, name):
                raise SettingError(f"{id} has no file {name!r}.", "Name parts with letters, digits, - and _.")
        changed = [write(self.out / name, content) for name, content in files.items()]
        self._trace.add("outputs", files)
        self._trace.add("items", [id])
        now, on = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), self._run["device"]
        by = digest(self._run)[:12]
        same = {"profile": self.profile.name, "device": on}.items() <= self._before.get(id, {}).items()
        before = self._recorded.get(id, self._before[id] | {"files": [], "notes": []} if same else NOTHING)
        kept = {} if any(changed) or not before["made"] else {of: before[of] for of in ("made", "run") if of in before}
        item = {
            **({"made": now, "run": by} | kept),
            "profile": self.profile.name,
            "device": on,
            "files": list(dict.fromkeys([*before["files"], *files])),  # parts of one figure come one by one
            "notes": list(dict.fromkeys([*before["notes"], *notes])),
        }
        if artefacts:
            item["artefacts"] = list(artefacts)
        self._recorded[id] = item
        with FileLock(self.out / ".run.json.lock"):  # notebooks may run at the same time
            run = read_run(self.out)
            run["items"][id] = item
            used = {of.get("run") for of in run["items"].values()}
            run["runs"] = {name: of for name, of in (run["runs"] | {by: self._run}).items() if name in used}
            write(self.out / "run.json", json.dumps(run, indent=1, sort_keys=True))


def _with_needs(jobs: Sequence[Job]) -> set[Job]:
    """Jobs and all that they need."""
    return {*jobs}.union(*(_with_needs(job.needs()) for job in jobs))


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """Shows how far jobs are: a bar with the time left, or lines, at most one in ten seconds, when headless."""
    bar, start = None, time.monotonic()
    shown = start

    def update(label: str, done: int, total: int, seconds: float) -> None:
        nonlocal bar, shown
        now = time.monotonic()
        if not os.environ.get(HEADLESS):
            bar = tqdm(total=total, desc=what or label, unit="job") if bar is None else bar
            bar.set_postfix_str(label)
            bar.update(done - bar.n)
        elif done == total or now - shown > 10:
            shown = now
            left = (now - start) / done * (total - done)  # too much at first: long jobs come first
            after = f", about {left:.0f} s left" if total / 4 <= done < total else ""
            print(f"{what or label}: {done} of {total} jobs, {now - start:.0f} s{after}")

    try:
        yield update
    finally:
        if bar is not None:
            bar.close()
