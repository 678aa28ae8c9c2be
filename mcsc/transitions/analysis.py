"""The transitions and domes of a whole phase diagram, from the series kept in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from mcsc.estimators.scaling.finite_size import FiniteSize
from mcsc.estimators.scaling.linear_size import sizes_of
from mcsc.files.tree import Place, as_in_a_tree, group, parts, with_groups
from mcsc.transitions.charge import charge_order
from mcsc.transitions.coexistence import coexistence_dataset
from mcsc.transitions.collective import collective
from mcsc.transitions.disorder import with_disorder_averages
from mcsc.transitions.dome_table import dome_table
from mcsc.transitions.excess import LINE as EXCESS
from mcsc.transitions.excess import excess_table
from mcsc.transitions.finite_size import finite_size_table, sizes_together
from mcsc.transitions.free_energy import STEP, free_energy_lines, free_energy_table, voltages
from mcsc.transitions.grid import DOPING, grid_of
from mcsc.transitions.order_onset import order_onsets
from mcsc.transitions.particle_hole import partner_table
from mcsc.transitions.phase_names import phase_names
from mcsc.transitions.regimes import regimes
from mcsc.transitions.settings import Settings, stored_thresholds
from mcsc.transitions.tables import doping_at_transitions, line_table
from mcsc.transitions.threshold_table import protocol_table, threshold_table
from mcsc.transitions.transition import CHARGE, COLLECTIVE, Transition
from mcsc.units import units_of

# a threshold between fewer fields would say nothing
_FIELDS = 3


def analyse(
    tree: xr.DataTree,
    settings: Settings | None = None,
    *,
    progress: Callable[[float], None] = lambda done: None,
) -> xr.DataTree:
    """Find the transitions, domes and regimes of a phase diagram.

    Parameters
    ----------
    tree
        A diagram with ``series``, ``health`` and, for the sizes and the symmetry of the wells,
        ``structure``; it is not changed.
    settings
        Of the analysis; by default the usual ones, with the thresholds of the regimes that the
        diagram was analysed with before.
    progress
        Told the fraction done.

    Returns
    -------
    The diagram, with ``T_charge``, ``T_collective``, what belongs to them and, where wells have
    displaced states, ``regime`` in the root, and the groups ``domes`` and ``domes_collective``;
    beside free carriers ``T_collective_excess`` and ``domes_excess``; with samples of disorder also
    their averages, :func:`mcsc.transitions.disorder.with_disorder_averages`; at fixed chemical
    potential the doping at every transition temperature; with two sizes or more ``finite_size``:
    exponents have an error from two sizes on, fits are judged from three on.

    Raises
    ------
    ValueError
        If the temperatures are in no known unit.

    Examples
    --------
    >>> import mcsc
    >>> again = mcsc.analyse(mcsc.load("short.nc"))
    >>> again["T_charge_reason"].dims
    ('doping',)
    """
    root, structure, protocols = parts(tree, "structure", "protocols")
    series, health = group(tree, "series"), group(tree, "health")
    settings = settings or Settings(regimes=stored_thresholds(root))
    boltzmann = units_of(root["temperature"].attrs["units"]).boltzmann
    grid = grid_of(series)
    charge: dict[Place, Transition] = {}
    displacement: dict[Place, Transition] = {}
    together: dict[Place, FiniteSize] = {}
    linear = sizes_of(series, structure) if grid.n_sizes > 1 else None
    lengths = None if linear is None else linear.lengths
    for i, index in enumerate(grid.indices):
        at = dict(zip(grid.dims, index, strict=True))
        ladders = [_pick(series, health, {**at, "size": size}) for size in range(grid.n_sizes)]
        whole = _sizes_that_hold(series, structure, at)
        held = () if len(whole) == grid.n_sizes else tuple(whole)
        own = [ladders[size] for size in whole]
        of_own = None if lengths is None or len(whole) < 2 else lengths[whole]
        charge[index] = replace(charge_order(own, boltzmann, settings, of_own), held=held)
        displacement[index] = replace(collective(own, boltzmann, settings, of_own), held=held)
        if linear is not None:
            together[index] = sizes_together(ladders, charge[index], linear, boltzmann, settings)
        progress((i + 1) / len(grid.indices))
    factor = settings.significance
    root = root.assign(line_table(root, CHARGE, charge, grid))
    root = excess_table(root.assign(line_table(root, COLLECTIVE, displacement, grid)))
    root = root.assign(doping_at_transitions(root))
    root = root.assign(order_onsets(root, health, grid))
    root = root.assign(phase_names(tree, grid))
    root = root.assign(partner_table(root, structure, grid, factor))
    found: dict[str, xr.Dataset] = {}
    lines = free_energy_lines(root, series, structure)
    if lines is not None:
        root = root.assign(free_energy_table(root, lines))
        found["coexistence"], flag = coexistence_dataset(root, health, lines)
        root = root.assign(flag)
    root = root.assign(voltages(root, structure))
    if "displacement_largest" in series and "transmission" in root:
        root["regime"] = regimes(root, health, series, settings.regimes)
        root = root.assign(_thresholds(root, series))
    if protocols is not None:
        table = as_in_a_tree(protocol_table(protocols))
        found["protocols"] = protocols.assign(table.data_vars)
    found |= {
        "/": root,
        "domes": dome_table(root, "T_charge", factor),
        "domes_collective": dome_table(root, "T_collective", factor),
    }
    if EXCESS in root:
        found["domes_excess"] = dome_table(root, EXCESS, factor)
    if linear is not None:
        found["finite_size"] = finite_size_table(together, grid, linear, root)
    return with_disorder_averages(with_groups(tree, found), factor)


def _sizes_that_hold(
    series: xr.Dataset, structure: xr.Dataset | None, place: Mapping[str, int]
) -> list[int]:
    """Sizes on which the doping is a whole number of carriers; all of them but in windows."""
    n_sizes = series.sizes.get("size", 1)
    if n_sizes == 1 or STEP not in series or structure is None:
        return list(range(n_sizes))
    cells = structure["cells"].values.prod(axis=1)
    carriers = float(series["carriers_per_cell"][place[DOPING]]) * cells
    whole: list[int] = np.nonzero(np.abs(carriers - np.rint(carriers)) < 1e-6)[0].tolist()
    return whole


def _pick(series: xr.Dataset, health: xr.Dataset, at: dict[str, int]) -> xr.Dataset:
    """Series and convergence of one ladder; dimensions that are missing have one entry."""
    series = series.isel(at, missing_dims="ignore")
    # ladders may differ in length: the shorter ones are filled up as missing
    measured = int(np.isfinite(series["energy"].values).any(axis=0).sum())
    series = series.isel(measurement=slice(measured)) if measured else series
    ordered = series.transpose("channel", "temperature", "measurement", "layer", ...)
    return ordered.assign(converged=health["converged"].isel(at, missing_dims="ignore"))


def _thresholds(root: xr.Dataset, series: xr.Dataset) -> dict[str, xr.DataArray]:
    """Threshold field in equilibrium, where the scan has enough fields to tell it from a line."""
    if "field" not in root.dims or root.sizes["field"] < _FIELDS:
        return {}
    largest = series["displacement_parallel_largest"].isel(field=0, drop=True)
    parallel, stderr = (root[f"displacement_parallel{end}"] for end in ("", "_stderr"))
    found = threshold_table(parallel, largest, stderr)
    return {str(name): variable for name, variable in found.data_vars.items()}
