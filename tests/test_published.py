"""Published values: read as they are, never guessed."""

import pytest

from snnlib.reproduction.published import read, value


@pytest.fixture
def printed(tmp_path):
    file = tmp_path / "paper.csv"
    file.write_text("table,T,attack,auc,tpr\n2,1,P,59.47,0.1\n2,4,P,64.85,\n2,,P,68.75,0\n3,,P,70.0,\n")
    return read(file)


def test_values_and_their_absence(printed):
    assert value(printed, "auc", table=2, T=4, attack="P") == 64.85
    assert value(printed, "tpr", table=2, T=4) is None  # an empty cell
    assert value(printed, "tpr", table=2, T=None) == 0  # the row whose T is empty
    assert value(printed, "auc", table=4) is None  # no such row


def test_an_ambiguous_question_has_no_answer(printed):
    with pytest.raises(LookupError, match="3 published rows fit"):
        value(printed, "auc", table=2)
