"""Artefacts: jobs, the store that keeps their results, and what runs them. Knows no paper and no network."""
