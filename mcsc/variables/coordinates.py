"""Coordinates: they mean the same in every group."""

from mcsc.units import FIELD_UNIT
from mcsc.variables.variable import Variable

COORDINATES: tuple[Variable, ...] = (
    Variable("temperature", "temperature", "{temperature}", "temperature"),
    Variable("field", "field", FIELD_UNIT, "electric field times charge"),
    Variable(
        "layer_distance", "layer_distance", "1", "distance of two layers along c, in layers"
    ),
    Variable(
        "branch", "branch", "", "history of the field",
        "forward: cooled at zero field, then raised step by step; backward: then lowered; "
        "field_cooled: cooled afresh in each field; field_removed: then at zero field, numbered by "
        "the field before; in all of them carriers make near hops and changes of state only",
    ),
)  # fmt: skip
