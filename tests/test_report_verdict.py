"""Verdicts: Holm over claims, both sides, single comparisons inside decided claims, what open ones would take."""

import numpy as np
import pytest
from scipy import stats

from snnlib.metrics.contrasts import Contrast, Part, over_targets
from snnlib.report.table import NOTHING
from snnlib.report.verdict import (
    CONTRADICTED,
    INCONCLUSIVE,
    SUPPORTED,
    Comparison,
    Declared,
    compared,
    in_a_word,
    needed,
    p_value,
    single_verdicts,
    verdict_table,
    verdicts,
)


def comparison(z, claim="A1", delta=0.0, margin=0.0, primary=True, error=0.1):
    """A contrast z standard errors above 0, normal."""
    contrast = Contrast(z * error, (Part("points", error**2, np.inf, "points", 100),))
    declared = Declared(claim, "x", "", {}, ("mnist",), delta, margin)
    return Comparison(declared, "x", ("mnist",), primary, contrast=contrast)


def words(*comparisons, claims=("A1", "A2")):
    return [in_a_word(certain) for certain in verdicts(claims, comparisons).values()]


def test_a_claim_is_as_certain_as_its_least_certain_contrast():
    assert words(comparison(2.0), comparison(9), claims=["A1"]) == [SUPPORTED]  # p = .023
    assert words(comparison(1.9), comparison(9), claims=["A1"]) == [INCONCLUSIVE]  # p = .029


def test_one_contrast_contradicts_with_bonferronis_correction_for_their_number():
    assert words(comparison(-2.3), comparison(9), claims=["A1"]) == [CONTRADICTED]  # p = .011, twice
    assert words(comparison(-2.1), comparison(9), claims=["A1"]) == [INCONCLUSIVE]  # p = .018, twice


def test_claims_are_corrected_by_holm_for_each_side_apart():
    """p = .023 suffices after another claim was certain at .0125, not before it."""
    assert words(comparison(2.0), comparison(2.3, "A2")) == [SUPPORTED, SUPPORTED]
    assert words(comparison(2.0), comparison(0.3, "A2")) == [INCONCLUSIVE, INCONCLUSIVE]
    assert words(comparison(2.0), comparison(-2.3, "A2")) == [INCONCLUSIVE, CONTRADICTED]


def test_a_small_effect_is_supported_and_said_to_be_small():
    tiny = comparison(5, delta=0.05, error=0.002)
    assert verdicts(["A1"], [tiny]) == {"A1": {SUPPORTED, CONTRADICTED}} and words(tiny, claims=["A1"]) == [SUPPORTED]
    table = verdict_table("A-V", {"A1": "so it is"}, [tiny], ABOUT, [])
    assert table.rows.loc[0, "remark_on_claim"] == "smaller than 0.05" and "smaller" in table.shown.iloc[0, 0]


def test_a_margin_lets_a_contrast_be_a_little_below_zero():
    assert words(comparison(-1, margin=0.5, delta=-0.5), claims=["A1"]) == [SUPPORTED]
    assert words(comparison(-9, margin=0.5, delta=-0.5), claims=["A1"]) == [CONTRADICTED]


def test_what_is_not_tested_decides_nothing_and_keeps_a_claim_from_support():
    untested = Comparison(comparison(9).declared, "x", ("mnist",), True, why="too few pairs")
    assert words(comparison(9), untested, claims=["A1"]) == [INCONCLUSIVE]
    assert words(comparison(-9), untested, claims=["A1"]) == [CONTRADICTED]
    assert "too few pairs" in needed([untested], 0.02)
    elsewhere = Comparison(comparison(9).declared, "x", (), True, why="no results of nmnist")
    assert words(comparison(9), elsewhere, claims=["A1"]) == [SUPPORTED]  # rests on the data that there are


def test_single_comparisons_open_only_inside_a_decided_claim():
    """One of two claims is decided: Holm inside it at .0125; with both decided at .025."""
    inside = [comparison(9), comparison(2.6, primary=False), comparison(2.0, primary=False)]
    other = [comparison(1, "A2"), comparison(9, "A2", primary=False)]
    found = single_verdicts(inside + other, verdicts(["A1", "A2"], inside + other))
    assert found == [SUPPORTED, SUPPORTED, INCONCLUSIVE, NOTHING, NOTHING]
    both = [*inside, comparison(9, "A2")]
    assert single_verdicts(both, verdicts(["A1", "A2"], both)) == [SUPPORTED] * 4
    against = [comparison(9), comparison(-9, primary=False)]
    assert single_verdicts(against, verdicts(["A1"], against)) == [SUPPORTED, CONTRADICTED]


def test_contrasts_of_a_claim_that_has_several_are_tested_like_single_ones():
    found = single_verdicts([comparison(2.0), comparison(9)], {"A1": {CONTRADICTED}, "A2": set()})
    assert found == [INCONCLUSIVE, SUPPORTED]


def test_what_an_open_claim_would_take():
    """More pairs; where the points alone forbid it, more points; the nearer one of both sides."""
    of = [comparison(0, delta=0.0).declared]
    parts = Part("pairs", 1e-4, 3, "pairs", 4), Part("points", 1e-6, np.inf, "points", 1000)
    open_one = Comparison(*of, "x", ("mnist",), True, contrast=Contrast(0.012, parts))
    n = int(needed([open_one], 0.025 / 6).split()[3])
    error = lambda n: (4e-4 / n + 1e-6) ** 0.5  # noqa: E731
    level = lambda n: (4e-4 / n * stats.t.isf(0.025 / 6, n - 1) + 1e-6 * 2.638) / error(n) ** 2 + 0.84  # noqa: E731
    assert level(n) * error(n) <= 0.012 and level(n - 1) * error(n - 1) > 0.012
    stuck = Contrast(0.012, (Part("pairs", 1e-7, 3, "pairs", 4), Part("points", 1e-4, np.inf, "points", 1000)))
    assert "points" in needed([Comparison(*of, "x", ("mnist",), True, contrast=stuck)], 0.025 / 6)


# ---------------------------------------------------------------- from values to contrasts

ABOUT = {
    name: {"title": name.upper(), "data": name, "source": source, "profile": "quick"}
    for name, source in (("mnist", "embedded"), ("nmnist", "simulated"))
}


class Row:
    """A term: numbers of a study."""

    def __init__(self, name):
        self.name = name

    def values(self, results):
        return np.asarray(results[self.name], float)

    def published(self, results):
        return 0.5 if self.name == "a" else np.nan


A, B = Row("a"), Row("b")
RESULTS = {
    "mnist": {"a": [0.5, 0.6, 0.7], "b": [0.1, 0.3, 0.2]},
    "nmnist": {"a": [0.9, 0.8, 0.9], "b": [0.9, 0.7, 0.8]},
}


def test_a_contrast_is_the_mean_of_its_comparisons_and_of_its_data():
    d = Declared("A1", "all", "", {"a - b": {A: 1, B: -1}, "0.1": {None: 0.1, A: 0.0}}, ("mnist", "nmnist"), 0.0)
    first, *single = compared([d], RESULTS, over_targets)
    assert first.primary and first.studies == ("mnist", "nmnist") and len(single) == 4
    assert first.contrast.value == pytest.approx(((0.4 + 0.1) / 2 + (0.2 / 3 + 0.1) / 2) / 2)
    assert single[0].contrast.value == pytest.approx(0.4) and single[0].studies == ("mnist",)
    assert np.isnan(single[0].published)


def test_a_data_set_may_be_subtracted_and_a_missing_one_is_named():
    d = Declared("A4", "here - there", "", {"a": {A: 1}}, ("mnist",), 0.05, minus="nmnist")
    (only,) = compared([d], RESULTS, over_targets)
    assert only.contrast.value == pytest.approx(0.6 - 2.6 / 3) and only.published == 0
    spread = np.var([0.5, 0.6, 0.7], ddof=1) / 3 + np.var([0.9, 0.8, 0.9], ddof=1) / 3
    assert only.contrast.variance == pytest.approx(spread)
    (missing,) = compared([d], {"mnist": RESULTS["mnist"]}, over_targets)
    assert missing.contrast is None and missing.why == "no results of nmnist"
    table = verdict_table("A-V", {"A4": "less"}, [missing], ABOUT, [])
    assert table.shown.iloc[0]["difference"] == "no results of nmnist"
    assert (
        table.rows.loc[0, "verdict_on_claim"] == INCONCLUSIVE and "no results" in table.rows.loc[0, "remark_on_claim"]
    )


def test_too_few_runs_are_said_so_instead_of_a_number():
    d = Declared("A1", "a", "", {"a": {A: 1}}, ("mnist",), 0.0)
    (only,) = compared([d], {"mnist": {"a": [0.5]}}, over_targets)
    assert only.contrast is None and "no spread" in only.why


def test_the_table_has_the_primary_contrast_first_and_every_source():
    d = Declared("A1", "all", "", {"a - b": {A: 1, B: -1}}, ("mnist", "nmnist"), 0.0)
    table = verdict_table("A-V", {"A1": "it is so"}, list(compared([d], RESULTS, over_targets)), ABOUT, ["a note"])
    assert table.rows["source"].tolist() == ["embedded, simulated", "embedded", "simulated"]
    assert table.rows["primary"].tolist() == [True, False, False]
    columns = {"claim", "comparison", "value", "low", "high", "p", "verdict_on_claim", "source", "p_supported"}
    assert columns <= set(table.rows) and table.notes == ["a note"]
    assert table.shown.index.tolist() == ["A1: it is so", "", ""]


def test_tiny_p_values_are_not_spelled_out():
    assert (p_value(1e-20), p_value(2e-6), p_value(0.51234)) == ("< 1e-06", "2e-06", "0.51")
