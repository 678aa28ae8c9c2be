"""Regimes of the static picture: what the carriers of one point do in the field.

Three names for a partition by measured quantities, nothing more; the thresholds are parameters.

- ``insulator``: the charge is frozen and the mean displacement along the field is small.
- ``collective``: the charge is frozen and the carriers are displaced together along the field (at
  zero field: in one direction of their own); the part of the displacements across it is small.
- ``metal``: everything else: the charge moves, or frozen carriers are displaced at random or in
  part.
- ``undecided``: not run, or not equilibrated.

The charge is frozen below T_charge of this doping and field. Where there is no transition, for
example where unequal wells turn it into a crossover, it is frozen once hardly any attempt to hop to
a near well is accepted; that share is several per cent at transitions of equal wells and falls
exponentially below them.
"""

import numpy as np
import xarray as xr

from mcsc.transitions.settings import Thresholds
from mcsc.units import REDUCED
from mcsc.variables import declared

REGIMES = declared("regime").flags
_HOP = "near_hop"


def regimes(
    root: xr.Dataset, health: xr.Dataset, series: xr.Dataset, thresholds: Thresholds
) -> xr.DataArray:
    """Regime of every point of a diagram.

    root, health, series: Its groups, the root with the observables of displaced wells and T_charge.
    thresholds: Stored as attributes of the result.

    Returns: int8 flags on (size, field, doping, temperature), as far as these are dimensions.
    """
    delta, field = series["displacement_largest"], series["field_strength"]
    length = root["localization_length"]
    squares = length**2
    displaced = squares > 0
    transmission = root["transmission"].where(displaced, 0.0)
    own = (root["polar_order"] * delta) ** 2 / squares.where(displaced, 1.0)
    uniform = transmission.where(field > 0, own)
    across = root["transverse_displacement"] / squares.where(displaced, 1.0)
    across = across.where(field > 0, 0.0)
    parallel = np.sqrt(transmission) * length

    frozen = _frozen(root, health, thresholds)
    collective = frozen & (uniform >= thresholds.transmission) & (across <= thresholds.transverse)
    insulator = frozen & ~collective & (parallel <= thresholds.polarization * delta)
    known = (health["converged"] == 1) & np.isfinite(length)
    number = xr.full_like(length, 3.0).where(~insulator, 1).where(~collective, 2).where(known, 0)
    found = number.transpose(*root["transmission"].dims)
    said = declared("regime").of(found, REDUCED, map(str, found.dims)).attrs
    said |= {f"threshold_{name}": value for name, value in vars(thresholds).items()}
    found = found.astype(np.int8)
    found.attrs = said
    return found


def _frozen(root: xr.Dataset, health: xr.Dataset, thresholds: Thresholds) -> xr.DataArray:
    """Whether the charge keeps to its wells."""
    ordered: xr.DataArray = root["temperature"] < root["T_charge"]
    if "acceptance" not in health or _HOP not in health.coords.get("move", ()):
        return ordered
    hops = health["acceptance"].sel(move=_HOP, drop=True)
    frozen: xr.DataArray = ordered | (hops <= thresholds.hop_acceptance)
    return frozen
