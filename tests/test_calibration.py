"""Intervals hold the truth and tails reject it about as often as they say: `make calibration`, in small."""

import runpy

import numpy as np
import pytest

from snnlib import paths

pytestmark = pytest.mark.slow
CALIBRATION = runpy.run_path(str(paths.project() / "benchmarks" / "calibration.py"))


def test_intervals_cover_as_often_as_they_say_within_what_few_repetitions_can_tell():
    rng, found = np.random.default_rng(0), {}
    for row in CALIBRATION["intervals"](40, rng):
        found.setdefault(row["interval"], []).append(row["coverage"])
    of = ("mean_over_runs", "share_over_seeds", "AUC of membership_scores", "auc_difference", "scores_over_pairs")
    for name in of:
        assert 0.92 <= np.mean(found[name]) <= 0.98, name
        assert min(found[name]) > 0.8, name


@pytest.mark.parametrize(("paper", "contrasts"), [("A", 9), ("B", 11)])
def test_tails_reject_the_truth_about_as_rarely_as_they_say(paper, contrasts):
    size = next(iter(CALIBRATION["PAPERS"][paper][3]))
    runs = CALIBRATION["judged"](paper, size, 0, 5, np.random.default_rng(1))
    tails = list(CALIBRATION["tails"](paper, runs))
    assert len(tails) == contrasts
    assert np.mean([row[side] for row in tails for side in ("above", "below")]) <= 0.06
    *_, total = CALIBRATION["words"](paper, runs)
    assert total["wrong"] <= 0.25
