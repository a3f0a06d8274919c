"""Figures of both papers, from results to pictures: nothing is computed here but layout."""

from .comparison import network_accuracies, published_overview, training_curves
from .event_camera import camera_check
from .exploring import (
    neuron_trace,
    noted,
    sample_on_its_way,
    stops,
    threshold_on_roc,
)
from .film import animation, as_gif, as_html, film_strip
from .inversion import all_classes, class_name, comparison_grid, confidence_matrices, course_of_attack, over_time
from .membership import confidence_histograms, confidence_scatter, risk_against_steps, roc_curves, split_diagram
from .questions import questions
from .schematic import attack_schematic
from .style import COLOURS, MEMBER, OTHER, PAGE, sign, style

__all__ = [
    "COLOURS",
    "MEMBER",
    "OTHER",
    "PAGE",
    "all_classes",
    "animation",
    "as_gif",
    "as_html",
    "attack_schematic",
    "camera_check",
    "class_name",
    "comparison_grid",
    "confidence_histograms",
    "confidence_matrices",
    "confidence_scatter",
    "course_of_attack",
    "film_strip",
    "network_accuracies",
    "neuron_trace",
    "noted",
    "over_time",
    "published_overview",
    "questions",
    "risk_against_steps",
    "roc_curves",
    "sample_on_its_way",
    "sign",
    "split_diagram",
    "stops",
    "style",
    "threshold_on_roc",
    "training_curves",
]
