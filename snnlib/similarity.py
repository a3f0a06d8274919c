"""How much inverted samples look like the training data, without a scorer (paper A shows it by eye)."""

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import gammaln

from .scoring import standard
from .spikes import as_pictures

Array = np.ndarray


def similarity(
    samples: Float[Array, "*T C H W"],
    train: Float[Array, "N H W"],
    train_labels: Int[Array, " N"],
    unseen: Float[Array, "M H W"],
    unseen_labels: Int[Array, " M"],
    classes: int,
) -> dict[str, Array]:
    """Likeness of the sample of each class, as a picture, to training images and to unseen ones.

    Returns:
        - ``to_means [C, C]``: correlation of the sample of each class with the mean training image of each class;
        - ``nearest``, ``nearest_class [C]``: number and class of the training image of highest correlation;
        - ``ssim [C]``: structural similarity (Wang et al., 2004) of sample and nearest image, both scaled to [0, 1];
        - ``nearer [C]``: probability that the image of the sample's class of highest correlation is a training image,
          among as many training images, drawn at random, as there are unseen ones: 1/2 if the sample knows nothing of
          its training images in particular.

    Every class needs a training image and an unseen one.
    """
    shown = as_pictures(torch.as_tensor(samples)).numpy()
    means = np.stack([train[train_labels == c].mean(0) for c in range(classes)])
    to_train, to_unseen = correlations(shown, train), correlations(shown, unseen)
    nearest = to_train.argmax(1)
    sides = [(to_train[c, train_labels == c], to_unseen[c, unseen_labels == c]) for c in range(classes)]
    return {
        "to_means": correlations(shown, means),
        "nearest": nearest.astype(np.int32),
        "nearest_class": train_labels[nearest].astype(np.int32),
        "ssim": np.array([_ssim(shown[c], train[i]) for c, i in enumerate(nearest)]),
        "nearer": np.array([nearer_to_first(*side) for side in sides]),
    }


def correlations(a: Float[Array, "N H W"], b: Float[Array, "M H W"]) -> Float[Array, "N M"]:
    """Pearson's correlation of each picture of one set with each of another; 0 for a picture without contrast."""
    a, b = (standard(x).reshape(len(x), -1) for x in (a, b))
    return a @ b.T / a.shape[1]


def nearer_to_first(first: Float[Array, " N"], second: Float[Array, " M"]) -> float:
    """Probability that the largest of both is in the first, after cutting the larger set at random to equal sizes.

    With n the smaller size and k members of the first above the largest of the second, it is
    ``1 - C(N - k, n) / C(N, n)`` for N > n; the other way round where the second is the larger one.
    """
    if first.max() == second.max():  # as for a sample without contrast
        return 0.5
    if len(first) < len(second):
        return 1 - nearer_to_first(second, first)
    n, larger, below = len(second), len(first), int((first <= second.max()).sum())
    if below < n:
        return 1.0
    ratio = gammaln(below + 1) - gammaln(below - n + 1) - gammaln(larger + 1) + gammaln(larger - n + 1)
    return 1 - float(np.exp(ratio))


def _ssim(a: Float[Array, "H W"], b: Float[Array, "H W"]) -> float:
    from skimage.metrics import structural_similarity  # slow to import, and only needed here

    b = b - b.min()
    return float(structural_similarity(a.astype(np.float64), b / max(b.max(), 1e-9), data_range=1.0))
