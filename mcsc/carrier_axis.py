"""The axis of a diagram that controls the number of carriers: doping, or chemical potential.

A diagram at fixed numbers of carriers is a function of the dimension ``doping``. At fixed chemical
potential that is the dimension, and ``doping`` a measured variable on it and temperature. What goes
along the lines of a diagram asks here for the name of its axis.
"""

from collections.abc import Hashable, Iterable

DOPING = "doping"
CHEMICAL_POTENTIAL = "chemical_potential"
CARRIER_AXES = (DOPING, CHEMICAL_POTENTIAL)


def carrier_axis(names: Iterable[Hashable]) -> str:
    """The one of :data:`CARRIER_AXES` among the dimensions of a dataset; doping where none is."""
    return CHEMICAL_POTENTIAL if CHEMICAL_POTENTIAL in set(names) else DOPING
