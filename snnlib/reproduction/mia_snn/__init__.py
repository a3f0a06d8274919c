"""Paper B: membership inference attacks on spiking networks (UAI 2025, arXiv 2502.13191)."""
