"""Where charge order sets in without a sharp transition.

At some fillings order grows without a peak that stands out, or that belongs to it: there is no
T_charge, but there is order. Its onset is where the charge order of the leading channel, as a share
of its value in perfect order, reaches one half on cooling. It is no transition temperature, and
domes are not made of it.
"""

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.estimate import Estimate, missing
from mcsc.transitions.grid import Grid
from mcsc.transitions.ladder import equilibrated_down_to
from mcsc.units import units_of
from mcsc.variables import Variables, written

HALF = 0.5


def half_order(
    temperatures: FloatArray, share: FloatArray, stderr: FloatArray, floor: float, unit: str = ""
) -> Estimate:
    """Temperature at which a share of perfect order falls through one half on heating.

    Linear between temperatures, from the hottest pair that it falls between.

    temperatures: Shape (K,), ascending.
    share, stderr: Order over its saturation and its standard error, shape (K,).
    floor: Lowest temperature down to which the run equilibrated; nothing below it is used.
    unit: Of the temperatures, to be named in reasons.

    Returns: `Estimate`, its reason saying how much order there is; NaN where the share does not
        reach one half at the equilibrated temperatures, or has reached it at the hottest.
    """
    kept = (temperatures >= floor) & np.isfinite(share)
    t, m, error = temperatures[kept], share[kept], np.nan_to_num(stderr[kept])
    if len(t) < 2:
        return missing("no charge order was measured, or the run did not equilibrate")
    best = int(m.argmax())
    most = f"charge order reaches {m[best]:.2f} of perfect order at {t[best]:.4g} {unit}".rstrip()
    if m[-1] >= HALF:
        return missing(f"{most}: it sets in above the temperatures scanned")
    if m[best] < HALF:
        lowest = f"the lowest equilibrated temperature is {t[0]:.4g} {unit}".rstrip()
        return missing(f"{most}, less than one half; {lowest}")
    k = int(np.flatnonzero(m >= HALF)[-1])
    slope = (m[k + 1] - m[k]) / (t[k + 1] - t[k])
    weight = (HALF - m[k]) / (m[k + 1] - m[k])
    noise = np.hypot((1 - weight) * error[k], weight * error[k + 1])
    return Estimate(float(t[k] + (HALF - m[k]) / slope), float(noise / abs(slope)), most)


def order_onsets(root: xr.Dataset, health: xr.Dataset, grid: Grid) -> Variables:
    """``charge_order_onset``, its error and its reason on the grid.

    root: With ``T_charge`` and its reason and, where order can be told from perfect order,
        ``charge_order_share``; of several sizes the largest is taken.
    health: With ``converged``.
    grid: Of the transitions.
    """
    root, health = (data.isel(size=-1, missing_dims="ignore") for data in (root, health))
    unit = str(root["temperature"].attrs.get("units", "1"))
    found = [
        _onset(root.isel(at), health.isel(at, missing_dims="ignore"), unit.replace("1", ""))
        for at in (dict(zip(grid.dims, index, strict=True)) for index in grid.indices)
    ]
    return written(
        "/",
        units_of(unit),
        grid.dims,
        charge_order_onset=grid.laid_out([one.temperature for one in found]),
        charge_order_onset_stderr=grid.laid_out([one.stderr for one in found]),
        charge_order_onset_reason=grid.laid_out([one.reason for one in found]),
    )


def _onset(at: xr.Dataset, health: xr.Dataset, unit: str) -> Estimate:
    if np.isfinite(float(at["T_charge"])):
        return missing("there is a transition: T_charge")
    if "charge_order_share" not in at:
        return missing("no order parameter fits this supercell")
    floor = equilibrated_down_to(health.assign_coords(temperature=at["temperature"]))
    share, stderr = (at[f"charge_order_share{end}"].values for end in ("", "_stderr"))
    found = half_order(at["temperature"].values, share, stderr, floor, unit)
    if not found.found:
        return found
    return Estimate(
        found.temperature,
        found.stderr,
        f"{found.reason}; no T_charge: {at['T_charge_reason'].item()}",
    )
