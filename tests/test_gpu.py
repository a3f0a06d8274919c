"""The whole way on a GPU: every job of both papers, once, small."""

import numpy as np
import pytest
import torch
from snnlib.reproduction.tasks.study_data import data_job

from snnlib.colour_ops import AMOUNTS, OPERATIONS
from snnlib.engine.jobs import compute
from snnlib.engine.store import Store
from snnlib.neurons import lif
from snnlib.reproduction.brainleaks.plan import inversion_plan
from snnlib.reproduction.mia_snn.plan import membership_plan
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.tasks.data import job

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")]


def test_neurons_give_the_same_spikes_as_on_the_cpu():
    current = torch.randn(50, 8, 100, generator=torch.Generator().manual_seed(0)) + 0.3
    here, there = lif(current, beta=0.7), lif(current.cuda(), beta=0.7)
    assert (here[0] != there[0].cpu()).float().mean() < 1e-4
    torch.testing.assert_close(here[1], there[1].cpu(), atol=1e-3, rtol=0)


def test_all_jobs_of_both_papers_run(tmp_path):
    store, smoke = Store(tmp_path, "cuda"), PROFILES["smoke"]
    for name in ("mnist", "nmnist"):
        study = smoke.inversion[name]
        data = data_job(study)
        a = inversion_plan(study, data, store.make(data).info)
        compute(a.jobs(), store)
        for scores in compute(a.scores.values(), store):
            assert np.isfinite(scores.arrays["confidence"]).all()
    for name, study in smoke.membership.items():
        pool = job(study.stand_in, shrink=2, limits={"pool": 200})
        b = membership_plan(study, pool, store.make(pool).info)
        for answers in compute(b.queries.values(), store):
            assert np.isfinite(answers.arrays["log_probabilities"]).all(), name


@pytest.mark.parametrize("name", list(PROFILES["smoke"].membership))
def test_training_twice_gives_the_same_bytes(tmp_path, name):
    study = PROFILES["smoke"].membership[name]
    pool = job(study.stand_in, shrink=2, limits={"pool": 200})
    twice = []
    for folder in ("one", "two"):
        store = Store(tmp_path / folder, "cuda")
        networks = membership_plan(study, pool, store.make(pool).info).networks()
        twice.append([a.record["sha256"]["arrays"] for a in compute(networks, store)])
    assert twice[0] == twice[1]


def test_spiking_networks_of_paper_a_are_the_same_bytes_twice(tmp_path):
    study, twice = PROFILES["smoke"].inversion["mnist"], []
    for folder in ("one", "two"):
        store, data = Store(tmp_path / folder, "cuda"), data_job(study)
        networks = inversion_plan(study, data, store.make(data).info).networks()
        twice.append([a.record["sha256"]["arrays"] for a in compute(networks, store)])
    assert twice[0] == twice[1]


def test_augmentation_is_the_same_there_up_to_rounding():
    images = (torch.rand(300, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 255).round() / 255
    for name, operation in OPERATIONS.items():
        amount = torch.full((300,), AMOUNTS[name][5])
        here = operation(images * 255, amount, torch.ones(300))
        there = operation(images.cuda() * 255, amount.cuda(), torch.ones(300).cuda())
        assert ((here - there.cpu()).abs() > 1).float().mean() < 1e-3, name
