"""Tables of both papers: from results to rows with intervals, published values beside ours."""

from .inversion import ATTACK_NAMES, attack_accuracy_by_scorer, draw_spread, inversion_estimates, inversion_table
from .membership import (
    accuracy_table,
    formula_table,
    membership_estimates,
    membership_table,
    signals,
    transfer_table,
)
from .table import Table, number, provenance, read_rows

__all__ = [
    "ATTACK_NAMES",
    "Table",
    "accuracy_table",
    "attack_accuracy_by_scorer",
    "draw_spread",
    "formula_table",
    "inversion_estimates",
    "inversion_table",
    "membership_estimates",
    "membership_table",
    "number",
    "provenance",
    "read_rows",
    "signals",
    "transfer_table",
]
