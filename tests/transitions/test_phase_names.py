"""Names of phases in the table of transitions, of snapshots laid by hand."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.diagram.merge import structure_dataset
from mcsc.structure import textbook
from mcsc.transitions.grid import grid_of
from mcsc.transitions.phase_names import phase_names

PHASES = {
    "√3×√3": lambda x, y: (x + y) % 3 == 0,
    "√3×√3 of empty wells": lambda x, y: (x + y) % 3 != 0,
    "stripes 2×1": lambda x, y: x % 2 == 0,
    "2×2": lambda x, y: (x % 2 == 0) & (y % 2 == 0),
    "": lambda x, y: (7 * x + 5 * y * y) % 11 < 5,
}


@pytest.fixture
def groups():
    """A diagram of several dopings whose coldest point did not equilibrate, on two sizes."""
    cells = np.indices((6, 6, 1)).reshape(3, -1)[:2]
    state = np.full((2, len(PHASES), 3, 36), -2)
    for i, pattern in enumerate(PHASES.values()):
        # the coldest snapshot is another one, and that of the small size has not been run
        state[1, i, 0] = -1
        state[1, i, 1:] = np.where(pattern(*cells), 0, -1)
    grid = {"doping": np.arange(1.0, 1.0 + len(PHASES)), "temperature": [0.1, 0.2, 0.3]}
    converged = np.tile([0, 1, 1], (2, len(PHASES), 1))
    root = xr.Dataset(coords=grid)
    root["temperature"].attrs["units"] = "1"
    dims = ("size", "doping", "temperature")
    carriers = np.zeros((2, len(PHASES)))
    return {
        "/": root,
        "health": xr.Dataset({"converged": (dims, converged)}),
        "samples": xr.Dataset({"state": ((*dims, "well"), state)}),
        "series": xr.Dataset({"n_carriers": (dims[:2], carriers)}, coords=grid),
        "structure": structure_dataset(textbook("triangular"), [(3, 3, 1), (6, 6, 1)]),
    }


def test_the_coldest_snapshot_that_equilibrated_gives_the_name(groups):
    found = phase_names(tree_of(groups), grid_of(groups["series"]))["charge_order_superlattice"]
    assert found.dims == ("doping",)
    assert found.values.tolist() == list(PHASES)


def test_no_names_without_snapshots(groups):
    del groups["samples"]
    assert phase_names(tree_of(groups), grid_of(groups["series"])) == {}
