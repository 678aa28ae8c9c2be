"""What of T_collective is collective: its excess over what free carriers do in the same field."""

import numpy as np
import xarray as xr

from mcsc.units import units_of
from mcsc.variables import Variables, declared, written

LINE = "T_collective_excess"
# estimator of T_collective and the temperature of free carriers that it compares with
_LIKE = {"response_peak": "T_collective_free_peak", "half_transmission": "T_collective_free"}


def baseline(root: xr.Dataset) -> xr.DataArray:
    """Temperature of free carriers by the estimator behind T_collective at each point.

    Where none was found it is that of the response peak, which is looked for first; at a Binder
    crossing it is missing.
    """
    names = declared("T_collective_method").flags
    method = root["T_collective_method"]
    found = root["T_collective_free_peak"].where(method == names.index("none"))
    for name, like in _LIKE.items():
        found = found.where(method != names.index(name), root[like])
    return found.transpose(*root["T_collective"].dims)


def excess_table(root: xr.Dataset) -> xr.Dataset:
    """The root with T_collective_excess, its errors, upper bound and reason.

    Parameters
    ----------
    root
        With T_collective. Without the temperatures of free carriers, as where wells have no
        displaced states, it is returned as it is.
    """
    if "T_collective_free" not in root:
        return root
    of_largest = [n for n in ("T_collective_free", "T_collective_free_peak",
                  "T_collective_free_of_kind", "threshold_field_free")
                  if "size" in root[n].dims]  # fmt: skip
    root = root.assign({name: root[name].isel(size=-1) for name in of_largest})
    free, line = baseline(root), root["T_collective"]
    missing = np.isfinite(line) & ~np.isfinite(free)
    reason = root["T_collective_reason"].where(~missing, "free carriers have none")
    columns = {
        "": line - free,
        "_stderr": root["T_collective_stderr"].where(~missing),
        "_stderr_size": root["T_collective_stderr_size"].where(~missing),
        "_upper_bound": root["T_collective_upper_bound"] - free,
        "_reason": reason.astype(str),
        "_converged": root["T_collective_converged"].where(~missing, 0),
    }
    units = units_of(root["temperature"].attrs["units"])
    values: Variables = written(
        "/", units, line.dims,
        **{f"{LINE}{end}": column.transpose(*line.dims).values for end, column in columns.items()},
    )  # fmt: skip
    return root.assign(values)
