"""Who is a member of which network."""

import numpy as np
import pytest

from snnlib.errors import SettingError
from snnlib.membership import split_pairs


@pytest.mark.parametrize("n", [10, 1843])
def test_every_point_is_known_to_exactly_half_of_the_references(n):
    members = split_pairs(n, references=6, seed=3)
    assert members.shape == (7, n) and members[0].sum() == n // 2
    assert (members[1:].sum(0) == 3).all()
    for pair in (1, 3, 5):
        assert (members[pair] ^ members[pair + 1]).all()


def test_splits_are_independent_of_each_other_and_of_the_number_of_references():
    few, many = split_pairs(2000, 2, 0), split_pairs(2000, 8, 0)
    np.testing.assert_array_equal(few, many[:3])
    agreement = (many[0] == many[3]).mean()
    assert 0.45 < agreement < 0.55
    assert (split_pairs(2000, 2, 1)[0] != few[0]).any()


@pytest.mark.parametrize(("n", "references"), [(10, 3), (10, 0), (1, 2)])
def test_impossible_splits_are_refused(n, references):
    with pytest.raises(SettingError):
        split_pairs(n, references, 0)
