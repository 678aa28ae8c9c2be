"""Doping, compressibility and voltage along isotherms; plateaus have the name of their phase."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mcsc.arrays import FloatArray
from mcsc.files.tree import parts
from mcsc.plot.axes import doping_label, energy_unit, grid_axis
from mcsc.plot.selection import axis_label, slice_of, unit_of, with_unit
from mcsc.plot.style import COLUMN, axes_for, figure_of, legend_below, shown_text
from mcsc.transitions.grid import CHEMICAL_POTENTIAL, DOPING, carrier_axis

# curves that can be told apart
_CURVES = 6
# plateaus of one name at dopings this close are one
_APART = 0.1


@dataclass(frozen=True, eq=False)
class Isotherm:
    """One temperature of a diagram that knows the chemical potential, by ascending doping.

    temperature: Its label, with the unit.
    doping, potential, compressibility, voltage: (n,) each; the voltage is missing where the run
        file has no reference.
    doping_stderr, potential_stderr, compressibility_stderr: (n,) errors; zero of what was given.
    names: (n,) superlattices of the coldest carriers at each.
    """

    temperature: str
    doping: FloatArray
    doping_stderr: FloatArray
    potential: FloatArray
    potential_stderr: FloatArray
    compressibility: FloatArray
    compressibility_stderr: FloatArray
    voltage: FloatArray
    names: list[str]

    @property
    def plateaus(self) -> list[tuple[int, str]]:
        """Where phases with a name are compressed least, one for each unbroken run of a name.

        Not where they are compressed more than half as much as what is compressed most.
        """
        known = np.isfinite(self.compressibility)
        stiff = np.where(known, self.compressibility, np.inf)
        most = stiff[known].max(initial=0.0)
        alike = np.equal(self.names[1:], self.names[:-1]) & (np.diff(self.doping) < _APART / 2)
        found: list[tuple[int, str]] = []
        for run in np.split(np.arange(len(stiff)), np.flatnonzero(~alike) + 1):
            # the middle one of several that are not compressed at all
            least = run[stiff[run] <= stiff[run].min() + 1e-3 * most]
            best = int(least[len(least) // 2])
            if self.names[best] and stiff[best] <= 0.5 * most:
                found.append((best, self.names[best]))
        return found


def isotherms(diagram: xr.DataTree | xr.Dataset, **at: Any) -> list[Isotherm]:
    """Some temperatures of the ladder, the coldest and the hottest among them, coldest first.

    Where two phases coexist the chemical potential is that of both, as in an infinite crystal; in
    a finite one that holds a fixed number of carriers it rises above and falls below.

    Raises ValueError if the diagram knows no chemical potential, or has no such size or field.
    """
    root, coexistence = parts(diagram, "coexistence")
    if CHEMICAL_POTENTIAL not in root.variables:
        raise ValueError(
            "this diagram is one at fixed doping: it has no isotherms x(μ); they need "
            'scan.chemical_potential or ensemble = "expanded"'
        )
    along = carrier_axis(root.dims)
    chosen, place = slice_of(root.sortby([along, "temperature"]), along=along, **at)
    if coexistence is not None:
        coexistence = coexistence.sortby("temperature").isel(place, missing_dims="ignore")
    n = chosen.sizes["temperature"]
    shown = np.unique(np.linspace(0, n - 1, min(n, _CURVES)).round().astype(int))
    unit = unit_of(chosen["temperature"])
    found = []
    for i in shown.tolist():
        here = chosen.isel(temperature=i)
        region = None if coexistence is None else coexistence.isel(temperature=i)
        label = f"$T$ = {with_unit(f'{float(here.temperature):.4g}', unit)}"
        found.append(_isotherm(here, region, label))
    return found


def _isotherm(here: xr.Dataset, region: xr.Dataset | None, label: str) -> Isotherm:
    def values(name: str) -> FloatArray:
        missing = 0.0 if name.endswith("_stderr") else np.nan
        found = here[name].values if name in here else np.full(here["doping"].shape, missing)
        return np.asarray(found, dtype=np.float64)

    x, mu, voltage = values(DOPING), values(CHEMICAL_POTENTIAL).copy(), values("voltage").copy()
    error = values("chemical_potential_stderr").copy()
    names = "charge_order_superlattice"
    called = here[names].values.astype(str) if names in here else np.full(x.shape, "")
    if region is not None:
        for k in range(region.sizes["region"]):
            one = region.isel(region=k)
            both = float(one["coexistence_potential"])
            inside = (x > float(one["doping_low"])) & (x < float(one["doping_high"]))
            if np.isfinite(both):
                voltage[inside] += mu[inside] - both
                mu[inside], error[inside] = both, 0.0
    order = np.argsort(x, kind="stable")
    parts_ = (x, values("doping_stderr"), mu, error, values("compressibility"))
    rest = (values("compressibility_stderr"), voltage)
    x, dx, mu, dmu, kappa, dkappa, voltage = (one[order] for one in (*parts_, *rest))
    return Isotherm(label, x, dx, mu, dmu, kappa, dkappa, voltage, called[order].tolist())


def doping_isotherms(
    diagram: xr.DataTree | xr.Dataset, *, ax: Axes | None = None, **at: Any
) -> Figure:
    """Draw x(μ) at some temperatures of the ladder, the coldest and the hottest among them.

    A phase that is not compressed is a plateau, with the name of its superlattice; where x jumps,
    two phases coexist.

    Parameters
    ----------
    diagram
        A diagram at fixed chemical potential or in an expanded ensemble, or its root.
    ax
        Where to draw; a new figure by default.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Returns
    -------
    The figure, with one errorbar container a temperature, coldest first.

    Raises
    ------
    ValueError
        If the diagram knows no chemical potential, or has no such size or field.
    """

    def curve(one: Isotherm) -> tuple[FloatArray, ...]:
        return one.potential, one.doping, one.potential_stderr, one.doping_stderr

    figure, axes, curves = _drawn(diagram, curve, ax, at)
    (root,) = parts(diagram)
    along = carrier_axis(root.dims)
    ends = [one.potential[np.isfinite(one.potential)] for one in curves]
    edges = np.array([min(e.min() for e in ends), max(e.max() for e in ends)])
    if along == CHEMICAL_POTENTIAL:
        grid_axis(axes, root, along, edges)
    else:
        unit = energy_unit(root[CHEMICAL_POTENTIAL])
        axes.set_xlabel(axis_label(r"chemical potential $\mu$", unit))
    axes.set_ylabel(doping_label(root))
    axes.set_title("doping over chemical potential")
    return figure


def compressibility(
    diagram: xr.DataTree | xr.Dataset, *, ax: Axes | None = None, **at: Any
) -> Figure:
    """Draw ∂x/∂μ over the doping, on a logarithmic scale: ordered phases are its minima.

    Parameters, returns and raises as :func:`doping_isotherms`.
    """

    def curve(one: Isotherm) -> tuple[FloatArray, ...]:
        kappa = np.where(one.compressibility > 0, one.compressibility, np.nan)
        return one.doping, kappa, one.doping_stderr, one.compressibility_stderr

    figure, axes, _ = _drawn(diagram, curve, ax, at)
    (root,) = parts(diagram)
    axes.set_yscale("log")
    axes.set_xlabel(doping_label(root))
    name = r"compressibility $\partial n/\partial\mu$"
    axes.set_ylabel(axis_label(name, unit_of(root["compressibility"])))
    axes.set_title("compressibility")
    return figure


def voltage_curve(
    diagram: xr.DataTree | xr.Dataset, *, ax: Axes | None = None, **at: Any
) -> Figure:
    """Draw the voltage V(x) of an intercalation electrode.

    Ordered phases are steps, with the name of their superlattice; where two coexist it is flat.

    Parameters, returns and raises as :func:`doping_isotherms`; also raises ValueError without a
    ``doping.reference_potential`` in the run file.
    """
    (root,) = parts(diagram)
    if CHEMICAL_POTENTIAL in root.variables and "voltage" not in root:
        raise ValueError(
            "this diagram has no voltage: give doping.reference_potential in the run file, and "
            "mcsc merge"
        )

    def curve(one: Isotherm) -> tuple[FloatArray, ...]:
        return one.doping, one.voltage, one.doping_stderr, one.potential_stderr

    figure, axes, _ = _drawn(diagram, curve, ax, at)
    axes.set_xlabel(doping_label(root))
    name = r"voltage $-(\mu-\mu_\mathrm{ref})/e$"
    axes.set_ylabel(axis_label(name, unit_of(root["voltage"])))
    axes.set_title("voltage over doping")
    return figure


def _drawn(
    diagram: xr.DataTree | xr.Dataset,
    curve: Callable[[Isotherm], tuple[FloatArray, ...]],
    ax: Axes | None,
    at: dict[str, Any],
) -> tuple[Figure, Axes, list[Isotherm]]:
    """One curve a temperature, and the names of the plateaus."""
    curves = isotherms(diagram, **at)
    colours = mpl.colormaps["cividis"](np.linspace(0.0, 0.9, len(curves)))
    handles: list[Artist] = []
    with axes_for(ax, COLUMN, 3.4) as axes:
        for one, colour in zip(curves, colours, strict=True):
            x, y, dx, dy = curve(one)
            look: dict[str, Any] = {
                "color": colour, "marker": "o", "markersize": 2.6, "linewidth": 1.0,
            }  # fmt: skip
            axes.errorbar(x, y, dy, dx, **look, elinewidth=0.8, label=one.temperature)
            handles.append(Line2D([], [], label=one.temperature, **look))
        # on the coldest curve that knows any
        one = next((one for one in curves if one.plateaus), curves[0])
        x, y, *_ = curve(one)
        middle = float(np.mean(axes.get_xlim()))
        for i, name in one.plateaus:
            if np.isfinite([x[i], y[i]]).all():
                # into the frame
                side, step = ("left", 4) if x[i] < middle else ("right", -4)
                axes.annotate(shown_text(name), (x[i], y[i]), xytext=(step, 4), fontsize=6, ha=side,
                              textcoords="offset points", color="0.2", gid="plateau")  # fmt: skip
        axes.grid(axis="y", color="0.9", linewidth=0.5)
        legend_below(axes, handles, ncols=3)
    return figure_of(axes), axes, curves
