"""The explorer of a neuron fires when a calculation by hand says."""

import pytest
from helpers.report import explorer_of

from snnlib.reproduction.explore.neuron import neuron_explorer


@pytest.mark.parametrize(
    ("reset", "steps"), [("decay_then_subtract", [2, 5, 8]), ("subtract_then_decay", [2, 4, 6, 8])]
)
def test_the_neuron_fires_when_a_calculation_by_hand_says(reset, steps):
    explorer = explorer_of(neuron_explorer, reset=reset)
    assert explorer.state == {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": reset}
    trace, raster, rate = explorer.draw(explorer.state).axes
    place = [t.get_text().replace(" ", "_") for t in raster.get_yticklabels()].index(reset)
    fired = raster.get_lines()[place].get_xdata()
    assert [t for t in fired if t < 9] == steps and f"{len(fired)} spikes" in trace.get_title()
    (dot,) = (line for line in rate.get_lines() if line.get_marker() == "o")
    assert dot.get_xdata()[0] == 0.6 and dot.get_ydata()[0] == pytest.approx(len(fired) / 30, abs=0.05)
