"""Where the charge orders: transition temperatures with errors and reasons, and domes over doping.

:func:`analyse` works on the groups of a phase diagram; the estimators beneath it on plain arrays.
"""

from mcsc.transitions.analysis import analyse
from mcsc.transitions.binder import order_present
from mcsc.transitions.crossing import Crossing, binder_crossing
from mcsc.transitions.domes import Dome, find_domes
from mcsc.transitions.energy_histogram import transition_order
from mcsc.transitions.estimate import Estimate, Ladder
from mcsc.transitions.peaks import specific_heat_peak, susceptibility_peak
from mcsc.transitions.point import Settings

__all__ = [
    "Crossing",
    "Dome",
    "Estimate",
    "Ladder",
    "Settings",
    "analyse",
    "binder_crossing",
    "find_domes",
    "order_present",
    "specific_heat_peak",
    "susceptibility_peak",
    "transition_order",
]
