"""Figures of both papers, from results to pictures: nothing is computed here but layout."""

from .comparison import beside_published, training_curves
from .inversion import all_classes, comparison_grid, course_of_attack, over_time
from .membership import confidence_histograms, confidence_scatter, risk_against_steps, roc_curves, split_diagram
from .style import COLOURS, MEMBER, OTHER, sign, style

__all__ = [
    "COLOURS",
    "MEMBER",
    "OTHER",
    "all_classes",
    "beside_published",
    "comparison_grid",
    "confidence_histograms",
    "confidence_scatter",
    "course_of_attack",
    "over_time",
    "risk_against_steps",
    "roc_curves",
    "sign",
    "split_diagram",
    "style",
    "training_curves",
]
