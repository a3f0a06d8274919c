"""How much inverted samples look like the training data, without a scorer (paper A shows it by eye)."""

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

Array = np.ndarray


def correlations(a: Float[Array, "N H W"], b: Float[Array, "M H W"]) -> Float[Array, "N M"]:
    """Pearson's correlation of each picture of one set with each of another; 0 for a picture without contrast."""
    a, b = (_standard(x.reshape(len(x), -1).astype(np.float64)) for x in (a, b))
    return a @ b.T


def _standard(x: Array) -> Array:
    x = x - x.mean(1, keepdims=True)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(length > 1e-9, length, 1.0)


def nearer_to_first(first: Float[Array, " N"], second: Float[Array, " M"]) -> float:
    """Probability that the largest of both is in the first, after cutting the larger set at random to equal sizes.

    With n the smaller size and k members of the first above the largest of the second, it is
    ``1 - C(N - k, n) / C(N, n)`` for N > n; the other way round where the second is the larger one.
    """
    if first.max() == second.max():  # as for a sample without contrast
        return 0.5
    if len(first) < len(second):
        return 1 - nearer_to_first(second, first)
    n, above = len(second), int((first > second.max()).sum())
    return 1 - _ratio_of_binomials(len(first) - above, len(first), n)


def _ratio_of_binomials(fewer: int, all_: int, n: int) -> float:
    """``C(fewer, n) / C(all, n)``."""
    if fewer < n:
        return 0.0
    terms = gammaln(fewer + 1) - gammaln(fewer - n + 1) - gammaln(all_ + 1) + gammaln(all_ - n + 1)
    return float(np.exp(terms))


def _ssim(a: Float[Array, "H W"], b: Float[Array, "H W"]) -> float:
    from skimage.metrics import structural_similarity  # slow to import, and only needed here

    b = b - b.min()
    return float(structural_similarity(a.astype(np.float64), b / max(b.max(), 1e-9), data_range=1.0))
