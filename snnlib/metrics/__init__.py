"""Numbers with intervals, on plain arrays."""

# ruff: noqa: F401

from .estimate import Estimate
from .inversion import inversion_scores
from .membership import auc, membership_scores, roc
