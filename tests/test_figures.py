"""Figures show what the results hold."""

import numpy as np
import pytest
from test_tables import inversion_results, membership_results

from snnlib.metrics.membership import FEWEST
from snnlib.report.style import COLOURS
from snnlib.reproduction.brainleaks import figures
from snnlib.reproduction.brainleaks.camera_figure import camera_check
from snnlib.reproduction.brainleaks.figures import (
    all_classes,
    class_name,
    comparison_grid,
    confidence_matrices,
    course_notes,
    course_of_attack,
    over_time,
    target_confidence,
)
from snnlib.reproduction.mia_snn.figures import (
    confidence_histograms,
    confidence_scatter,
    risk_against_steps,
    roc_curves,
)
from snnlib.reproduction.mia_snn.tables import membership_estimates


def test_figures_show_every_class_and_attack():
    inversion, membership = inversion_results(), membership_results()
    grid = comparison_grid({"mnist": inversion}, {"mnist": (2, 3)})
    assert len(grid.axes) == 6
    panels = all_classes(inversion, columns=2).axes
    titles = [text.get_text() for ax in panels for text in ax.texts]
    assert titles.count("0.95") == 3 and titles.count("0.20") == 3 and len(titles) == 12
    assert [len(ax.images) for ax in panels] == [4, 4, 4, 4]
    curves = roc_curves(membership)
    assert [line.get_label() for line in curves.axes[0].get_lines()[:4]] == ["SNN T=1", "SNN T=2", "SNN T=4", "ANN"]
    scatter = confidence_scatter(membership).axes[0]
    assert len(scatter.collections[0].get_offsets()) == 400
    risk = risk_against_steps(membership).axes[0]
    expected = [membership_estimates(membership, t, "RMIA")["auc"].value for t in (1, 2, 4)]
    np.testing.assert_allclose(risk.get_lines()[0].get_ydata(), 100 * np.array(expected))
    histograms = confidence_histograms(membership).axes
    for ax in histograms:  # one outline for members, one for non-members; insets are children of their axes
        assert len(ax.patches) == 2 and len({frozenset(p.get_xy()[:, 0]) for p in ax.patches}) == 1


def test_curves_end_where_tables_refuse_a_number():
    membership = membership_results()
    least = FEWEST / 200  # non-members
    linear, logarithmic = roc_curves(membership).axes
    for ax, first in ((linear, 0), (logarithmic, least)):
        lines = [line for line in ax.get_lines() if len(line.get_xdata()) > 10]
        assert len(lines) == 4 and first <= min(line.get_xdata().min() for line in lines) < first + 0.02
    bands = [path for ax in (linear, logarithmic) for of in ax.collections for path in of.get_paths()]
    assert min(path.vertices[:, 0].min() for path in bands) == pytest.approx(least)
    assert any("fewer than 5" in text.get_text() for text in logarithmic.get_legend().get_texts())


def test_margins_stand_beside_their_axes_and_panels_to_compare_share_theirs():
    membership = membership_results()
    main, top, right = confidence_scatter(membership).axes
    assert main.get_xlim()[1] == main.get_ylim()[1] == 0
    assert top.get_xlim() == main.get_xlim() and right.get_ylim() == main.get_ylim()
    histograms = confidence_histograms(membership).axes
    assert len({ax.get_ylim() for ax in histograms}) == 1
    for ax in histograms:
        assert all(patch.get_xy()[:, 1].max() < ax.get_ylim()[1] for patch in ax.patches)


def test_samples_of_an_attack_share_one_grey_scale():
    results = inversion_results("nmnist")
    results.samples["brainleaks_v2", 0][:, 1] *= 3  # a brighter class
    panels = all_classes(results, columns=2).axes
    for panel in panels:
        assert len({image.get_clim() for image in panel.images}) == 1
    assert panels[3].images[0].get_clim() == (0, pytest.approx(3 * 0.6)) and "1.8 spikes" in panels[3].get_title()
    grid = comparison_grid({"nmnist": results}, {"nmnist": (0, 1)})
    assert grid.axes[4].images[0].get_clim() == grid.axes[5].images[0].get_clim() == (0, pytest.approx(3 * 0.6))


def test_a_confidence_by_spikes_has_a_ceiling_that_is_drawn_and_said():
    results = {name: inversion_results(name) for name in ("mnist", "dvsgesture")}
    assert figures.ceiling(results["mnist"], "brainleaks_v1") is None
    most = np.exp(1) / (np.exp(1) + 3)  # one neuron of four spikes at every step
    figure, gesture = course_of_attack(results), "highest confidence"
    drawn = [[line for line in ax.get_lines() if line.get_label().startswith(gesture)] for ax in figure.axes]
    assert [len(lines) for lines in drawn] == [0, 0, 0, 0, 1, 0] and drawn[4][0].get_ydata()[0] == pytest.approx(most)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [sum(who in label for label in labels) for who in ("first target", "all targets")] == [2, 1]
    draws, ceiling = course_notes(results)
    assert "at most 1 draws" in draws and "mnist 4, dvsgesture 4" in draws
    assert ceiling.startswith("dvsgesture, BrainLeaks-v1") and f"at most {most:.2f}" in ceiling


def test_a_stopped_class_keeps_its_confidence():
    found = target_confidence(inversion_results(), "fredrikson", [0, 1, 500])
    assert found == pytest.approx([0.2, (0.9 + 0.8 + 0.2 + 0.7) / 4, (0.95 + 0.8 + 0.2 + 0.9) / 4])


def test_figures_of_attacks_show_every_data_set():
    both = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    course = course_of_attack(both)
    means = [line.get_ydata()[-1] for ax in course.axes for line in ax.get_lines() if "mean over" in line.get_label()]
    assert len(course.axes) == 6 and means == pytest.approx([(0.95 + 0.8 + 0.2 + 0.9) / 4] * 6)
    matrices = confidence_matrices(both).axes
    shown = [ax.images[0].get_array() for ax in matrices if ax.get_ylabel() != "confidence"]
    np.testing.assert_allclose(shown[1], np.eye(4))
    np.testing.assert_allclose(shown[0], (np.eye(4) + np.roll(np.eye(4), 1, 0)) / 2)
    grid = comparison_grid(both, {"mnist": (2, 3), "nmnist": (1, 3)})
    assert len(grid.axes) == 12


def test_gestures_are_called_by_name():
    assert class_name("dvsgesture", 1) == "right hand wave" and class_name("att_faces", 0) == "person 1"


@pytest.mark.parametrize("kinds", [("simulated",), ("simulated", "real")])
def test_the_camera_is_held_beside_what_is_known_of_real_recordings(kinds):
    rng = np.random.default_rng(0)
    statistics = {
        kind: {
            "events": rng.integers(3000, 5000, 20),
            "duration_ms": rng.normal(308, 3, 20),
            "share_brighter": rng.normal(0.5, 0.01, 20),
            "per_bin": rng.integers(0, 300, (20, 33)),
            "picture": rng.integers(0, 9, (10, 34, 34)),
            "picture_darker": rng.integers(0, 9, (10, 34, 34)),
        }
        for kind in kinds
    }
    figure = camera_check(statistics)
    assert sum(len(ax.images) for ax in figure.axes) == 8 * len(kinds)
    labels = [line.get_label() for line in figure.axes[0].get_lines()]
    assert labels == ["real (mean, s.d.)", "simulated"]


def test_spikes_are_summed_over_time():
    spikes = np.zeros((5, 2, 3, 3))
    spikes[:3, 0, 1, 1] = 1
    assert over_time(spikes)[0, 1, 1] == 3 and over_time(spikes[0]).shape == (2, 3, 3)


def test_colours_stay_apart_in_grey():
    from matplotlib.colors import to_rgb

    grey = [np.dot(to_rgb(COLOURS[m]), [0.299, 0.587, 0.114]) for m in (1, 2, 4, "ann")]
    assert all(a - b > 0.08 for a, b in zip(grey, grey[1:], strict=False))
