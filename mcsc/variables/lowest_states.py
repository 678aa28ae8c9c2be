"""What a file of lowest states holds: its root, the hull over filling, the configurations."""

from mcsc.variables.variable import Variable

_STABLE = ("not_stable", "stable")
_TIE = ("not_on_tie_line", "on_tie_line")
_RIVALS = "doping competitor"

LOWEST: tuple[Variable, ...] = (
    Variable("energy", _RIVALS, "{energy}", "energy H per carrier, the lowest first"),
    Variable("gap", _RIVALS, "{energy}", "energy per carrier above the lowest"),
    Variable("chains", "doping", "1", "chains of the search"),
    Variable("chains_found", _RIVALS, "1", "chains that ended in this configuration"),
    Variable("found_on", f"{_RIVALS} vector", "1", "smallest supercell whose chains found it"),
    Variable("chains_there", _RIVALS, "1", "chains that found it on that supercell"),
    Variable("multiplicity", _RIVALS, "1",
        "configurations of the supercell that symmetry makes of this one"),
    Variable("cells", "doping vector", "1", "supercell of the lowest energy per cell"),
    Variable("supercell_number", "doping", "1",
        "number of that supercell among those of the group structure"),
    Variable("size_energy", "doping size", "{energy}",
        "lowest energy per carrier on each supercell"),
    Variable("completed_energy", "doping", "{energy}",
        "energy per cell with the compensating charge on the wells, H/N_cells + c n²/2"),
    Variable("above_hull", "doping", "{energy}",
        "energy per cell above the convex hull over filling"),
    Variable("stable", "doping", "1",
        "whether the filling alone is the lowest over a range of chemical potentials",
        "a corner of the hull", flags=_STABLE),
    Variable("on_tie_line", "doping", "1",
        "whether the filling is as low as a mixture of two others, and no lower",
        "it coexists with both at one chemical potential", flags=_TIE),
    *(
        Variable(f"chemical_potential_{end}", "doping", "{energy}",
            f"{end} end of the chemical potentials at which no filling is lower",
            "both ends are equal on a tie line")
        for end in ("low", "high")
    ),
    Variable("superlattice", _RIVALS, "", "superlattice of the layer in Wood's notation"),
    Variable("superlattice_vectors", f"{_RIVALS} translation vector", "1",
        "primitive translations in units of the cell vectors"),
    Variable("stacking_period", _RIVALS, "1",
        "cells along the third vector after which layers repeat"),
    Variable("wavevector", f"{_RIVALS} wave hkl", "1",
        "strongest density waves, reciprocal lattice units"),
    Variable("wavevector_weight", f"{_RIVALS} wave", "1", "|rho_q|²/N²"),
    Variable("space_group", _RIVALS, "", "space group of the carriers at their real positions"),
    Variable("point_group", _RIVALS, "", "point group of the carriers at their real positions"),
)  # fmt: skip

HULL: tuple[Variable, ...] = (
    Variable("filling", "filling", "1", "carriers per primitive cell"),
    Variable("completed_energy", "filling", "{energy}",
        "energy per cell with the compensating charge"),
    Variable("above_hull", "filling", "{energy}", "energy per cell above the hull"),
    Variable("stable", "filling", "1", "whether the filling is a corner of the hull",
        flags=_STABLE),
    Variable("on_tie_line", "filling", "1",
        "whether the filling is on the hull between two corners", flags=_TIE),
    Variable("chemical_potential_low", "filling", "{energy}",
        "chemical potential from which no filling is lower"),
    Variable("chemical_potential_high", "filling", "{energy}",
        "chemical potential up to which no filling is lower"),
)  # fmt: skip

STATES: tuple[Variable, ...] = (
    Variable("state", f"{_RIVALS} well", "1", "state of the carrier of each well",
        "-1 empty, -2 no such well; well number = ((x Ly + y) Lz + z) B + base_well on the "
        "supercell that cells names"),
)  # fmt: skip
