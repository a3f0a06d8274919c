"""What regenerates every table and figure of both papers, built on the library."""
