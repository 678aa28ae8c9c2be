"""Measured facts and what the model has beside them, on lines with known tops and dips."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.diagram import Curve, compare, minima, model_lines
from mcsc.diagram.measured import FEATURES, Measured, measured_facts
from mcsc.plot import comparison
from mcsc.structure.crystal import shipped_materials

HOLES = "holes per formula unit"
X = np.array([0.05, 0.1, 0.15, 0.2, 0.25])
T = np.array([100.0, 300.0, 150.0, 400.0, np.nan])


def diagram(unit="K", collective=None):
    waves = np.tile([0.5, 0.5, 0.0], (5, 1))
    waves[4] = np.nan
    variables = {
        "T_charge": ("doping", T),
        "T_charge_stderr": ("doping", np.where(np.isfinite(T), 2.0, np.nan)),
        "T_charge_wavevector": (("doping", "hkl"), waves),
    }
    if collective is not None:
        variables["T_collective"] = (
            ("field", "doping"),
            np.array([np.full(5, np.nan), collective]),
        )
        variables["T_collective_stderr"] = (("field", "doping"), np.full((2, 5), 1.0))
    coords = {
        "doping": ("doping", X, {"long_name": HOLES}),
        "temperature": ("temperature", [10.0, 500.0], {"units": unit}),
    }
    if collective is not None:
        coords["field"] = [0.0, 0.1]
    return xr.Dataset(variables, coords=coords)


def domes_at(*tops):
    return xr.Dataset({"dome_doping": ("dome", [x for x, _ in tops]),
                       "dome_temperature": ("dome", [t for _, t in tops]),
                       "bounded": ("dome", np.ones(len(tops), np.int8))})  # fmt: skip


def fact(feature, position=np.nan, temperature=np.nan, **more):
    base = {
        "material": "M", "system": "M1-xNx", "variable": HOLES, "position_end": np.nan,
        "temperature_stderr": np.nan, "wavevector": None, "source": "here",
    }  # fmt: skip
    return Measured(feature=feature, position=position, temperature=temperature, **(base | more))


def beside(*facts, root=None, tops=((0.1, 300.0), (0.2, 400.0))):
    groups = {"/": diagram() if root is None else root, "domes": domes_at(*tops)}
    return compare("M", facts, tree_of(groups)).rows


def test_a_dome_stands_beside_the_nearest_dome_of_the_model():
    low, high = beside(fact("dome", 0.12, 30.0), fact("dome", 0.19, 40.0))
    assert (low.position, low.temperature, low.stderr) == (0.1, 300.0, 2.0)
    assert (high.position, high.temperature) == (0.2, 400.0)
    assert low.remark == "T_charge stands in"


def test_domes_are_counted_system_by_system():
    facts = (
        fact("dome", 0.1, 30.0), fact("dome", 0.2, 20.0), fact("dip", 0.15, 5.0),
        fact("dome", system="M1-yPy", variable=""), fact("dome", 6.5, 60.0, variable="other"),
    )  # fmt: skip
    groups = {"/": diagram(), "domes": domes_at((0.1, 300.0), (0.2, 400.0))}
    found = compare("M", facts, tree_of(groups))
    assert found.measured_domes == {"M1-xNx": 2, "M1-yPy": 1}
    assert found.model_domes == 2


def test_a_dip_stands_beside_the_nearest_minimum():
    (row,) = beside(fact("dip", 0.125, 3.0))
    assert (row.position, row.temperature) == (0.15, 150.0)


def test_a_point_without_a_transition_is_a_minimum_only_inside():
    line = model_lines(diagram())[0]
    assert minima(line).tolist() == [2]
    holed = diagram()
    holed["T_charge"] = ("doping", [100.0, np.nan, 150.0, 400.0, 300.0])
    assert minima(model_lines(holed)[0]).tolist() == [1]


def test_without_domes_the_row_says_so():
    (row,) = beside(fact("dome", 0.12, 30.0), tops=())
    assert np.isnan(row.temperature) and "no dome" in row.remark


def test_a_dome_of_the_model_stands_beside_one_of_a_system_only():
    near, far = beside(fact("dome", 0.105, 33.0), fact("dome", 0.142, 29.0), tops=((0.1, 300.0),))
    assert near.position == 0.1
    assert np.isnan(far.position) and far.remark == "the model has no dome for this one"
    other = fact("dome", 0.142, 29.0, system="M1-yPy")
    assert [row.position for row in beside(fact("dome", 0.105, 33.0), other)] == [0.1, 0.1]


def test_a_dome_of_the_model_in_place_of_a_dip_is_said():
    (row,) = beside(fact("dip", 0.11, 3.0))
    assert row.position == 0.15 and "nearer, at 0.1, the model has a dome" in row.remark


def test_charge_order_is_compared_at_its_doping_with_its_wavevector():
    same = fact("cdw", 0.16, 80.0, wavevector=(0.5, -0.5, 0.5))
    other = fact("cdw", 0.16, 80.0, wavevector=(0.23, 0.0, 0.5))
    nowhere = fact("cdw", 0.26, 80.0, wavevector=(0.23, 0.0, 0.5))
    rows = beside(same, other, nowhere)
    assert [row.temperature for row in rows[:2]] == [150.0, 150.0]
    assert rows[0].remark == ""
    assert rows[1].remark == "order at (0.5, 0.5, 0) instead"
    assert "no order there" in rows[2].remark and "outside the scan" in rows[2].remark


def test_other_variables_are_never_compared_by_position():
    (row,) = beside(fact("dome", 6.5, 60.0, variable="oxygen content"))
    assert np.isnan(row.position) and "oxygen content" in row.remark


def test_the_highest_needs_no_position():
    (row,) = beside(fact("highest", temperature=98.0, variable=""))
    assert row.temperature == 400.0


def test_without_positions_domes_pair_in_order_and_charge_order_takes_the_highest():
    first, second, third, order = (
        fact("dome", temperature=3.6, variable=""), fact("dome", temperature=4.1, variable=""),
        fact("dome", temperature=1.0, variable=""),
        fact("cdw", temperature=94.0, variable="", wavevector=(0.5, 0.5, 0.5)),
    )  # fmt: skip
    rows = beside(first, second, third, order)
    assert [row.temperature for row in rows[:2]] == [300.0, 400.0]
    assert np.isnan(rows[2].temperature) and rows[2].remark == "the model has no dome for this one"
    assert rows[3].temperature == 400.0 and rows[3].remark == "the highest of the scan"


def test_low_domes_do_not_pair_where_positions_are_unknown():
    root = diagram()
    root["T_charge"] = ("doping", [10.0, 50.0, 10.0, 400.0, 300.0])
    one = fact("dome", temperature=4.0, variable="")
    (row,) = beside(one, root=root, tops=((0.1, 50.0), (0.2, 400.0)))
    assert row.position == 0.2


def test_a_plateau_reports_how_much_the_model_varies():
    (row,) = beside(fact("plateau", 0.1, 60.0, position_end=0.2))
    assert row.remark == f"the model varies by {250 / np.mean([300, 150, 400]):.0%}"
    (short,) = beside(fact("plateau", 0.21, 60.0, position_end=0.22))
    assert "fewer than two" in short.remark


def test_superconductivity_stands_beside_the_displacement_in_the_largest_field():
    onset = np.array([10.0, 30.0, 15.0, 40.0, 12.0])
    superconducting, charge = model_lines(diagram(collective=onset))
    assert superconducting.name == "T_collective" and charge.name == "T_charge"
    np.testing.assert_array_equal(superconducting.temperature, onset)


def test_reduced_diagrams_and_missing_axes_are_refused():
    with pytest.raises(ValueError, match="reduced units"):
        model_lines(diagram(unit="1"))
    with pytest.raises(ValueError, match="no axis 'pressure'"):
        model_lines(diagram(), "pressure")


def test_packaged_facts_are_whole():
    # of some there is none yet
    known = set(shipped_materials()) - {"LixCoO2", "NaxCoO2", "tWSe2"}
    for material in known:
        for one in measured_facts(material):
            assert one.feature in FEATURES and one.source and one.system
            assert np.isnan(one.temperature) or 0 < one.temperature < 1000
            # a position counts something
            assert np.isnan(one.position) or one.variable
    with pytest.raises(ValueError, match="material 'Xx'"):
        measured_facts("Xx")


def test_the_picture_shows_model_and_measurement():
    lines = model_lines(diagram())
    facts = (
        fact("dome", 0.12, 30.0),
        fact("plateau", 0.1, 60.0, position_end=0.2),
        fact("anomaly", 0.125),
        fact("dome", 6.5, 60.0, variable="oxygen content", system="other"),
    )
    ax = comparison(lines, facts).axes[0]
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [
        r"model, $T_\mathrm{charge}$, statistical error",
        "M1-xNx: dome", "M1-xNx: plateau", "M1-xNx: anomaly", "other: dome (right edge)",
    ]  # fmt: skip
    assert ax.get_yscale() == "log" and ax.get_xlabel() == HOLES
    # with the onset of order and a measured curve, in the colour of its system
    curve = Curve("other", HOLES, X, T, "here")
    ax = comparison(lines, facts, curves=(curve,), onset=lines[0]).axes[0]
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[1:3] == ["model, order without a transition", "other: $T_c$"]
