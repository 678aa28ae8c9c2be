"""The cages of a cell in three dimensions: polyhedra, the ions around, the outline of the cell."""

from itertools import product
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from mcsc.arrays import FloatArray
from mcsc.plot.style import BLUE, GREEN, KINDS, ORANGE, PINK, STYLE, VERMILION, Page, shown_text
from mcsc.structure import Structure, Well

_IONS = ("0.15", VERMILION, BLUE, "0.55", PINK, GREEN, ORANGE)
# cages thinner than this share of their size are drawn as a polygon
_FLAT = 0.1


def cage_figure(structure: Structure, *, size: float = 4.6) -> Figure:
    """Draw the wells of one cell as the polyhedra of their cages.

    Parameters
    ----------
    structure
        Wells with cages, such as those of `mcsc.structure.wells_at`.
    size
        Width of the figure, inches.

    Returns
    -------
    A figure with one three-dimensional Axes: a polyhedron for each well, coloured by kind, a cross
    at its centre, strokes to its displaced states, the ions of the cages and of the cell by
    species, and the outline of the cell. Lengths are to scale.

    Raises
    ------
    ValueError
        If no well has a cage of three ions or more.
    """
    if all(len(well.cage) < 3 for well in structure.wells):
        raise ValueError(f"{structure.name}: no well has a cage to draw")
    with mpl.rc_context(STYLE):
        figure = Page(size, size)
        ax: Any = figure.add_subplot(projection="3d", proj_type="ortho", computed_zorder=False)
        handles = _polyhedra(ax, structure)
        handles += _ions(ax, structure)
        _outline(ax, structure.cell)
        _scale(ax, structure)
        ax.set_title(shown_text(structure.name))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=min(len(handles), 4),
            handletextpad=0.4, columnspacing=1.2,
        )  # fmt: skip
    return figure


def _polyhedra(ax: Any, structure: Structure) -> list[Any]:
    handles = []
    for i, kind in enumerate(structure.kinds):
        colour = KINDS[i % len(KINDS)]
        members = [well for well in structure.wells if well.kind == kind and len(well.cage) > 2]
        for well in members:
            faces = Poly3DCollection(
                cage_faces(well), facecolor=colour, edgecolor="0.25", linewidth=0.5, alpha=0.3,
                zorder=2,
            )  # fmt: skip
            ax.add_collection3d(faces)
            ax.scatter(*well.centre, marker="x", s=10, color="black", linewidth=0.7, zorder=4)
            for u in well.displacements[1:]:
                ax.plot(
                    *np.array([well.centre, well.centre + u]).T, color="black", lw=0.6, zorder=4
                )
        if members:
            label = f"{len(members)} × {shown_text(kind)}"
            handles.append(Patch(facecolor=colour, edgecolor="0.25", alpha=0.45, label=label))
    return handles


def cage_faces(well: Well) -> list[FloatArray]:
    """Faces of a cage, each the corners (n, 3) in order around it; one face if it is flat."""
    from scipy.spatial import ConvexHull

    middle = well.cage.mean(axis=0)
    heights = np.linalg.svd(well.cage - middle)[1]
    if len(well.cage) == 3 or heights[2] < _FLAT * heights[0]:
        return [_around(well.cage)]
    hull = ConvexHull(well.cage)
    scale = float(well.distances.mean())
    corners: dict[tuple[int, ...], FloatArray] = {}
    for plane in hull.equations:
        # triangles of one face have one plane
        ions = np.flatnonzero(np.abs(well.cage @ plane[:3] + plane[3]) < 0.02 * scale)
        corners[tuple(ions.tolist())] = _around(well.cage[ions])
    return list(corners.values())


def _around(corners: FloatArray) -> FloatArray:
    arms = corners - corners.mean(axis=0)
    along, across = np.linalg.svd(arms)[2][:2]
    return np.asarray(corners[np.argsort(np.arctan2(arms @ across, arms @ along))])


def _ions(ax: Any, structure: Structure) -> list[Any]:
    """Ions of the cages, and those of the cell on all its faces."""
    cages = [well.cage for well in structure.wells]
    species = [s for well in structure.wells for s in well.cage_species]
    fractional = structure.ion_positions @ np.linalg.inv(structure.cell)
    fractional -= np.floor(fractional + 1e-6)
    for offset in product((0, 1), repeat=3):
        shifted = fractional + offset
        inside = np.all(shifted < 1 + 1e-6, axis=1)
        cages.append(shifted[inside] @ structure.cell)
        species += [s for s, kept in zip(structure.ions, inside.tolist(), strict=True) if kept]
    positions, names = np.vstack(cages), np.array(species)
    handles = []
    for i, name in enumerate(dict.fromkeys(structure.ions)):
        shown = np.unique(np.round(positions[names == name], 4), axis=0)
        handles.append(
            ax.scatter(*shown.T, s=26, color=_IONS[i % len(_IONS)], edgecolor="white",
                       linewidth=0.4, depthshade=False, label=shown_text(name), zorder=3)
        )  # fmt: skip
    return handles


def _outline(ax: Any, cell: FloatArray) -> None:
    for axis in range(3):
        others = [cell[k] for k in range(3) if k != axis]
        for i, j in product((0, 1), repeat=2):
            start = i * others[0] + j * others[1]
            ax.plot(*np.array([start, start + cell[axis]]).T, color="0.4", linewidth=0.6, zorder=1)


def _scale(ax: Any, structure: Structure) -> None:
    """One length along every axis, all cages and the cell inside."""
    corners = np.array(list(product((0, 1), repeat=3))) @ structure.cell
    drawn = np.vstack([corners, *(well.cage for well in structure.wells)])
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    ax.set_box_aspect(high - low, zoom=0.93)
    ax.view_init(elev=14, azim=-68)
    ax.set_axis_off()
