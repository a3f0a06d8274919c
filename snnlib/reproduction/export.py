"""One archive of a folder of results, described as an RO-Crate 1.1 (https://w3id.org/ro/crate/1.1)."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from ..engine.files import write
from ..errors import DataError
from .items import NOTHING, read_file, read_run, select
from .notebooks import ORDER
from .summary import leaves

METADATA, VERSION = "ro-crate-metadata.json", "https://w3id.org/ro/crate/1.1"
LICENCE = "https://spdx.org/licenses/MIT"
TYPES = {  # by ending
    **{"csv": "text/csv", "md": "text/markdown", "tex": "text/x-tex", "html": "text/html", "png": "image/png"},
    **{"svg": "image/svg+xml", "gif": "image/gif", "json": "application/json", "npz": "application/zip"},
    "ipynb": "application/x-ipynb+json",
}
EPOCH = (1980, 1, 1, 0, 0, 0)  # of all files: the same folder gives the same bytes


def export(out: Path, target: Path | None = None) -> Path:
    """Write what belongs to a folder of results into one archive, ``<folder>.zip`` without a ``target``; its path.

    DataError if there are no results, or a file that the record names is missing.
    """
    run = read_run(out)
    if not run["items"]:
        raise DataError(f"{out} holds no results.", "Make them with 'snnlib reproduce', or name a folder with --from.")
    names = {name for item in run["items"].values() for name in item["files"]} | {"run.json"}
    others = (*(f"notebooks/{name}.ipynb" for name in ORDER), "report.html")
    names |= {name for name in others if (out / name).exists()}
    content = {name: read_file(out, name) for name in sorted(names)}
    content = {METADATA: json.dumps(_metadata(run, content), indent=1).encode()} | content
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, of in content.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, of)
    target = target or out.absolute().with_name(f"{out.absolute().name}.zip")
    write(target, buffer.getvalue())
    return target


def _metadata(run: Mapping, content: Mapping[str, bytes]) -> dict:
    """The crate: its files, the runs that made them and the software, each an entity."""
    items = run["items"]
    titles = {name: f"{id}: {select((id,))[0].title}" for id, item in items.items() for name in item["files"]}
    files = [
        _entity(quote(name), "File", titles.get(name, name))
        | {"contentSize": str(len(of)), "encodingFormat": TYPES[name.rpartition(".")[2]]}
        for name, of in content.items()
    ]
    actions, software = [], {}
    for name, of in run["runs"].items():
        made = [item for item in items.values() if item.get("run") == name] or [NOTHING]
        results = {"result": _refer(quote(file) for item in made for file in item["files"])}
        version = str(dict(leaves("", of)).get("code.version", "unknown"))
        software[version] = _entity(f"#snnlib-{version}", "SoftwareApplication", "snnlib") | {"version": version}
        results |= {"instrument": {"@id": f"#snnlib-{version}"}, "endTime": max(item["made"] for item in made)}
        title = f"snnlib reproduce on {of.get('processor', 'a machine')}"
        actions.append(_entity(f"#run-{name}", "CreateAction", title) | results)
    profiles = ", ".join(sorted({item["profile"] for item in items.values()}))
    root = _entity("./", "Dataset", f"Privacy of spiking networks: two papers reproduced, profile {profiles}") | {
        "description": "Tables, figures, their data and executed notebooks of a run of snnlib; see run.json. "
        "Pictures of training data keep their data set's licence.",
        "datePublished": max(item["made"] for item in items.values()),
        "license": {"@id": LICENCE},
        "hasPart": _refer(file["@id"] for file in files),
        "mentions": _refer(action["@id"] for action in actions),
    }
    about = {"@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": VERSION}}
    licence = _entity(LICENCE, "CreativeWork", "MIT License")
    return {"@context": f"{VERSION}/context", "@graph": [about, root, *files, *actions, *software.values(), licence]}


def _entity(id: str, kind: str, name: str) -> dict:
    return {"@id": id, "@type": kind, "name": name}


def _refer(ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": id} for id in ids]
