"""Verdicts on the papers' claims: supported, contradicted or inconclusive, each with its test and interval."""

from . import inversion, membership
from .inversion import inversion_verdicts
from .membership import membership_verdicts
from .verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED

CLAIMS = inversion.CLAIMS | membership.CLAIMS

__all__ = ["CLAIMS", "CONTRADICTED", "INCONCLUSIVE", "SUPPORTED", "inversion_verdicts", "membership_verdicts"]
