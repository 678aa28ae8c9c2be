"""Transitions and domes as variables of the dataset, with units, flags and what they mean."""

from collections.abc import Callable
from operator import attrgetter

import numpy as np
import xarray as xr

from mcsc.transitions.domes import find_domes
from mcsc.transitions.point import KINDS, METHODS, Peak, Settings, Transition


def transition_table(
    root: xr.Dataset, found: dict[tuple[int, int], Transition], n_sizes: int, n_fields: int
) -> dict[str, xr.DataArray]:
    """The root variables of the transitions, on (field,) doping and for peaks also size."""
    unit = root["temperature"].attrs["units"]
    points = [found[key] for key in sorted(found)]

    def table(get: Callable[[Transition], object], **attributes: str) -> xr.DataArray:
        values = np.array([get(point) for point in points])
        values = values.reshape(n_fields, -1, *values.shape[1:])
        extra = ("hkl",) if values.ndim == 3 else ()
        data = xr.DataArray(values, dims=("field", "doping", *extra), attrs=attributes)
        return data if "field" in root.dims else data.isel(field=0)

    def by_size(get: Callable[[Peak], float], **attributes: str) -> xr.DataArray:
        values = np.array([[get(peak) for peak in point.peaks] for point in points])
        values = values.reshape(n_fields, -1, n_sizes).transpose(2, 0, 1)
        data = xr.DataArray(values, dims=("size", "field", "doping"), attrs=attributes)
        data = data if "field" in root.dims else data.isel(field=0)
        return data if "size" in root.dims else data.isel(size=0)

    def flags(names: tuple[str, ...]) -> dict[str, str]:
        return {
            "units": "1",
            "flag_values": ", ".join(str(i) for i in range(len(names))),
            "flag_meanings": " ".join(names),
        }

    kelvin = {"units": unit}
    variables = {
        "T_charge": table(
            lambda p: p.estimate.temperature,
            **kelvin,
            long_name="temperature of the charge-order transition",
            comment="Binder crossing where several sizes give one, else the susceptibility peak "
            "of the largest size, else its specific-heat peak; missing where there is none: see "
            "T_charge_reason",
            ancillary_variables="T_charge_stderr T_charge_method T_charge_converged",
        ),
        "T_charge_stderr": table(
            lambda p: p.estimate.stderr, **kelvin, long_name="standard error of T_charge"
        ),
        "T_charge_method": table(
            lambda p: np.int8(METHODS.index(p.method)),
            **flags(METHODS),
            long_name="estimator behind T_charge",
        ),
        "T_charge_order": table(
            lambda p: np.int8(KINDS.index(p.kind)),
            **flags(KINDS),
            long_name="order of the transition from the energy histogram at this size",
        ),
        "T_charge_reason": table(
            lambda p: p.estimate.reason, long_name="why there is no transition temperature"
        ),
        "T_charge_converged": table(
            lambda p: np.int8(p.peaks[-1].converged),
            **flags(("not_equilibrated", "equilibrated")),
            long_name="whether the run is long enough around T_charge",
        ),
        "T_charge_wavevector": table(
            lambda p: p.peaks[-1].wavevector,
            units="1",
            long_name="wavevector of the charge order below T_charge",
        ),
    }
    for name, quantity, long_name in (
        ("peak", "susceptibility", "susceptibility peak"),
        ("specific_heat", "specific_heat", "specific-heat peak"),
    ):
        variables[f"T_charge_{name}"] = by_size(
            attrgetter(f"{quantity}.temperature"),
            **kelvin,
            long_name=f"temperature of the {long_name}",
        )
        variables[f"T_charge_{name}_stderr"] = by_size(
            attrgetter(f"{quantity}.stderr"),
            **kelvin,
            long_name=f"standard error of the {long_name}",
        )
    if n_sizes > 1:
        for name, quantity, attributes in (
            ("T_charge_crossing", "temperature", kelvin),
            ("T_charge_crossing_stderr", "stderr", kelvin),
            ("binder_at_crossing", "binder", {"units": "1"}),
            ("binder_at_crossing_stderr", "binder_stderr", {"units": "1"}),
        ):
            variables[name] = table(
                attrgetter(f"crossing.{quantity}"),
                **attributes,
                long_name=name.replace("_", " "),
            )
    return variables


def dome_table(
    root: xr.Dataset,
    found: dict[tuple[int, int], Transition],
    fields: range,
    settings: Settings,
) -> xr.Dataset:
    """Domes of T_charge over doping, one after the other for every field."""
    temperature, doping = root["temperature"], root["doping"]
    rows = []
    for f in fields:
        line = [found[f, x].estimate for x in range(doping.size)]
        values, errors = [e.temperature for e in line], [e.stderr for e in line]
        known = np.isfinite(values)
        domes = find_domes(
            doping.values,
            values,
            np.where(known, errors, 0.0),
            floor=float(temperature.min()),
            factor=settings.significance,
        )
        rows += [(f, dome) for dome in domes]
    unit = temperature.attrs["units"]

    def column(values: list[float], unit: str, long_name: str, comment: str = "") -> xr.Variable:
        attributes = {"units": unit, "long_name": long_name}
        if comment:
            attributes["comment"] = comment
        return xr.Variable("dome", np.array(values, dtype=np.float64), attributes)

    waves = [found[f, dome.index].peaks[-1].wavevector for f, dome in rows]
    variables = {
        "doping": column([d.doping for _, d in rows], "1", "carriers per cell at the top"),
        "temperature": column([d.temperature for _, d in rows], unit, "height of the dome"),
        "temperature_stderr": column(
            [d.temperature_stderr for _, d in rows], unit, "standard error of the height"
        ),
        "valley": column(
            [d.valley for _, d in rows], unit, "temperature of the higher neighbouring valley",
            "a doping without a transition counts as the lowest temperature scanned",
        ),
        "significance": column(
            [d.significance for _, d in rows], "1", "height above the valley in standard errors",
            f"kept from {settings.significance:g} on",
        ),
        "wavevector": xr.Variable(
            ("dome", "hkl"), np.array(waves).reshape(-1, 3),
            {"units": "1", "long_name": "wavevector of the charge order under the dome"},
        ),
    }  # fmt: skip
    if "field" in root.dims:
        strengths = [float(root["field"].values[f]) for f, _ in rows]
        variables["field"] = column(strengths, root["field"].attrs["units"], "electric field")
    return xr.Dataset(variables)
