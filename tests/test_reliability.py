"""The numbers in docs/reliability.md are those of the tests, the tables and the tools that it names."""

import re

import pandas as pd

from snnlib import paths

PAGE = (paths.project() / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_as_many_cases_are_tried_as_the_page_says(collected):
    said = re.findall(r"^\| .* \| (\d+) \| `pytest (\S+)(?: -k \"?([^`\"]+)\"?)?` \|$", PAGE, re.MULTILINE)
    assert len(said) == PAGE.count("| `pytest") >= 8
    for count, place, words in said:
        found = [c for c in collected if c.startswith(place) and any(w in c for w in (words or "::").split(" or "))]
        assert (len(found), place, words) == (int(count), place, words)


def test_coverage_is_that_of_the_committed_simulation():
    found = pd.read_csv(paths.project() / "figures" / "calibration" / "intervals.csv").groupby("interval")["coverage"]
    for name, coverage in found:
        numbers = (f"{100 * value:.1f}" for value in (coverage.min(), coverage.mean(), coverage.max()))
        assert f"| `{name}` | {len(coverage)} | {' | '.join(numbers)} |" in PAGE
    assert len(found) == len(re.findall(r"^\| `[\w ]+` \| \d+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$", PAGE, re.MULTILINE))
