"""What callers pass as numbers: lists, arrays and tensors of any precision say the same in every measure and attack."""

import numpy as np
import pytest
import torch

from snnlib.errors import SettingError
from snnlib.membership import Signals, attack_p, attack_r, log_mean, rmia
from snnlib.metrics import auc, inversion_scores, membership_scores, roc
from snnlib.metrics.contrasts import over_pairs, over_targets
from snnlib.metrics.inversion import recognised
from snnlib.metrics.membership import auc_difference, auc_influence, roc_band, scores_over_pairs
from snnlib.metrics.runs import holm, mean_over_runs, share_over_seeds

RNG = np.random.default_rng(0)
N = 60
SCORES = RNG.integers(1, 65, (4, N)) / 64  # exact in every precision
LOGS, MEMBERS = -SCORES, (RNG.random(N) < 0.4).astype(float)
DRAWN, GRID = RNG.integers(0, 2, (3, 2, 10)), [0.125, 0.5]
MEASURES = {
    roc: (SCORES[0], MEMBERS),
    auc: (SCORES[0], MEMBERS),
    membership_scores: (SCORES[0], MEMBERS, GRID),
    roc_band: (SCORES[0], MEMBERS, GRID),
    auc_influence: (SCORES[0], MEMBERS),
    auc_difference: (SCORES[0], SCORES[1], MEMBERS),
    scores_over_pairs: (SCORES, np.stack([MEMBERS, 1 - MEMBERS] * 2), GRID),
    inversion_scores: (SCORES[:, :4],),
    recognised: (SCORES[:, :4],),
    over_pairs: (SCORES[:, 0], SCORES),
    over_targets: (DRAWN,),
    share_over_seeds: (DRAWN,),
    mean_over_runs: (SCORES[:, 0],),
    holm: (SCORES[:, 0],),
    attack_p: (LOGS[0],),
    attack_r: (LOGS[0], LOGS[1:]),
    rmia: (LOGS[0], LOGS[1:]),
    log_mean: (LOGS,),
}
FORMS = {
    "list": np.ndarray.tolist,
    "rows in a list": list,
    "tensors in a list": lambda values: list(torch.tensor(values, dtype=torch.bfloat16)),
    "float16": np.float16,
    "float32": np.float32,
    "half": lambda values: torch.tensor(values).half(),
    "bfloat16": lambda values: torch.tensor(values).bfloat16(),
    "with a gradient": lambda values: torch.tensor(values, dtype=torch.float32, requires_grad=True),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
def test_all_forms_of_the_same_numbers_give_the_same(measure, form):
    values = MEASURES[measure]
    given = [FORMS[form](v) if isinstance(v, np.ndarray) else v for v in values]
    found, expected = measure(*given), measure(*values)
    np.testing.assert_equal(found, expected)
    if isinstance(found, np.ndarray):
        assert found.dtype == np.float64


@pytest.mark.parametrize("form", [np.float16, np.float32, lambda values: torch.tensor(values).bfloat16()])
def test_scores_of_low_precision_are_added_and_averaged_in_float64(form):
    logs = form(RNG.uniform(-1, 0, (9, 500)))
    exact = torch.as_tensor(logs).double().numpy()
    np.testing.assert_allclose(log_mean(logs), np.log(np.exp(exact).mean(0)), rtol=1e-12)
    found = rmia(logs[0], logs[1:])
    np.testing.assert_allclose(found, exact[0] - np.log(np.exp(exact[1:]).mean(0)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_signals_are_kept_in_float64(kind):
    z, inside = RNG.normal(size=(2, 1, 3)).astype(kind), np.array([[True, False, True], [False, True, False]])
    signals = Signals(z, z > 0, inside, np.zeros(3, int), population=z[:, 0])
    assert {of.dtype for of in (signals.z, signals.log_p, signals.averaged, signals.population)} == {np.dtype(float)}
    assert signals.correct.dtype == bool and (signals.z == z).all()


MASKED, SPARSE = np.ma.array([1.0, 2.0], mask=[True, False]), torch.eye(2).to_sparse()


@pytest.mark.parametrize(
    "values", [["a", "b"], [1j, 2], [[1.0], [1.0, 2.0]], [None, 1], [object()], "text", MASKED, SPARSE]
)
def test_what_is_no_numbers_is_refused_in_two_sentences(values):
    for measure in (lambda v: auc(v, [0, 1]), attack_p, holm, inversion_scores, mean_over_runs):
        with pytest.raises(SettingError, match="are not real numbers.*Pass a list"):
            measure(values)


def test_a_difference_of_scores_of_other_points_is_refused():
    for one, members in ((SCORES[:2], MEMBERS), (SCORES[0, 1:], MEMBERS), (SCORES[:2], np.stack([MEMBERS] * 3))):
        with pytest.raises(SettingError, match="do not match"):
            auc_difference(one, one, members)
