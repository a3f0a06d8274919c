"""Tables of paper A: numbers from arrays made by hand, and that nothing unpublished is invented."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.brainleaks import RIGHT, WRONG, inversion_results

from snnlib.reproduction.brainleaks.estimates import draw_spread, inversion_estimates, recognition_by_iteration
from snnlib.reproduction.brainleaks.published import published, published_over_draws, real_recordings
from snnlib.reproduction.brainleaks.tables import inversion_table, similarity_table


@pytest.fixture
def results():
    return inversion_results()


def test_scorers_and_draws_are_averaged_and_targets_are_counted(results):
    rows = inversion_table("A-T2", results, "smoke").rows
    keys = rows.set_index(["attack", "judge", "metric"])
    value, printed = keys["value"], keys["published"]
    assert value["fredrikson", "ann", "attack_accuracy"] == value["fredrikson", "snn", "attack_accuracy"] == 0.5
    assert value["brainleaks_v1", "snn", "attack_accuracy"] == 1.0 and value["random_spikes", "snn", "daa"] == 0.0
    assert value["class_mean", "common", "top3_accuracy"] == 1.0
    assert printed["fredrikson", "ann", "attack_accuracy"] == 0.5
    assert printed["brainleaks_v2", "snn", "target_accuracy"] == pytest.approx(0.9662)
    assert printed[["fredrikson"]].drop(index="ann", level="judge").isna().all()  # the paper had one kind of scorer
    assert {(a, n) for a, n in zip(rows["attack"], rows["runs"], strict=True) if n != 2} == {("class_mean", 1)}
    assert set(rows["profile"]) == {"smoke"} and set(rows["source"]) == {"embedded"}


def test_an_estimate_is_over_targets_and_scorers(results):
    keys = {key for key in results.confidence if key[0] == "brainleaks_v1"}
    half = {key: np.concatenate([RIGHT, WRONG]) for key in keys}
    found = inversion_estimates(replace(results, confidence={**results.confidence, **half}), "brainleaks_v1", "snn")
    assert found["attack_accuracy"].value == 0.5 and found["average_confidence"].value == 0.5
    assert found["target_confidence"].value == pytest.approx((0.95 + 0.8 + 0.2 + 0.9) / 4)
    differ = replace(results, target_accuracy=results.target_accuracy | {("snn", 0): 0.8, ("snn", 1): 0.9})
    accuracy = inversion_estimates(differ, "brainleaks_v1", "snn")["target_accuracy"]
    assert accuracy.value == pytest.approx(0.85) and 0 < accuracy.low < 0.8 and 0.9 < accuracy.high < 1


def test_every_row_is_shown_with_what_it_is_and_controls_have_nothing_published(results):
    shown = inversion_table("A-T2", results, "smoke").shown
    kinds = shown.index.get_level_values(1)
    assert (kinds == "control").sum() == len(results.study.controls) and (kinds == "ours").sum() == 3
    assert (kinds == "published").sum() == 3
    assert shown.loc[("random spikes: v1's, shuffled", "control"), "target accuracy"] == "—"
    assert shown.loc[("Fredrikson (ANN)", "ours"), "AA, SNN scorers"].startswith("0.50")
    assert shown.loc[("BrainLeaks-v1 (SNN)", "ours"), "AA, SNN scorers"].startswith("1.00")
    events = inversion_table("A-T3", inversion_results("nmnist"), "smoke").shown
    assert "AA, common scorers" in events and "AA, SNN scorers" not in events


def test_what_is_not_published_is_said_so():
    shown = inversion_table("A-T1", inversion_results("att_faces"), "smoke").shown
    printed = shown.xs("published", level=1)
    ours = ["target's confidence", "AA, common scorers", "AA, SNN scorers"]
    assert (printed.iloc[-1].drop(ours) == "not published").all() and (printed.iloc[-1][ours] == "—").all()
    assert printed.iloc[0]["AA"] == "0.88"


def test_published_values_and_their_absence():
    assert published("mnist", "fredrikson", "attack_accuracy") == 0.5
    assert published("mnist", "fredrikson", "scorer_accuracy") == pytest.approx(0.9869)  # printed in percent
    assert published("att_faces", "brainleaks_v1", "attack_accuracy") is None
    assert published("nmnist", "fredrikson", "attack_accuracy") is None
    assert published("nmnist", "brainleaks_v2", "attack_accuracy") == 0.4  # one draw
    assert published_over_draws("nmnist", "top3_accuracy") == (0.9112, 0.0544)
    assert published_over_draws("mnist", "attack_accuracy") == (None, None)
    real = real_recordings()
    assert real.loc["events_per_10ms", "mean"].sum() == pytest.approx(real.loc["events", "mean"], rel=0.01)


def test_spread_over_draws_stands_beside_the_published_one():
    results = inversion_results("nmnist")
    of_v2 = {key: np.concatenate([RIGHT, WRONG]) for key in results.confidence if key[0] == "brainleaks_v2"}
    results = replace(results, confidence={**results.confidence, **of_v2})
    deviation = np.std([1, 0], ddof=1)
    np.testing.assert_allclose(draw_spread(results, "brainleaks_v2"), deviation)
    assert draw_spread(results, "fredrikson") is None
    table = inversion_table("A-T3", results, "smoke")
    row = table.rows.set_index("metric").loc["attack_accuracy_sd_over_draws"]
    assert row["value"] == pytest.approx(deviation) and row["published"] == 0.0657
    lines = table.shown.reset_index(level=0, drop=True)["AA"]
    assert lines["published, mean of 1,000 draws"] == "0.46" and lines["published, s.d. over 1,000 draws"] == "0.066"
    assert lines["ours, s.d. over 4 draws"].startswith("0.707")


def test_what_is_shown_is_what_the_rows_hold(results):
    table = inversion_table("A-T2", results, "smoke")
    row = table.rows.query("attack == 'ascent' and metric == 'daa' and judge == 'snn'").iloc[0]
    shown = table.shown.loc[("gradient ascent, not binarised", "control"), "DAA"]
    assert shown == f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def test_recognition_grows_with_iterations_and_ends_with_the_attack(results):
    shares = recognition_by_iteration(results, "fredrikson")
    assert list(shares) == [0, 2] and {of.shape for of in shares.values()} == {(2, 2, 4)}
    assert shares[0].mean() == 0 and shares[2].mean(2).tolist() == [[1, 1], [0, 0]]  # of the second target nothing


def test_likeness_and_sparsity_of_every_data_set():
    table = similarity_table("A-ST1", {name: inversion_results(name) for name in ("mnist", "nmnist")}, "smoke")
    rows = table.rows.set_index(["study", "attack", "metric"])["value"]
    assert rows["mnist", "brainleaks_v1", "recognised_by_mean"] == 1
    assert rows["mnist", "random_spikes", "recognised_by_mean"] == 0
    assert rows["mnist", "brainleaks_v1", "correlation_own"] == 1 == rows["mnist", "random_spikes", "correlation_other"]
    assert rows["nmnist", "brainleaks_v2", "rate"] == pytest.approx(0.205)
    assert rows["nmnist", "brainleaks_v2", "pixels_used"] == pytest.approx(1 - np.mean([0.8**3, 0.79**3]))
    assert rows["nmnist", "fredrikson", "nearer_to_training"] == 0.75
    assert len(table.shown) == 12 and list(table.shown.index.get_level_values(0)).count("") == 10
    assert isinstance(table.rows, pd.DataFrame) and table.rows["published"].isna().all()
