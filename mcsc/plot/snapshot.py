"""The wells and carriers of one layer in real space, from the last snapshot of a run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mcsc.arrays import FloatArray, IntArray
from mcsc.files.tree import group
from mcsc.lattice import plane_basis
from mcsc.periodic import image_distances, nearest_distance
from mcsc.plot.axes import plane_axes
from mcsc.plot.selection import Point, point_at
from mcsc.plot.style import (
    COLUMN,
    KINDS,
    VERMILION,
    axes_for,
    figure_of,
    legend_below,
    outline,
    shown_text,
)
from mcsc.plot.wells import cage_outline

_CARRIER = "0.1"
# radius of a carrier over the distance of nearest wells
_RADIUS = 0.22


def real_space(
    tree: xr.DataTree,
    doping: float,
    temperature: float,
    *,
    layer: int = 0,
    ax: Axes | None = None,
    **at: Any,
) -> Figure:
    """Draw the last snapshot of one layer of cells at a grid point.

    Wells are drawn as the polygons of their cages, shaded by kind, or as open circles if they have
    no cage of their own, as in the textbook lattices, where other wells are the cage. Carriers are
    filled circles at their displaced positions, with a light stroke from the centre of the well
    where they are displaced. Crosses are quenched dopants up to half a layer above or below. The
    outline is that of the periodic supercell.

    Parameters
    ----------
    tree
        A diagram with ``samples`` and ``structure``.
    doping, temperature
        The nearest grid point is drawn and named in the title.
    layer
        Layer of cells along the third lattice vector, from 0.
    **at
        As in :func:`mcsc.plot.phase_map`.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    The figure; its collection labelled ``carriers`` has their positions as offsets.

    Raises
    ------
    ValueError
        If a group is missing, the point lies outside the scan or has not been run, or there is no
        such layer.
    """
    one = layer_of_cells(tree, doping, temperature, layer=layer, **at)
    structure, cells, point = one.structure, one.cells, one.point
    given = group(tree, "structure").isel(point.place, missing_dims="ignore")
    given = given["supercell_matrix"].values[point.size] @ given["cell"].values
    cell = structure["cell"].values
    basis = plane_basis(cell[0], cell[1])
    sides = _sides(given, cells[:2, None] * cell[:2])
    origins = _origins(cells, layer) @ cell
    # into the parallelogram of the supercell as it was given
    shares = (origins - layer * cell[2]) @ np.linalg.pinv(sides)
    origins = origins - np.floor(shares + 1e-9) @ sides
    with axes_for(ax, COLUMN, 3.1) as axes:
        handles = _wells(axes, structure, origins, basis)
        samples = group(tree, "samples")
        handles += _dopants(axes, structure, samples, point, layer, int(cells[2]), basis)
        handles += _carriers(axes, structure, origins, basis, one.state)
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) @ sides + layer * cell[2]
        axes.plot(*(corners @ basis.T).T, color="black", linewidth=0.9, linestyle=(0, (4, 2)),
                  label="supercell")  # fmt: skip
        _axes(axes, structure, basis, point, layer, int(cells[2]))
        legend_below(axes, handles, ncols=len(handles) if len(handles) < 5 else 3)
    return figure_of(axes)


def small_picture(
    tree: xr.DataTree, doping: float, temperature: float, ax: Axes, **at: Any
) -> None:
    """:func:`real_space` without scales and legend, for a part of a page."""
    real_space(tree, doping, temperature, ax=ax, **at)
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()
    # no room for the ions of a whole supercell, and a scale is not needed
    for line in ax.lines:
        if line.get_label() == "cage ion":
            line.set_visible(False)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="", title="")


@dataclass(frozen=True, eq=False)
class LayerOfCells:
    """A layer of cells of one snapshot.

    point: Of the grid.
    structure: The wells of one cell; its ``cell`` is that of the snapshot.
    cells: (3,) cells along its vectors.
    state: (cells of the layer, B) states of the wells, -1 empty.
    """

    point: Point
    structure: xr.Dataset
    cells: IntArray
    state: IntArray


def layer_of_cells(
    tree: xr.DataTree, doping: float, temperature: float, *, layer: int = 0, **at: Any
) -> LayerOfCells:
    """One layer of the last snapshot at a grid point; raises as :func:`real_space` does."""
    structure, samples = group(tree, "structure"), group(tree, "samples")
    point = point_at(group(tree, "/"), doping, temperature, **at)
    structure = structure.isel(point.place, missing_dims="ignore")
    cells = structure["cells"].values[point.size].astype(np.int64)
    # the cells of the snapshot, which may be others than those of the crystal
    sampled = structure["sampled_cell"].isel(supercell=point.size, drop=True)
    structure = structure.assign(cell=sampled.assign_attrs(structure["cell"].attrs))
    if not 0 <= layer < cells[2]:
        raise ValueError(
            f"layer = {layer}: the supercell has {cells[2]}; choose one from 0 to {cells[2] - 1}"
        )
    state = _state(samples, point, cells, structure.sizes["base_well"], layer)
    return LayerOfCells(point, structure, cells, state)


def _state(samples: xr.Dataset, point: Point, cells: IntArray, n_base: int, layer: int) -> IntArray:
    """(cells of the layer, B) states of the snapshot."""
    state = samples["state"].isel(point.place, missing_dims="ignore").values
    state = state[: int(np.prod(cells)) * n_base].astype(np.int64)
    if (state < -1).any():
        raise ValueError(f"no snapshot at {point.label}: it has not been run")
    return state.reshape(*cells, n_base)[:, :, layer].reshape(-1, n_base)


def _sides(given: FloatArray, sampled: FloatArray) -> FloatArray:
    """(2, 3) sides of the supercell in the plane of a layer.

    Those two of its three vectors that lie in it, or else the sides of the cells that are sampled.
    """
    normal = np.cross(*sampled)
    across = np.abs(given @ normal) / (np.linalg.norm(given, axis=1) * np.linalg.norm(normal))
    flat = given[across < 1e-6]
    return flat if len(flat) == 2 else sampled


def _origins(cells: IntArray, layer: int) -> IntArray:
    """(n, 3) cells of a layer in the order of the well numbers."""
    x, y = np.indices((cells[0], cells[1])).reshape(2, -1)
    return np.stack([x, y, np.full_like(x, layer)], axis=1)


def _wells(ax: Axes, structure: xr.Dataset, origins: FloatArray, basis: FloatArray) -> list[Artist]:
    """Polygons of the cages, larger ones first, and the ions at their corners."""
    shift = origins @ basis.T
    centres, cages = structure["centre"].values, _own_cages(structure)
    kinds = structure["well_kind"].values.astype(str)
    colours = {k: KINDS[i % len(KINDS)] for i, k in enumerate(sorted(set(kinds)))}
    outlines = [cage_outline(c, r, basis) for c, r in zip(cages, centres, strict=True)]
    largest_first = np.argsort([-np.ptp(o, axis=0).max() if len(o) else 0.0 for o in outlines])
    for b in largest_first.tolist():
        if len(outlines[b]):
            polygons = (shift[:, None] + outlines[b]).tolist()
            ax.add_collection(
                PolyCollection(polygons, facecolor=colours[kinds[b]], edgecolor="0.55", alpha=0.35,
                               linewidth=0.5, label=f"wells {b}")
            )  # fmt: skip
        else:
            ax.plot(*(shift + centres[b] @ basis.T).T, linestyle="none", marker="o", markersize=3,
                    markerfacecolor="white", markeredgecolor=colours[kinds[b]],
                    label=f"wells {b}")  # fmt: skip
    handles: list[Artist] = []
    for kind, colour in colours.items():
        name = f"{shown_text(kind)} well"
        if any(len(o) for o, k in zip(outlines, kinds, strict=True) if k == kind):
            handles.append(Patch(facecolor=colour, edgecolor="0.55", alpha=0.35, label=name))
        else:
            handles.append(Line2D([], [], linestyle="none", marker="o", markersize=3,
                                  markerfacecolor="white", markeredgecolor=colour, label=name)
            )  # fmt: skip
    ions = cages.reshape(-1, 3)
    ions = ions[np.isfinite(ions).all(axis=1)]
    if len(ions):
        flat = (shift[:, None] + ions @ basis.T).reshape(-1, 2)
        flat = np.unique(np.round(flat, 6), axis=0)
        handles += ax.plot(*flat.T, linestyle="none", marker="o", markersize=1.6, color="0.45",
                           label="cage ion")  # fmt: skip
    return handles


def _own_cages(structure: xr.Dataset) -> FloatArray:
    """(B, ions, 3) cages; NaN for a well whose cage is made of other wells."""
    cages = structure["cage"].values.copy()
    centres, cell = structure["centre"].values, structure["cell"].values
    known = np.isfinite(cages).all(axis=2)
    apart = image_distances(cell, cages[known][:, None] - centres)
    on_well = np.zeros(known.shape, dtype=bool)
    on_well[known] = (apart < 1e-6 * np.linalg.norm(cell, axis=1).min()).any(axis=1)
    cages[on_well.any(axis=1)] = np.nan
    return np.asarray(cages)


def _carriers(
    ax: Axes, structure: xr.Dataset, origins: FloatArray, basis: FloatArray, state: IntArray
) -> list[Artist]:
    cell, base = np.nonzero(state >= 0)
    centres = (origins[cell] + structure["centre"].values[base]) @ basis.T
    displaced = structure["displacements"].values[base, state[cell, base]] @ basis.T
    diameter = 2 * _RADIUS * nearest_distance(structure["centre"].values, structure["cell"].values)
    n = len(centres)
    ax.add_collection(
        EllipseCollection(
            np.full(n, diameter), np.full(n, diameter), np.zeros(n), units="xy",
            offsets=centres + displaced, offset_transform=ax.transData,
            facecolor=_CARRIER, edgecolor="white", linewidth=0.4, zorder=3, label="carriers",
        )
    )  # fmt: skip
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": _CARRIER}
    handles: list[Artist] = [Line2D([], [], markersize=5.0, label="carrier", **look)]
    if (np.linalg.norm(displaced, axis=1) > 1e-9).any():
        strokes = np.stack([centres, centres + displaced], axis=1)
        ax.add_collection(
            LineCollection(strokes.tolist(), color="white", linewidth=0.9, zorder=4,
                           label="displacements")
        )  # fmt: skip
        rim = outline(2.4, _CARRIER)
        handles.append(
            Line2D([], [], color="white", linewidth=0.9, path_effects=rim, label="displacement")
        )
    return handles


def _dopants(
    ax: Axes, structure: xr.Dataset, samples: xr.Dataset, point: Point, layer: int, n_layers: int,
    basis: FloatArray,
) -> list[Artist]:  # fmt: skip
    """Crosses where the dopants next to a layer are; those amid two layers belong to both."""
    if "dopant_place" not in samples:
        return []
    positions = samples["dopant_place"].isel(point.place, missing_dims="ignore").values
    positions = positions[np.isfinite(positions).all(axis=1)]
    cell = structure["cell"].values
    middle = layer + (structure["centre"].values @ np.linalg.inv(cell))[:, 2].mean()
    above = (positions[:, 2] - middle + n_layers / 2) % n_layers - n_layers / 2
    near = np.abs(above) <= 0.5 + 1e-6
    shown = np.column_stack([positions[near, :2], middle + above[near]]) @ cell @ basis.T
    return ax.plot(*shown.T, linestyle="none", marker="x", markersize=4.0, color=VERMILION,
                   markeredgewidth=1.1, zorder=5, label="dopant")  # type: ignore[return-value]  # fmt: skip


def _axes(
    ax: Axes, structure: xr.Dataset, basis: FloatArray, point: Point, layer: int, n_layers: int
) -> None:
    units = structure["cell"].attrs.get("units")
    plane_axes(ax, basis, "", "Å" if units == "angstrom" else "$a$")
    ax.margins(0.03)
    ax.autoscale_view()
    which = f", layer {layer + 1} of {n_layers}" if n_layers > 1 else ""
    head, *rest = point.label.split("\n")
    ax.set_title("\n".join([head + which, *rest]))
