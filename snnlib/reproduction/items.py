"""Every table and figure of both papers, our verdicts (``-V``) and supplements (``-ST``, ``-SF``).

What each shows, which notebook makes it, and what it needs.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import SettingError
from ..paths import notebooks


@dataclass(frozen=True)
class Item:
    """One table, figure or table of verdicts.

    ``studies`` are the studies it needs, named after their data sets (and networks, where there are several);
    ``notebook`` is empty while it is not built.
    """

    id: str
    title: str
    studies: tuple[str, ...] = ()
    notebook: str = ""

    @property
    def paper(self) -> str:
        """``A`` or ``B``."""
        return self.id[0]

    @property
    def kind(self) -> str:
        """``table`` or ``figure``; a verdict is a table."""
        return "figure" if "F" in self.id else "table"


INVERSION = ("att_faces", "mnist", "nmnist", "dvsgesture")

RESNET = ("cifar100", "cifar10")
MEMBERSHIP = (*RESNET, "cifar10-vgg16")

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


def built() -> tuple[Item, ...]:
    """The items that a notebook makes."""
    return tuple(item for item in INVENTORY if item.notebook)


def select(only: tuple[str, ...] = ()) -> tuple[Item, ...]:
    """The items of these IDs (all that are built, without any).

    Raises:
        SettingError: for an ID that is unknown or not built yet.
    """
    known = {item.id: item for item in built()}
    for name in only:
        if name not in known:
            there = any(item.id == name for item in INVENTORY)
            problem = f"{name} is not built yet." if there else f"There is no table or figure {name!r}."
            near = name.upper().partition("_")[0].partition(".")[0]  # B-F2_roc.png is a file of B-F2
            remedy = f"Did you mean {near}?" if near in known else f"Choose from {', '.join(known)}."
            raise SettingError(problem, remedy)
    return tuple(known[name] for name in dict.fromkeys(only)) if only else built()


def cell_of(item: Item, folder: Path | None = None) -> int | None:
    """Number of the notebook cell that makes an item, counted from 1; None if there is none."""
    file = (folder or notebooks()) / f"{item.notebook}.ipynb"
    if not item.notebook or not file.exists():
        return None
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return next((n for n, cell in enumerate(cells, 1) if item.id in _made_in(cell)), None)


def _made_in(cell: dict) -> Iterator[str]:
    """IDs that a code cell hands to ``lab.table`` or ``lab.figure``."""
    if cell["cell_type"] != "code":
        return
    for node in ast.walk(ast.parse("".join(cell["source"]))):
        made = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("table", "figure")
        if made and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value
