"""One slice of a diagram with its phases: what the figure of a phase diagram shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray
from mcsc.files.tree import parts
from mcsc.lattice import superlattice_name
from mcsc.plot.map import not_equilibrated
from mcsc.plot.phases import Phase, ordered_phases
from mcsc.plot.selection import slice_of
from mcsc.plot.snapshot import layer_of_cells
from mcsc.transitions.coexistence import COEXISTING
from mcsc.transitions.grid import DOPING, carrier_axis
from mcsc.variables import flag_names

# of dopings with nothing between them, carriers per well
_REACH = 0.15


@dataclass(frozen=True, eq=False)
class View:
    """One slice of a diagram with all that is drawn of it.

    root, chosen: The diagram, and the slice of it with ascending dopings and temperatures.
    place: Indices of the slice.
    coexistence: That group at the place, None of a diagram at single numbers of carriers.
    undecided: (temperature, doping) points that were run and did not equilibrate.
    phases: The ordered ones, by doping.
    names: Their superlattices; empty where none was seen.
    reach: Dopings further apart than this have nothing measured between them.
    """

    root: xr.Dataset
    chosen: xr.Dataset
    place: dict[str, int]
    coexistence: xr.Dataset | None
    undecided: BoolArray
    phases: tuple[Phase, ...]
    names: tuple[str, ...]
    reach: float

    @property
    def shown(self) -> BoolArray:
        """(doping,) where T_charge is a boundary."""
        if "T_charge" not in self.chosen:
            return np.zeros(self.chosen.sizes[DOPING], dtype=bool)
        t = self.chosen["T_charge"].values
        return np.asarray(np.isfinite(t) & ~_separates(self.chosen, t))

    @property
    def grown(self) -> BoolArray:
        """(doping,) where order grows without a transition and the crystal does not separate."""
        if "charge_order_onset" not in self.chosen:
            return np.zeros(self.chosen.sizes[DOPING], dtype=bool)
        t = self.chosen["charge_order_onset"].values
        return np.asarray(np.isfinite(t) & ~self.shown & ~_separates(self.chosen, t))

    @property
    def errors(self) -> FloatArray:
        """(doping,) of T_charge, of statistics and of the size of the cell where known."""
        statistics = self.chosen["T_charge_stderr"].values
        size = self.chosen.get("T_charge_stderr_size")
        return np.asarray(np.hypot(statistics, 0.0 if size is None else np.nan_to_num(size.values)))

    @property
    def kinds(self) -> list[str]:
        """The order of the transition of each doping."""
        return list(map(str, flag_names(self.chosen["T_charge_order"])))

    @property
    def joined(self) -> list[tuple[int, str]]:
        """Dopings whose T_charge is joined to the next one, and the kind of both or "other"."""
        waves = self.chosen["T_charge_wavevector"].transpose(DOPING, "hkl").values
        near = np.diff(self.chosen[DOPING].values) <= self.reach
        pairs = np.flatnonzero(self.shown[:-1] & self.shown[1:] & near).tolist()
        kinds = self.kinds
        return [
            (i, kinds[i] if kinds[i] == kinds[i + 1] else "other")
            for i in pairs
            if np.allclose(waves[i], waves[i + 1], atol=1e-6)
        ]


def view_of(diagram: xr.DataTree | xr.Dataset, **at: Any) -> View:
    """What the figure of a phase diagram shows.

    Raises ValueError if the diagram is one at fixed chemical potential, or has no such size, field
        or axis.
    """
    root, health, coexistence, structure = parts(diagram, "health", "coexistence", "structure")
    if carrier_axis(root.dims) != DOPING:
        raise ValueError("this diagram is one at fixed chemical potential: draw its phase_map")
    order = [DOPING, "temperature"]
    root = root.sortby(order)
    chosen, place = slice_of(root, **at)
    shape = (chosen.sizes["temperature"], chosen.sizes[DOPING])
    undecided, converged = np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
    if health is not None:
        health = health.sortby(order)
        undecided = not_equilibrated(health, place, DOPING)
        flags = health["converged"].isel(place, missing_dims="ignore")
        converged = flags.transpose("temperature", DOPING).values == 1
    if coexistence is not None:
        coexistence = coexistence.sortby("temperature").isel(place, missing_dims="ignore")
    reach = np.inf if structure is None else _REACH * structure.sizes["base_well"]
    phases = ordered_phases(chosen, converged.T, coexistence, reach)
    names = [_name(diagram, chosen, one, at) for one in phases]
    return View(root, chosen, place, coexistence, undecided, tuple(phases), tuple(names), reach)


def _name(diagram: Any, chosen: xr.Dataset, phase: Phase, at: dict[str, Any]) -> str:
    if isinstance(diagram, xr.Dataset) or not {"samples", "structure"} <= set(diagram.children):
        return ""
    t = chosen["temperature"].values
    # a snapshot of a run that did not equilibrate still shows what it came to
    for temperature in (phase.coldest, t[0]):
        layer = layer_of_cells(diagram, phase.x, float(temperature), **at)
        cell, centres = (layer.structure[part].values for part in ("cell", "centre"))
        name = superlattice_name(cell, centres, layer.cells, layer.state)
        if name:
            return name
    return ""


def _separates(chosen: xr.Dataset, t: FloatArray) -> BoolArray:
    """Whether the crystal separates at, or next above, a temperature of each doping."""
    if "coexisting" not in chosen:
        return np.zeros(len(t), dtype=bool)
    flags = chosen["coexisting"].transpose(DOPING, "temperature").values == COEXISTING
    k = np.searchsorted(chosen["temperature"].values, np.nan_to_num(t))
    return np.asarray(flags[np.arange(len(t)), np.minimum(k, flags.shape[1] - 1)])
