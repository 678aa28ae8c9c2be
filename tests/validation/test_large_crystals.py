"""Large crystals: rows of runs that take long, made beforehand with a run file; seconds to analyse.

    mcsc run runs/large/neel.toml -o tests/validation/results/neel.nc

A test whose diagram is not there is skipped; docs/large-crystals.md says what each takes.
"""

import numpy as np
import pytest
from fixed_ratio import at_ratio
from whole_validation import RESULTS

from mcsc import load
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.peaks import specific_heat_peak
from mcsc.estimators.scaling.curves import SizeSeries, size_curves
from mcsc.estimators.scaling.first_order import energy_step, latent_heat_of_peaks
from mcsc.estimators.scaling.jackknife import covariance
from mcsc.estimators.scaling.numbers import size_numbers
from mcsc.estimators.scaling.power_law import (
    crossing_temperature,
    scaling_exponent,
    shifted_temperature,
)
from mcsc.transitions import Settings
from mcsc.units import units_of

BOOTSTRAP = "Kos, Poland, Simmons-Duffin, Vichi, JHEP 08 (2016) 036, "
BOOTSTRAP += "doi:10.1007/JHEP08(2016)036"
# of the three-dimensional Ising class, in the same article; the ratio in a periodic cube:
# E. Luijten, M. E. Fisher, A. Z. Panagiotopoulos, arXiv:cond-mat/0112388
INVERSE_NU, BETA_OVER_NU, OMEGA, RATIO = 1.587, 0.518, 0.83, 1.604
# core seconds that made the diagrams, on one core of a machine with others at work
NEEL_SECONDS, SQUARE_SECONDS, KAGOME_SECONDS = 3000.0, 450.0, 950.0
# of replicas from the hottest temperature to the coldest: with fewer of them a transition is known
# no better than to half a step of the ladder
ROUND_TRIPS = 10


def made(name: str) -> pytest.MarkDecorator:
    """Skips a test whose diagram has not been made."""
    path = RESULTS / f"{name}.nc"
    return pytest.mark.skipif(
        not path.exists(), reason=f"make it first: mcsc run runs/large/{name}.toml -o {path}"
    )


pytestmark = pytest.mark.validation


def sizes(name: str, wavevector: tuple[float, float, float]) -> list[SizeSeries]:
    """The series of all sizes of a diagram of one doping, k_B T and energies in e²/(4πε0 ε_r a)."""
    tree = load(RESULTS / f"{name}.nc")
    scale = float(tree["structure"]["coulomb_temperature"])
    unit = scale * units_of(tree["temperature"].attrs["units"]).boltzmann
    series, health = (tree[group].to_dataset().isel(doping=0) for group in ("series", "health"))
    lengths = tree["finite_size"]["linear_size"].values
    found = []
    for i, length in enumerate(lengths):
        one = series.isel(size=i).transpose("channel", "temperature", "measurement", "layer", ...)
        at = np.isclose(one["channel_wavevector"].values, wavevector).all(axis=1)
        squared = one["order_squared"].values[at][0]
        found.append(
            SizeSeries(
                float(length),
                float(one["n_carriers"]),
                one["temperature"].values / scale,
                one["energy"].transpose("temperature", "measurement").values / unit,
                squared[:, :, np.isfinite(squared).all(axis=(0, 1))].astype(np.float64),
                health["converged"].isel(size=i).values != 0,
            )
        )
    return found


@made("neel")
def test_neel_transition_of_half_filled_cubic_wells(rows) -> None:
    """T_N and exponents with the leading correction to scaling, of the Ising class."""
    rows.made_in = NEEL_SECONDS
    series = sizes("neel", (0.5, 0.5, 0.5))
    t = series[0].temperatures
    curves = [size_curves(one, t[2], t[-3], 1.0, Settings().blocks) for one in series]
    whole = [one for one in curves if not isinstance(one, str)]
    assert len(whole) == len(series)
    lengths = np.array([one.length for one in whole])
    range_of_sizes = f"{lengths[0]:.0f}³ to {lengths[-1]:.0f}³"
    found = at_ratio(whole, RATIO)
    spread = {name: covariance(values, len(whole)) for name, values in found.items()}
    at = shifted_temperature(lengths, found["T"][0], spread["T"], INVERSE_NU + OMEGA)
    shown = ", ".join(
        f"{value:.5f} ± {error:.5f}"
        for value, error in zip(found["T"][0], np.sqrt(np.diag(spread["T"])), strict=True)
    )
    rows.compare(
        f"cubic wells 1/2, {range_of_sizes}: T where the Binder ratio is that of the Ising class",
        at.value, at.stderr, 0.1289, 4e-4, source="independent run, Binder crossings",
        note=f"class taken as known: ratio {RATIO}, drift as L^−(1/ν + ω), ω = {OMEGA}; {shown}; "
        f"χ² {at.chi2:.1f} of {at.dof}",
    )  # fmt: skip
    for title, name, sign, reference in (
        ("1/ν", "slope", 1, INVERSE_NU), ("β/ν", "order", -1, BETA_OVER_NU),
    ):  # fmt: skip
        plain = scaling_exponent(lengths, found[name][0], spread[name])
        mended = scaling_exponent(lengths, found[name][0], spread[name], OMEGA)
        rows.compare(
            f"cubic wells 1/2, {range_of_sizes}: {title} there", sign * plain.value, plain.stderr,
            reference, source=BOOTSTRAP,
            note=f"a plain power, χ² {plain.chi2:.1f} of {plain.dof}; with L^−ω fitted too "
            f"{sign * mended.value:.2f} ± {mended.stderr:.2f}",
        )  # fmt: skip
    numbers = size_numbers(whole, [at.value] * (len(whole) - 1))
    values, errors = numbers.with_covariance("T_crossing")
    drift = crossing_temperature(numbers.pairs, values, errors, INVERSE_NU, (OMEGA,) * 3)
    shown = ", ".join(
        f"{value:.5f} ± {error:.5f}"
        for value, error in zip(values, np.sqrt(np.diag(errors)), strict=True)
    )
    rows.compare(
        f"cubic wells 1/2, {range_of_sizes}: T, crossings and their drift", drift.value,
        drift.stderr, 0.1289, 4e-4, source="independent run, Binder crossings",
        note=f"crossings {shown}; χ² {drift.chi2:.1f} of {drift.dof}",
    )  # fmt: skip
    assert at.stderr <= 1e-4


@made("square")
def test_latent_heat_of_square_wells_at_one_eighth(rows) -> None:
    """Of the first order: where energies of two phases meet, and how far apart they are."""
    rows.made_in = SQUARE_SECONDS
    series, blocks = sizes("square", (0.25, 0.25, 0.0)), Settings().blocks
    trips = load(RESULTS / "square.nc")["health"]["round_trips"].isel(doping=0).values
    peaks, errors, steps, barriers = [], [], [], []
    for one, passed in zip(series, trips, strict=True):
        t, e = one.temperatures, one.energies
        peak = specific_heat_peak(t, e, 1.0, int(one.n_carriers), blocks)
        order = transition_order(t, e, peak.temperature, 1.0, n_blocks=blocks)
        steps.append(energy_step(one, order, 1.0, blocks))
        barriers.append(f"{order.dip:.1f} ± {order.dip_stderr:.1f}")
        peaks.append(peak.temperature)
        errors.append(np.hypot(peak.stderr, (passed < ROUND_TRIPS) * np.diff(t).max() / 2))
    lengths = np.array([one.length for one in series])
    at = shifted_temperature(lengths, peaks, np.diag(np.square(errors)), 2.0)
    shown = ", ".join(
        f"{value:.5f} ± {error:.5f}" for value, error in zip(peaks, errors, strict=True)
    )
    rows.compare(
        "square wells 1/8, 32² to 64²: T, specific-heat peaks to 1/L² = 0", at.value, at.stderr,
        0.0136, 4e-4, source="independent run, specific-heat peaks up to L = 32",
        note=f"peaks at {shown}; where replicas went round fewer than {ROUND_TRIPS} times ("
        f"{', '.join(f'{n:.0f}' for n in trips)} did) with half a step of the ladder; "
        f"χ² {at.chi2:.1f} of {at.dof}",
    )  # fmt: skip
    curves = [size_curves(one, t[0], t[-1], 1.0, blocks) for one in series]
    whole = [one for one in curves if not isinstance(one, str)]
    heights, spread = size_numbers(whole, [np.nan] * (len(whole) - 1)).with_covariance(
        "specific_heat_peak"
    )
    carriers = np.array([one.n_carriers for one in series])
    reference = latent_heat_of_peaks(carriers, heights, spread, at.value)
    shown = ", ".join(f"{value:.4f} ± {error:.4f}" for value, error in steps)
    rows.compare(
        f"square wells 1/8: latent heat a carrier at L = {lengths[-1]:.0f}, energy histogram",
        *steps[-1], *reference, source="growth of the specific-heat peaks with N, same run",
        note=f"in e²/(4πε0 a); by size {shown}; barriers {', '.join(barriers)} k_B T",
    )  # fmt: skip


# of the three-state Potts class in two dimensions
POTTS = "exact for the three-state Potts class, F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)"
POTTS_EXPONENTS = {"binder_slope": ("1/ν", 1.2), "order_at_crossing": ("β/ν", 2 / 15)}
POTTS_GAMMA, POTTS_OMEGA = 26 / 15, 0.8


@made("kagome")
def test_class_of_kagome_wells_at_one_carrier_a_cell(rows) -> None:
    """The three wells of a cell are alike: which of them is full makes three states of a layer."""
    rows.made_in = KAGOME_SECONDS
    series, blocks = sizes("kagome", (0.0, 1.0, 0.0)), Settings().blocks
    t = series[0].temperatures
    curves = [size_curves(one, t[0], t[-1], 1.0, blocks) for one in series]
    whole = [one for one in curves if not isinstance(one, str)]
    assert len(whole) == len(series)
    numbers = size_numbers(whole, [t.mean()] * (len(whole) - 1))
    values, errors = numbers.with_covariance("T_crossing")
    at = crossing_temperature(numbers.pairs, values, errors, 1.2, (POTTS_OMEGA,) * 3)
    shown = ", ".join(
        f"{value:.5f} ± {error:.5f}"
        for value, error in zip(values, np.sqrt(np.diag(errors)), strict=True)
    )
    range_of_sizes = f"{numbers.lengths[0]:.0f} to {numbers.lengths[-1]:.0f}"
    rows.compare(
        f"kagome wells, x = 1, L = {range_of_sizes}: T, crossings and their drift", at.value,
        at.stderr, 0.141, 9e-4, source="independent run, Binder crossings",
        note=f"crossings {shown}; χ² {at.chi2:.1f} of {at.dof}",
    )  # fmt: skip
    for name, (title, reference) in POTTS_EXPONENTS.items():
        sign = -1 if name == "order_at_crossing" else 1
        plain = scaling_exponent(numbers.lengths, *numbers.with_covariance(name))
        mended = scaling_exponent(numbers.lengths, *numbers.with_covariance(name), POTTS_OMEGA)
        rows.compare(
            f"kagome wells, x = 1, L = {range_of_sizes}: {title}, with L^−0.8 fitted too",
            sign * mended.value, mended.stderr, reference, source=POTTS,
            note=f"χ² {mended.chi2:.1f} of {mended.dof}; a plain power {sign * plain.value:.3f} ± "
            f"{plain.stderr:.3f}, χ² {plain.chi2:.1f} of {plain.dof}",
        )  # fmt: skip
    assert at.stderr <= 5e-4
