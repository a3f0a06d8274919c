"""Numbers with intervals, on plain arrays."""

from .estimate import Estimate
from .inversion import InversionScores, inversion_scores, recognised
from .membership import (
    FEWEST,
    MembershipScores,
    auc,
    auc_difference,
    mean_auc_difference,
    membership_scores,
    roc,
    roc_band,
)
from .runs import difference_of_shares, holm, mean_over_runs, share_over_seeds

__all__ = [
    "FEWEST",
    "Estimate",
    "InversionScores",
    "MembershipScores",
    "auc",
    "auc_difference",
    "difference_of_shares",
    "holm",
    "inversion_scores",
    "mean_auc_difference",
    "mean_over_runs",
    "membership_scores",
    "recognised",
    "roc",
    "roc_band",
    "share_over_seeds",
]
