"""Numbers with intervals, on plain arrays."""

# ruff: noqa: F401

from .contrasts import Contrast, over_pairs, over_targets
from .estimate import Estimate
from .inversion import InversionScores, inversion_scores, recognised
from .membership import (
    FEWEST,
    AtThreshold,
    MembershipScores,
    at_threshold,
    auc,
    auc_difference,
    auc_influence,
    membership_scores,
    roc,
    roc_band,
)
from .runs import holm, mean_over_runs, share_over_seeds
