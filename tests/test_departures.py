"""In which settings a profile differs from the papers."""

import pytest

from snnlib.reproduction.brainleaks.sizes import STUDIES as INVERSION
from snnlib.reproduction.mia_snn.sizes import STUDIES as MEMBERSHIP
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.summary import departures, deviations


def test_the_paper_departs_in_nothing():
    assert not departures("paper")


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "paper"])
def test_each_departure_is_a_setting_of_a_study_with_both_of_its_values(profile):
    found = departures(profile)
    assert found and all(d.paper != d.here for d in found)
    assert {d.study for d in found} <= INVERSION[profile].keys() | MEMBERSHIP[profile].keys()
    assert len({(d.study, d.setting) for d in found}) == len(found)


def test_settings_below_others_are_named_by_their_path():
    (hidden,) = (d for d in departures("quick") if (d.study, d.setting) == ("mnist", "hidden"))
    assert (hidden.paper, hidden.here) == (INVERSION["paper"]["mnist"].hidden, INVERSION["quick"]["mnist"].hidden)
    (epochs,) = (d for d in departures("quick") if (d.study, d.setting) == ("cifar100", "ann.epochs"))
    assert epochs.paper == 200 and epochs.here == MEMBERSHIP["quick"]["cifar100"].ann.epochs


def test_a_deviation_is_said_once_for_all_studies_that_it_holds_for():
    found = deviations("quick")
    studies = INVERSION["quick"] | MEMBERSHIP["quick"]
    assert sum(map(len, found.values())) == sum(len(study.deviations) for study in studies.values())
    assert all(text in studies[name].deviations for text, names in found.items() for name in names)
