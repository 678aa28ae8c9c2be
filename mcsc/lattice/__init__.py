"""The supercell of wells: who is near whom, which wavevectors fit, which symmetries remain."""

from mcsc.lattice.cell_choice import (
    Supercell,
    along_cell,
    cells_of,
    choose_cell,
    in_cells,
    layer_frame,
    with_layers_together,
)
from mcsc.lattice.layer_superlattice import plane_basis, plane_lattice, superlattice_name
from mcsc.lattice.layers import Layers, layer_plane, layers
from mcsc.lattice.nearness import near_shells
from mcsc.lattice.order_waves import Orbit, OrderWaves, order_waves
from mcsc.lattice.smith import Cells, Matrix, determinant
from mcsc.lattice.supercell import Lattice
from mcsc.lattice.symmetry import equivalent_wells, layer_slides, rigid_turns
from mcsc.lattice.wavevectors import (
    filled_lattice_peaks,
    thinned,
    union_of_wavevectors,
    wavevectors,
)
