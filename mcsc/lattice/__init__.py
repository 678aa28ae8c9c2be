"""The supercell of wells: who is near whom, which wavevectors fit, which symmetries remain."""

from mcsc.lattice.cell_choice import Cells, Matrix, Supercell, along_cell, choose_cell, in_cells
from mcsc.lattice.layers import Layers, layer_plane, layers
from mcsc.lattice.nearness import near_shells
from mcsc.lattice.smith import determinant
from mcsc.lattice.supercell import Lattice
from mcsc.lattice.symmetry import equivalent_wells, point_group, rigid_turns
from mcsc.lattice.wavevectors import Star, filled_lattice_peaks, stars, wavevectors

__all__ = [
    "Cells",
    "Lattice",
    "Layers",
    "Matrix",
    "Star",
    "Supercell",
    "along_cell",
    "choose_cell",
    "determinant",
    "equivalent_wells",
    "filled_lattice_peaks",
    "in_cells",
    "layer_plane",
    "layers",
    "near_shells",
    "point_group",
    "rigid_turns",
    "stars",
    "wavevectors",
]
