"""Geometry of the wells and of the supercells."""

from mcsc.variables.variable import Variable

STRUCTURE: tuple[Variable, ...] = (
    Variable(
        "particle_hole_wells", "...", "1",
        "wells per cell B: n carriers per cell are equivalent to B - n",
        "missing where wells are not alike",
    ),
)  # fmt: skip
