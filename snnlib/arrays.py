"""What callers pass as numbers, taken at the door: lists, arrays, or tensors of any precision, on any device."""

import numpy as np
from numpy.typing import ArrayLike

from .errors import SettingError


def array(values: ArrayLike) -> np.ndarray:
    """Real numbers as an array; SettingError for text, complex numbers, what is masked, or rows of other lengths."""
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        values = [array(value) for value in values]
    try:
        if hasattr(values, "detach"):  # a tensor, perhaps of bfloat16, which NumPy does not know
            values = (values.double() if values.is_floating_point() else values).detach().cpu().numpy()
        found = np.asarray(values)
    except (ValueError, TypeError, RuntimeError):  # of other lengths, sparse, quantised
        found = np.empty(0, object)
    if found.dtype.kind not in "biuf" or np.ma.is_masked(values):
        raise SettingError("These are not real numbers in rows of one length.", "Pass a list, an array or a tensor.")
    return found


def float64(values: ArrayLike) -> np.ndarray:
    """`array` in float64: half precision costs up to .1 of an AUC, and in unsigned bytes -1 is 255."""
    return array(values).astype(np.float64, copy=False)
