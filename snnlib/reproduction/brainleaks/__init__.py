"""Paper A: BrainLeaks, model inversion attacks on spiking networks (arXiv 2402.00906)."""
