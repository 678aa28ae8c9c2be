"""The average of a phase diagram over the samples of quenched disorder.

Each sample is a crystal of its own, with observables and transitions of its own. Their mean over
samples has an error from the spread of the samples, in which the sampling error of each is
contained.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import BoolArray
from mcsc.files.tree import group, with_groups
from mcsc.transitions.dome_table import dome_table
from mcsc.transitions.excess import LINE as EXCESS
from mcsc.units import REDUCED
from mcsc.variables import Variable, declared
from mcsc.variables.transitions import OVER_SAMPLES

SAMPLES = "disorder"
LINES = ("T_charge", "T_collective")
# what domes are made of
ENDS = ("", "_stderr", "_stderr_size", "_upper_bound", "_reason")


def with_disorder_averages(tree: xr.DataTree, factor: float) -> xr.DataTree:
    """A diagram with averages over the samples of disorder, where there is such an axis.

    tree: ``/`` with transitions, and ``health``.
    factor: Least height of a dome in errors.

    Returns: The diagram; where there are samples with ``T_charge_mean``, its errors, upper bound
        and reason, ``T_charge_samples`` and the same of ``T_collective`` in ``/``, with
        ``disorder_average``, laid out as the root of a diagram without disorder, with the
        ``_spread`` and the ``_stderr`` of every observable and transition temperature, and with
        ``domes_disorder_average``.
    """
    root = group(tree)
    if SAMPLES not in root.dims:
        return tree
    average = disorder_average(root, group(tree, "health"))
    short = {}
    for line in LINES:
        short[f"{line}_samples"] = average[f"{line}_samples"]
        short |= {f"{line}_mean{end}": average[f"{line}{end}"] for end in ENDS}
        short[f"{line}_mean"] = average[line].assign_attrs(
            ancillary_variables=f"{line}_mean_stderr {line}_mean_stderr_size"
        )
    # samples that did not equilibrate are in the scatter of all
    mean = average.drop_vars("T_charge_converged")
    found = {
        "/": root.assign(short),
        "disorder_average": average,
        "domes_disorder_average": dome_table(mean, "T_charge", factor),
    }
    return with_groups(tree, found)


def averaged_line(root: xr.Dataset, line: str) -> xr.Dataset:
    """The root of a diagram with the mean of a line over samples of disorder instead of it."""
    mean = {f"{line}{end}": root[f"{line}_mean{end}"] for end in ENDS}
    # ions make every well another one: no sample has a partner
    of_samples = [f"{line}_partner", f"{line}_converged"]
    return root.drop_vars(of_samples, errors="ignore").assign(mean)


def disorder_average(root: xr.Dataset, health: xr.Dataset) -> xr.Dataset:
    """Means over the samples of all observables with errors, and of the transitions.

    root, health: Groups of a diagram with the dimension ``disorder`` and with transitions.

    Returns: Every observable X with ``X_spread``, the standard deviation of a sample, and
        ``X_stderr``, that of the mean; ``n_samples`` and ``n_equilibrated``; and for both lines the
        mean over the samples that have a transition, how many those are, and why others have none.
    """
    variables: dict[str, xr.DataArray] = {}
    for name, data in root.data_vars.items():
        of_line = str(name).startswith(LINES) and name != EXCESS
        if SAMPLES in data.dims and f"{name}_stderr" in root and not of_line:
            variables |= _mean(str(name), data)
        elif SAMPLES in data.dims and "_free" in str(name):
            variables[str(name)] = data.mean(SAMPLES).assign_attrs(data.attrs)
        elif SAMPLES not in data.dims:
            variables[str(name)] = data
    ran = root["energy"].notnull()
    equilibrated = ran & (health["converged"] == 1)
    for name, counted in (("n_samples", ran), ("n_equilibrated", equilibrated)):
        variables[name] = _said(counted.sum(SAMPLES), declared(name, "disorder_average"))
    for line in LINES:
        variables |= _line(root, line)
    return xr.Dataset(variables).assign_attrs(
        comment="means over samples of quenched dopants; errors from the spread of the samples"
    )


def _mean(name: str, data: xr.DataArray) -> dict[str, xr.DataArray]:
    """Mean, spread and standard error over the samples that are known."""
    count = data.notnull().sum(SAMPLES)
    # sums, for a mean of nothing warns
    mean = (data.sum(SAMPLES) / count.where(count > 0)).assign_attrs(data.attrs)
    squares = ((data - mean) ** 2).sum(SAMPLES)
    spread = (squares / (count - 1).where(count > 1)) ** 0.5
    mean.attrs["ancillary_variables"] = f"{name}_stderr {name}_spread"
    found = {name: mean}
    for end, values in (("spread", spread), ("stderr", spread / count**0.5)):
        meaning = OVER_SAMPLES[end] + data.attrs.get("long_name", name)
        said = {"units": data.attrs.get("units", "1"), "long_name": meaning}
        found[f"{name}_{end}"] = values.drop_attrs(deep=False).assign_attrs(said)
    return found


def _said(data: xr.DataArray, variable: Variable) -> xr.DataArray:
    return data.drop_attrs().assign_attrs(variable.attributes(REDUCED))


def _line(root: xr.Dataset, line: str) -> dict[str, xr.DataArray]:
    """A transition temperature over the samples that have one, and what most of these share."""
    found = root[line].notnull()
    variables = _mean(line, root[line])
    variables[line].attrs["comment"] = declared(f"{line}_mean").comment
    for name, data, said in (
        (f"{line}_samples", found.sum(SAMPLES), f"{line}_samples"),
        (f"{line}_reason", _reasons(root[f"{line}_reason"], found), f"{line}_mean_reason"),
    ):
        variables[name] = _said(data, declared(said))
    bound = root[f"{line}_upper_bound"]
    # all samples have to be known
    variables[f"{line}_upper_bound"] = bound.max(SAMPLES, skipna=False).assign_attrs(bound.attrs)
    size = root[f"{line}_stderr_size"]
    variables[f"{line}_stderr_size"] = size.mean(SAMPLES).assign_attrs(size.attrs)
    converged = root[f"{line}_converged"]
    sure = ((converged == 1) | ~found).all(SAMPLES) & found.any(SAMPLES)
    variables[f"{line}_converged"] = sure.astype(np.int8).assign_attrs(converged.attrs)
    for name in ("method", "order", "wavevector"):
        if f"{line}_{name}" in root:
            shared = _most_frequent(root[f"{line}_{name}"], found)
            meaning = root[f"{line}_{name}"].attrs.get("long_name", name)
            variables[f"{line}_{name}"] = shared.assign_attrs(
                root[f"{line}_{name}"].attrs, long_name=f"{meaning}, in most samples"
            )
    return variables


def _reasons(reasons: xr.DataArray, found: xr.DataArray) -> xr.DataArray:
    """How many samples have no transition, and why the first of them."""

    def summed(texts: npt.NDArray[np.str_], known: BoolArray) -> str:
        missing = np.flatnonzero(~known)
        count = f"{len(missing)} of {len(known)} samples have none"
        return f"{count}: {texts[missing[0]]}" if len(missing) else ""

    core = [[SAMPLES], [SAMPLES]]
    said: xr.DataArray = xr.apply_ufunc(
        summed, reasons, found, input_core_dims=core, vectorize=True, output_dtypes=[object]
    )
    return said.astype(str)


def _most_frequent(values: xr.DataArray, found: xr.DataArray) -> xr.DataArray:
    """The commonest value among the samples with a transition; of the first sample if none has."""
    inner = [dim for dim in values.dims if dim not in found.dims]

    def commonest(rows: npt.NDArray[Any], known: BoolArray) -> npt.NDArray[Any]:
        distinct, count = np.unique(rows[known], axis=0, return_counts=True)
        return np.asarray(distinct[count.argmax()] if known.any() else rows[0])

    core: list[list[Any]] = [[SAMPLES, *inner], [SAMPLES]]
    shared: xr.DataArray = xr.apply_ufunc(
        commonest, values, found, input_core_dims=core, output_core_dims=[inner], vectorize=True
    )
    return shared
