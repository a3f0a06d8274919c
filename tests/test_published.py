"""Published values: read as they are, never guessed."""

import pytest

from snnlib.reproduction.published import FILES, table, value


def test_values_and_their_absence():
    keys = {"table": 2, "dataset": "cifar100", "train": "hybrid", "T": 4, "attack": "RMIA", "dropout": "yes"}
    assert value("membership", "auc", **keys) == 80.76
    assert value("inversion", "attack_accuracy", dataset="mnist", attack="fredrikson") == 0.5
    assert value("inversion", "attack_accuracy", dataset="att_faces", attack="brainleaks_v1") is None
    assert value("accuracy", "test_accuracy_pct", dataset="cifar100", train="ann", T=None) == 69.5
    assert value("accuracy", "test_accuracy_pct", dataset="cifar100", train="hybrid", T=3) is None


def test_an_ambiguous_question_has_no_answer():
    with pytest.raises(LookupError, match="rows fit"):
        value("membership", "auc", table=2)


def test_every_published_file_is_there_and_holds_percentages_or_shares():
    assert set(FILES) == {"inversion", "membership", "accuracy", "roc", "recordings"}
    assert table("membership")["auc"].between(50, 100).all()
    recordings = table("recordings").set_index("quantity")
    assert recordings.loc["events_per_10ms", "mean"].sum() == pytest.approx(recordings.loc["events", "mean"], rel=0.01)
    assert table("roc")[["fpr", "tpr"]].stack().between(0, 1).all()
