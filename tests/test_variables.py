"""The table of output variables: attributes as CF asks for them, units that libraries read."""

import numpy as np
import pint
import pytest

from mcsc.units import FIELD_UNIT, REDUCED, SI
from mcsc.variables import VARIABLES, flags


def test_every_variable_is_declared_once_and_says_what_it_is():
    names = [(variable.group, variable.name) for variable in VARIABLES]
    assert len(set(names)) == len(names)
    for variable in VARIABLES:
        for units in (SI, REDUCED):
            found = variable.attributes(units)
            assert found["long_name"]
            assert "{" not in found.get("units", "")


def test_flags_are_integers_of_one_byte_with_a_word_each():
    found = flags(("none", "sharp", "smooth"))
    assert found["flag_values"].dtype == np.int8
    assert found["flag_values"].tolist() == [0, 1, 2]
    assert found["flag_meanings"] == "none sharp smooth"


@pytest.mark.parametrize(
    ("pattern", "written", "in_si"),
    [
        ("{energy}^-1", "eV^-1", 1 / 1.602176634e-19),
        ("{length}^2", "angstrom^2", 1e-20),
        (FIELD_UNIT, "eV angstrom^-1", 1.602176634e-9),
        # a polarization per field
        ("{charge} {potential}^-1 {length}^-1", "e V^-1 angstrom^-1", 1.602176634e-9),
        ("{temperature}", "K", 1.0),
        ("1", "1", 1.0),
    ],
)
def test_units_are_read_by_pint(pattern, written, in_si):
    assert SI.written(pattern) == written
    assert REDUCED.written(pattern) == "1"
    registry = pint.UnitRegistry()
    read = registry.Quantity(1.0, registry.Unit(written))
    assert read.to_base_units().magnitude == pytest.approx(in_si, rel=1e-9)
