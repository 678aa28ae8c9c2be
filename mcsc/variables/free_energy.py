"""What expanded ensembles give: free energies over the doping, and where the crystal separates."""

from dataclasses import replace

from mcsc.variables.variable import Variable

_CONVENTION = (
    "of a carrier and its compensating charge, spread evenly over all wells, as at fixed chemical "
    "potential"
)

VOLTAGE = Variable("voltage", "...", "{potential}", "voltage against the metal",
    "V = -(mu - mu_ref)/e with reference_potential of the group structure: mu is that of an ion "
    "with its electron, the compensating charge; errors are those of mu")  # fmt: skip

FREE_ENERGY: tuple[Variable, ...] = (
    Variable("free_energy", "... temperature", "{energy}", "free energy per cell",
        "-k_B T ln Z / N_cells less that of the lowest doping measured at the same temperature; of "
        "H with the uniform background, which follows the carriers: with the compensating charge "
        "on the wells it is c n²/2 more, n carriers per cell and c the charging_energy of the "
        "group structure; missing beyond a number that a run does not know",
        estimate=True),
    Variable("chemical_potential", "... temperature", "{energy}",
        "chemical potential at fixed doping",
        f"{_CONVENTION}: central difference of F + c N²/(2 N_cells) over one carrier; falls with "
        "the carriers between two phases that coexist",
        estimate=True),
    Variable("compressibility", "... temperature", "{energy}^-1",
        "change of the carriers per cell with μ",
        "Var(N) / (N_cells k_B T) at the chemical potential that makes this number the mean one, "
        "from the free energy; missing where the numbers scanned hold less than 0.999 of them",
        estimate=True),
    replace(VOLTAGE, dims="... temperature", ancillary=("chemical_potential_stderr",)),
    Variable("coexisting", "... temperature", "1", "whether the crystal separates into two phases",
        "of the group coexistence; one_phase: as far as the numbers scanned tell; undecided: the "
        "free energy is not known",
        flags=("undecided", "one_phase", "coexisting")),
)  # fmt: skip

COEXISTENCE: tuple[Variable, ...] = (
    Variable("doping_low", "... temperature region", "1", "lower doping of two that coexist",
        "where the common tangent of F + c N²/(2 N_cells) touches, its compensating charge on the "
        "wells: with a fixed uniform background the phases mix on small scales instead; regions of "
        "4 carriers or more with a barrier of at least 0.5 k_B T and 5 standard errors; of an open "
        "one the end of what was measured or near it, and it may be wider on both sides",
        estimate=True, ancillary=("bounded",)),
    Variable("doping_low_stderr", "... temperature region", "1", "standard error of doping_low",
        "with the step of one carrier over √12; missing where open"),
    Variable("doping_high", "... temperature region", "1", "higher doping of two that coexist",
        "as doping_low", estimate=True, ancillary=("bounded",)),
    Variable("doping_high_stderr", "... temperature region", "1", "standard error of doping_high",
        "with the step of one carrier over √12; missing where open"),
    Variable("coexistence_potential", "... temperature region", "{energy}",
        "chemical potential at which two phases coexist",
        f"slope of the common tangent: {_CONVENTION}; missing where open", estimate=True),
    Variable("barrier", "... temperature region", "1",
        "height of the free energy of the supercell over the common tangent, in k_B T",
        "that of the interfaces: it grows with the supercell where phases coexist, and stays at a "
        "critical point (3.1 of Ising spins in a plane)", estimate=True),
    Variable("bounded", "... temperature region", "1", "whether both phases are known",
        "open: within 4 carriers of an end of what was measured", flags=("open", "bounded")),
    Variable("equilibrated_share", "... temperature region", "1",
        "share of the numbers from doping_low to doping_high that equilibrated"),
    Variable("particle_hole_residual", "... temperature", "1",
        "root mean square of F(N) - F(W - N) less a line, in standard errors",
        "about 1 where the free energies of carriers and of holes agree, on W wells that are "
        "alike; missing where they are not, or fewer than 4 numbers have a partner"),
)  # fmt: skip
"""Regions at each temperature; one that goes on over temperatures keeps its number."""
