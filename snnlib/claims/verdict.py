"""The three verdicts, and how they are written."""

import pandas as pd

SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"


def worst(verdicts: list[str]) -> str:
    """A claim is as good as its worst comparison."""
    return next((v for v in (CONTRADICTED, INCONCLUSIVE) if v in verdicts), SUPPORTED)


def once(shown: pd.DataFrame) -> pd.DataFrame:
    """A claim and the verdict on it stand in the first of its rows only."""
    repeated = shown["claim"].duplicated()
    shown.loc[repeated, ["claim", "on the claim"]] = ""
    return shown
