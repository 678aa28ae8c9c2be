"""The superlattices of a diagram: what the carriers of each place come to on cooling."""

import numpy as np
import xarray as xr

from mcsc.files.tree import parts
from mcsc.lattice import superlattice_name
from mcsc.transitions.grid import Grid
from mcsc.units import units_of
from mcsc.variables import written

Variables = dict[str, xr.Variable]


def phase_names(tree: xr.DataTree, grid: Grid) -> Variables:
    """``charge_order_superlattice`` on the grid, from the coldest snapshot that equilibrated.

    Of several sizes the largest is taken, of a run that nowhere equilibrated the coldest snapshot:
    it still shows what the carriers came to. Nothing where the diagram has no snapshots.
    """
    root, *found = parts(tree, "samples", "structure", "health")
    if any(one is None for one in found):
        return {}
    samples, structure, health = (
        one.isel(size=-1, supercell=-1, missing_dims="ignore") for one in found
    )
    state = samples["state"]
    t = root["temperature"].values
    names = []
    for index in grid.indices:
        at = dict(zip(grid.dims, index, strict=True))
        equilibrated = health["converged"].isel(at, missing_dims="ignore").values == 1
        coldest = int(np.argmin(np.where(equilibrated, t, np.inf if equilibrated.any() else t)))
        here = state.isel(at, missing_dims="ignore").isel(temperature=coldest)
        names.append(_name(structure.isel(at, missing_dims="ignore"), here.values))
    unit = units_of(str(root["temperature"].attrs.get("units", "1")))
    return written("/", unit, grid.dims, charge_order_superlattice=grid.laid_out(names))


def _name(structure: xr.Dataset, state: np.ndarray) -> str:
    cells, centres = structure["cells"].values.astype(np.int64), structure["centre"].values
    state = state[: int(np.prod(cells)) * len(centres)].astype(np.int64)
    if (state < -1).any():
        # it has not been run
        return ""
    layer = state.reshape(*cells, len(centres))[:, :, 0].reshape(-1, len(centres))
    return superlattice_name(structure["sampled_cell"].values, centres, cells, layer)
