"""Rows of a folder of results, and what the published values beside them say."""

import pytest
from helpers.report import rows_of

from snnlib.reproduction.comparison import beside_published, described, read_rows, tally


def test_rows_of_one_profile_are_read_with_their_table(tmp_path):
    (tmp_path / "tables").mkdir()
    first = rows_of(model=["4", "ann"], metric=["auc"] * 2, value=[0.1, 0.2])
    first.to_csv(tmp_path / "tables" / "B-T2.csv", index=False)
    first.assign(profile="quick").to_csv(tmp_path / "tables" / "B-T3.csv", index=False)
    rows = read_rows(tmp_path, "smoke")
    assert rows["id"].tolist() == ["B-T2"] * 2 and rows["model"].tolist() == ["4", "ann"]
    assert rows["published"].isna().all()


def test_a_folder_without_tables_has_no_rows(tmp_path):
    rows = read_rows(tmp_path, "quick")
    assert rows.empty and {"published", "low"} <= set(rows.columns)


def test_intervals_are_held_against_the_print_and_counted_by_kind_of_data():
    measured = rows_of(
        attack=["brainleaks_v1"] * 4 + ["R"] * 2,
        metric=["attack_accuracy", "average_confidence", "daa", "daa", "tpr_at_1 %", "auc"],
        value=[0.9, 0.9, 0.5, 0.5, 0.0, 0.6], low=[0.69, 0.69, 0.1, None, 0.0, 0.5],
        high=[0.99988, 0.99988, 0.2, None, 0.0, 0.7], published=[1.0, 1.0, 0.15, 0.5, 0.0, 0.65],
        data=["mnist"] * 4 + ["photos-10"] * 2, study=["mnist"] * 4 + ["cifar10"] * 2,
        source=["official", "own copy", "simulated", "embedded", "embedded", "embedded"],
    )  # fmt: skip
    found = beside_published(measured)
    assert found["holds"].tolist() == ["yes", "no", "yes", "", "fixed", "yes"]  # confidences are printed to 0.0001
    assert found["real"].tolist() == [True, True, False, True, False, False]
    assert "own data 1 of 2 intervals" in tally(found) and tally(found).endswith("simulations 2 of 2")


@pytest.mark.parametrize(("high", "holds"), [(0.995, "yes"), (0.9949, "no")])
def test_ends_are_rounded_to_the_decimals_of_the_print(high, holds):
    row = rows_of(metric=["daa"], attack=["x"], value=[0.9], low=[0.8], high=[high + 1e-9], published=[1.0])
    assert beside_published(row)["holds"].tolist() == [holds]
    assert beside_published(row.assign(metric="auc"))["holds"].tolist() == ["no"]  # printed to 0.0001


def test_nothing_published_is_nothing_held():
    found = beside_published(
        rows_of(metric=["auc"], attack=["P"], value=[0.6], low=[0.5], high=[0.7], published=[None])
    )
    assert found.empty and "0 of 0" in tally(found)


def test_a_number_is_described_in_words():
    row = {"model": "4", "attack": "RMIA", "dropout": True, "metric": "auc"}
    assert described(row) == "SNN T=4, RMIA with dropout: AUC"
    row = {"model": float("nan"), "attack": "brainleaks_v1", "metric": "some_thing"}
    assert described(row) == "BrainLeaks-v1: some thing"
