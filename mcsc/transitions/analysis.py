"""T_charge over doping and its domes, from the series kept in a phase diagram.

At each size, field and doping the few strongest channels of order are tried. One that is ordered
somewhere on the ladder (Binder ratio and size of m²) has a transition where its susceptibility
peaks; the highest such temperature is that of charge order. With several sizes, the Binder crossing
of the same channel takes the peak's place.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.transitions.binder import order_present
from mcsc.transitions.crossing import Crossing, binder_crossing
from mcsc.transitions.domes import find_domes
from mcsc.transitions.energy_histogram import transition_order
from mcsc.transitions.estimate import Estimate, Ladder
from mcsc.transitions.peaks import specific_heat_peak, susceptibility_peak

FloatArray = npt.NDArray[np.float64]

METHODS = ("none", "susceptibility_peak", "binder_crossing")
KINDS = ("none", "continuous", "first_order", "undecided")


@dataclass(frozen=True)
class Settings:
    """Thresholds of the analysis, stored with its result.

    Attributes
    ----------
    growth
        How many times that of random carriers an ordered m² must be.
    significance
        How many standard errors a dome must stand above its valleys.
    blocks
        Blocks of time for jackknife errors.
    """

    growth: float = 5.0
    significance: float = 3.0
    blocks: int = 16


@dataclass(frozen=True)
class _Peak:
    """Charge order of one ladder: the susceptibility peak of its channel, or why there is none."""

    susceptibility: Estimate
    specific_heat: Estimate
    wavevector: FloatArray
    converged: bool
    channel: int = -1


@dataclass(frozen=True)
class _Transition:
    """Charge order at one doping and field, all sizes taken together."""

    estimate: Estimate
    method: str
    kind: str
    crossing: Crossing
    peaks: list[_Peak] = field(default_factory=list)


_NO_CROSSING = Crossing(np.nan, np.nan, "one size only")
_NO_WAVE = np.full(3, np.nan)


def analyse(
    groups: dict[str, xr.Dataset],
    settings: Settings = Settings(),
    *,
    boltzmann: float,
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, xr.Dataset]:
    """Find the transitions and domes of a phase diagram.

    Parameters
    ----------
    groups
        ``/``, ``series`` and ``health`` of a diagram; they are not changed.
    boltzmann
        k_B in energy per temperature, in the units of the diagram.
    progress
        Told the fraction done.

    Returns
    -------
    All groups, with ``T_charge`` and what belongs to it in the root and the group ``domes``.
    """
    root, series = groups["/"], groups["series"]
    sizes = range(series.sizes.get("size", 1))
    fields = range(series.sizes.get("field", 1))
    dopings = range(series.sizes["doping"])
    found: dict[tuple[int, int], _Transition] = {}
    for i, (f, x) in enumerate(product(fields, dopings)):
        ladders = [_pick(groups, size, f, x) for size in sizes]
        found[f, x] = _transition(ladders, boltzmann, settings)
        progress((i + 1) / (len(fields) * len(dopings)))
    variables = _variables(root, found, len(sizes), len(fields))
    domes = _domes(root, found, fields, settings)
    return {**groups, "/": root.assign(variables), "domes": domes}


def _pick(groups: dict[str, xr.Dataset], size: int, f: int, x: int) -> xr.Dataset:
    """Series and convergence of one ladder; missing dimensions have one entry."""

    def at(dataset: xr.Dataset) -> xr.Dataset:
        place = {"size": size, "field": f, "doping": x}
        return dataset.isel({k: v for k, v in place.items() if k in dataset.dims})

    series = at(groups["series"]).transpose(
        "channel", "temperature", "measurement", "layer", ...
    )
    return series.assign(converged=at(groups["health"])["converged"])


def _transition(
    ladders: list[xr.Dataset], boltzmann: float, settings: Settings
) -> _Transition:
    peaks = [_peak(ladder, boltzmann, settings) for ladder in ladders]
    largest = peaks[-1]
    if largest.channel < 0:
        return _Transition(largest.susceptibility, "none", "none", _NO_CROSSING, peaks)
    crossing = _crossing(ladders, peaks, boltzmann, settings)
    estimate: Estimate = crossing
    method = "binder_crossing"
    if not np.isfinite(crossing.temperature):
        estimate, method = largest.susceptibility, "susceptibility_peak"
    last = ladders[-1]
    order = transition_order(
        last["temperature"].values,
        last["energy"].values,
        estimate.temperature,
        boltzmann,
        n_blocks=settings.blocks,
    )
    return _Transition(estimate, method, order.kind, crossing, peaks)


def _peak(ladder: xr.Dataset, boltzmann: float, settings: Settings) -> _Peak:
    """The channel that orders at the highest temperature, and where."""
    nothing = Estimate(np.nan, np.nan, "this point has not been run")
    if not np.isfinite(ladder["energy"].values).all():
        return _Peak(nothing, nothing, _NO_WAVE, False)
    ladder, below = _equilibrated(ladder)
    if ladder.sizes["temperature"] < 3:
        never = Estimate(np.nan, np.nan, "the run did not equilibrate: run longer")
        return _Peak(never, never, _NO_WAVE, False)
    temperatures, energies = ladder["temperature"].values, ladder["energy"].values
    n_carriers = int(ladder["n_carriers"])
    reasons, candidates = [], []
    for channel in range(ladder.sizes["channel"]):
        squared, stacked = _stacked(ladder, channel)
        label = _shown(ladder["channel_wavevector"].values[channel])
        if not np.isfinite(squared).all():
            continue
        presence = order_present(
            squared[np.argmax(squared.mean(axis=1))],
            int(ladder["channel_components"].values[channel]),
            float(ladder["channel_disordered"].values[channel]),
            growth=settings.growth,
            n_blocks=settings.blocks,
        )
        if not presence.ordered:
            reasons.append(f"{label}: {presence.reason}")
            continue
        estimate = susceptibility_peak(
            temperatures, stacked, squared, boltzmann, n_carriers, settings.blocks
        )
        if np.isfinite(estimate.temperature):
            candidates.append((estimate.temperature, channel, estimate))
        else:
            reasons.append(f"{label}: {estimate.reason}")
    if not candidates:
        text = reasons[0] if reasons else "no order parameter fits this supercell"
        missing = Estimate(np.nan, np.nan, text + below)
        return _Peak(missing, missing, _NO_WAVE, bool(ladder["converged"].values.all()))
    temperature, channel, estimate = max(candidates, key=lambda c: c[0])
    heat = specific_heat_peak(temperatures, energies, boltzmann, n_carriers, settings.blocks)
    around = np.argsort(np.abs(temperatures - temperature))[:3]
    converged = bool(ladder["converged"].values[around].all())
    wave = ladder["channel_wavevector"].values[channel]
    return _Peak(estimate, heat, wave, converged, channel)


def _equilibrated(ladder: xr.Dataset) -> tuple[xr.Dataset, str]:
    """The ladder without its glassy cold end, and a remark on what was left out.

    The cold end goes up to the hottest stretch of at least three temperatures in a row that did not
    equilibrate; shorter stretches are chance or slowing down at the transition itself.
    """
    short = ladder["converged"].values == 0
    padded = np.concatenate([[True, True], short])
    stretch = np.nonzero(padded[:-2] & padded[1:-1] & padded[2:])[0]
    first = int(stretch.max()) + 1 if len(stretch) else 0
    if first == 0:
        return ladder, ""
    kept = ladder.isel(temperature=slice(first, None))
    limit = f"{float(ladder['temperature'].values[first - 1]):.4g}"
    return kept, f"; not equilibrated at {limit} and below"


def _stacked(ladder: xr.Dataset, channel: int) -> tuple[FloatArray, FloatArray]:
    """m² (K, n · layers) of a channel, every layer a sample, and the energies that go with it.

    Layers of one moment stand side by side, so that blocks of samples are blocks of time.
    """
    squared = ladder["order_squared"].values[channel].astype(np.float64)
    energies = np.repeat(ladder["energy"].values, squared.shape[2], axis=1)
    return squared.reshape(len(squared), -1), energies


def _shown(wavevector: FloatArray) -> str:
    return "order at q = (" + ", ".join(f"{q:.4g}" for q in wavevector) + ")"


def _crossing(
    ladders: list[xr.Dataset], peaks: list[_Peak], boltzmann: float, settings: Settings
) -> Crossing:
    """Binder crossing of the sizes that order at the largest size's wavevector."""
    if len(ladders) < 2:
        return _NO_CROSSING
    wave = peaks[-1].wavevector
    same = []
    for ladder in ladders:
        waves = ladder["channel_wavevector"].values
        match = np.nonzero(np.isclose(waves, wave, atol=1e-6, equal_nan=True).all(axis=1))[0]
        if len(match) and np.isfinite(ladder["energy"].values).all():
            squared, stacked = _stacked(ladder, int(match[0]))
            label = float(ladder["n_carriers"])
            same.append(Ladder(label, ladder["temperature"].values, stacked, squared))
    if len(same) < 2:
        return Crossing(np.nan, np.nan, "only one size orders at this wavevector")
    return binder_crossing(same, boltzmann, settings.blocks)[0]


def _variables(
    root: xr.Dataset, found: dict[tuple[int, int], _Transition], n_sizes: int, n_fields: int
) -> dict[str, xr.DataArray]:
    """The root variables of the transitions, on (field,) doping and for peaks also size."""
    unit = root["temperature"].attrs["units"]
    points = [found[key] for key in sorted(found)]

    def table(get: Callable[[_Transition], object], **attributes: str) -> xr.DataArray:
        values = np.array([get(point) for point in points])
        values = values.reshape(n_fields, -1, *values.shape[1:])
        extra = ("hkl",) if values.ndim == 3 else ()
        data = xr.DataArray(values, dims=("field", "doping", *extra), attrs=attributes)
        return data if "field" in root.dims else data.isel(field=0)

    def by_size(get: Callable[[_Peak], float], **attributes: str) -> xr.DataArray:
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
            "of the largest size; missing where there is none: see T_charge_reason",
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
    for name, get in (
        ("peak", lambda p: p.susceptibility),
        ("specific_heat", lambda p: p.specific_heat),
    ):
        long_name = {"peak": "susceptibility peak", "specific_heat": "specific-heat peak"}[name]
        variables[f"T_charge_{name}"] = by_size(
            lambda p, get=get: get(p).temperature,
            **kelvin,
            long_name=f"temperature of the {long_name}",
        )
        variables[f"T_charge_{name}_stderr"] = by_size(
            lambda p, get=get: get(p).stderr,
            **kelvin,
            long_name=f"standard error of the {long_name}",
        )
    if n_sizes > 1:
        for name, get_crossing, attributes in (
            ("T_charge_crossing", lambda c: c.temperature, kelvin),
            ("T_charge_crossing_stderr", lambda c: c.stderr, kelvin),
            ("binder_at_crossing", lambda c: c.binder, {"units": "1"}),
            ("binder_at_crossing_stderr", lambda c: c.binder_stderr, {"units": "1"}),
        ):
            variables[name] = table(
                lambda p, get=get_crossing: get(p.crossing),
                **attributes,
                long_name=name.replace("_", " "),
            )
    return variables


def _domes(
    root: xr.Dataset,
    found: dict[tuple[int, int], _Transition],
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
        values = root["field"].values[[f for f, _ in rows]] if rows else []
        variables["field"] = column(list(values), root["field"].attrs["units"], "electric field")
    return xr.Dataset(variables)
