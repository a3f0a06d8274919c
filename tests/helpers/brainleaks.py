"""Results of paper A that are made up, so that every number can be calculated by hand."""

from dataclasses import replace

import numpy as np

from snnlib.reproduction.brainleaks.results import InversionResults
from snnlib.reproduction.brainleaks.sizes import STUDIES

INFO = {"dataset": "mnist", "title": "MNIST", "source": "embedded", "classes": 4, "shape": [6, 6]}
INFO |= {"sizes": {"train": 8, "test": 4}}
RIGHT, WRONG = np.eye(4)[None], np.roll(np.eye(4), 1, 0)[None]  # every class recognised, and none


def inversion_results(dataset="mnist", scorer_seeds=(0, 1), targets=(0, 1)):
    """Results of every row: all samples are recognised but random ones and those of the ANN with seed 1."""
    study = replace(STUDIES["smoke"][dataset], scorer_seeds=scorer_seeds, seeds=targets)
    rng = np.random.default_rng(0)
    confidence, samples, final, similarity = {}, {}, {}, {}
    for row, seed in [(name, seed) for name in study.rows for seed in study.seeds_of(name)]:
        good = not row.startswith("random") and (row, seed) != ("fredrikson", 1)
        draws = 4 if row.startswith(("brainleaks_v2", "v2")) else 1
        for kind in study.scorers_of(row):
            confidence |= {(row, seed, kind, s): np.repeat(RIGHT if good else WRONG, draws, 0) for s in scorer_seeds}
        shape = (4, 6, 6) if study.kind_of(row) == "ann" else (3, 4, 6, 6)
        sparse = {"brainleaks_v2": 0.2, "v2_no_penalty": 0.4}.get(row, 0.6)
        samples[row, seed] = (sparse + 0.01 * seed) * np.ones(shape)
        similarity[row, seed] = {"to_means": RIGHT[0] if good else WRONG[0]}
        similarity[row, seed] |= {"ssim": rng.random(4), "nearer": np.full(4, 0.75)}
        if "target" in study.rows[row]:
            final[row, seed] = np.array([0.95, 0.8, 0.2, 0.9])
    stops = [(attack, stop, seed) for attack, of in study.checkpoints.items() for stop in of for seed in study.seeds]
    accuracy = {(kind, s): 0.9 for kind in ("ann", "snn", "snn_reset_after", "common") for s in range(5)}
    over_time = np.array([[0.2] * 4, [0.9, 0.8, np.nan, 0.7], [0.95, np.nan, np.nan, 0.9]])
    return InversionResults(
        study=study,
        info=INFO | {"dataset": dataset, "title": dataset} | ({"window_us": 3000} if study.frames else {}),
        target_accuracy=accuracy,
        scorer_accuracy=accuracy,
        samples=samples,
        target_confidence={(attack, seed): over_time for attack in study.attacks for seed in study.seeds},
        final=final,
        confidence=confidence,
        similarity=similarity,
        checkpoint_confidence={(*key, s): RIGHT if key[1] else WRONG for key in stops for s in scorer_seeds},
        checkpoint_samples={key: np.full((4, 6, 6), 0.1 * key[1]) for key in stops},
        truth=rng.random((4, 6, 6)),
        recording=rng.random((3, 4, 6, 6)) if study.frames else None,
    )
