"""Where charge orders and carriers are displaced together: temperatures, domes and regimes.

:func:`analyse` works on the groups of a phase diagram; :mod:`mcsc.estimators` beneath it on plain
arrays, :mod:`mcsc.scaling` on several sizes.
"""

from mcsc.transitions.analysis import analyse
from mcsc.transitions.collective import Collective, collective, half_transmission
from mcsc.transitions.disorder import disorder_averages
from mcsc.transitions.domes import Dome, find_domes
from mcsc.transitions.particle_hole import partner_lines
from mcsc.transitions.point import Settings, Transition, transition
from mcsc.transitions.regimes import REGIMES, Thresholds, stored_thresholds

__all__ = [
    "REGIMES",
    "Collective",
    "Dome",
    "Settings",
    "Thresholds",
    "Transition",
    "analyse",
    "collective",
    "disorder_averages",
    "find_domes",
    "half_transmission",
    "partner_lines",
    "stored_thresholds",
    "transition",
]
