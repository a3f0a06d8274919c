"""Reproduces two papers on the privacy of spiking neural networks.

Paper A: BrainLeaks, model inversion (arXiv 2402.00906). Paper B: membership inference
(UAI 2025, arXiv 2502.13191). Start with the notebooks, or with ``snnlib reproduce``.
"""

from importlib.metadata import version

__version__ = version("snnlib")
