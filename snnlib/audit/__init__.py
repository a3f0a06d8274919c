"""What one's own network gives away: `adapt` it, audit `membership` and `inversion`, and put both on a `page`."""

from .adapt import WeakReadout, adapt
from .adapted import Adapted
from .inversion import InversionAudit, inversion
from .membership import MembershipAudit, membership, recipe
from .page import page

__all__ = [
    "Adapted", "InversionAudit", "MembershipAudit", "WeakReadout",
    "adapt", "inversion", "membership", "page", "recipe",
]  # fmt: skip
