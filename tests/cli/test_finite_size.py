"""The table of what several sizes say together."""

import numpy as np
import pytest
import xarray as xr

from mcsc.cli.console import console_of
from mcsc.report.beyond_lines import finite_size_tables
from mcsc.text import concise


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.14123, 0.0023, "0.1412(23)"),
        (0.14123, 0.00996, "0.1412(100)"),
        (152.34, 3.4, "152.3(34)"),
        (152.34, 34.0, "152(34)"),
        (0.5, np.nan, "0.5"),
    ],
)
def test_errors_stand_in_brackets(value, error, text):
    assert concise(value, error) == text


def finite(field):
    """Two dopings, of which the second has no transition."""
    names = (
        "T_c_crossing",
        "T_c_susceptibility",
        "one_over_nu",
        "gamma_over_nu",
        "beta_over_nu",
        "specific_heat_exponent",
    )
    dims = ("field", "doping") if field else ("doping",)
    shape = (2, 2) if field else (2,)

    def grid(first):
        values = np.full(shape, first)
        values[..., 1] = 0 if isinstance(first, int) else np.nan
        return dims, values

    variables = {}
    for name in names:
        variables |= {name: grid(0.14123), f"{name}_stderr": grid(0.0023)}
        variables |= {f"{name}_chi2": grid(2.4), f"{name}_dof": grid(2)}
    variables |= {"one_over_nu_reason": (dims, np.full(shape, "", object))}
    variables |= {"T_c_collapse": grid(0.2), "T_c_collapse_stderr": grid(0.01)}
    variables |= {"collapse_chi2": grid(30.0), "collapse_dof": grid(20), "converged": grid(0)}
    flags = {"flag_meanings": "none continuous first_order undecided"}
    variables["order"] = (*grid(2), flags)
    variables["linear_size"] = ("size", [6.0, 9.0, 12.0])
    coords = {"doping": [1.0, 2.0]} | ({"field": [0.0, 0.1]} if field else {})
    return xr.Dataset(variables, coords=coords)


@pytest.mark.parametrize("field", [False, True])
def test_every_line_with_a_transition_has_a_table(field, capsys):
    tables = finite_size_tables(finite(field))
    assert len(tables) == 1 + field
    assert all(len(table.rows) == 1 for table in tables)
    for table in tables:
        console_of().show(table)
    shown = capsys.readouterr().out
    assert "sizes L = 6, 9, 12 together" in shown
    assert ("field 0.1" in shown) == field
    for text in ("0.1412(23)", "[1.2]", "0.200(10)", "[1.5]", "first order", "EQUILIBRATED"):
        assert text in shown
    # 0.200(10) is far from the crossings at 0.1412(23)
    assert "≠" in shown.split("corrections")[0]


def test_nothing_is_shown_where_nothing_was_found():
    nothing = finite(False).isel(doping=[1])
    assert finite_size_tables(nothing) == []


@pytest.mark.parametrize(("at", "marked"), [(0.15, False), (0.12, True), (np.nan, False)])
def test_a_collapse_is_marked_where_the_crossings_differ(at, marked, capsys):
    found = finite(False)
    found["T_c_collapse"][0] = at
    (table,) = finite_size_tables(found)
    cell = table.rows[0][3]
    assert ("≠" in cell) == marked
    assert (table.caption == "") == bool(np.isnan(at))
