"""Neurons, paper A and augmentation on a GPU, small; paper B in test_mia_gpu."""

import numpy as np
import pytest
import torch

from snnlib.engine.jobs import compute
from snnlib.engine.store import Store
from snnlib.neurons import lif
from snnlib.reproduction.brainleaks.plan import inversion_plan
from snnlib.reproduction.brainleaks.sizes import STUDIES
from snnlib.reproduction.tasks.data import data_job

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")]


def test_neurons_give_the_same_spikes_as_on_the_cpu():
    current = torch.randn(50, 8, 100, generator=torch.Generator().manual_seed(0)) + 0.3
    here, there = lif(current, beta=0.7), lif(current.cuda(), beta=0.7)
    assert (here[0] != there[0].cpu()).float().mean() < 1e-4
    torch.testing.assert_close(here[1], there[1].cpu(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", ["mnist", "nmnist"])
def test_all_jobs_of_paper_a_run(tmp_path, name):
    store, study = Store(tmp_path, "cuda"), STUDIES["smoke"][name]
    plan = inversion_plan(study, *read(study, store))
    compute(plan.jobs(), store)
    for scores in compute(plan.scores.values(), store):
        assert np.isfinite(scores.arrays["confidence"]).all()


def read(study, store):
    """The job that reads a study's data, and what is known of them."""
    data = data_job(study.dataset, shrink=study.shrink, limits=study.limits, frames=study.frames)
    return data, store.make(data).info


def test_spiking_networks_of_paper_a_are_the_same_bytes_twice(tmp_path):
    study, twice = STUDIES["smoke"]["mnist"], []
    for folder in ("one", "two"):
        store = Store(tmp_path / folder, "cuda")
        networks = inversion_plan(study, *read(study, store)).networks()
        twice.append([a.record["sha256"]["arrays"] for a in compute(networks, store)])
    assert twice[0] == twice[1]
