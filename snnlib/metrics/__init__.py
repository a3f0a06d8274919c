"""Numbers with intervals, on plain arrays."""

# ruff: noqa: F401

from .estimate import Estimate
from .inversion import InversionScores, inversion_scores, recognised
from .membership import (
    FEWEST,
    AtThreshold,
    MembershipScores,
    at_threshold,
    auc,
    auc_difference,
    mean_auc_difference,
    membership_scores,
    roc,
    roc_band,
)
from .runs import difference_of_shares, holm, mean_over_runs, share_over_seeds
