"""The doping at which a transition takes place, where the chemical potential is what is held."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.units import REDUCED
from mcsc.variables import Variables, written

FloatArray = npt.NDArray[np.float64]


def doping_at_transitions(root: xr.Dataset) -> Variables:
    """Measured doping at ``T_charge`` and ``T_collective``, linear between temperatures.

    Parameters
    ----------
    root
        Root of a diagram with transitions; of several sizes the largest is taken.

    Returns
    -------
    ``T_charge_doping``, ``T_collective_doping`` and their standard errors, which hold those of the
    doping and of the temperature; missing where there is no transition. Nothing at fixed doping.
    """
    if "doping" not in root.data_vars:
        return {}
    measured = root[["doping", "doping_stderr"]]
    if "size" in measured.dims:
        measured = measured.isel(size=-1)
    found: Variables = {}
    for line in ("T_charge", "T_collective"):
        value, error = xr.apply_ufunc(
            _at,
            measured["doping"],
            measured["doping_stderr"],
            root["temperature"],
            root[line],
            root[f"{line}_stderr"],
            input_core_dims=[["temperature"]] * 3 + [[], []],
            output_core_dims=[[], []],
            vectorize=True,
        )
        name, dims = f"{line}_doping", root[line].dims
        both = {name: value.transpose(*dims), f"{name}_stderr": error.transpose(*dims)}
        found |= written("/", REDUCED, dims, **both)
        found[name].attrs["long_name"] = root["doping"].attrs["long_name"]
    return found


def _at(
    doping: FloatArray, stderr: FloatArray, temperatures: FloatArray, at: float, error: float
) -> tuple[float, float]:
    """Doping on one ladder at a temperature known to an error, and its error."""
    if not np.isfinite(at):
        return np.nan, np.nan
    low, value, high = np.interp([at - error, at, at + error], temperatures, doping)
    return float(value), float(np.hypot(np.interp(at, temperatures, stderr), (high - low) / 2))
