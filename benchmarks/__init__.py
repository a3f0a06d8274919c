"""How long snnlib takes beside its peers: run with ``make bench``, or ``python -m benchmarks``.

A row is a function that returns a `measure.Contest`, in the ``ROWS`` of `training`, `neurons`, `attacks` or
`membership`: the same work done by snnlib and by a peer, a floor that neither gets around, and the distance of their
results.
"""
