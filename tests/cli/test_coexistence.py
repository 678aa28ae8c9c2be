"""The table of coexisting phases."""

from io import StringIO

import numpy as np
import xarray as xr

from mcsc.cli.console import Shown
from mcsc.report.beyond_lines import coexistence_table
from mcsc.units import REDUCED
from mcsc.variables import written


def shown(table) -> str:
    console = Shown(width=150, record=True, file=StringIO())
    console.show(table)
    return console.export_text()


def group(low, high, bounded):
    dims = ("temperature", "region")
    values = {"doping_low": low, "doping_high": high}
    variables = {
        f"{name}{end}": (dims, np.array(value) * factor)
        for name, value in values.items()
        for end, factor in (("", 1.0), ("_stderr", 0.01))
    }
    variables |= {
        "barrier": (dims, np.where(np.isfinite(low), 2.5, np.nan)),
        "equilibrated_share": (dims, np.where(np.isfinite(low), 0.75, np.nan)),
        "bounded": (dims, np.array(bounded)),
    }
    coords = written("coordinates", REDUCED, temperature=[0.1, 0.2, 0.3])
    return xr.Dataset(variables, coords=coords)


def test_a_region_is_told_where_it_is_coldest_and_how_far_up_it_goes():
    nan = np.nan
    found = group(
        [[1.0, 2.0], [1.1, nan], [nan, nan]], [[1.5, 2.5], [1.4, nan], [nan, nan]],
        [[1, 0], [1, 0], [0, 0]],
    )  # fmt: skip
    text = shown(coexistence_table(found))
    first, second = (next(li for li in text.splitlines() if x in li) for x in ("1 ± ", "2 ± "))
    for part in ("1 ± 0.01", "1.5 ± 0.015", "0.1", "0.2", "2.5", "75%"):
        assert part in first
    assert "ends where the scan does" in second
    assert "hottest" not in first


def test_that_there_is_none_is_said():
    nothing = np.full((3, 1), np.nan)
    assert "no two phases" in coexistence_table(group(nothing, nothing, nothing))
