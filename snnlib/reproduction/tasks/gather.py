"""The parts of a data set of recordings, which jobs have made side by side, in one."""

from typing import Any

import numpy as np

from ...datasets.frames import PARTS
from ...datasets.sources import Arrays


def gather(device: str = "cpu", **parts: Any) -> tuple[Arrays, dict]:
    """All parts of a data set in the order of its recordings (a task).

    Args:
        parts: ``part_0`` ... ``part_7``: artefacts with ``arrays`` and ``info`` as of `snnlib.datasets.frames.part_of`.
    """
    made = [parts[f"part_{i}"] for i in range(PARTS)]
    whole = {}
    for name in made[0].arrays:
        values = [p.arrays[name] for p in made if name in p.arrays]  # of few recordings, the last parts have none
        shape = np.max([v.shape for v in values], 0)
        whole[name] = np.zeros((sum(map(len, values)), *shape[1:]), values[0].dtype)
        for i, v in enumerate(values):
            whole[name][i::PARTS][tuple(map(slice, v.shape))] = v
    return whole, made[0].info | {"steps": int(whole["train_lengths"].max())}
