"""Snapshots as ase Atoms beside the figure that draws them."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.periodic import image_distances
from mcsc.plot import real_space


@pytest.mark.parametrize("place", [{"size": 9}, {"size": 18, "field": 0.05}])
def test_atoms_are_where_the_figure_has_the_carriers(full, place):
    tree = xr.DataTree.from_dict(full)
    atoms = tree["samples"].mcsc.to_ase(1.0, 410.0, **place)
    assert atoms.info == {"doping": 1.0, "temperature": 400.0}
    layers = 2 if place["size"] == 18 else 1
    heights = atoms.cell.scaled_positions(atoms.positions)[:, 2] * layers
    # wells of a layer are within a third of its thickness from its middle
    layer = np.floor(heights - heights.min() + 0.2).astype(int) % layers
    drawn = 0
    for z in range(layers):
        ax = real_space(tree_of(full), 1.0, 410.0, layer=z, **place).axes[0]
        circles = next(c for c in ax.collections if c.get_label() == "carriers")
        apart = circles.get_offsets()[:, None] - atoms.positions[layer == z, :2]
        distances = image_distances(atoms.cell.array[:2, :2], apart)
        assert distances.min(axis=1).max() < 1e-6
        drawn += len(circles.get_offsets())
    assert len(atoms) == drawn
    assert set(atoms.arrays["well_kind"]) <= {"alpha", "beta"}


def test_points_that_are_not_there(plain):
    tree = xr.DataTree.from_dict(plain)
    with pytest.raises(ValueError, match="no snapshot here: it has not been run"):
        tree.mcsc.to_ase(4 / 3, 400.0)
    with pytest.raises(ValueError, match="temperature = 5000: outside the scan"):
        tree.mcsc.to_ase(1.0, 5000.0)
    with pytest.raises(ValueError, match="no state in this dataset"):
        plain["/"].mcsc.to_ase(400.0)
