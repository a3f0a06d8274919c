"""Paper B's tables: numbers from made-up signals, published values where there are some, nothing invented."""

import numpy as np
import pandas as pd
import pytest
from helpers.mia import a_study, accuracies, membership_results

from snnlib.membership import log_mean, rmia
from snnlib.metrics.membership import auc
from snnlib.report.table import latex, markdown
from snnlib.reproduction.mia_snn.controls import control_table, tuning_gain, tuning_table
from snnlib.reproduction.mia_snn.plan import DROPOUT, PLAIN, tuning_query
from snnlib.reproduction.mia_snn.tables import accuracy_table, formula_table, membership_table


@pytest.fixture(scope="module")
def results():
    return membership_results(a_study(direct_pairs=2), dropout=0.3)


def ten():
    return membership_results(a_study("cifar10"))


def test_every_model_attack_and_metric_is_there_with_the_stand_in_marked(results):
    table = membership_table("B-T2", {"cifar100": results, "cifar10": ten()}, "quick")
    assert len(table.rows) == 2 * 4 * 3 * 2 * 3 and set(table.rows["data"]) == {"photos-tiles", "photos-10"}
    rows = table.rows.set_index(["study", "model", "attack", "dropout", "metric"])
    assert rows.loc[("cifar100", "4", "RMIA", True, "auc"), "published"] == pytest.approx(0.8076)
    assert rows.loc[("cifar10", "ann", "RMIA", False, "auc"), "published"] == pytest.approx(0.6384)
    assert pd.isna(rows.loc[("cifar100", "ann", "P", True, "auc"), "published"])
    small = rows.loc[("cifar100", "1", "P", False, "tpr_at_0.1 %")]
    assert pd.isna(small["value"]) and small["remark"] == "pool too small"
    one = rows.loc[("cifar100", "1", "RMIA", False, "auc")]
    assert one["low"] < one["value"] < one["high"]
    assert "photos-tiles for cifar100, photos-10 for cifar10;" in table.notes[0]


def test_what_is_shown_is_what_the_rows_hold(results):
    table = membership_table("B-T2", {"cifar100": results}, "quick")
    rows = table.rows.set_index(["model", "attack", "dropout", "metric"])
    assert table.shown.index.names == ["data", "model", "attack", ""] and len(table.shown) == 4 * 3 * 2
    line = 2 * (3 * 2 + 2)  # T = 4, RMIA
    ours, published = (table.shown.iloc[line + i] for i in (0, 1))
    value = rows.loc[("4", "RMIA", True, "auc"), "value"]
    assert ours["AUC, dropout"].startswith(f"{100 * value:.1f} [") and published["AUC, dropout"] == "80.76"
    assert not [column for column in table.shown if "0.1 %" in column]  # measured nowhere
    assert any("TPR at FPR 0.1 %" in note and "not shown" in note for note in table.notes)


def test_each_network_is_the_target_with_the_other_pairs_as_references(results):
    rows = membership_table("B-T2", {"cifar100": results}, "quick").rows
    rows = rows.set_index(["model", "attack", "dropout", "metric"])
    signals = results.signals[4, DROPOUT]
    p = np.exp(signals.log_p).mean(1)  # of the copies
    by_hand = []
    for k in range(6):
        others = [j for j in range(6) if j // 2 != k // 2]
        by_hand.append(auc(np.log(p[k] / p[others].mean(0)), signals.inside[k]))
    found = rows.loc[("4", "RMIA", True, "auc")]
    assert found["value"] == pytest.approx(np.mean(by_hand)) and found["runs"] == 6


def test_the_copied_column_of_table_3_is_shown_marked_and_compared_with_nothing():
    table = membership_table("B-T3", {"cifar10-vgg16": membership_results(a_study("cifar10-vgg16"))}, "quick")
    rows = table.rows.set_index(["model", "attack", "dropout"])
    assert rows.loc[("1", "RMIA", True), "published"] == pytest.approx(0.6479)
    assert rows.loc["ann", "published"].isna().all()
    assert [cell for cell in table.shown["AUC"] if "†" in cell] == ["56.61 †", "59.49 †", "63.84 †"]
    assert set(table.rows["metric"]) == {"auc"} and set(table.rows["network"]) == {"vgg16"}


def test_direct_training_stands_beside_its_own_published_values(results):
    table = membership_table("B-T5", {"cifar100": results, "cifar10": ten()}, "quick")
    rows = table.rows.set_index(["study", "attack", "dropout", "metric"])
    assert rows.loc[("cifar100", "RMIA", False, "auc"), "published"] == pytest.approx(0.5962)
    assert rows.loc[("cifar10", "RMIA", True, "tpr_at_0.1 %"), "published"] == pytest.approx(0.0356)
    assert set(table.rows["model"]) == {"direct"}


def test_transfer_takes_the_references_of_the_ann(results):
    attacked = results.attacked(2, references="ann")
    np.testing.assert_array_equal(attacked.target, results.signals[2, PLAIN].averaged[0])
    np.testing.assert_array_equal(
        np.sort(attacked.references, 0), np.sort(results.signals["ann", PLAIN].averaged[2:], 0)
    )
    rows = membership_table("B-T4", {"cifar100": results}, "quick").rows
    assert set(rows["attack"]) == {"R", "RMIA"} and len(rows) == 3 * 2 * 2 * 3
    rows = rows.set_index(["model", "attack", "dropout", "metric"])
    assert rows.loc[("4", "RMIA", False, "auc"), "published"] == pytest.approx(0.7443)


def test_controls_show_every_kind_of_query_and_what_it_gains():
    results = membership_results(dropout=1.5)
    table = control_table("B-ST1", results, "quick")
    rows = table.rows.set_index(["model", "attack", "query", "metric"])
    for query in ("dropout", *results.study.controls):
        gain = rows.loc[("1", "RMIA", query, "auc"), "value"] - rows.loc[("1", "RMIA", "plain", "auc"), "value"]
        assert rows.loc[("1", "RMIA", query, "gain"), "value"] == pytest.approx(gain)
        if query != "dropout":
            more = gain - rows.loc[("1", "RMIA", "dropout", "gain"), "value"]
            assert rows.loc[("1", "RMIA", query, "minus_dropout"), "value"] == pytest.approx(more)
    assert len(table.shown) == 3 * 3 and {*table.rows["runs"]} == {6}
    assert rows.loc[("1", "P", "dropout", "gain"), "p_holm"] < 0.05 and "*" in table.shown.iloc[1]["dropout, one mask"]


def test_tuning_attacks_each_reference_with_the_other_pair_only():
    """The complement would give its membership away, and the reported pair takes no part."""
    results = membership_results()
    plain, dropout = results.signals[1, PLAIN], results.signals[1, tuning_query(results.study, 0.1)]
    gains = []
    for k, others in ((2, [4, 5]), (3, [4, 5]), (4, [2, 3]), (5, [2, 3])):
        log_p = log_mean(np.moveaxis(dropout.log_p[:, :2], 1, 0))  # of networks 2 to 5, two copies
        with_dropout = rmia(log_p[k - 2], log_p[np.array(others) - 2])
        without = rmia(plain.averaged[k], plain.averaged[others])
        gains.append(auc(with_dropout, plain.inside[k]) - auc(without, plain.inside[k]))
    gain, runs = tuning_gain(results, 1, 0.1, 2)
    assert gain.value == pytest.approx(np.mean(gains)) and runs == 4
    pairs = np.reshape(gains, (2, 2)).mean(1)
    assert gain.parts[0].variance == pytest.approx(pairs.var(ddof=1) / 2)
    table = tuning_table("B-ST2", results, "quick")
    assert list(table.shown.columns) == ["1 copy", "3 copies", "8 copies"] and len(table.shown) == 2
    rows = table.rows.set_index(["probability", "copies"])
    assert rows.loc[(0.1, 3), "value"] > rows.loc[(0.1, 1), "value"]


def test_formulas_survive_markdown_and_latex():
    text = formula_table("B-T1").text()
    assert r"p(x\|θ) ≥ p(x\|ref)" in markdown(text) and r"p(x|$\theta$) $\ge$ p(x|ref)" in latex(text)


def test_accuracies_over_networks():
    both = {name: accuracies(a_study(name), 0.05) for name in ("cifar10", "cifar10-vgg16")}
    table = accuracy_table("B-T6", both, "smoke")
    rows = table.rows.set_index(["network", "model", "metric"])
    assert rows.loc[("resnet18", "2", "test_accuracy"), "value"] == pytest.approx(both["cifar10"].test[2].mean())
    assert rows.loc[("resnet18", "2", "test_accuracy"), "runs"] == 6
    assert rows.loc[("resnet18", "direct", "test_accuracy"), "published"] == pytest.approx(0.87)
    assert pd.isna(rows.loc[("vgg16", "ann", "test_accuracy"), "published"])
    shown = table.shown["test accuracy, published"].tolist()
    assert shown == ["86.1", "87.3", "not published", "88.2", "87.0", "90.9"] + ["not published"] * 5
    assert list(table.shown.columns) == ["test accuracy", "train accuracy", "test accuracy, published"]
