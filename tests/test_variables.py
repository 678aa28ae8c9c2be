"""The table of output variables: attributes as CF asks for them, units that libraries read."""

import itertools

import numpy as np
import pint
import pytest

from mcsc.chain import convergence
from mcsc.estimators import coexistence, isotherm, threshold
from mcsc.units import FIELD_UNIT, REDUCED, SI
from mcsc.variables import TABLES, Variable, declared, written


def test_every_variable_is_declared_once_and_says_what_it_is():
    for table in TABLES.values():
        names = [variable.name for variable in table]
        assert len(set(names)) == len(names)
        for variable, units in itertools.product(table, (SI, REDUCED)):
            found = variable.attributes(units)
            assert found["long_name"]
            assert "{" not in found.get("units", "")


def test_flags_are_integers_of_one_byte_with_a_word_each():
    order = Variable("order", "... size", "", "order", flags=("none", "sharp", "smooth"))
    found = order.of([["smooth", "none"]], SI, ("doping",))
    assert found.dims == ("doping", "size")
    assert found.dtype == found.attrs["flag_values"].dtype == np.int8
    assert found.values.tolist() == [[2, 0]]
    assert found.attrs["flag_values"].tolist() == [0, 1, 2]
    assert found.attrs["flag_meanings"] == "none sharp smooth"
    assert found.identical(order.of([[2, 0]], SI, ("doping",)))
    with pytest.raises(ValueError, match="not in tuple"):
        order.of([["blurred"]], SI, ("doping",))


def test_what_is_not_declared_or_of_other_dimensions_is_not_written():
    with pytest.raises(KeyError, match="acceptence"):
        written("health", SI, acceptence=[0.5])
    with pytest.raises(ValueError, match=r"acceptance: .* \(1,\) on \(temperature, move"):
        written("health", SI, acceptance=[0.5])


def test_an_estimate_is_linked_to_its_error():
    hops = declared("near_hop_acceptance", "protocols")
    values, errors = np.full((2, 4, 2, 3), 0.5)
    found = hops.with_stderr(values, errors, SI)
    assert found["near_hop_acceptance"].attrs["ancillary_variables"] == "near_hop_acceptance_stderr"
    error = found["near_hop_acceptance_stderr"]
    assert error.attrs["long_name"] == f"standard error of {hops.long_name}"
    assert error.identical(declared("near_hop_acceptance_stderr", "protocols").of(errors, SI))


def test_flags_have_the_unit_of_numbers():
    assert {v.unit for table in TABLES.values() for v in table if v.flags} == {"1"}


def test_what_flags_say_of_bounds_is_what_they_are_set_by():
    """Bounds stand in words in the declarations and as numbers where they are applied."""
    said = declared("converged", "health").comment
    for bound in (
        f"at least {convergence.MINIMUM_SAMPLES:g} independent",
        f"within {convergence.MAXIMUM_Z:g} standard errors",
        f"below {convergence.MAXIMUM_CORRELATION:g}",
        f"known to {convergence.MAXIMUM_ERROR:g} k_B T",
    ):
        assert bound in said
    said = declared("glassy", "health").comment
    assert f"more than {convergence.MAXIMUM_Z:g} standard errors" in said
    assert f"above {convergence.MAXIMUM_R_HAT:g};" in said
    said = declared("doping_low", "coexistence").comment
    assert f"of {coexistence.LEAST_WIDTH} carriers or more" in said
    assert f"at least {coexistence.LEAST_BARRIER:g} k_B T and" in said
    assert f"{coexistence.SIGNIFICANCE:g} standard errors;" in said
    said = declared("compressibility", "free_energy").comment
    assert f"less than {1 - isotherm.AT_ENDS:g} of" in said
    said = declared("threshold_sharp").comment
    assert f"threshold_width below {threshold.SHARP:g} of" in said
    said = declared("hysteresis", "protocols").comment
    assert f"above {threshold.SIGNIFICANCE:g} standard errors and {threshold.LEAST_AREA:g}" in said


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
