"""Who is a member of which network's training set (paper B). Apart from the attacks: networks are trained by it."""

import numpy as np
from jaxtyping import Bool

from .errors import SettingError
from .randomness import numpy_generator


def split_pairs(n: int, pairs: int, seed: int) -> Bool[np.ndarray, "M N"]:
    """Which points of a pool each network is trained on, as in paper B, section 4 ("simulated online").

    For each pair the pool is shuffled anew and halved; the two halves train a complementary pair of networks.
    So every point is in the training set of exactly half of the networks. Each of them can be the target,
    with those of the other pairs as references.

    Args:
        n: number of points in the pool.
        pairs: number of complementary pairs. A pair does not depend on how many there are.
        seed: of the shuffles.

    Returns:
        booleans ``[2 * pairs, n]``; rows 2k and 2k + 1 are a pair. SettingError for no pairs or fewer than two points.
    """
    if pairs < 1 or n < 2:
        problem = f"A pool of {n} points cannot be halved {pairs} times."
        raise SettingError(problem, "Choose at least two points and one pair.")
    inside = np.zeros((2 * pairs, n), bool)
    for pair in range(pairs):
        inside[2 * pair, numpy_generator(seed, "pair", pair).permutation(n)[: n // 2]] = True
        inside[2 * pair + 1] = ~inside[2 * pair]
    return inside
