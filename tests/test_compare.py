"""Whether two folders of results agree: the reference, a copy, and copies that were changed."""

import json
import shutil

import pandas as pd
import pytest

from snnlib import paths
from snnlib.cli import main
from snnlib.errors import DataError
from snnlib.reproduction.compare import compare
from snnlib.reproduction.places import references

REFERENCE = references() / "quick"


@pytest.fixture
def copy(tmp_path):
    """The reference's tables and record in another folder."""
    shutil.copytree(REFERENCE / "tables", tmp_path / "copy" / "tables")
    shutil.copy(REFERENCE / "run.json", tmp_path / "copy")
    return tmp_path / "copy"


def change(folder, id, edit):
    file = folder / "tables" / f"{id}.csv"
    rows = pd.read_csv(file, dtype={"model": str})
    edited = edit(rows)
    (rows if edited is None else edited).to_csv(file, index=False)


def cell(column, value, row=0):
    def edit(rows):
        rows[column] = rows[column].astype(object)
        rows.loc[row, column] = value

    return edit


def test_the_reference_agrees_with_a_copy_in_every_number(copy, capsys):
    assert main(["compare", str(REFERENCE), str(copy)]) == 0
    within, equal, *others = capsys.readouterr().out.splitlines()
    counts = [int(line.split()[place].replace(",", "")) for line in (within, equal) for place in (0, 2)]
    assert counts[0] == counts[1] > 1000 and counts[2] == counts[3] > 50
    rows = sum(len(pd.read_csv(file)) for file in (copy / "tables").glob("*.csv") if file.stem != "B-T1")
    assert counts[0] + counts[2] == rows
    for title in ("numbers that differ", "rows that are missing", "verdicts that differ"):
        assert f"{title}: 0" in others


def test_a_number_has_to_lie_in_the_other_ones_interval_and_the_other_way_round(copy):
    rows = pd.read_csv(REFERENCE / "tables" / "A-T2.csv")
    inside, at = (rows.loc[0, "low"] + rows.loc[0, "value"]) / 2, "A-T2, mnist, fredrikson, target_accuracy, ann"
    change(copy, "A-T2", cell("value", inside))
    assert compare(REFERENCE, copy)[1]
    change(copy, "A-T2", cell("low", inside))
    change(copy, "A-T2", cell("high", inside))  # ours is no longer in theirs, theirs still in ours
    for pair in ((REFERENCE, copy), (copy, REFERENCE)):
        lines, agree = compare(*pair)
        assert not agree and "numbers that differ: 1" in lines and any(line.startswith(f"  {at}: ") for line in lines)
        both, of, second = (int(lines[0].replace(",", "").split()[place]) for place in (0, 2, 9))
        assert both == of - 1 and second == (of if pair[0] is REFERENCE else both)


def test_a_number_without_an_interval_is_compared_exactly(copy):
    rows = pd.read_csv(REFERENCE / "tables" / "A-ST1.csv")
    place = rows.index[rows["low"].isna() & rows["value"].notna()][0]
    change(copy, "A-ST1", cell("value", rows.loc[place, "value"] + 1e-5, place))
    lines, agree = compare(REFERENCE, copy)
    assert not agree and "numbers that differ: 1" in lines
    equal, _, without = lines[1].replace(",", "").split()[:3]
    assert int(without) - int(equal) == 1


def test_rows_are_matched_by_what_they_are_not_by_where_they_stand(copy):
    change(copy, "A-T2", lambda rows: rows[::-1])
    assert compare(REFERENCE, copy)[1]


def test_a_missing_row_is_a_difference_whoever_lacks_it(copy, capsys):
    change(copy, "B-T2", lambda rows: rows.drop(index=3))
    for pair in ((REFERENCE, copy), (copy, REFERENCE)):
        assert main(["compare", *map(str, pair)]) == 1
        shown = capsys.readouterr().out
        assert "rows that are missing: 1" in shown and f"only in {REFERENCE}" in shown


def test_tables_and_columns_that_only_one_folder_has_are_differences_not_errors(copy):
    change(copy, "A-T1", lambda rows: rows.assign(another="x"))
    (copy / "tables" / "B-T6.csv").unlink()
    lost = len(pd.read_csv(REFERENCE / "tables" / "B-T6.csv")) + 2 * len(pd.read_csv(REFERENCE / "tables" / "A-T1.csv"))
    for pair in ((REFERENCE, copy), (copy, REFERENCE)):
        lines, agree = compare(*pair)
        assert not agree and f"rows that are missing: {lost}" in lines


def test_verdicts_and_settings_that_differ_are_named(copy):
    change(copy, "A-V", cell("verdict", "contradicted"))
    change(copy, "B-T3", lambda rows: rows.assign(data="cifar10", source="official"))
    lines, agree = compare(REFERENCE, copy)
    assert not agree and "verdicts that differ: 1" in lines
    assert {"  data of cifar10: photos-10 | cifar10", "  source of cifar10: embedded | official"} <= set(lines)


def test_settings_alone_are_no_difference(copy, tmp_path):
    run = json.loads((copy / "run.json").read_text())
    other = tmp_path / "other"
    shutil.copytree(copy, other)
    for folder, processor in ((copy, "one"), (other, "another")):
        of = {"r": {"processor": processor, "code": {"clean": True}}}
        (folder / "run.json").write_text(json.dumps(run | {"runs": of}))
    lines, agree = compare(copy, other)
    assert agree and lines[-2:] == ["settings that differ: 1", "  processor: one | another"]


def test_profiles_differ_in_settings(copy):
    for file in (copy / "tables").glob("*.csv"):
        file.write_text(file.read_text().replace(",quick,", ",smoke,"))
    lines, agree = compare(REFERENCE, copy)
    assert agree and "  hidden of mnist: 600 | 100" in lines


def test_a_folder_without_tables_is_told(tmp_path, capsys):
    with pytest.raises(DataError, match="holds no tables of results"):
        compare(REFERENCE, tmp_path)
    assert main(["compare", str(tmp_path / "nowhere"), str(REFERENCE)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_page_on_verdicts_has_what_other_processors_gave():
    page = " ".join((paths.project() / "docs" / "papers" / "verdicts.md").read_text(encoding="utf-8").split())
    said = {
        "quick-intel-avx2": "Of {of} numbers {second} ({second_share:.0%}) lie inside the reference's intervals, and "
        "{both} ({share:.0%}) both",
        "quick-amd": "{second} of {of} numbers ({second_share:.0%}) lay inside the reference's intervals",
        "night-amd": "{second} of {of} numbers ({second_share:.0%}) in B-T6 and B-V lay inside the reference's",
    }
    for folder, text in said.items():
        (first, *_), _ = compare(
            references() / folder.split("-")[0], paths.project() / "figures" / "agreement" / folder
        )
        both, of, second = (first.split()[place] for place in (0, 2, 9))
        counts = [int(number.replace(",", "")) for number in (both, of, second)]
        shares = {"share": counts[0] / counts[1], "second_share": counts[2] / counts[1]}
        assert text.format(both=both, of=of, second=second, **shares).replace("%", " %") in page


def test_the_page_on_verdicts_has_what_another_processor_gave_at_night():
    page = " ".join((paths.project() / "docs" / "papers" / "verdicts.md").read_text(encoding="utf-8").split())
    folders = references() / "night", paths.project() / "figures" / "agreement" / "night-amd"
    one, other = (pd.read_csv(f / "tables" / "B-V.csv").set_index(["study", "comparison"]) for f in folders)
    assert {*one["verdict_on_claim"]} == {*other["verdict_on_claim"]} == {"supported"}
    pairs = pd.Series([*zip(one["verdict"], other["verdict"].loc[one.index])])
    changed = pairs[[a != b for a, b in pairs]]
    assert f"Of {len(pairs)} comparisons, one a row of B-V, {len(changed)} are" in page
    assert all("inconclusive" in pair for pair in changed)
