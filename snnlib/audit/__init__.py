"""What one's own network gives away: `adapt` it, audit `membership` and `inversion`, and put both on a `page`."""

# ruff: noqa: F401

from .adapt import WeakReadout, adapt
from .adapted import Adapted
from .evaluation import MembershipAudit
from .inversion import InversionAudit, inversion
from .membership import membership
from .page import page
from .recipe import recipe
