"""Every table and figure of both papers, our verdicts (``-V``) and supplements (``-ST``, ``-SF``)."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, SettingError
from .places import notebooks


@dataclass(frozen=True)
class Item:
    """One table, figure or table of verdicts, the studies that it needs, and the notebook that makes it."""

    id: str
    title: str
    studies: tuple[str, ...]
    notebook: str


# Studies are named after their data sets, and networks where there are several.
INVERSION = ("att_faces", "mnist", "nmnist", "dvsgesture")
RESNET = ("cifar100", "cifar10")
MEMBERSHIP = (*RESNET, "cifar10-vgg16")
KEY = re.compile(r"[0-9a-f]{64}")  # of an artefact
NOTHING = {"made": "", "files": [], "notes": []}  # the record of an item that was never made

INVENTORY = (
    Item("A-V", "Verdicts on the claims of paper A", INVERSION, "04_compare"),
    Item("A-T1", "Model inversion on AT&T faces", ("att_faces",), "02_invert"),
    Item("A-T2", "Model inversion on MNIST", ("mnist",), "02_invert"),
    Item("A-T3", "Model inversion on N-MNIST", ("nmnist",), "02_invert"),
    Item("A-T4", "Model inversion on DVSGesture", ("dvsgesture",), "02_invert"),
    Item("A-F1", "How the attacks work", (), "02_invert"),
    Item("A-F2", "Inverted samples beside the ground truth", INVERSION, "02_invert"),
    Item("A-F3", "Inverted samples of all classes", INVERSION, "02_invert"),
    Item("A-F4", "An inverted spiking sample over time", ("nmnist",), "02_invert"),
    Item("A-ST1", "Likeness of inverted samples to the training data", INVERSION, "02_invert"),
    Item("A-SF1", "Confidence and attack accuracy on the way of each attack", INVERSION, "02_invert"),
    Item("A-SF2", "Confidence matrices of the scorers", INVERSION, "02_invert"),
    Item("A-SF3", "The simulated event camera beside real recordings", (), "01_train"),
    Item("A-SF4", "Attack accuracy by the training of the scorer", ("mnist",), "02_invert"),
    Item("B-V", "Verdicts on the claims of paper B", MEMBERSHIP, "04_compare"),
    Item("B-T1", "The three attacks as formulas", (), "03_mia"),
    Item("B-T2", "Membership inference against ResNet18", RESNET, "03_mia"),
    Item("B-T3", "Membership inference against VGG-16", ("cifar10-vgg16",), "03_mia"),
    Item("B-T4", "SNN target, ANN references", RESNET, "03_mia"),
    Item("B-T5", "Directly trained SNN", RESNET, "03_mia"),
    Item("B-T6", "Test accuracies", MEMBERSHIP, "01_train"),
    Item("B-F1", "How the data are split", (), "01_train"),
    Item("B-F2", "What gives members away: ROC, confidences, AUC against T", ("cifar100",), "03_mia"),
    Item("B-F3", "Histograms of log confidence", ("cifar100",), "03_mia"),
    Item("B-ST1", "Other ways of asking as many questions", ("cifar100",), "03_mia"),
    Item("B-ST2", "How input dropout is tuned", ("cifar100",), "03_mia"),
)


def select(only: tuple[str, ...] = ()) -> tuple[Item, ...]:
    """The items of these IDs, or all; SettingError for one that is unknown."""
    known = {item.id: item for item in INVENTORY}
    for name in only:
        if name not in known:
            near = name.upper().partition("_")[0].partition(".")[0]  # B-F2_roc.png is a file of B-F2
            remedy = f"Did you mean {near}?" if near in known else f"Choose from {', '.join(known)}."
            raise SettingError(f"There is no table or figure {name!r}.", remedy)
    return tuple(known[name] for name in dict.fromkeys(only or known))


def cell_of(item: Item) -> int | None:
    """Number of the notebook cell that makes an item, counted from 1; None without a checkout's notebooks."""
    file = notebooks() / f"{item.notebook}.ipynb"
    if not file.exists():
        return None
    call = re.compile(rf'\.(table|figure)\(\s*"{item.id}"')
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    made = (cell["cell_type"] == "code" and call.search("".join(cell["source"])) for cell in cells)
    return next((n for n, here in enumerate(made, 1) if here), None)


def is_file_of(id: str, name: str) -> bool:
    """Whether an item has a file of that name, a path in a folder of results: of the whole, a part or an animation."""
    kinds = r"tables/\1\.(csv|md|tex)|data/\1(\.gif)?\.(json|npz)|figures/\1\.(png|svg|gif)"
    return re.fullmatch(kinds.replace(r"\1", rf"{re.escape(id)}(_[\w-]+)?"), name) is not None


def inside(out: Path, name: str) -> Path:
    """A file's place in a folder of results; DataError if a link leads out of it."""
    place = Path(os.path.realpath(out / name))  # which complains of no link that leads to itself
    if not place.is_relative_to(os.path.realpath(out)):
        raise DataError(f"{out / name} is a link that leads out of the folder.", "Put a file in its place.")
    return place


def read_file(out: Path, name: str) -> bytes:
    """What a file in a folder of results holds; DataError if it is not there, or a link leads out of the folder."""
    try:
        place = inside(out, name)
        if place.exists() and not place.is_file():  # a pipe would be waited for
            raise OSError(0, "it is no file")
        return place.read_bytes()
    except OSError as error:
        problem = f"{out / name} cannot be read: {error.strerror}."
        raise DataError(problem, "Run 'snnlib reproduce' to make it anew.") from error


def read_run(out: Path) -> dict:
    """What run.json records of a folder of results: texts, and names of files that items of the inventory have.

    What it says of other items is left out; DataError if it is damaged.
    """
    file, known = out / "run.json", {item.id for item in INVENTORY}
    try:
        run = json.loads(read_file(out, file.name)) if os.path.lexists(file) else {"items": {}}
        json.dumps(run, ensure_ascii=False).encode()  # half a character is damage, too
        items = {id: item for id, item in run["items"].items() if id in known}
        for id, item in items.items():
            texts = [item["made"], item["profile"], item["device"], *item["files"], *item["notes"], item.get("run", "")]
            for artefact in item.get("artefacts", ()):
                texts += (text for cell in artefact.values() for text in ([cell] if isinstance(cell, str) else cell))
                if not KEY.fullmatch(artefact["key"]):
                    raise ValueError(id)
            right = all(isinstance(text, str) for text in texts) and isinstance(item["notes"], list)
            if not (right and all(is_file_of(id, name) for name in item["files"])):
                raise ValueError(id)
        return run | {"items": items, "runs": {name: {**of} for name, of in run.get("runs", {}).items()}}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{file} is damaged.", "Delete it: the next run writes it anew.") from error
