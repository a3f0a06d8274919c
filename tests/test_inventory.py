"""The inventory knows where everything is made."""

import json

import pytest

from snnlib.errors import SettingError
from snnlib.reproduction.brainleaks.sizes import STUDIES as INVERSION
from snnlib.reproduction.items import INVENTORY, cell_of, select
from snnlib.reproduction.mia_snn.sizes import STUDIES as MEMBERSHIP
from snnlib.reproduction.options import Options
from snnlib.reproduction.places import notebooks


@pytest.mark.parametrize("item", INVENTORY, ids=lambda item: item.id)
def test_every_built_item_is_made_in_the_cell_that_the_inventory_names(item):
    cells = json.loads((notebooks() / f"{item.notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert f'"{item.id}"' in "".join(cells[cell_of(item) - 1]["source"])
    assert set(item.studies) <= INVERSION["paper"].keys() | MEMBERSHIP["paper"].keys()


def test_all_tables_and_figures_of_both_papers_are_listed():
    papers = [*(f"A-T{n}" for n in range(1, 5)), *(f"A-F{n}" for n in range(1, 5))]
    papers += [*(f"B-T{n}" for n in range(1, 7)), *(f"B-F{n}" for n in range(1, 4))]
    ours = ["A-V", "A-ST1", "A-SF1", "A-SF2", "A-SF3", "A-SF4", "B-V", "B-ST1", "B-ST2"]
    ids = [item.id for item in INVENTORY]
    assert len(set(ids)) == len(ids) and {*papers, *ours} <= set(ids)


def test_selection_keeps_order_and_drops_repeats():
    assert [i.id for i in select(("B-T2", "A-T1", "B-T2"))] == ["B-T2", "A-T1"]
    assert select() == INVENTORY


@pytest.mark.parametrize(
    ("name", "remedy"), [("A-T9", "A-T1"), ("b-f2", "Did you mean B-F2"), ("B-F2_roc.png", "Did you mean B-F2")]
)
def test_what_cannot_be_made_is_refused_with_what_can(name, remedy):
    with pytest.raises(SettingError, match="no table or figure") as error:
        select((name,))
    assert remedy in error.value.remedy


def test_a_paper_stands_for_all_of_its_items():
    asked = Options("smoke", only=["A", "B-T2"])
    assert asked.items == (*(item for item in INVENTORY if item.id[0] == "A"), *select(("B-T2",)))
