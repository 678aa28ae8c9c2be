"""Figure and table of transport: what they show is what is in the file."""

import numpy as np
import pytest
import xarray as xr
from short_ladder import STATES
from trees import tree_of

from mcsc.chain import Sampling, Task, Transport, run
from mcsc.diagram import merge_histories
from mcsc.files.tree import as_in_a_task
from mcsc.plot import transport_figure
from mcsc.report.beyond_lines import transport_table


@pytest.fixture(scope="module")
def tree():
    asked = Transport((0.0, 0.2, 0.4), events=32, repeats=2, frequencies=(0.01, 0.03))
    results = {
        (i,): run(
            Task(STATES, (2, 2, 1), n, (0.2, 0.4), sampling=Sampling(warmup=8), transport=asked)
        )
        for i, n in enumerate((4, 6))
    }
    doping = xr.DataArray([1.0, 1.5], dims="doping", attrs={"units": "1"})
    found = merge_histories(results, {"doping": doping}, "transport")
    return tree_of({"/": xr.Dataset(coords={"doping": [1.0]}), "transport": found})


def test_curves_are_those_of_the_file(tree):
    found = as_in_a_task(tree["transport"].to_dataset(inherit=False), "transport")
    left, middle, right = transport_figure(tree, doping=1.5).axes
    one = found.sel(doping=1.5)
    lines = {c.get_label(): c.lines[0] for c in middle.containers}
    np.testing.assert_array_equal(
        lines["$T$ = 0.2"].get_ydata(), one["current_density"].sel(temperature=0.2)
    )
    lines = {c.get_label(): c.lines[0] for c in right.containers}
    np.testing.assert_array_equal(
        lines["$T$ = 0.4"].get_ydata(), one["susceptibility_loss"].sel(temperature=0.4)
    )
    lines = {c.get_label(): c.lines[0] for c in left.containers}
    at_rest = found["resistivity"].isel(field=0)
    np.testing.assert_array_equal(lines["$x$ = 1.5"].get_ydata(), at_rest.sel(doping=1.5))
    assert len(transport_figure(tree, temperature=0.21).axes[1].containers) <= 2


def test_a_diagram_without_transport_says_so(tree):
    with pytest.raises(ValueError, match="no group 'transport'"):
        transport_figure(xr.DataTree(tree.to_dataset()))


def test_the_table_has_a_row_for_every_doping_and_temperature(tree):
    table = transport_table(tree["transport"].to_dataset(inherit=False))
    assert table.head[:4] == ("doping", "temperature", "of fluctuations", "J/E at 0.2")
    assert len(table.rows) == 4
