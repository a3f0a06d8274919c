"""Tables: numbers from arrays made by hand, and that nothing unpublished is invented."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from snnlib import figures, tables
from snnlib.metrics import Estimate
from snnlib.profiles import PROFILES
from snnlib.results import Accuracies, InversionResults, MembershipResults

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
    "source": "embedded",
    "shape": [16, 16, 3],
    "sizes": {"pool": 400},
}


@pytest.fixture
def inversion():
    study, rng = PROFILES["smoke"].inversion["mnist"], np.random.default_rng(0)
    right, wrong = np.eye(4)[None], np.roll(np.eye(4), 1, 0)[None]
    confidence, samples, course, final = {}, {}, {}, {}
    for attack in study.attacks:
        for seed in study.seeds:
            good = attack != "fredrikson" or seed == 0
            draws = 4 if attack == "brainleaks_v2" else 1
            for scorer in study.scorer_seeds:
                confidence[attack, seed, scorer] = np.repeat(right if good else wrong, draws, 0)
            samples[attack, seed] = rng.random((4, 6, 6) if attack == "fredrikson" else (3, 4, 6, 6))
            final[attack, seed] = np.array([0.95, 0.8, 0.2, 0.9])
            course[attack, seed] = np.array([[0.2] * 4, [0.9, 0.8, np.nan, 0.7], [0.95, np.nan, np.nan, 0.9]])
    accuracy = {(k, s): 0.9 for k in ("ann", "snn") for s in study.seeds}
    return InversionResults(
        study, INFO_A, accuracy, accuracy, samples, course, final, confidence, rng.random((4, 6, 6))
    )


@pytest.fixture
def membership():
    study, rng = PROFILES["quick"].membership["cifar100"], np.random.default_rng(0)
    members = np.stack([np.arange(400) % 2 == 0] * 5)
    log_p = {
        (model, index, dropout): -rng.exponential(1 + (index > 0) * 0.5, (2 if dropout else 1, 400))
        for model in ("ann", *study.reported)
        for index in range(5)
        for dropout in (False, True)
    }
    return MembershipResults(study, INFO_B, members, log_p)


def test_paper_a_averages_scorers_and_draws_and_counts_seeds(inversion):
    table = tables.inversion_table("A-T2", inversion, "smoke")
    rows = table.rows.set_index(["attack", "metric"])
    assert rows.loc[("fredrikson", "attack_accuracy"), "value"] == 0.5
    assert rows.loc[("brainleaks_v1", "attack_accuracy"), "value"] == 1.0
    assert rows.loc[("fredrikson", "attack_accuracy"), "published"] == 0.5
    assert (rows["runs"] == 2).all() and (rows["profile"] == "smoke").all() and (rows["source"] == "embedded").all()
    assert rows.loc[("brainleaks_v2", "target_accuracy"), "published"] == pytest.approx(0.9662)


def test_what_is_not_published_is_said_so(inversion):
    faces = InversionResults(**vars(inversion) | {"study": PROFILES["smoke"].inversion["att_faces"]})
    shown = tables.inversion_table("A-T1", faces, "smoke").shown
    assert (shown.loc[("", "published")].iloc[-1] == "not published").all()
    assert shown.loc[("", "published")].iloc[0]["AA"] == "0.88"


def test_spread_over_draws_is_that_of_the_draws(inversion):
    confidence = dict(inversion.confidence)
    for key in confidence:
        if key[0] == "brainleaks_v2":
            confidence[key] = np.stack([np.eye(4), np.roll(np.eye(4), 1, 0)])
    results = InversionResults(**vars(inversion) | {"confidence": confidence})
    assert tables.draw_spread(results, "brainleaks_v2", "attack_accuracy") == pytest.approx(np.std([1, 0], ddof=1))
    assert tables.draw_spread(results, "fredrikson", "attack_accuracy") is None


def test_paper_b_has_every_model_attack_and_metric_with_the_stand_in_marked(membership):
    table = tables.membership_table("B-T2", membership, "quick")
    assert len(table.rows) == 4 * 3 * 2 * 3 and set(table.rows["data"]) == {"photos-tiles"}
    rows = table.rows.set_index(["model", "attack", "dropout", "metric"])
    assert rows.loc[("4", "RMIA", True, "auc"), "published"] == pytest.approx(0.8076)
    assert pd.isna(rows.loc[("ann", "P", True, "auc"), "published"])
    assert pd.isna(rows.loc[("1", "P", False, "tpr_at_0.1 %"), "value"])
    assert rows.loc[("1", "P", False, "tpr_at_0.1 %"), "remark"] == "pool too small"
    assert table.shown.loc[("SNN T=1", "P", "ours"), "TPR at FPR 0.1 %"] == "pool too small"
    assert "stands in for cifar100" in table.notes[0]
    auc = rows.loc[("1", "RMIA", False, "auc")]
    assert auc["low"] < auc["value"] < auc["high"]


def test_dropout_averages_probabilities_before_the_attack(membership):
    target, references = tables.signals(membership, 4, dropout=True)
    p = np.exp(membership.log_p[4, 2, True]).mean(0)
    np.testing.assert_allclose(references[1], np.log(p))
    assert target.shape == (400,) and references.shape == (4, 400)


def test_transfer_takes_the_references_of_the_ann(membership):
    target, references = tables.signals(membership, 2, False, references="ann")
    np.testing.assert_array_equal(target, membership.log_p[2, 0, False][0])
    np.testing.assert_array_equal(references[3], membership.log_p["ann", 4, False][0])
    table = tables.transfer_table("B-T4", membership, "quick")
    rows = table.rows.set_index(["model", "attack", "dropout", "metric"])
    assert rows.loc[("4", "RMIA", False, "auc"), "published"] == pytest.approx(0.7443)
    assert set(table.rows["attack"]) == {"R", "RMIA"} and len(rows) == 3 * 2 * 2 * 3


def test_formulas_survive_markdown_and_latex():
    table = tables.formula_table("B-T1")
    assert r"p(x\|θ) ≥ p(x\|ref)" in table.markdown() and r"p(x|$\theta$) $\ge$ p(x|ref)" in table.latex()


def test_accuracies_over_networks():
    study = PROFILES["smoke"].membership["cifar100"]
    models = (*study.hybrid, "ann")
    values = {(m, i): 0.5 + 0.1 * i for m in models for i in range(3)}
    table = tables.accuracy_table("B-T6", Accuracies(study, INFO_B, values, values), "smoke")
    rows = table.rows.set_index(["model", "metric"])
    assert rows.loc[("2", "test_accuracy"), "value"] == pytest.approx(0.6)
    assert rows.loc[("2", "test_accuracy"), "published"] == pytest.approx(0.621)
    assert table.shown.loc["SNN T=3", "test accuracy, published"] == "not published"


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.5, 0.4, 0.61), "0.50 [0.40, 0.61]"),
        (Estimate(0.5, why="one run"), "0.50"),
        (Estimate(None, why="too few"), "too few"),
    ],
)
def test_numbers_as_people_read_them(estimate, text):
    assert tables.number(estimate) == text


def test_scorers_that_disagree_are_not_hidden_in_their_mean(inversion):
    study = replace(inversion.study, scorer_seeds=(0, 1))
    confidence = {
        (a, s, k): c if k == 0 else np.roll(c, 1, 1) for (a, s, _), c in inversion.confidence.items() for k in (0, 1)
    }
    results = InversionResults(**vars(inversion) | {"study": study, "confidence": confidence})
    assert tables.attack_accuracy_by_scorer(results, "brainleaks_v1") == [1.0, 0.0]
    accuracy = {(k, s): 0.9 for k in ("ann", "snn") for s in (0, 1)}
    results = InversionResults(**vars(results) | {"scorer_accuracy": accuracy})
    assert "BrainLeaks-v1 1.00, 0.00" in " ".join(tables.inversion_table("A-T2", results, "smoke").notes)


def test_markdown_and_latex_hold_every_cell(inversion):
    table = tables.inversion_table("A-T2", inversion, "smoke")
    lines = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(table.shown) and len({line.count("|") for line in lines}) == 1
    latex = table.latex()
    assert r"\toprule" in latex and r"95 \%" in latex and "BrainLeaks-v2 (SNN)" in latex
    assert latex.count(r"\\") == 1 + len(table.shown)


def test_the_rows_of_a_folder_can_be_read_back(inversion, membership, tmp_path):
    (tmp_path / "tables").mkdir()
    for table in (
        tables.inversion_table("A-T2", inversion, "smoke"),
        tables.membership_table("B-T2", membership, "quick"),
    ):
        table.rows.to_csv(tmp_path / "tables" / f"{table.id}.csv", index=False)
    rows = tables.read_rows(tmp_path, "smoke")
    assert set(rows["id"]) == {"A-T2"} and len(rows) == 18
    rows = tables.read_rows(tmp_path, "quick")
    assert set(rows["id"]) == {"B-T2"} and len(rows) == 72
    figure = figures.beside_published(rows)
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert "B-T2 RMIA SNN T=4 auc dropout *" in labels and "B-T2 P ANN auc dropout *" not in labels


def test_a_folder_without_tables_has_no_rows(tmp_path):
    rows = tables.read_rows(tmp_path, "quick")
    assert rows.empty and {"published", "low"} <= set(rows.columns)
    assert figures.beside_published(rows).axes


def test_figures_show_every_class_and_attack(inversion, membership):
    grid = figures.comparison_grid({"mnist": inversion}, {"mnist": (2, 3)})
    assert len(grid.axes) == 6
    panels = figures.all_classes(inversion, columns=2).axes
    titles = [text.get_text() for ax in panels for text in ax.texts]
    assert titles.count("0.95") == 3 and titles.count("0.20") == 3 and len(titles) == 12
    assert [len(ax.images) for ax in panels] == [4, 4, 4, 4]
    curves = figures.roc_curves(membership)
    assert [line.get_label() for line in curves.axes[0].get_lines()[:4]] == ["SNN T=1", "SNN T=2", "SNN T=4", "ANN"]
    scatter = figures.confidence_scatter(membership).axes[0]
    assert len(scatter.collections[0].get_offsets()) == 400
    risk = figures.risk_against_steps(membership).axes[0]
    expected = [tables.membership_estimates(membership, t, "RMIA", False)["auc"].value for t in (1, 2, 4)]
    np.testing.assert_allclose(risk.get_lines()[0].get_ydata(), expected)
    histograms = figures.confidence_histograms(membership).axes
    for ax in histograms:  # one outline for members, one for non-members; insets are children of their axes
        assert len(ax.patches) == 2 and len({tuple(p.get_xy()[:, 0]) for p in ax.patches}) == 1
    course = figures.course_of_attack(inversion)
    assert course.axes[0].get_lines()[-1].get_ydata()[-1] == pytest.approx((0.95 + 0.8 + 0.2 + 0.9) / 4)


def test_spikes_are_summed_over_time():
    spikes = np.zeros((5, 2, 3, 3))
    spikes[:3, 0, 1, 1] = 1
    assert figures.over_time(spikes)[0, 1, 1] == 3 and figures.over_time(spikes[0]).shape == (2, 3, 3)


def test_colours_stay_apart_in_grey():
    from matplotlib.colors import to_rgb

    grey = [np.dot(to_rgb(figures.COLOURS[m]), [0.299, 0.587, 0.114]) for m in (1, 2, 4, "ann")]
    assert all(a - b > 0.08 for a, b in zip(grey, grey[1:], strict=False))
