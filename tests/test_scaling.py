"""How cost grows: exponents, what many references take, and that every part runs at several sizes."""

import pandas as pd
import pytest

from benchmarks import scaling
from snnlib.reproduction.mia_snn.sizes import PAPER

SOME = (("training", "T"), ("query", "width"), ("R and RMIA", "R"))


def test_the_exponent_of_a_square_is_two():
    assert scaling.exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)


def test_every_part_is_timed_at_three_sizes_at_least(monkeypatch):
    assert all(len(sizes) >= 3 for _, axes in scaling.PARTS.values() for sizes in axes.values())
    some = {name: (scaling.PARTS[name][0], {axis: scaling.PARTS[name][1][axis]}) for name, axis in SOME}
    monkeypatch.setattr(scaling, "PARTS", some)
    small = scaling.Size(N=8, width=2, pixels=8, batch=4)
    found = pd.DataFrame(scaling.grown("cpu", "processor", 1, small))
    assert (found["seconds"] > 0).all() and found.groupby(["part", "axis"]).size().to_dict() == dict.fromkeys(SOME, 4)


def test_hours_are_those_of_the_published_schedules():
    found = pd.DataFrame(scaling.full("cpu", "processor", 1, batch=4, width=2, pixels=8)).set_index("network")
    assert list(found.index) == ["ANN", *(f"SNN, T = {t}" for t in (1, 2, 3, 4))]
    assert found.loc["ANN", "epochs"] == PAPER["cifar100"].ann.epochs == 200
    hours = found["seconds a point"] * 30_000 * found["epochs"] / 3600
    assert found["hours"].to_list() == pytest.approx(hours.to_list())


def test_the_page_says_days_on_several_devices():
    growth = [{"part": p, "axis": a, "size": n, "seconds": n} for p, (_, axes) in scaling.PARTS.items() for a in axes
              for n in (1, 2, 4)]  # fmt: skip
    whole = pd.DataFrame([{"network": "ANN", "epochs": 200, "seconds a point": 0.001, "hours": 3.0}])
    text = scaling.shown(pd.DataFrame(growth), whole, "a device")
    assert "| training | 1.00 | 1.00 |  | 1.00 |" in text
    assert "| ANN | 1 | 200 | 3 | 32 | 4 | 0.5 |" in text  # 256 times 3 hours, on 1, 8 and 64
