"""The charge-order transition at one doping and field, from its ladders of all sizes.

The few strongest channels of order are tried. One that is ordered somewhere on the ladder (Binder
ratio and size of m²) has a transition where its susceptibility peaks or, if that has no peak above
the strongest order, or one below which it hardly falls, the specific heat; the highest such
temperature is that of charge order. With several sizes, the Binder crossing of the same channel
takes the peak's place, also where order sets in so gradually that no single size has a peak.
"""

from dataclasses import replace

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.binder import binder_ratio, order_present
from mcsc.estimators.estimate import SIGNIFICANCE, Estimate, Ladder, missing
from mcsc.estimators.peaks import peaks_below, specific_heat_peak, susceptibility_peak
from mcsc.transitions.ladder import equilibrated
from mcsc.transitions.settings import Settings
from mcsc.transitions.transition import CHARGE, OneSize, Transition, together

# a specific-heat peak rises to this many times its value at either end of the ladder
_SHARP = 1.5
# and the Binder ratio has fallen there by this share of its whole way
_FALLEN = 0.25
# why a peak of the specific heat is none of the order
_OF_NO_ORDER = (
    "the specific heat has a broad hump only",
    "order has hardly begun at the specific-heat peak",
)


def charge_order(
    ladders: list[xr.Dataset],
    boltzmann: float,
    settings: Settings,
    lengths: FloatArray | None = None,
) -> Transition:
    """Charge order from the ladders of one doping and field.

    ladders: Series of each size, smallest first.
    boltzmann: k_B in energy per temperature.
    settings: Of the analysis.
    lengths: Linear sizes, for the error of finite size; without them nothing is extrapolated.
    """
    sizes = [_of_size(ladder, boltzmann, settings) for ladder in ladders]
    crossover = sizes[-1].crossover
    ordered = sizes[-1].channel >= 0 and not crossover
    alike = _alike(ladders, sizes[-1].wavevector) if ordered else []
    found = together(ladders, sizes, alike, boltzmann, settings, lengths, crossover=crossover)
    return replace(found, kind="crossover") if found.found and crossover else found


def _of_size(ladder: xr.Dataset, boltzmann: float, settings: Settings) -> OneSize:
    """The channel that orders at the highest temperature, and where.

    A channel that breaks a symmetry goes before a crossover, which unequal depths or states of the
    wells bring about without breaking one.
    """
    kept = equilibrated(ladder)
    if isinstance(kept, str):
        return _nothing(kept, False)
    n_channels = ladder.sizes["channel"]
    onsets = [_onset(kept.series, i, boltzmann, settings) for i in range(n_channels)]
    # some order parameter has to be there for its absence to mean anything
    bounds = [onset.bound for onset in onsets if not np.isnan(onset.bound)]
    bound = max(kept.floor, *bounds) if bounds else np.inf
    found = [onset for onset in onsets if onset.estimate.found]
    ordered = [onset for onset in onsets if onset.channel >= 0 and not onset.crossover]
    if not found and ordered:
        nothing = CHARGE.nothing(ordered[0].estimate.reason + kept.remark)
        return replace(ordered[0], estimates=nothing, bound=bound)
    if not found:
        text = onsets[0].estimate.reason if onsets else "no order parameter fits this supercell"
        return _nothing(text + kept.remark, kept.converged, bound)
    first = max(found, key=lambda onset: (not onset.crossover, onset.estimate.temperature))
    return replace(first, converged=kept.converged_around(first.estimate.temperature))


def _nothing(reason: str, converged: bool, bound: float = np.inf) -> OneSize:
    return OneSize(CHARGE.nothing(reason), converged, bound)


def _onset(ladder: xr.Dataset, channel: int, boltzmann: float, settings: Settings) -> OneSize:
    """Where one channel orders on cooling, or why it does not.

    Its bound holds for this channel alone: −∞ where the channel is not ordered at any temperature,
    NaN where the supercell has no such channel. Below the temperature at which the channel is most
    ordered, by its Binder ratio, something else may happen: other order, or glass. Peaks are sought
    above it.
    """
    squared, stacked = _stacked(ladder, channel)
    wave = ladder["channel_wavevector"].values[channel]
    shown = "order at q = (" + ", ".join(f"{q:.4g}" for q in wave) + ")"
    if not np.isfinite(squared).all():
        return _nothing("no such order in this supercell", False, np.nan)
    components = int(ladder["channel_components"].values[channel])
    disordered = float(ladder["channel_disordered"].values[channel])
    growth, blocks = settings.growth, settings.blocks
    strong = squared.mean(axis=1) >= growth * disordered
    ratio, _ = binder_ratio(squared, blocks)
    best = int(np.argmin(np.where(strong, ratio, np.inf))) if strong.any() else 0
    presence = order_present(squared[best], components, disordered, growth=growth, n_blocks=blocks)
    if not presence.ordered:
        judged = squared.shape[1] >= blocks
        return _nothing(f"{shown}: {presence.reason}", True, -np.inf if judged else np.inf)
    t, e = ladder["temperature"].values[best:], ladder["energy"].values[best:]
    n_carriers = int(ladder["n_carriers"])
    peak = susceptibility_peak(t, stacked[best:], squared[best:], boltzmann, n_carriers, blocks)
    heat = _of_order(specific_heat_peak(t, e, boltzmann, n_carriers, blocks), t, e, ratio[best:])
    foreign = any(said in heat.reason for said in _OF_NO_ORDER)
    bound = peaks_below(t, e, squared[best:], heat=not foreign)
    estimates = dict(zip(CHARGE.estimators.values(), (peak, heat), strict=True))
    if _set_in_before(peak, heat, t, squared[best:]):
        # what counts stands first
        estimates = dict(reversed(estimates.items()))
    if not (peak.found or heat.found):
        estimates = CHARGE.nothing(f"{shown}: {peak.reason}; {heat.reason}")
    crossover = bool(ladder["channel_crossover"].values[channel])
    return OneSize(estimates, True, bound, wave, channel, crossover)


def _set_in_before(
    peak: Estimate, heat: Estimate, temperatures: FloatArray, squared: FloatArray
) -> bool:
    """Whether order is there above the susceptibility peak: no onset, but its defects in motion.

    Then the specific heat peaks well above it, and below it the susceptibility hardly falls.
    """
    if not (peak.found and heat.found):
        return False
    above = heat.temperature - peak.temperature > SIGNIFICANCE * np.hypot(heat.stderr, peak.stderr)
    modulus = np.sqrt(squared).reshape(len(squared), -1)
    response = modulus.var(axis=1) / temperatures
    below = response[temperatures < peak.temperature]
    return bool(above and below.size and response.max() < _SHARP * below.min())


def _of_order(
    heat: Estimate, temperatures: FloatArray, energies: FloatArray, ratio: FloatArray
) -> Estimate:
    """The specific-heat peak if it belongs to the order: others come without any transition.

    It has to be sharp, not the broad hump of carriers with a gap, and at the peak the Binder ratio
    has to be on its way down from the hottest temperature to the best order.
    """
    if not heat.found:
        return heat
    height = energies.var(axis=1) / temperatures**2
    rise = float(height.max() / max(height[0], height[-1]))
    there = float(np.interp(heat.temperature, temperatures, ratio))
    fallen = (ratio[-1] - there) / (ratio[-1] - ratio.min())
    if rise < _SHARP:
        return missing(f"{_OF_NO_ORDER[0]}, {rise:.2g} times its ends")
    return heat if fallen >= _FALLEN else missing(_OF_NO_ORDER[1])


def _stacked(ladder: xr.Dataset, channel: int) -> tuple[FloatArray, FloatArray]:
    """m² (K, n · layers) of a channel, every layer a sample, and the energies that go with it.

    Layers of one moment stand side by side, so that blocks of samples are blocks of time.
    """
    squared = order_squared(ladder, channel)
    energies = np.repeat(ladder["energy"].values, squared.shape[2], axis=1)
    return squared.reshape(len(squared), -1), energies


def order_squared(ladder: xr.Dataset, channel: int) -> FloatArray:
    """m² (K, n, layers) of a channel; layers that only larger sizes have are left out."""
    squared = np.asarray(ladder["order_squared"].values[channel], dtype=np.float64)
    present = np.isfinite(squared).any(axis=(0, 1))
    return squared[:, :, present] if present.any() else squared


def channel_at(ladder: xr.Dataset, wavevector: FloatArray) -> int:
    """Channel of a ladder that orders at a wavevector and breaks a symmetry; −1 without one."""
    waves = ladder["channel_wavevector"].values
    same_wave = np.isclose(waves, wavevector, atol=1e-6, equal_nan=True).all(axis=1)
    match = np.nonzero(same_wave & (ladder["channel_crossover"].values == 0))[0]
    return int(match[0]) if len(match) else -1


def _alike(ladders: list[xr.Dataset], wavevector: FloatArray) -> list[Ladder]:
    """Those of the sizes that order at a wavevector."""
    alike = []
    for ladder in ladders:
        channel = channel_at(ladder, wavevector)
        if channel >= 0 and np.isfinite(ladder["energy"].values).all():
            squared, stacked = _stacked(ladder, channel)
            label = float(ladder["n_carriers"])
            alike.append(Ladder(label, ladder["temperature"].values, stacked, squared))
    return alike
