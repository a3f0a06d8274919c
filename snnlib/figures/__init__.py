"""Figures of both papers: plain data are collected from results, and pictures are drawn from plain data."""

from .comparison import network_accuracies, published_overview, training_curves
from .event_camera import camera_check
from .exploring import (
    neuron_trace,
    noted,
    sample_on_its_way,
    stops,
    threshold_on_roc,
)
from .files import in_files
from .film import animation, as_gif, as_html, film_strip
from .inversion import (
    all_classes,
    ceiling,
    class_name,
    comparison_grid,
    confidence_matrices,
    course_notes,
    course_of_attack,
    over_time,
    target_confidence,
)
from .membership import confidence_histograms, confidence_scatter, risk_against_steps, roc_curves, split_diagram
from .questions import questions
from .schematic import attack_schematic
from .source import drawn_by, pack, unpack
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
    "ceiling",
    "class_name",
    "comparison_grid",
    "confidence_histograms",
    "confidence_matrices",
    "confidence_scatter",
    "course_notes",
    "course_of_attack",
    "drawn_by",
    "film_strip",
    "in_files",
    "network_accuracies",
    "neuron_trace",
    "noted",
    "over_time",
    "pack",
    "published_overview",
    "questions",
    "risk_against_steps",
    "roc_curves",
    "sample_on_its_way",
    "sign",
    "split_diagram",
    "stops",
    "style",
    "target_confidence",
    "threshold_on_roc",
    "training_curves",
    "unpack",
]
