"""Where charge orders and carriers are displaced together: temperatures, domes and regimes.

:func:`analyse` works on the groups of a phase diagram; the estimators beneath it on plain arrays.
"""

from mcsc.transitions.analysis import analyse
from mcsc.transitions.binder import order_present
from mcsc.transitions.collective import Collective, collective, half_transmission
from mcsc.transitions.crossing import Crossing, binder_crossing
from mcsc.transitions.disorder import disorder_averages
from mcsc.transitions.domes import Dome, find_domes
from mcsc.transitions.energy_histogram import transition_order
from mcsc.transitions.estimate import Estimate, Ladder
from mcsc.transitions.particle_hole import partner_lines
from mcsc.transitions.peaks import (
    above_the_scan,
    response_peak,
    specific_heat_peak,
    susceptibility_peak,
)
from mcsc.transitions.point import Settings, Transition, transition
from mcsc.transitions.regimes import REGIMES, Thresholds, stored_thresholds
from mcsc.transitions.threshold import Hysteresis, Threshold, hysteresis, threshold_field

__all__ = [
    "REGIMES",
    "Collective",
    "Crossing",
    "Dome",
    "Estimate",
    "Hysteresis",
    "Ladder",
    "Settings",
    "Threshold",
    "Thresholds",
    "Transition",
    "above_the_scan",
    "analyse",
    "binder_crossing",
    "collective",
    "disorder_averages",
    "find_domes",
    "half_transmission",
    "hysteresis",
    "order_present",
    "partner_lines",
    "response_peak",
    "specific_heat_peak",
    "stored_thresholds",
    "susceptibility_peak",
    "threshold_field",
    "transition",
    "transition_order",
]
