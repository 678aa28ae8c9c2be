"""Coordinates, which mean the same in every group; geometry of the wells and of the supercells."""

from mcsc.units import FIELD_UNIT
from mcsc.variables.ladder import COULOMB_TEMPERATURE
from mcsc.variables.variable import Variable

COORDINATES: tuple[Variable, ...] = (
    Variable("temperature", "temperature", "{temperature}", "temperature"),
    Variable("doping", "doping", "1", "doping x; the long_name in a file is what it counts"),
    Variable("carriers_per_cell", "doping", "1", "carriers per primitive cell"),
    Variable("chemical_potential", "chemical_potential", "{energy}",
        "chemical potential of the carriers",
        "of a carrier and its compensating charge, spread evenly over all wells; of screened "
        "carriers, without any"),
    Variable("start_doping", "start_doping", "1",
        "doping that ladders at fixed chemical potential begin from"),
    Variable("size", "size", "1", "supercell size"),
    Variable("field", "field", FIELD_UNIT, "electric field times charge"),
    Variable("frequency", "frequency", "{time}^-1", "angular frequency of a weak field"),
    Variable("direction", "direction", "",
        "direction of the field, cartesian components as in the run file"),
    Variable("disorder", "disorder", "1", "sample of the quenched dopants"),
    Variable("seed", "seed", "1", "seed of the random numbers of the chains"),
    Variable("component", "component", "", "cartesian component"),
    Variable("hkl", "hkl", "", "component in reciprocal lattice units"),
    Variable("kind", "kind", "", "kind of well"),
    Variable("move", "move", "", "kind of move"),
    Variable("series_name", "series_name", "", "series that convergence is judged by"),
    Variable("layer_distance", "layer_distance", "1", "distance of two layers along c, in layers"),
    Variable("plane", "plane", "1", "plane of wells of a slab, from 1 at its lower end"),
    Variable("branch", "branch", "", "history of the field",
        "forward: cooled at zero field, then raised step by step; backward: then lowered; "
        "field_cooled: cooled afresh in each field; field_removed: then at zero field, numbered by "
        "the field before; in all of them carriers make near hops and changes of state only"),
)  # fmt: skip

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
    Variable("charging_energy", "...", "{energy}",
        "c of the energy c n²/2 of n carriers per cell whose compensating charge is on the wells",
        "per cell, on top of energies with the uniform background, which follows the carriers; 0 "
        "where carriers need no background"),
    Variable("reference_potential", "", "{energy}",
        "chemical potential of the intercalated species in its metal",
        "that voltages are against, as in the run file"),
)  # fmt: skip
