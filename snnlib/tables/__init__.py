"""Tables of both papers: from results to rows with intervals, published values beside ours."""

from .inversion import (
    ATTACK_NAMES,
    CONTROL_NAMES,
    draw_spread,
    inversion_estimates,
    inversion_table,
    own_judge,
    pixels_used,
    recognition,
    recognition_of_course,
    similarity_estimates,
    similarity_table,
)
from .membership import (
    accuracy_table,
    complement,
    direct_table,
    formula_table,
    membership_estimates,
    membership_table,
    published_accuracy,
    published_attack,
    signals,
    transfer_table,
)
from .membership_controls import control_table, tuning_table
from .rows import described, metric_name, read_rows
from .table import Table, html, in_files, number, provenance

__all__ = [
    "ATTACK_NAMES",
    "CONTROL_NAMES",
    "Table",
    "accuracy_table",
    "complement",
    "control_table",
    "described",
    "direct_table",
    "draw_spread",
    "formula_table",
    "html",
    "in_files",
    "inversion_estimates",
    "inversion_table",
    "membership_estimates",
    "membership_table",
    "metric_name",
    "number",
    "own_judge",
    "pixels_used",
    "provenance",
    "published_accuracy",
    "published_attack",
    "read_rows",
    "recognition",
    "recognition_of_course",
    "signals",
    "similarity_estimates",
    "similarity_table",
    "transfer_table",
    "tuning_table",
]
