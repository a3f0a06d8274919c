"""Figures of paper A show what the results hold."""

import numpy as np
import pytest
from helpers.brainleaks import RIGHT, WRONG, inversion_results

from snnlib.reproduction.brainleaks.camera_figure import camera_check
from snnlib.reproduction.brainleaks.figures import (
    all_classes,
    ceiling,
    comparison_grid,
    confidence_after,
    confidence_by_iteration,
    confidence_matrices,
    iteration_notes,
    network_accuracies,
    training_curves,
)
from snnlib.reproduction.brainleaks.results import over_time

END = (0.95 + 0.8 + 0.2 + 0.9) / 4  # of the target's confidence: two of four classes have stopped before


def test_every_class_and_attack_is_shown_with_the_targets_confidence():
    panels = all_classes(inversion_results(), columns=2).axes
    titles = [text.get_text() for ax in panels for text in ax.texts]
    assert titles.count("0.95") == 3 and titles.count("0.20") == 3 and len(titles) == 12
    assert [len(ax.images) for ax in panels] == [4, 4, 4, 4]


def test_the_grid_has_a_column_for_each_class_and_a_row_for_each_attack():
    both = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    figure = comparison_grid(both, {"mnist": (2, 3), "nmnist": (1, 3)})
    assert len(figure.axes) == 12
    pictures = np.reshape([ax.images[0].get_array() for ax in figure.axes], (3, 4, 6, 6))
    np.testing.assert_allclose(pictures[0, 1], both["mnist"].truth[3])
    np.testing.assert_allclose(pictures[2, 2], both["nmnist"].samples["brainleaks_v2", 0].sum(0)[1])


def test_samples_of_an_attack_share_one_grey_scale():
    results = inversion_results("nmnist")
    results.samples["brainleaks_v2", 0][:, 1] *= 3  # a brighter class
    panels = all_classes(results, columns=2).axes
    assert all(len({image.get_clim() for image in panel.images}) == 1 for panel in panels)
    assert (
        panels[3].images[0].get_clim() == (0, pytest.approx(3 * 0.6)) and "1.8 expected spikes" in panels[3].get_title()
    )
    grid = comparison_grid({"nmnist": results}, {"nmnist": (0, 1)})
    assert grid.axes[4].images[0].get_clim() == grid.axes[5].images[0].get_clim() == (0, pytest.approx(3 * 0.6))


def test_a_sample_that_missed_its_goal_is_marked():
    results = inversion_results("nmnist")
    results.final["brainleaks_v2", 0][:] = [0.9, 0.49, 0.9, 0.9]
    below = comparison_grid({"nmnist": results}, {"nmnist": (0, 1)}).axes[4:]
    assert ["missed" in ax.get_xlabel() for ax in below] == [ax.spines["left"].get_visible() for ax in below]
    assert ["missed" in ax.get_xlabel() for ax in below] == [False, True]
    numbers = all_classes(results, columns=2).axes[3].texts
    colours = [number.get_color() for number in numbers]
    assert colours[1] != colours[0] == colours[2] == colours[3] == "black"


def test_confidence_matrices_are_means_over_runs():
    both = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    shown = [ax.images[0].get_array() for ax in confidence_matrices(both).axes if ax.get_ylabel() != "confidence"]
    np.testing.assert_allclose(shown[1], RIGHT[0])
    np.testing.assert_allclose(shown[0], (RIGHT[0] + WRONG[0]) / 2)  # of one target of two, all are recognised
    assert len(shown) == 6


def test_confidence_is_drawn_over_iterations_for_every_data_set_and_attack():
    both = {name: inversion_results(name) for name in ("mnist", "nmnist")}
    axes = confidence_by_iteration(both).axes
    means = [line.get_ydata()[-1] for ax in axes for line in ax.get_lines() if "mean over" in line.get_label()]
    assert len(axes) == 6 and means == pytest.approx([END] * 6)


def test_a_stopped_class_keeps_its_confidence():
    confidence = confidence_after(inversion_results(), "fredrikson", [0, 1, 500])
    assert confidence == pytest.approx([0.2, (0.9 + 0.8 + 0.2 + 0.7) / 4, END])


def test_a_confidence_by_spikes_has_a_ceiling_that_is_drawn():
    results = {name: inversion_results(name) for name in ("mnist", "dvsgesture")}
    assert ceiling(results["mnist"], "brainleaks_v1") is None
    most = np.exp(1) / (np.exp(1) + 3)  # one neuron of four spikes at every step
    drawn = [
        [line.get_ydata()[0] for line in ax.get_lines() if line.get_label().startswith("highest confidence")]
        for ax in confidence_by_iteration(results).axes
    ]
    assert drawn == [[], [], [], [], [pytest.approx(most)], []]
    (draws,) = iteration_notes(results)
    assert "mnist 4, dvsgesture 4" in draws


def test_networks_are_dots_and_losses_are_relative_to_the_first():
    figure = network_accuracies(
        {d: {"ann target": [0.9, 0.8], "snn_reset_after target": [0.7]} for d in ("mnist", "nmnist")}
    )
    dots = [[*of.get_offsets()[:, 0]] for of in figure.axes[0].collections if len(of.get_offsets())]
    assert dots == [[0.9, 0.8], [0.7]]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["ANN target", "SNN reset after target"]
    line = training_curves({"mnist": {"ANN target": [4.0, 2.0, 1.0]}}).axes[0].get_lines()[0]
    assert list(line.get_xdata()) == [1, 2, 3] and list(line.get_ydata()) == [1, 0.5, 0.25]


@pytest.mark.parametrize("kinds", [("simulated",), ("simulated", "real")])
def test_the_camera_is_shown_beside_what_is_known_of_real_recordings(kinds):
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
    simulated = figure.axes[0].get_lines()[1].get_ydata()
    np.testing.assert_allclose(simulated, statistics["simulated"]["per_bin"].mean(0)[: len(simulated)])


def test_spikes_are_summed_over_time():
    spikes = np.zeros((5, 2, 3, 3))
    spikes[:3, 0, 1, 1] = 1
    assert over_time(spikes)[0, 1, 1] == 3 and over_time(spikes[0]).shape == (2, 3, 3)
