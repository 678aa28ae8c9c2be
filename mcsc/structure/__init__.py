"""From a crystal to the wells where carriers sit.

A crystal (:mod:`mcsc.structure.crystal`) is searched for wells: inside the cages around some of
its ions or in its voids (`wells_at`), or in the rings of a planar net (`wells_of_net`).
The lattices of the textbooks come ready-made (`textbook`), those of two twisted layers with the
lattice constant of their moiré pattern (`moire_constant`).
Either way the result is a `Structure`: the wells of one cell. A fresh `Well` has its centre as the
only state; `with_states` adds displaced ones, `with_depth` sets its depth. Strain and pressure come
in between (`deformed`)::

    structure = wells_of_net(read_crystal("CsV3Sb5"), "V")
    structure = with_states(structure, "vertices", 0.1)
"""

from mcsc.structure.cages import VOIDS, wells_at
from mcsc.structure.deformation import axial_scale, deformed, murnaghan_scale
from mcsc.structure.nets import wells_of_net
from mcsc.structure.one_cell import Slab, Structure
from mcsc.structure.proposals import Proposal, proposals
from mcsc.structure.slab import slab
from mcsc.structure.states import (
    HEXAGON,
    STAR,
    displacement_length,
    with_depth,
    with_star,
    with_states,
)
from mcsc.structure.textbook import CUBIC_LATTICES, TEXTBOOK_LATTICES, moire_constant, textbook
from mcsc.structure.well import Well
