"""Tables: numbers from arrays made by hand, and that nothing unpublished is invented."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from snnlib.report.rows import read_rows

from snnlib import membership as attacks
from snnlib.membership import complement
from snnlib.metrics.estimate import Estimate
from snnlib.reproduction.brainleaks.plan import family, judges, seeds
from snnlib.reproduction.brainleaks.results import InversionResults
from snnlib.reproduction.brainleaks.tables import (
    draw_spread,
    inversion_estimates,
    inversion_table,
    recognition_of_course,
    similarity_table,
)
from snnlib.reproduction.explore.published import published_overview
from snnlib.reproduction.mia_snn import controls
from snnlib.reproduction.mia_snn.controls import control_table, tuning_table
from snnlib.reproduction.mia_snn.plan import DROPOUT, PLAIN, ways
from snnlib.reproduction.mia_snn.results import Accuracies, MembershipResults
from snnlib.reproduction.mia_snn.tables import (
    accuracy_table,
    direct_table,
    formula_table,
    membership_table,
    signals,
    transfer_table,
)
from snnlib.reproduction.profiles import PROFILES

INFO_A = {
    "dataset": "mnist",
    "title": "MNIST",
    "source": "embedded",
    "classes": 4,
    "shape": [6, 6],
    "sizes": {"train": 8, "test": 4},
}
INFO_B = {
    "dataset": "photos-tiles",
    "title": "photos-tiles",
    "classes": 76,
    "source": "embedded",
    "shape": [16, 16, 3],
    "sizes": {"pool": 400},
}


def inversion_results(dataset="mnist", scorer_seeds=(0, 1), targets=(0, 1)):
    """Results of every row: all samples are recognised but random ones and those of the ANN with seed 1."""
    study = replace(PROFILES["smoke"].inversion[dataset], scorer_seeds=scorer_seeds, seeds=targets)
    rng = np.random.default_rng(0)
    right, wrong = np.eye(4)[None], np.roll(np.eye(4), 1, 0)[None]
    confidence, samples, target_course, final, similarity, course = {}, {}, {}, {}, {}, {}
    for row in study.rows:
        pictures = family(study.rows[row]) == "ann"
        for seed in seeds(study, row):
            good = not row.startswith("random") and not (row == "fredrikson" and seed == 1)
            draws = 4 if row.startswith(("brainleaks_v2", "v2")) else 1
            for judge in judges(study, row):
                for k in scorer_seeds:
                    confidence[row, seed, judge, k] = np.repeat(right if good else wrong, draws, 0)
            sparse = {"brainleaks_v2": 0.2, "v2_no_penalty": 0.4}.get(row, 0.6)
            samples[row, seed] = (sparse + 0.01 * seed) * np.ones((4, 6, 6) if pictures else (3, 4, 6, 6))
            similarity[row, seed] = {
                "to_means": np.eye(4) if good else wrong[0],
                "nearest": np.arange(4),
                "nearest_class": np.arange(4),
                "ssim": rng.random(4),
                "nearer": np.full(4, 0.75),
            }
            if "target" in study.rows[row]:
                final[row, seed] = np.array([0.95, 0.8, 0.2, 0.9])
    for attack, stops in study.course.items():
        for seed in study.seeds:
            target_course[attack, seed] = np.array([[0.2] * 4, [0.9, 0.8, np.nan, 0.7], [0.95, np.nan, np.nan, 0.9]])
            for stop in stops:
                for k in scorer_seeds:
                    course[attack, stop, seed, k] = wrong if stop == 0 else right
    accuracy = {(t, s): 0.9 for t in ("ann", "snn", "snn_reset_after", "common") for s in range(5)}
    info = INFO_A | {"dataset": dataset, "title": study.dataset} | ({"window_us": 3000} if study.frames else {})
    return InversionResults(
        study, info, accuracy, accuracy, samples, target_course, final, confidence, course, similarity,
        truth=rng.random((4, 6, 6)), recording=rng.random((3, 4, 6, 6)) if study.frames else None,
    )  # fmt: skip


@pytest.fixture
def inversion():
    return inversion_results()


def membership_results(study="cifar100", n=400):
    """Results of every way of asking every network: the target's signals are a little lower for non-members."""
    study, rng = PROFILES["quick"].membership[study], np.random.default_rng(0)
    study = replace(study, references=4, direct_references=2)
    members = np.stack([np.arange(n) % 2 == i % 2 for i in range(5)])
    log_p = {}
    for model in (*study.models, *study.hybrid):
        for index in range(3 if model == "direct" else 5):
            for way, how in ways(study, model, index).items():
                shape = (how.get("copies", 1), n)
                log_p[model, index, way] = -rng.exponential(1 + 0.5 * ~members[index], shape)
    info = INFO_B if study.dataset == "cifar100" else INFO_B | {"dataset": "photos-10", "title": "photos-10"}
    return MembershipResults(study, info, members, log_p)


@pytest.fixture
def membership():
    return membership_results()


def test_paper_a_averages_scorers_and_draws_and_counts_seeds(inversion):
    table = inversion_table("A-T2", inversion, "smoke")
    rows = table.rows.set_index(["attack", "judge", "metric"])["value"]
    assert rows["fredrikson", "ann", "attack_accuracy"] == rows["fredrikson", "snn", "attack_accuracy"] == 0.5
    assert rows["brainleaks_v1", "snn", "attack_accuracy"] == 1.0 and rows["random_spikes", "snn", "daa"] == 0.0
    assert rows["class_mean", "common", "top3_accuracy"] == 1.0
    printed = table.rows.set_index(["attack", "judge", "metric"])["published"]
    assert printed["fredrikson", "ann", "attack_accuracy"] == 0.5
    assert printed["brainleaks_v2", "snn", "target_accuracy"] == pytest.approx(0.9662)
    assert printed[["fredrikson"]].drop(index="ann", level="judge").isna().all()  # the paper had one kind of scorer
    runs = table.rows.set_index("attack")["runs"]
    assert (runs.drop("class_mean") == 2).all() and (runs["class_mean"] == 1).all()
    assert (table.rows["profile"] == "smoke").all() and (table.rows["source"] == "embedded").all()


def test_every_row_is_shown_with_what_it_is_and_controls_have_nothing_published(inversion):
    shown = inversion_table("A-T2", inversion, "smoke").shown
    kinds = shown.index.get_level_values(1)
    assert (kinds == "control").sum() == len(inversion.study.controls) and (kinds == "ours").sum() == 3
    assert shown.loc[("random spikes: v1's, shuffled", "control"), "target accuracy"] == "—"
    assert shown.loc[("Fredrikson (ANN)", "ours"), "AA, SNN scorers"].startswith("0.50")
    events = inversion_table("A-T3", inversion_results("nmnist"), "smoke").shown
    assert "AA, common scorers" in events and "AA, SNN scorers" not in events


def test_what_is_not_published_is_said_so():
    shown = inversion_table("A-T1", inversion_results("att_faces"), "smoke").shown
    published = shown.xs("published", level=1)
    ours = ["target's confidence", "AA, common scorers", "AA, SNN scorers"]
    assert (published.iloc[-1].drop(ours) == "not published").all() and (published.iloc[-1][ours] == "—").all()
    assert published.iloc[0]["AA"] == "0.88"


def test_spread_over_draws_stands_beside_the_published_one():
    results = inversion_results("nmnist")
    confidence = dict(results.confidence)
    for key in confidence:
        if key[0] == "brainleaks_v2":
            confidence[key] = np.stack([np.eye(4), np.roll(np.eye(4), 1, 0)])
    results = replace(results, confidence=confidence)
    np.testing.assert_allclose(draw_spread(results, "brainleaks_v2"), np.std([1, 0], ddof=1))
    assert draw_spread(results, "fredrikson") is None
    table = inversion_table("A-T3", results, "smoke")
    row = table.rows.set_index("metric").loc["attack_accuracy_sd_over_draws"]
    assert row["value"] == pytest.approx(np.std([1, 0], ddof=1)) and row["published"] == 0.0657
    kinds = table.shown.index.get_level_values(1)
    assert "published, mean of 1,000 draws" in kinds and "published, s.d. over 1,000 draws" in kinds


def test_likeness_and_sparsity_of_every_data_set():
    both = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    table = similarity_table("A-ST1", both, "smoke")
    rows = table.rows.set_index(["study", "attack", "metric"])["value"]
    assert rows["mnist", "brainleaks_v1", "recognised_by_mean"] == 1
    assert rows["mnist", "random_spikes", "recognised_by_mean"] == 0
    assert rows["nmnist", "brainleaks_v2", "rate"] == pytest.approx(0.205)
    assert rows["nmnist", "brainleaks_v2", "pixels_used"] == pytest.approx(1 - np.mean([0.8**3, 0.79**3]))
    assert rows["nmnist", "fredrikson", "nearer_to_training"] == 0.75
    assert len(table.shown) == 12 and list(table.shown.index.get_level_values(0)).count("") == 10


def test_paper_b_has_every_data_set_model_attack_and_metric_with_the_stand_in_marked(membership):
    both = {"cifar100": membership, "cifar10": membership_results("cifar10")}
    table = membership_table("B-T2", both, "quick")
    assert len(table.rows) == 2 * 4 * 3 * 2 * 3 and set(table.rows["data"]) == {"photos-tiles", "photos-10"}
    rows = table.rows.set_index(["study", "model", "attack", "dropout", "metric"])
    assert rows.loc[("cifar100", "4", "RMIA", True, "auc"), "published"] == pytest.approx(0.8076)
    assert rows.loc[("cifar10", "ann", "RMIA", False, "auc"), "published"] == pytest.approx(0.6384)
    assert pd.isna(rows.loc[("cifar100", "ann", "P", True, "auc"), "published"])
    assert pd.isna(rows.loc[("cifar100", "1", "P", False, "tpr_at_0.1 %"), "value"])
    assert rows.loc[("cifar100", "1", "P", False, "tpr_at_0.1 %"), "remark"] == "pool too small"
    shown = table.shown.loc[("photos-tiles", "SNN T=1", "P", "ours")]
    assert shown["TPR at FPR 0.1 %"] == "pool too small"
    assert "stands in for cifar100" in table.notes[0] and "stands in for cifar10:" in table.notes[1]
    auc = rows.loc[("cifar100", "1", "RMIA", False, "auc")]
    assert auc["low"] < auc["value"] < auc["high"]


def test_the_copied_column_of_table_3_is_shown_marked_and_compared_with_nothing():
    table = membership_table("B-T3", {"cifar10-vgg16": membership_results("cifar10-vgg16")}, "quick")
    rows = table.rows.set_index(["model", "attack", "dropout"])
    assert rows.loc[("1", "RMIA", True), "published"] == pytest.approx(0.6479)
    assert rows.loc["ann", "published"].isna().all()
    marked = [cell for cell in table.shown["AUC"] if "†" in cell]
    assert marked == ["56.61 †", "59.49 †", "63.84 †"] and any("digit for digit" in note for note in table.notes)
    assert set(table.rows["metric"]) == {"auc"} and set(table.rows["network"]) == {"vgg16"}


def test_direct_training_stands_beside_its_own_published_values():
    both = {name: membership_results(name) for name in ("cifar100", "cifar10")}
    table = direct_table("B-T5", both, "quick")
    rows = table.rows.set_index(["study", "attack", "dropout", "metric"])
    assert rows.loc[("cifar100", "RMIA", False, "auc"), "published"] == pytest.approx(0.5962)
    assert rows.loc[("cifar10", "RMIA", True, "tpr_at_0.1 %"), "published"] == pytest.approx(0.0356)
    assert set(table.rows["model"]) == {"direct"} and any("18 points" in note for note in table.notes)
    assert any("2 references" in note for note in table.notes)


def test_dropout_averages_probabilities_before_the_attack(membership):
    target, references = signals(membership, 4, DROPOUT)
    p = np.exp(membership.log_p[4, 2, DROPOUT]).mean(0)
    np.testing.assert_allclose(references[1], np.log(p))
    assert target.shape == (400,) and references.shape == (4, 400)


def test_transfer_takes_the_references_of_the_ann(membership):
    target, references = signals(membership, 2, references="ann")
    np.testing.assert_array_equal(target, membership.log_p[2, 0, PLAIN][0])
    np.testing.assert_array_equal(references[3], membership.log_p["ann", 4, PLAIN][0])
    table = transfer_table("B-T4", {"cifar100": membership}, "quick")
    rows = table.rows.set_index(["model", "attack", "dropout", "metric"])
    assert rows.loc[("4", "RMIA", False, "auc"), "published"] == pytest.approx(0.7443)
    assert set(table.rows["attack"]) == {"R", "RMIA"} and len(rows) == 3 * 2 * 2 * 3


def test_controls_show_every_way_of_asking_and_what_it_gains(membership):
    table = control_table("B-ST1", membership, "quick")
    rows = table.rows.set_index(["model", "attack", "way", "metric"])
    for way in ("dropout", "a mask per step", "flips", "shifts", "noise"):
        gain = rows.loc[("2", "RMIA", way, "auc"), "value"] - rows.loc[("2", "RMIA", "plain", "auc"), "value"]
        assert rows.loc[("2", "RMIA", way, "gain"), "value"] == pytest.approx(gain)
    assert ("ann", "P", "a mask per step", "auc") not in rows.index  # an ANN has one step
    assert table.shown.loc[("ANN", "RMIA", "AUC"), "dropout, a mask per step"] == "—"
    assert any("*" in cell for cell in table.shown.loc[("SNN T=2", "P", "gain")])  # five times the noise averaged


def test_tuning_attacks_each_reference_with_the_other_pair_only(membership, monkeypatch):
    """The complement would give its membership away, and the real target is nobody's reference."""
    asked = []

    def attack(target, references):
        asked.append((target, references))
        return rmia(target, references)

    rmia = attacks.rmia
    monkeypatch.setattr(controls, "rmia", attack)
    table = tuning_table("B-ST2", membership, "quick")
    plain = {i: membership.log_p[1, i, PLAIN][0] for i in range(1, 5)}
    others = {1: (3, 4), 2: (3, 4), 3: (1, 2), 4: (1, 2)}
    for i, (target, references) in zip((1, 2, 3, 4), asked[::2], strict=False):
        np.testing.assert_array_equal(target, plain[i])
        np.testing.assert_array_equal(references, np.stack([plain[k] for k in others[i]]))
    rows = table.rows.set_index(["probability", "copies"])
    assert rows.loc[(0.1, 3), "value"] > rows.loc[(0.1, 1), "value"]
    assert [complement(i) for i in range(5)] == [None, 2, 1, 4, 3]


def test_formulas_survive_markdown_and_latex():
    table = formula_table("B-T1")
    assert r"p(x\|θ) ≥ p(x\|ref)" in table.markdown() and r"p(x|$\theta$) $\ge$ p(x|ref)" in table.latex()


def test_accuracies_over_networks():
    study = PROFILES["smoke"].membership["cifar10"]
    values = {(m, i): 0.5 + 0.1 * i for m in (*study.hybrid, "direct", "ann") for i in range(3)}
    vgg = PROFILES["smoke"].membership["cifar10-vgg16"]
    of_vgg = {(m, i): 0.5 for m in (*vgg.hybrid, "ann") for i in range(3)}
    both = {"cifar10": Accuracies(study, INFO_B, values, values), "vgg": Accuracies(vgg, INFO_B, of_vgg, of_vgg)}
    table = accuracy_table("B-T6", both, "smoke")
    rows = table.rows.set_index(["network", "model", "metric"])
    assert rows.loc[("resnet18", "2", "test_accuracy"), "value"] == pytest.approx(0.6)
    assert rows.loc[("resnet18", "direct", "test_accuracy"), "published"] == pytest.approx(0.87)
    assert rows.loc[("vgg16", "ann", "test_accuracy")].isna()["published"]
    shown = table.shown["test accuracy, published"].tolist()
    assert shown == ["86.1", "87.3", "not published", "88.2", "87.0", "90.9"] + ["not published"] * 5


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.5, 0.4, 0.61), "0.50 [0.40, 0.61]"),
        (Estimate(0.5, why="one run"), "0.50"),
        (Estimate(None, why="too few"), "too few"),
    ],
)
def test_numbers_as_people_read_them(estimate, text):
    assert str(estimate) == text


def test_scorers_that_disagree_widen_the_interval(inversion):
    confidence = {key: c if key[3] == 0 else np.roll(c, 1, 1) for key, c in inversion.confidence.items()}
    judged = inversion_estimates(replace(inversion, confidence=confidence), "brainleaks_v1", "snn")
    agreed = inversion_estimates(inversion, "brainleaks_v1", "snn")["attack_accuracy"]
    assert judged["attack_accuracy"].value == 0.5
    assert judged["attack_accuracy"].high - judged["attack_accuracy"].low > agreed.high - agreed.low


def test_recognition_on_the_way_ends_with_that_of_the_whole_attack(inversion):
    stops, shares = recognition_of_course(inversion, "brainleaks_v1")
    assert stops == [0, 2] and [share.mean() for share in shares] == [0, 1] and shares[0].shape == (2, 2)


def test_markdown_and_latex_hold_every_cell(inversion):
    table = inversion_table("A-T2", inversion, "smoke")
    lines = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(table.shown) and len({line.count("|") for line in lines}) == 1
    latex = table.latex()
    assert r"\toprule" in latex and r"95 \%" in latex and "BrainLeaks-v2 (SNN)" in latex
    assert latex.count(r"\\") == 1 + len(table.shown)
    assert r"$\lambda$ = 0" in latex and "---" in latex and latex.isascii()


def test_the_rows_of_a_folder_can_be_read_back(inversion, membership, tmp_path):
    (tmp_path / "tables").mkdir()
    for table in (
        inversion_table("A-T2", inversion, "smoke"),
        membership_table("B-T2", {"cifar100": membership}, "quick"),
        direct_table("B-T5", {"cifar100": membership}, "quick"),
    ):
        table.rows.to_csv(tmp_path / "tables" / f"{table.id}.csv", index=False)
    rows = read_rows(tmp_path, "smoke")
    assert set(rows["id"]) == {"A-T2"} and rows["published"].notna().sum() == 18
    rows = read_rows(tmp_path, "quick")
    assert set(rows["id"]) == {"B-T2", "B-T5"} and len(rows) == 72 + 18
    rows = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    figure = published_overview(rows, np.ones(len(rows), bool), most=len(rows))
    labels = [t.get_text() for t in figure.axes[1].get_yticklabels()]
    assert "B-T2 cifar100, SNN T=4, RMIA with dropout: AUC*" in labels
    assert "B-T2 cifar100, ANN, P with dropout: AUC*" not in labels and "B-T5 cifar100, direct SNN, R: AUC*" in labels


def test_a_folder_without_tables_has_no_rows(tmp_path):
    rows = read_rows(tmp_path, "quick")
    assert rows.empty and {"published", "low"} <= set(rows.columns)
