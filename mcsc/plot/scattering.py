"""The structure factor of the carriers in a plane of reciprocal space."""

from collections.abc import Callable
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PolyCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from mcsc.arrays import BoolArray, FloatArray
from mcsc.files.tree import group
from mcsc.lattice import plane_basis
from mcsc.observables.carrier_sets import intensity
from mcsc.plot.axes import bar_beside, plane_axes
from mcsc.plot.reciprocal import (
    draw_points,
    draw_zone,
    reciprocal_lattice,
    special_points,
    wigner_seitz,
)
from mcsc.plot.reciprocal_plane import along_layers, in_plane, shortest_steps
from mcsc.plot.selection import Point, point_at
from mcsc.plot.style import (
    COLOURS,
    COLUMN,
    MISSING,
    VERMILION,
    axes_for,
    figure_of,
    legend_below,
    outline,
    shown_wavevector,
)
from mcsc.plot.wells import carrier_set, stored_structure

# decades of a logarithmic colour scale
_DECADES = 4
# diameters of dots over the spacing of wavevectors
_SMALLEST, _LARGEST = 0.18, 0.96


def structure_factor_map(
    tree: xr.DataTree,
    doping: float,
    temperature: float,
    *,
    l: float | Literal["sum"] | None = None,  # noqa: E741
    ax: Axes | None = None,
    log: bool = True,
    spread_over: str | None = None,
    **at: Any,
) -> Figure:
    """Draw S(q) of one grid point over the components of q in the plane of the layers.

    Every wavevector of the supercell is a dot, at both q and −q, coloured and sized by log S(q).
    Carriers at the centres of wells that form a finer lattice scatter alike at wavevectors that
    differ by a reciprocal vector of that lattice: with these the dots fill whole zones. Where all
    the wells together scatter, filled or not (q = 0 and the reciprocal lattice of the wells), they
    are masked. The first Brillouin zone of one layer is outlined, those around it finely, and the
    wavevector of the leading charge order at this doping ringed.

    Parameters
    ----------
    tree
        A diagram with ``structure``; ``series`` too for the default of ``l``.
    doping, temperature
        The nearest grid point is drawn and named in the title.
    l
        Third component in reciprocal lattice units, or ``"sum"`` for S(q) summed over one zone,
        −1/2 < l ≤ 1/2. By default the sum where layers order each for itself, else the l of the
        leading order.
    ax
        Where to draw; a new figure by default.
    log
        Logarithmic colours and sizes over at most four decades.
    spread_over
        Draw S(q) |f(q)|² instead, as if every carrier were spread evenly over the polyhedron of
        this kind of well, ``"gamma"`` being the Star of David: see
        :func:`mcsc.observables.carrier_sets.carrier_sets`. By default carriers are points.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Returns
    -------
    The figure; the first collection of its Axes holds the dots with what is drawn as its array.

    Raises
    ------
    ValueError
        If a group is missing, the point lies outside the scan or has not been run, the supercell
        has no wavevector with this l, or there are no such polyhedra.
    """
    root, structure = group(tree, "/"), group(tree, "structure")
    point = point_at(root, doping, temperature, **at)
    root, structure = along_layers(root, structure.isel(point.place, missing_dims="ignore"))
    leading = root["charge_order_wavevector"].isel(point.place, missing_dims="ignore")
    wave = leading.transpose("hkl").values.astype(np.float64)
    chosen = _default_l(tree, wave) if l is None else l
    weight = _spread(structure, spread_over)
    hk, factor, masked = in_plane(root, structure, point, chosen, weight)
    cell = structure["cell"].values
    reciprocal = reciprocal_lattice(cell)
    basis = plane_basis(cell[0], cell[1])
    vectors = reciprocal[:2] @ basis.T
    with axes_for(ax, COLUMN, 3.6) as axes:
        spacing = float(np.linalg.norm(shortest_steps(hk @ vectors), axis=1).min())
        _dots(axes, hk @ vectors, spacing, factor, masked, log, _meaning(chosen, spread_over))
        zone = wigner_seitz(vectors)
        _zones_around(axes, zone, vectors, hk @ vectors)
        handles = draw_zone(axes, zone) + _order(axes, wave, chosen, vectors)
        if masked.any():
            look: dict[str, Any] = {
                "markersize": 4,
                "markeredgecolor": "0.35",
                "markeredgewidth": 0.3,
            }
            handles += axes.plot([], [], linestyle="none", marker="o", color=MISSING, **look,
                                 label="forward peaks, masked")  # fmt: skip
        # of a centred cell b_1 and b_2 leave the plane: its zones are not those of the layer
        upright = np.allclose(reciprocal[:2] @ np.cross(*basis), 0.0, atol=1e-9)
        if spread_over is not None and upright:
            draw_points(axes, special_points(cell, basis))
        _axes(axes, structure, basis, hk @ vectors, spacing, point)
        legend_below(axes, handles, ncols=2)
    return figure_of(axes)


def _default_l(tree: xr.DataTree, wave: FloatArray) -> float | Literal["sum"]:
    if "series" in tree and tree["series"].sizes.get("layer", 1) > 1:
        return "sum"
    return float(np.nan_to_num(wave[2]))


def _spread(structure: xr.Dataset, kind: str | None) -> Callable[[FloatArray], FloatArray]:
    """|f(q)|² at wavevectors (n, 3) in reciprocal lattice units; 1 of point carriers."""
    if kind is None:
        return lambda q: np.ones(len(q))
    stored = stored_structure(structure, displaced=False)
    carriers = carrier_set(stored, kind)
    reciprocal = reciprocal_lattice(stored.cell)
    return lambda q: intensity(carriers, q @ reciprocal)


def _meaning(l: float | str, spread_over: str | None) -> str:  # noqa: E741
    """What the colours mean."""
    drawn = r"S(\mathbf{q})" if spread_over is None else r"S(\mathbf{q})\,|f(\mathbf{q})|^2"
    return rf"${drawn}$, sum over $l$" if l == "sum" else rf"${drawn}$, $l$ = {float(l):.4g}"


def _dots(
    ax: Axes, centres: FloatArray, spacing: float, factor: FloatArray,
    masked: BoolArray, log: bool, meaning: str,
) -> None:  # fmt: skip
    shown = factor[~masked]
    highest = float(shown.max()) if shown.size and shown.max() > 0 else 1.0
    norm: Normalize
    if log:
        positive = shown[shown > 0]
        lowest = max(float(positive.min(initial=highest)), highest * 10.0**-_DECADES)
        # a perfect crystal scatters at its peaks only
        lowest = lowest if lowest < 0.5 * highest else highest / 100
        norm = LogNorm(lowest, highest, clip=True)
    else:
        norm = Normalize(0.0, highest, clip=True)
    share = np.asarray(norm(np.where(masked, highest, factor)), dtype=np.float64)
    diameter = spacing * np.where(masked, 0.5, _SMALLEST + (_LARGEST - _SMALLEST) * share)
    dots = EllipseCollection(
        diameter, diameter, np.zeros(len(diameter)), units="xy", offsets=centres,
        offset_transform=ax.transData, array=np.ma.masked_array(factor, masked),
        cmap=mpl.colormaps[f"{COLOURS}_r"].with_extremes(bad=MISSING), norm=norm,
        edgecolors="0.35", linewidths=0.2, zorder=2,
    )  # fmt: skip
    ax.add_collection(dots)
    bar_beside(ax, dots, meaning)


def _zones_around(ax: Axes, zone: FloatArray, vectors: FloatArray, centres: FloatArray) -> None:
    """Thin outlines of the zones that the dots lie in."""
    reach = np.linalg.norm(centres, axis=1).max() + np.linalg.norm(zone, axis=1).min()
    steps = np.array([(i, j) for i in range(-3, 4) for j in range(-3, 4)]) @ vectors
    near = steps[np.linalg.norm(steps, axis=1) <= reach]
    ax.add_collection(
        PolyCollection((near[:, None] + zone).tolist(), facecolor="none", edgecolor="0.75",
                       linewidth=0.4, zorder=1, label="zones")
    )  # fmt: skip


def _order(
    ax: Axes,
    wave: FloatArray,
    l: float | str,  # noqa: E741
    vectors: FloatArray,
) -> list[Artist]:
    """Rings around those of ±q of the leading order that lie in the plane."""
    both = np.array([wave, -wave])
    if l != "sum":
        both = both[np.isclose(both[:, 2], float(l))]
    both = both[np.isfinite(both).all(axis=1), :2] @ vectors
    if len(both) == 0:
        return []
    return [
        *ax.plot(
            *both.T, linestyle="none", marker="o", markersize=11, markerfacecolor="none",
            markeredgecolor=VERMILION, markeredgewidth=1.4, path_effects=outline(2.6),
            clip_on=False, label=f"leading $q$ = {shown_wavevector(wave)}",
        )
    ]  # fmt: skip


def _axes(
    ax: Axes, structure: xr.Dataset, basis: FloatArray, centres: FloatArray, spacing: float,
    point: Point,
) -> None:  # fmt: skip
    reach = np.abs(centres).max(axis=0) + 0.7 * spacing
    ax.set_xlim(-reach[0], reach[0])
    ax.set_ylim(-reach[1], reach[1])
    units = structure["cell"].attrs.get("units")
    plane_axes(ax, basis, "q", "Å$^{-1}$" if units == "angstrom" else "$a^{-1}$")
    ax.set_title(point.label)
