"""What of T_collective is collective: its excess over what free carriers do in the same field."""

import numpy as np
import xarray as xr

from mcsc.units import units_of
from mcsc.variables import Variables, declared, written

LINE = "T_collective_excess"
# method of T_collective: the variable of that estimator, and the temperature of free carriers
_LIKE = {
    "response_peak": ("T_collective_response", "T_collective_free_peak"),
    "half_transmission": ("T_collective_half", "T_collective_free"),
}


def baseline(root: xr.Dataset) -> xr.DataArray:
    """Temperature of free carriers by the estimator behind T_collective at each point.

    Where none was found it is that of the response peak, which is looked for first; at a Binder
    crossing it is missing.
    """
    names = declared("T_collective_method").flags
    method = root["T_collective_method"]
    found = root["T_collective_free_peak"].where(method == names.index("none"))
    for name, (_, like) in _LIKE.items():
        found = found.where(method != names.index(name), root[like])
    return found.transpose(*root["T_collective"].dims)


def excess_table(root: xr.Dataset) -> xr.Dataset:
    """The root with T_collective_excess, what it is by, its errors, upper bound and reason.

    Like less like, by the one of both estimators of T_collective that has the smaller error.

    root: With T_collective. Without the temperatures of free carriers, as where wells have no
        displaced states, it is returned as it is.
    """
    if "T_collective_free" not in root:
        return root
    free = (
        "T_collective_free", "T_collective_free_peak", "T_collective_free_of_kind",
        "threshold_field_free",
    )  # fmt: skip
    # of the largest size, where several were run
    root = root.assign({name: _largest(root[name]) for name in free})
    line, flags = root["T_collective"], declared(f"{LINE}_method").flags
    value, error, by = xr.full_like(line, np.nan), xr.full_like(line, np.nan), xr.zeros_like(line)
    for name, (estimator, like) in _LIKE.items():
        found, its_error = (_largest(root[f"{estimator}{end}"]) for end in ("", "_stderr"))
        above = found - root[like]
        better = np.isfinite(above) & np.isfinite(line) & ~(its_error >= error)
        value, error = value.where(~better, above), error.where(~better, its_error)
        by = by.where(~better, flags.index(name))
    known = np.isfinite(value)
    # that of the size is known of the estimator behind T_collective, and the flags begin alike
    same = by == root["T_collective_method"]
    none = "free carriers have none"
    reason = root["T_collective_reason"].where(known | ~np.isfinite(line), none)
    columns = {
        "": value, "_stderr": error, "_stderr_size": root["T_collective_stderr_size"].where(same),
        "_method": by, "_upper_bound": root["T_collective_upper_bound"] - baseline(root),
        "_reason": reason.astype(str), "_converged": root["T_collective_converged"].where(known, 0),
    }  # fmt: skip
    units = units_of(root["temperature"].attrs["units"])
    values: Variables = written(
        "/", units, line.dims,
        **{f"{LINE}{end}": column.transpose(*line.dims).values for end, column in columns.items()},
    )  # fmt: skip
    return root.assign(values)


def _largest(data: xr.DataArray) -> xr.DataArray:
    return data.isel(size=-1, missing_dims="ignore")
