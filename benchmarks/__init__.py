"""How long snnlib takes beside its peers: run with ``make bench``, or ``python -m benchmarks``."""
