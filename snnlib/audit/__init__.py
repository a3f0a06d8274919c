"""Audit a spiking network of your own."""

# ruff: noqa: F401

from .adapt import WeakReadout, adapt
from .adapted import Adapted
