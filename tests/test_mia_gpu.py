"""The whole way of paper B on a GPU: every job once, small."""

import numpy as np
import pytest
import torch

from snnlib.engine.jobs import compute
from snnlib.engine.store import Store
from snnlib.reproduction.mia_snn.plan import membership_plan
from snnlib.reproduction.mia_snn.sizes import STUDIES
from snnlib.reproduction.tasks.data import data_job

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")]


def plan_in(store, name):
    study = STUDIES["smoke"][name]
    pool = data_job(study.dataset, study.stand_in, shrink=study.shrink, limits=study.limits)
    return membership_plan(study, pool, store.make(pool).info)


@pytest.mark.parametrize("name", STUDIES["smoke"])
def test_every_query_is_answered(tmp_path, name):
    store = Store(tmp_path, "cuda")
    for answers in compute(plan_in(store, name).queries.values(), store):
        assert all(np.isfinite(of).all() for name, of in answers.arrays.items() if name.startswith("z/"))


@pytest.mark.parametrize("name", STUDIES["smoke"])
def test_training_twice_gives_the_same_bytes(tmp_path, name):
    twice = []
    for folder in ("one", "two"):
        store = Store(tmp_path / folder, "cuda")
        networks = plan_in(store, name).networks()
        twice.append([artefact.record["sha256"]["arrays"] for artefact in compute(networks, store)])
    assert twice[0] == twice[1]
