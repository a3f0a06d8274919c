"""Another master seed at `night`: which jobs it leaves out, and what the pages say of it."""

import pandas as pd

from benchmarks.second_seed import ROWS, claimed
from snnlib.engine.store import Job
from snnlib.paths import project
from snnlib.reproduction.brainleaks.plan import inversion_plan
from snnlib.reproduction.brainleaks.sizes import NIGHT
from snnlib.reproduction.comparison import read_rows
from snnlib.reproduction.findings import CLAIMS, primary
from snnlib.reproduction.places import references

FOLDER = project() / "figures" / "agreement" / "night-1"


def test_only_what_contrasts_rest_on_is_planned_and_by_the_same_jobs():
    plan = inversion_plan(NIGHT["mnist"], Job(int, {}), {"title": "data", "shape": [28, 28], "classes": 10}, 1)
    less = claimed(plan).jobs
    assert {key[0] for key in less["scores"]} == {*ROWS} and {key[0] for key in less["targets"]} == {"ann", "snn"}
    assert less["scorers"] == plan.jobs["scorers"] and not less["checkpoint_samples"] and not less["similarities"]
    assert all(job is plan.jobs[group][key] for group, of in less.items() for key, job in of.items())


def test_claims_come_out_as_in_the_reference():
    here, there = (
        primary(read_rows(folder, "night")).groupby("claim")["verdict_on_claim"].first()
        for folder in (FOLDER, references() / "night")
    )
    assert list(here.index) == list(CLAIMS) and here.equals(there)
    assert "simulated" not in {*read_rows(FOLDER, "night")["source"]}


def test_the_page_has_the_numbers_of_other_ways_of_asking():
    page = " ".join((project() / "docs" / "papers" / "b.md").read_text().split())
    keys = ["model", "attack", "query", "metric"]
    night, reference, quick = (
        pd.read_csv(folder / "tables" / "B-ST1.csv", dtype={"model": str}).set_index(keys)
        for folder in (FOLDER, references() / "night", references() / "quick")
    )
    tuned = pd.read_csv(FOLDER / "tables" / "B-ST2.csv").set_index(["copies", "probability"])
    for text, row in {
        "time steps rises by {} points {} with eight copies with dropout": night.loc["2", "RMIA", "dropout", "gain"],
        "Gaussian noise it is {} {} points more": night.loc["2", "RMIA", "noise", "minus_dropout"],
        "two queries, it is as much: {} {} more": night.loc["2", "RMIA", "flips", "minus_dropout"],
        "Against the ANN dropout adds {} {},": night.loc["ann", "RMIA", "dropout", "gain"],
        "the mirror image {} {} more than that": night.loc["ann", "RMIA", "flips", "minus_dropout"],
        "with 0.03, dropout gains {} {} instead": tuned.loc[8, 0.03],
        "instead of {} {} points at T = 1": tuned.loc[8, 0.01],
        "noise is ahead of dropout by {} {} points": quick.loc["1", "RMIA", "noise", "minus_dropout"],
        "two time steps dropout adds {} {} points": reference.loc["2", "RMIA", "dropout", "gain"],
        "points, noise {} {} more,": reference.loc["2", "RMIA", "noise", "minus_dropout"],
        "more, the mirror image {} {} more; against": reference.loc["2", "RMIA", "flips", "minus_dropout"],
        "more; against the ANN {} {}, and": reference.loc["ann", "RMIA", "dropout", "gain"],
        ", and the mirror image {} {} more.": reference.loc["ann", "RMIA", "flips", "minus_dropout"],
    }.items():
        value, low, high = (f"{100 * row[of]:.1f}".replace("-0.0", "0.0") for of in ("value", "low", "high"))
        assert text.format(value, f"[{low}, {high}]") in page


def test_the_page_has_the_numbers_of_the_contrast_that_was_declared():
    rows = pd.read_csv(FOLDER / "brightness.csv").set_index("what")
    page = " ".join((project() / "docs" / "papers" / "a.md").read_text().split())
    (value, low, high), p = (f"{number:.2f}"[1:] for number in rows.iloc[0][:3]), rows.iloc[0]["p_above_0"]
    assert f"confirmed: {value} [{low}, {high}], p = {f'{p:.4f}'[1:]}." in page
    v1, v2, bright1, bright2, shuffled = (f"{value:.2f}"[1:] for value in rows["value"].iloc[1:])
    assert f"v1 goes from {v1} to {bright1} and of v2 from {v2} to {bright2}" in page and f"in {shuffled} (" in page
