"""The charge-order transition at one doping and field, from its ladders of all sizes.

The few strongest channels of order are tried. One that is ordered somewhere on the ladder (Binder
ratio and size of m²) has a transition where its susceptibility peaks or, if that has no peak above
the strongest order, the specific heat; the highest such temperature is that of charge order. With
several sizes, the Binder crossing of the same channel takes the peak's place, also where order sets
in so gradually that no single size has a peak.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.estimators.binder import binder_ratio, order_present
from mcsc.estimators.crossing import Crossing, binder_crossing
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.estimate import Estimate, Ladder
from mcsc.estimators.peaks import peaks_below, specific_heat_peak, susceptibility_peak
from mcsc.scaling.size_error import NO_SIZE_ERROR, SizeError, of_crossing, of_peaks
from mcsc.transitions.regimes import Thresholds

FloatArray = npt.NDArray[np.float64]

METHODS = ("none", "susceptibility_peak", "specific_heat_peak", "binder_crossing")
# a specific-heat peak rises to this many times its value at either end of the ladder
_SHARP = 1.5
# and the Binder ratio has fallen there by this share of its whole way
_FALLEN = 0.25
# why a peak of the specific heat is none of the order
_OF_NO_ORDER = (
    "the specific heat has a broad hump only",
    "order has hardly begun at the specific-heat peak",
)
KINDS = ("none", "continuous", "first_order", "undecided", "crossover")


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
    regimes
        What separates the regimes of the static picture.
    """

    growth: float = 5.0
    significance: float = 3.0
    blocks: int = 16
    regimes: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True)
class Peak:
    """Charge order of one ladder: the peaks of the channel that orders, or why there is none.

    ``bound`` is what a transition that was not found lies below, ∞ where nothing is known of it.
    """

    susceptibility: Estimate
    specific_heat: Estimate
    wavevector: FloatArray
    converged: bool
    channel: int = -1
    crossover: bool = False
    bound: float = np.inf

    @property
    def estimate(self) -> Estimate:
        """The susceptibility peak, or the specific-heat peak where only that one exists."""
        only_heat = np.isnan(self.susceptibility.temperature) and np.isfinite(
            self.specific_heat.temperature
        )
        return self.specific_heat if only_heat else self.susceptibility

    @property
    def method(self) -> str:
        """Which of them it is."""
        return METHODS[2] if self.estimate is self.specific_heat else METHODS[1]


@dataclass(frozen=True)
class Transition:
    """Charge order at one doping and field, all sizes taken together."""

    estimate: Estimate
    method: str
    kind: str
    crossing: Crossing
    peaks: list[Peak] = field(default_factory=list)
    pairs: tuple[Crossing, ...] = ()
    size_error: SizeError = NO_SIZE_ERROR

    @property
    def found(self) -> bool:
        """Whether there is a transition temperature."""
        return bool(np.isfinite(self.estimate.temperature))

    @property
    def bound(self) -> float:
        """What T lies below where none was found; NaN where it was, or nothing is known."""
        bound = self.peaks[-1].bound
        return np.nan if self.found or np.isinf(bound) else bound


NO_CROSSING = Crossing(np.nan, np.nan, "one size only")
NO_WAVE = np.full(3, np.nan)


def transition(
    ladders: list[xr.Dataset],
    boltzmann: float,
    settings: Settings,
    lengths: FloatArray | None = None,
) -> Transition:
    """Charge order from the ladders of one doping and field.

    Parameters
    ----------
    ladders
        Series of each size, smallest first.
    boltzmann
        k_B in energy per temperature.
    settings
        Of the analysis.
    lengths
        Linear sizes, for the error of finite size; without them nothing is extrapolated.
    """
    peaks = [_peak(ladder, boltzmann, settings) for ladder in ladders]
    largest = peaks[-1]
    if largest.channel < 0:
        return Transition(largest.susceptibility, "none", "none", NO_CROSSING, peaks)
    crossing = NO_CROSSING
    pairs: tuple[Crossing, ...] = ()
    if not largest.crossover:
        crossing, pairs = _crossing(ladders, peaks, boltzmann, settings)
    estimate: Estimate = crossing
    method = "binder_crossing"
    if not np.isfinite(crossing.temperature):
        estimate, method = largest.estimate, largest.method
    if not np.isfinite(estimate.temperature):
        nowhere = [replace(peak, wavevector=NO_WAVE) for peak in peaks]
        return Transition(estimate, "none", "none", crossing, nowhere)
    error = _size_error(peaks, pairs if estimate is crossing else (), method, lengths)
    if largest.crossover:
        return Transition(estimate, method, "crossover", crossing, peaks, size_error=error)
    last = ladders[-1]
    order = transition_order(
        last["temperature"].values,
        last["energy"].values,
        estimate.temperature,
        boltzmann,
        n_blocks=settings.blocks,
    )
    return Transition(estimate, method, order.kind, crossing, peaks, pairs, error)


def _size_error(
    peaks: list[Peak], pairs: tuple[Crossing, ...], method: str, lengths: FloatArray | None
) -> SizeError:
    """Of a Binder crossing, or of the largest size's peak from those of the same order."""
    largest = peaks[-1]
    if pairs:
        return of_crossing(pairs, largest.estimate)
    known = np.full(len(peaks), np.nan) if lengths is None else lengths
    quantity = "specific_heat" if method == METHODS[2] else "susceptibility"
    nothing = Estimate(np.nan, np.nan)
    alike = [
        getattr(peak, quantity)
        if np.allclose(peak.wavevector, largest.wavevector, equal_nan=True)
        else nothing
        for peak in peaks
    ]
    return of_peaks(alike, known, largest.crossover)


def _peak(ladder: xr.Dataset, boltzmann: float, settings: Settings) -> Peak:
    """The channel that orders at the highest temperature, and where.

    A channel that breaks a symmetry goes before a crossover, which unequal depths or states of the
    wells bring about without breaking one.
    """
    if not np.isfinite(ladder["energy"].values).all():
        return _no_peak("this point has not been run", False)
    floor = equilibrated_down_to(ladder)
    ladder, below = equilibrated(ladder)
    if ladder.sizes["temperature"] < 3:
        return _no_peak("the run did not equilibrate: run longer", False)
    onsets = [_onset(ladder, i, boltzmann, settings) for i in range(ladder.sizes["channel"])]
    # some order parameter has to be there for its absence to mean anything
    bounds = [onset.bound for onset in onsets if not np.isnan(onset.bound)]
    bound = max(floor, *bounds) if bounds else np.inf
    found = [onset for onset in onsets if np.isfinite(onset.estimate.temperature)]
    ordered = [onset for onset in onsets if onset.channel >= 0 and not onset.crossover]
    if not found and ordered:
        text = ordered[0].estimate.reason + below
        nothing = Estimate(np.nan, np.nan, text)
        return replace(ordered[0], susceptibility=nothing, specific_heat=nothing, bound=bound)
    if not found:
        text = onsets[0].estimate.reason if onsets else "no order parameter fits this supercell"
        return _no_peak(text + below, bool(ladder["converged"].values.all()), bound)
    first = max(found, key=lambda onset: (not onset.crossover, onset.estimate.temperature))
    around = np.argsort(np.abs(ladder["temperature"].values - first.estimate.temperature))[:3]
    return replace(first, converged=bool(ladder["converged"].values[around].all()))


def _no_peak(reason: str, converged: bool, bound: float = np.inf) -> Peak:
    nothing = Estimate(np.nan, np.nan, reason)
    return Peak(nothing, nothing, NO_WAVE, converged, bound=bound)


def _onset(ladder: xr.Dataset, channel: int, boltzmann: float, settings: Settings) -> Peak:
    """Where one channel orders on cooling, or why it does not.

    Its bound holds for this channel alone: −∞ where the channel is not ordered at any temperature,
    NaN where the supercell has no such channel. Below the temperature at which the channel is most
    ordered, by its Binder ratio, something else may happen: other order, or glass. Peaks are sought
    above it.
    """
    squared, stacked = _stacked(ladder, channel)
    wave = ladder["channel_wavevector"].values[channel]
    if not np.isfinite(squared).all():
        return _no_peak("no such order in this supercell", False, np.nan)
    components = int(ladder["channel_components"].values[channel])
    disordered = float(ladder["channel_disordered"].values[channel])
    strong = squared.mean(axis=1) >= settings.growth * disordered
    ratio, _ = binder_ratio(squared, settings.blocks)
    best = int(np.argmin(np.where(strong, ratio, np.inf))) if strong.any() else 0
    presence = order_present(
        squared[best],
        components,
        disordered,
        growth=settings.growth,
        n_blocks=settings.blocks,
    )
    if not presence.ordered:
        judged = squared.shape[1] >= settings.blocks
        return _no_peak(f"{_shown(wave)}: {presence.reason}", True, -np.inf if judged else np.inf)
    temperatures = ladder["temperature"].values[best:]
    n_carriers = int(ladder["n_carriers"])
    susceptibility = susceptibility_peak(
        temperatures, stacked[best:], squared[best:], boltzmann, n_carriers, settings.blocks
    )
    energies = ladder["energy"].values[best:]
    heat = specific_heat_peak(temperatures, energies, boltzmann, n_carriers, settings.blocks)
    heat = _of_order(heat, temperatures, energies, ratio[best:])
    foreign = any(said in heat.reason for said in _OF_NO_ORDER)
    bound = peaks_below(temperatures, energies, squared[best:], heat=not foreign)
    if not np.isfinite([susceptibility.temperature, heat.temperature]).any():
        text = f"{_shown(wave)}: {susceptibility.reason}; {heat.reason}"
        susceptibility = heat = Estimate(np.nan, np.nan, text)
    crossover = bool(ladder["channel_crossover"].values[channel])
    return Peak(susceptibility, heat, wave, True, channel, crossover, bound)


def _of_order(
    heat: Estimate, temperatures: FloatArray, energies: FloatArray, ratio: FloatArray
) -> Estimate:
    """The specific-heat peak if it belongs to the order: others come without any transition.

    It has to be sharp, not the broad hump of carriers with a gap, and at the peak the Binder ratio
    has to be on its way down from the hottest temperature to the best order.
    """
    if not np.isfinite(heat.temperature):
        return heat
    height = energies.var(axis=1) / temperatures**2
    rise = float(height.max() / max(height[0], height[-1]))
    there = float(np.interp(heat.temperature, temperatures, ratio))
    fallen = (ratio[-1] - there) / (ratio[-1] - ratio.min())
    if rise < _SHARP:
        reason = f"{_OF_NO_ORDER[0]}, {rise:.2g} times its ends"
    elif not fallen >= _FALLEN:
        reason = _OF_NO_ORDER[1]
    else:
        return heat
    return Estimate(np.nan, np.nan, reason)


def equilibrated(ladder: xr.Dataset) -> tuple[xr.Dataset, str]:
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


def equilibrated_down_to(ladder: xr.Dataset) -> float:
    """The lowest temperature with none above it that did not equilibrate; ∞ if the hottest did not.

    Other than in :func:`equilibrated` a single one ends it: what lies below is not certain.
    """
    short = np.flatnonzero(ladder["converged"].values != 1)
    first = int(short[-1]) + 1 if len(short) else 0
    temperatures = ladder["temperature"].values
    return float(temperatures[first]) if first < len(temperatures) else np.inf


def _stacked(ladder: xr.Dataset, channel: int) -> tuple[FloatArray, FloatArray]:
    """m² (K, n · layers) of a channel, every layer a sample, and the energies that go with it.

    Layers of one moment stand side by side, so that blocks of samples are blocks of time; those
    that only larger sizes have are left out.
    """
    squared = ladder["order_squared"].values[channel].astype(np.float64)
    present = np.isfinite(squared).any(axis=(0, 1))
    squared = squared[:, :, present] if present.any() else squared
    energies = np.repeat(ladder["energy"].values, squared.shape[2], axis=1)
    return squared.reshape(len(squared), -1), energies


def _shown(wavevector: FloatArray) -> str:
    return "order at q = (" + ", ".join(f"{q:.4g}" for q in wavevector) + ")"


def channel_at(ladder: xr.Dataset, found: Transition) -> int:
    """Channel of a ladder that orders at the wavevector of a transition; −1 if there is none."""
    return _channel(ladder, found.peaks[-1].wavevector)


def _channel(ladder: xr.Dataset, wave: FloatArray) -> int:
    waves = ladder["channel_wavevector"].values
    same_wave = np.isclose(waves, wave, atol=1e-6, equal_nan=True).all(axis=1)
    match = np.nonzero(same_wave & (ladder["channel_crossover"].values == 0))[0]
    return int(match[0]) if len(match) else -1


def _crossing(
    ladders: list[xr.Dataset], peaks: list[Peak], boltzmann: float, settings: Settings
) -> tuple[Crossing, tuple[Crossing, ...]]:
    """Binder crossing of the sizes that order at the largest size's wavevector, and of pairs."""
    if len(ladders) < 2:
        return NO_CROSSING, ()
    same = []
    for ladder in ladders:
        channel = _channel(ladder, peaks[-1].wavevector)
        if channel >= 0 and np.isfinite(ladder["energy"].values).all():
            squared, stacked = _stacked(ladder, channel)
            label = float(ladder["n_carriers"])
            same.append(Ladder(label, ladder["temperature"].values, stacked, squared))
    if len(same) < 2:
        return Crossing(np.nan, np.nan, "only one size orders at this wavevector"), ()
    return binder_crossing(same, boltzmann, settings.blocks)
