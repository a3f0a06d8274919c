"""Verdicts on the papers' claims: supported, contradicted or inconclusive, each with its test and interval."""

from . import inversion, membership
from .inversion import inversion_verdicts
from .membership import membership_verdicts
from .verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, claimed_side

CLAIMS = inversion.CLAIMS | membership.CLAIMS

__all__ = [
    "CLAIMS",
    "CONTRADICTED",
    "INCONCLUSIVE",
    "SUPPORTED",
    "claimed_side",
    "inversion_verdicts",
    "membership_verdicts",
]
