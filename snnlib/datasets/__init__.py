"""Data sets of both papers and what stands in for them."""
