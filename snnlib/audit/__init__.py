"""Audit a spiking network of your own."""

# ruff: noqa: F401

from .adapt import Adapted, WeakReadout, adapt
