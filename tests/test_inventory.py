"""The inventory knows where everything is made."""

import json

import pytest

from snnlib.errors import SettingError
from snnlib.paths import notebooks
from snnlib.reproduction.items import INVENTORY, built, cell_of, select
from snnlib.reproduction.profiles import PAPER


@pytest.mark.parametrize("item", built(), ids=lambda item: item.id)
def test_every_built_item_is_made_in_the_cell_that_the_inventory_names(item):
    cell = cell_of(item)
    source = "".join(json.loads((notebooks() / f"{item.notebook}.ipynb").read_text())["cells"][cell - 1]["source"])
    assert f'"{item.id}"' in source
    assert set(item.studies) <= PAPER.inversion.keys() | PAPER.membership.keys()


def test_all_tables_and_figures_of_both_papers_are_listed():
    expected = ["A-V"] + [f"A-T{n}" for n in range(1, 5)] + [f"A-F{n}" for n in range(1, 5)]
    expected += (
        ["A-ST1", "A-SF1", "A-SF2", "A-SF3", "B-V"]
        + [f"B-T{n}" for n in range(1, 7)]
        + [f"B-F{n}" for n in range(1, 4)]
        + ["B-ST1", "B-ST2"]
    )
    assert [item.id for item in INVENTORY] == expected


def test_selection_keeps_order_and_drops_repeats():
    assert [i.id for i in select(("B-T2", "A-T1", "B-T2"))] == ["B-T2", "A-T1"]
    assert select() == built()


@pytest.mark.parametrize(("name", "text"), [("A-T9", "no table or figure"), ("B-T9", "no table or figure")])
def test_what_cannot_be_made_is_refused_with_what_can(name, text):
    with pytest.raises(SettingError, match=text) as error:
        select((name,))
    assert "A-T1" in error.value.remedy
