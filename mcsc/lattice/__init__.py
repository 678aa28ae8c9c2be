"""The supercell of wells: who is near whom, which wavevectors fit, which symmetries remain."""

from mcsc.lattice.supercell import Lattice, near_shells
from mcsc.lattice.symmetry import equivalent_wells, point_group, rigid_turns
from mcsc.lattice.wavevectors import Star, filled_lattice_peaks, stars, wavevectors

__all__ = [
    "Lattice",
    "Star",
    "equivalent_wells",
    "filled_lattice_peaks",
    "near_shells",
    "point_group",
    "rigid_turns",
    "stars",
    "wavevectors",
]
