"""Where charge orders and carriers are displaced together: temperatures, domes and regimes.

:func:`analyse` works on the groups of a phase diagram; :mod:`mcsc.estimators` beneath it on plain
arrays, :mod:`mcsc.estimators.scaling` on several sizes.
"""

from mcsc.transitions.analysis import analyse
from mcsc.transitions.charge import charge_order
from mcsc.transitions.collective import collective
from mcsc.transitions.domes import Dome, find_domes
from mcsc.transitions.particle_hole import partner_lines
from mcsc.transitions.regimes import REGIMES
from mcsc.transitions.settings import Settings, Thresholds, stored_thresholds
from mcsc.transitions.transition import Transition
