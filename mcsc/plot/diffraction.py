"""How carriers spread over their polyhedra diffract: |f(k)|² of each set, and S(q) |f(q)|².

These are diffraction maps. The static picture reads the sets as Fermi arcs and pockets; what is
drawn here is the Fourier transform of charges at rest, without energies, bands or a Fermi level.
S(q) of repelling carriers vanishes towards Γ while |f(q)|² falls from it, so the product of
disordered carriers has a broad ring between; ordered ones have spots.
"""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from mcsc.arrays import FloatArray
from mcsc.files.tree import group
from mcsc.lattice import plane_basis
from mcsc.observables.carrier_sets import carrier_sets, intensity
from mcsc.plot.axes import bar_beside, plane_axes
from mcsc.plot.reciprocal import (
    draw_points,
    draw_zones,
    reciprocal_lattice,
    special_points,
    zone_section,
)
from mcsc.plot.scattering import structure_factor_map
from mcsc.plot.selection import shown_unit, slice_of
from mcsc.plot.style import (
    COLOURS,
    COLUMN,
    PAGE,
    STYLE,
    TICKS,
    Page,
    axes_for,
    figure_of,
    legend_below,
    shown_text,
)
from mcsc.plot.summary import leading_point
from mcsc.plot.wells import carrier_set, stored_structure
from mcsc.structure import Structure

# decades of the colour scale: the third maxima of a triangle are still seen
_DECADES = 4
_ACROSS = 3


def form_factor_map(
    structure: Structure,
    carriers: str,
    *,
    minus: str | None = None,
    height: float = 0.0,
    reach: float = 4.0,
    points: int = 161,
    log: bool = True,
    unit: str = "angstrom",
    scale: bool = True,
    ax: Axes | None = None,
) -> Figure:
    """Draw |f(k)|² of one set of carriers in a plane of reciprocal space parallel to the layers.

    The first Brillouin zone, cut by the plane, is outlined, those around it finely; its points of
    high symmetry are marked.

    Parameters
    ----------
    structure
        Wells with cages.
    carriers
        Name of a set, such as ``"alpha"``: see
        :func:`mcsc.observables.carrier_sets.carrier_sets`.
    minus
        Another set, whose |f(k)|² is subtracted: ``"octahedron, displaced"`` minus
        ``"octahedron"`` is what displacements add, in diverging colours around zero.
    height
        Distance of the plane from k = 0 along c*, radians per length; 0 is the plane k_z = 0.
    reach
        Half of the side of the picture over the distance of the zone's outermost corner.
    points
        Wavevectors along each side, odd so that k = 0 is one of them.
    log
        Logarithmic colours over four decades; those of a difference are linear.
    unit
        Length of the structure, ``"angstrom"`` or ``"1"`` for lattice constants.
    scale
        Whether a colour scale stands beside the map: all maps but differences have the same.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    The figure; the first collection of its Axes holds |f(k)|², or the difference, as its array.

    Raises
    ------
    ValueError
        If there is no such set, or its cages enclose no area.
    """
    chosen = carrier_set(structure, carriers)
    basis = plane_basis(structure.cell[0], structure.cell[1])
    reciprocal = reciprocal_lattice(structure.cell)
    corners = zone_section(reciprocal, basis)
    half = reach * float(np.linalg.norm(corners, axis=1).max())
    along = np.linspace(-half, half, points)
    x, y = np.meshgrid(along, along)
    k = np.stack([x, y], axis=-1) @ basis + height * np.cross(*basis)
    with axes_for(ax, COLUMN, 3.4) as axes:
        if minus is None:
            _mesh(axes, along, intensity(chosen, k), log, scale)
        else:
            other = intensity(carrier_set(structure, minus), k)
            _difference(axes, along, intensity(chosen, k) - other, scale)
        handles = draw_zones(axes, reciprocal, basis, height, 2 * half)
        draw_points(axes, special_points(structure.cell, basis, height))
        axes.set_xlim(-half, half)
        axes.set_ylim(-half, half)
        shown = shown_unit("angstrom^-1") if unit == "angstrom" else "$a^{-1}$"
        plane_axes(axes, basis, "k", shown)
        flat = bool(np.allclose(basis, np.eye(3)[:2]))
        plane = f"{'$k_z$' if flat else '$k$ normal to the layers'} = {height:.3g}"
        axes.set_title(f"{carriers}{f' − {minus}' if minus else ''}: {plane}")
        legend_below(axes, handles, ncols=1)
    return figure_of(axes)


def _mesh(ax: Axes, along: FloatArray, values: FloatArray, log: bool, scale: bool) -> None:
    norm: Normalize = LogNorm(10.0**-_DECADES, 1.0, clip=True) if log else Normalize(0.0, 1.0)
    mesh = ax.pcolormesh(
        along, along, values, shading="nearest", cmap=mpl.colormaps[COLOURS], norm=norm,
        rasterized=True,
    )  # fmt: skip
    if scale:
        bar_beside(ax, mesh, r"$|f(\mathbf{k})|^2$")


def _difference(ax: Axes, along: FloatArray, values: FloatArray, scale: bool) -> None:
    """Colours from brown to violet around zero, the same for all kinds of colour vision."""
    most = max(float(np.abs(values).max()), 1e-12)
    mesh = ax.pcolormesh(
        along, along, values, shading="nearest", cmap="PuOr_r", norm=Normalize(-most, most),
        rasterized=True,
    )  # fmt: skip
    if scale:
        bar_beside(ax, mesh, r"difference of $|f(\mathbf{k})|^2$")


def diffraction_figure(
    source: Structure | xr.DataTree,
    *,
    doping: float | None = None,
    temperature: float | None = None,
    unit: str = "angstrom",
    **at: Any,
) -> Figure:
    """Draw the diffraction map of every set of carriers, side by side.

    Parameters
    ----------
    source
        Wells, of which |f(k)|² is drawn in the plane k_z = 0; or a diagram, of which
        S(q) |f(q)|² is drawn at one point: what would be seen if all its carriers were spread over
        the polyhedra of one kind, around where they are.
    doping, temperature
        Of the point of a diagram; by default as in :func:`mcsc.plot.summary_figure`.
    **at
        As in :func:`mcsc.plot.phase_map`.
    unit
        As in :func:`form_factor_map`; a diagram knows its own.

    Returns
    -------
    Figure
        Two journal columns wide; see :func:`mcsc.plot.save_figure`.

    Raises
    ------
    ValueError
        If the wells have no cages, a group is missing or the point lies outside the scan; or if a
        point is asked for where there is no diagram.
    """
    if isinstance(source, Structure):
        asked = {"doping": doping, "temperature": temperature, **at}
        given = [name for name, value in asked.items() if value is not None]
        if given:
            raise ValueError(f"{given[0]} = {asked[given[0]]}: wells alone have none; leave it out")

        names = [carriers.name for carriers in carrier_sets(source)]

        def draw_wells(name: str, ax: Axes) -> None:
            last = names.index(name) % _ACROSS == min(len(names), _ACROSS) - 1
            form_factor_map(source, name, unit=unit, scale=last, ax=ax)

        return _panels(
            names, draw_wells, f"{shown_text(source.name)}: carriers spread over their polyhedra"
        )
    root = group(source, "/")
    x, t = leading_point(source, doping, temperature, at)
    _, place = slice_of(root, **at)
    here = group(source, "structure").isel(place, missing_dims="ignore")

    def draw_point(name: str, ax: Axes) -> None:
        structure_factor_map(source, x, t, spread_over=name, ax=ax, **at)
        ax.set_title(f"{name}: {ax.get_title()}")

    names = [carriers.name for carriers in carrier_sets(stored_structure(here, displaced=False))]
    title = shown_text(str(root.attrs.get("title", "mcsc phase diagram")))
    return _panels(names, draw_point, f"{title}: as if spread over polyhedra of one kind")


def _panels(names: list[str], draw: Callable[[str, Axes], None], title: str) -> Figure:
    across = min(len(names), _ACROSS)
    down = -(-len(names) // _ACROSS)
    with mpl.rc_context(STYLE):
        figure = Page(PAGE, (5.6 / across + 0.5) * down + 0.7)
        axes = figure.subplots(down, across, squeeze=False).ravel()
        for i, ax in enumerate(axes):
            ax.tick_params(labelsize=TICKS)
            if i >= len(names):
                ax.set_axis_off()
                continue
            draw(names[i], ax)
            if i % across:
                ax.set_ylabel("")
            if (i + 1) % across and i + 1 < len(names):
                for bar in ax.child_axes:  # they all mean the same
                    bar.set_ylabel("")
        _one_legend(figure, list(axes[: len(names)]))
        figure.suptitle(f"{title}\ndiffraction map, no band structure", fontsize=9)
    return figure


def _one_legend(figure: Figure, axes: list[Axes]) -> None:
    """All panels have the same legend: one for the figure instead."""
    legends = [legend for ax in axes if (legend := ax.get_legend()) is not None]
    handles = list(legends[0].legend_handles)
    for legend in legends:
        legend.remove()
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
