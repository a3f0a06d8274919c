"""Made-up results of paper B: signals of networks that know their members better than others."""

from dataclasses import replace

import numpy as np

from snnlib.membership import Signals
from snnlib.pairs import split_pairs
from snnlib.reproduction.mia_snn.plan import DROPOUT, query_kinds
from snnlib.reproduction.mia_snn.results import Accuracies, MembershipResults
from snnlib.reproduction.mia_snn.sizes import STUDIES

MODELS = (1, 2, 4, "ann", "direct")
FLAT = dict.fromkeys(MODELS, 1.0)


def a_study(name="cifar100", pairs=3, direct_pairs=None):
    return replace(STUDIES["quick"][name], pairs=pairs, direct_pairs=direct_pairs)


def info(study, n):
    title = study.stand_in
    about = {"dataset": title, "title": title, "classes": 76 if study.dataset == "cifar100" else 10}
    return about | {"source": "embedded", "shape": [16, 16, 3], "sizes": {"pool": n}}


def signals(z, inside=None, labels=None):
    """Signals of ``z [M, Q, N]``; in pairs, unless ``inside`` says otherwise."""
    z = np.asarray(z, float)
    inside = split_pairs(z.shape[2], len(z) // 2, 0) if inside is None else np.asarray(inside)
    return Signals(z, z > 0, inside, np.zeros(z.shape[2], int) if labels is None else labels)


def membership_results(study=None, gain=FLAT, dropout=0.0, n=400):
    """``z`` of a point is how easy it is, noise, and for members ``gain[model]`` more, with dropout so much more."""
    study, rng = study or a_study(), np.random.default_rng(1)
    inside, easy, found = split_pairs(n, study.pairs, 0), 2 * rng.normal(size=n), {}
    for model in study.models:
        indices = range(study.networks(model))
        kinds = [query_kinds(study, model, index) for index in indices]
        for kind, how in kinds[-1].items():
            asked = [index for index in indices if kind in kinds[index]]
            effect = gain[model] + (dropout if kind == DROPOUT else 0)
            noise = 0.7 * rng.normal(size=(len(asked), how.get("copies", 1), n))
            found[model, kind] = signals(easy + noise + effect * inside[asked][:, None], inside[asked])
    return MembershipResults(study, info(study, n), {}, found)


def accuracies(study=None, gain=0.0, n=400):
    """Test accuracies that grow by ``gain`` with T; members are recognised five points more often."""
    study, rng = study or a_study(), np.random.default_rng(2)
    test = {
        model: 0.5 + gain * (model if isinstance(model, int) else 5) + 0.01 * rng.normal(size=study.networks(model))
        for model in (*study.hybrid, *study.models)
    }
    return Accuracies(study, info(study, n), {}, {model: of + 0.05 for model, of in test.items()}, test)
