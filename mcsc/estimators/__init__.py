"""Transition temperatures of one ladder, with errors: reweighting, peaks, crossings, thresholds.

Every function here takes plain arrays, or a :class:`Ladder` of energies and order parameters.
"""

from mcsc.estimators.binder import order_present
from mcsc.estimators.crossing import Crossing, binder_crossing
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.estimate import Estimate, Ladder
from mcsc.estimators.peaks import (
    above_the_scan,
    response_peak,
    specific_heat_peak,
    susceptibility_peak,
)
from mcsc.estimators.threshold import Hysteresis, Threshold, hysteresis, threshold_field
from mcsc.estimators.transmission import half_transmission

__all__ = [
    "Crossing",
    "Estimate",
    "Hysteresis",
    "Ladder",
    "Threshold",
    "above_the_scan",
    "binder_crossing",
    "half_transmission",
    "hysteresis",
    "order_present",
    "response_peak",
    "specific_heat_peak",
    "susceptibility_peak",
    "threshold_field",
    "transition_order",
]
