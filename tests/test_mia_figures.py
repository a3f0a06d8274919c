"""Paper B's figures: what is drawn is what the signals give."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers.mia import a_study, membership_results

from snnlib.engine.store import Artefact
from snnlib.metrics.membership import FEWEST
from snnlib.pairs import split_pairs
from snnlib.report.style import MEMBER, roc_axes
from snnlib.reproduction.mia_snn.figures import (
    confidence_histograms,
    confidence_scatter,
    questions,
    risk_against_steps,
    roc_curves,
    split_diagram,
)
from snnlib.reproduction.mia_snn.plan import PLAIN
from snnlib.reproduction.mia_snn.tables import membership_estimates


@pytest.fixture(scope="module")
def results():
    return membership_results()


def test_curves_of_every_model_end_where_tables_refuse_a_number(results):
    linear, logarithmic = roc_curves(results).axes
    least = FEWEST / 200  # non-members
    for ax, first in ((linear, 0), (logarithmic, least)):
        lines = [line for line in ax.get_lines() if len(line.get_xdata()) > 10]
        assert [line.get_label() for line in lines] == ["SNN T=1", "SNN T=2", "SNN T=4", "ANN"]
        assert first <= min(line.get_xdata().min() for line in lines) < first + 0.02
    bands = [path for ax in (linear, logarithmic) for of in ax.collections for path in of.get_paths()]
    assert min(path.vertices[:, 0].min() for path in bands) == pytest.approx(least)
    published = [line for line in logarithmic.get_lines() if len(line.get_xdata()) == 4]
    assert len(published) == 4 and published[0].get_ydata()[0] == pytest.approx(0.011)


def test_roc_axes_have_guessing_on_both_scales():
    _, axes = plt.subplots(1, 2)
    roc_axes(*axes, 0.01)
    assert [ax.get_xscale() for ax in axes] == ["linear", "log"] and axes[1].get_xlim() == (0.01, 1)
    for ax in axes:
        (guessing,) = ax.get_lines()
        np.testing.assert_array_equal(guessing.get_xdata(), guessing.get_ydata())


def test_the_split_is_drawn_as_it_is():
    ax = split_diagram(points=10, pairs=2).axes[0]
    red = np.array([bar.get_facecolor()[:3] == plt.matplotlib.colors.to_rgb(MEMBER) for bar in ax.patches])
    inside = split_pairs(10, 2, 0)
    np.testing.assert_array_equal(red.reshape(4, 10), inside[:, np.argsort(~inside[0], kind="stable")])
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"network {k}" for k in (1, 2, 3, 4)]


def test_the_scatter_shows_every_point_and_margins_share_its_axes(results):
    main, top, right = confidence_scatter(results).axes
    x, y = np.asarray(main.collections[0].get_offsets()).T
    np.testing.assert_allclose(np.sort(x), np.sort(results.signals["ann", PLAIN].averaged[0]))
    np.testing.assert_allclose(np.sort(y), np.sort(results.signals[1, PLAIN].averaged[0]))
    assert main.get_xlim()[1] == main.get_ylim()[1] == 0
    assert top.get_xlim() == main.get_xlim() and right.get_ylim() == main.get_ylim()


def test_the_risk_is_that_of_the_tables(results):
    lines = [line for line in risk_against_steps(results).axes[0].get_lines() if len(line.get_xdata()) == 3]
    expected = [membership_estimates(results, t, "RMIA")["auc"].value for t in (1, 2, 4)]
    np.testing.assert_allclose(lines[0].get_ydata(), 100 * np.array(expected))
    hollow = [line for line in lines if line.get_markerfacecolor() == "none"]
    np.testing.assert_allclose(hollow[0].get_ydata(), [69.10, 72.86, 77.57], atol=0.05)  # printed in B-T2


def test_histograms_have_common_bins_and_one_scale(results):
    axes = confidence_histograms(results).axes
    assert len(axes) == 8 and len({ax.get_ylim() for ax in axes[:4]}) == len({ax.get_ylim() for ax in axes[4:]}) == 1
    edges = {frozenset(patch.get_xy()[:, 0]) for ax in axes[:4] for patch in ax.patches}
    assert len(edges) == 1 and all(len(ax.patches) == 2 for ax in axes)  # members and non-members
    for ax in axes:
        assert all(patch.get_xy()[:, 1].max() < ax.get_ylim()[1] for patch in ax.patches)


def test_questions_are_drawn_by_the_functions_that_ask():
    images = np.random.default_rng(0).integers(0, 255, (20, 8, 8, 3), dtype=np.uint8)
    data = Artefact("key", {"images": images}, {"mean": [0.5, 0.5, 0.5]}, {})
    axes = np.reshape(questions(data, a_study(), 4).axes, (-1, 4))
    shown = [[ax.images[0].get_array() for ax in line] for line in axes]
    np.testing.assert_allclose(shown[0][0], images[0] / 255)
    dropped = [np.mean([(a == 0.5).all(-1).mean() for a in line]) for line in shown[:3]]
    assert dropped[0] == 0 and dropped[2] > 0.03
    mirrored = [ax.get_ylabel() for ax in axes[:, 0]].index("flips")
    np.testing.assert_allclose(shown[mirrored][1], shown[0][1][:, ::-1])
