"""Coordinates: they mean the same in every group."""

from mcsc.units import FIELD_UNIT
from mcsc.variables.variable import Variable

COORDINATES: tuple[Variable, ...] = (
    Variable("temperature", "temperature", "{temperature}", "temperature"),
    Variable("doping", "doping", "1", "doping x; the long_name in a file is what it counts"),
    Variable("carriers_per_cell", "doping", "1", "carriers per primitive cell"),
    Variable("chemical_potential", "chemical_potential", "{energy}",
        "chemical potential of the carriers",
        "of a carrier and its compensating charge, spread evenly over all wells; of screened "
        "carriers, without any"),
    Variable("size", "size", "1", "supercell size"),
    Variable("field", "field", FIELD_UNIT, "electric field times charge"),
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
    Variable("branch", "branch", "", "history of the field",
        "forward: cooled at zero field, then raised step by step; backward: then lowered; "
        "field_cooled: cooled afresh in each field; field_removed: then at zero field, numbered by "
        "the field before; in all of them carriers make near hops and changes of state only"),
)  # fmt: skip
