"""Pictures that answer to controls, and the teaching notebooks."""
