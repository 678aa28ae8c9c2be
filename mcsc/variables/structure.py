"""Geometry of the wells and of the supercells."""

from mcsc.variables.ladder import COULOMB_TEMPERATURE
from mcsc.variables.variable import Variable

STRUCTURE: tuple[Variable, ...] = (
    Variable("cell", "... vector component", "{length}", "lattice vectors"),
    Variable("lattice_constant", "...", "{length}", "length in the coulomb temperature"),
    COULOMB_TEMPERATURE,
    Variable("centre", "... base_well component", "{length}", "centres of the wells of one cell"),
    Variable("well_kind", "base_well", "", "kind of each well of one cell"),
    Variable("depth", "... base_well", "{energy}", "energy of a carrier in the well"),
    Variable("cage", "... base_well ion component", "{length}", "ions around each well"),
    Variable("cage_species", "... base_well ion", "", "species of the ions around each well"),
    Variable("displacements", "... base_well state_number component", "{length}",
        "displacement of each state"),
    Variable("cells", "supercell vector", "1",
        "cells of each supercell along the vectors of sampled_cell",
        "well number = ((x Ly + y) Lz + z) B + base_well"),
    Variable("sampled_cell", "... supercell vector component", "{length}",
        "primitive cell that each supercell is a whole number of cells of, along each vector",
        "the lattice vectors 'cell', or others of the lattice"),
    Variable("supercell_matrix", "supercell supercell_vector vector", "1",
        "vectors of each supercell in units of the lattice vectors, as in the run file"),
    Variable("particle_hole_wells", "...", "1",
        "wells per cell B: n carriers per cell are equivalent to B - n",
        "missing where wells are not alike"),
)  # fmt: skip
