"""Every number of carriers between two dopings, and the windows they are sampled in."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.chain import Task
from mcsc.config import Config, RunFileError
from mcsc.estimators.errors import error_of_runs
from mcsc.lattice import determinant
from mcsc.planning.carriers import ROUNDING

# annealings that errors come from, and measurements a number of carriers
ANNEALINGS, LEAST_MEASURED = 4, 64
# a window whose ln Z is known no better gets more annealings, and up to so many; for the energy of
# a carrier up to so many
MOST_ERROR, MOST_ANNEALINGS, MOST_FOR_ENERGY = 0.2, 16, 64
# so many annealings say which numbers the next ones visit more often, up to so many times
SURE, MOST_EMPHASIS = 8, 16


def dopings_of(config: Config) -> tuple[float, ...]:
    """Dopings of a scan, ascending; of an expanded ensemble every one that a supercell has."""
    if config.scan.ends is None:
        return config.scan.dopings
    found = set()
    for matrix in config.scan.matrices:
        n_cells = abs(determinant(matrix))
        fewest, most = _numbers(config, n_cells)
        found |= {Fraction(n, n_cells) for n in range(fewest, most + 1)}
    at_carriers = config.doping.at_carriers
    return tuple(sorted(float(f"{at_carriers(float(n)):.12g}") for n in found))


def check_windows(path: Path, config: Config) -> None:
    """Refuse what an expanded ensemble cannot be combined with.

    Raises mcsc.config.RunFileError: In one line.
    """
    if config.scan.ends is None:
        if config.sampling.energy_error is not None:
            raise RunFileError(f'{path}: sampling.energy_error needs scan.ensemble = "expanded"')
        return
    for matrix in config.scan.matrices:
        n_cells = abs(determinant(matrix))
        fewest, most = _numbers(config, n_cells)
        if fewest >= most:
            low, high = config.scan.ends
            raise RunFileError(
                f"{path}: scan.doping = {low:g} to {high:g}: fewer than two numbers of carriers on "
                f"{n_cells} cells; give ends farther apart, or a larger size"
            )
    expanded = 'scan.ensemble = "expanded"'
    for name in ("protocol", "transport", "disorder"):
        if getattr(config, name) is not None:
            raise RunFileError(f"{path}: {name}: its carriers stay; remove [{name}], or {expanded}")
    sampling, least = config.sampling, LEAST_MEASURED * config.scan.window
    if None not in (sampling.annealings, sampling.energy_error):
        raise RunFileError(
            f"{path}: sampling.energy_error beside annealings, whose number it decides: remove one"
        )
    for name in ("target_error", "doublings"):
        if getattr(sampling, name):
            raise RunFileError(
                f"{path}: sampling.{name} beside {expanded}: remove it, and give more sweeps"
            )
    if sampling.annealings is not None and sampling.annealings < ANNEALINGS:
        raise RunFileError(
            f"{path}: sampling.annealings = {sampling.annealings}: errors of {expanded} come from "
            f"independent annealings; give at least {ANNEALINGS}"
        )
    if sampling.measurements < least:
        raise RunFileError(
            f"{path}: sampling.measurements = {sampling.measurements}: {config.scan.window} "
            f"numbers of carriers share them; give at least {least}, or a smaller scan.window"
        )


def number_of_annealings(config: Config) -> int:
    """Independent annealings of every ladder."""
    return config.sampling.annealings or (1 if config.scan.ends is None else ANNEALINGS)


def adds_annealings(config: Config) -> bool:
    """Whether windows get more annealings where these do not know ln Z well together."""
    return config.scan.ends is not None and config.sampling.annealings is None


def annealings_wanted(n: int, error: float, wanted: float, most: int) -> int:
    """How many annealings a window should have, of which ``n`` have the error ``error``.

    As many as make it the one that is wanted, errors falling with the square root of their number;
    twice as many at most, for the error of few is itself uncertain.
    """
    if error <= wanted or n >= most:
        return n
    needed = n * min((error / wanted) ** 2, 2.0)
    return min(max(n + 1, math.ceil(needed)), most)


def error_of_window(log_partition: FloatArray) -> float:
    """Largest standard error over the temperatures of ln Z in a window, rms over its numbers.

    log_partition: (n, T, R) ln Z of each annealing less its mean over the window, NaN where one
        has not been.

    Returns: Infinite where fewer than three quarters of the annealings have been.
    """
    runs = np.isfinite(log_partition).sum(axis=2)
    if (runs < max(2.0, 0.75 * log_partition.shape[2])).any():
        return math.inf
    errors = error_of_runs(np.moveaxis(log_partition, 2, 0))
    return float(np.sqrt((errors**2).mean(axis=0)).max())


def energy_errors(task: Task, energies: FloatArray, visits: FloatArray) -> FloatArray:
    """Standard error of the mean energy of a carrier at each number of a window.

    task: For its window and temperatures.
    energies: (n, T, R) mean energies of the crystal in each annealing, from the fewest carriers
        on, NaN where one has not been.
    visits: (n, T, R) share of its time that each has been there, by which means are weighted.

    Returns: (n,) the largest over the temperatures, in k_B T of the coldest; infinite where fewer
        than two have been.
    """
    assert task.window is not None
    errors = np.nan_to_num(error_of_runs(*(np.moveaxis(a, 2, 0) for a in (energies, visits))),
                           nan=np.inf)  # fmt: skip
    number = np.maximum(1, task.window[0] + np.arange(len(energies)))
    return np.asarray(errors.max(axis=1) / number / task.units.boltzmann / min(task.temperatures))


def emphasis_of(errors: FloatArray) -> tuple[int, ...]:
    """How often numbers of a window have to be visited for their errors (n,) to be the same."""
    if not errors.any():
        return ()
    with np.errstate(invalid="ignore"):
        # an infinite one is the largest
        share = np.nan_to_num((errors / errors.max()) ** 2, nan=1.0)
    return tuple(np.maximum(1, np.rint(MOST_EMPHASIS * share)).astype(int).tolist())


def window_of(config: Config, n_cells: int, n_carriers: int) -> tuple[int, int]:
    """Fewest and most carriers of the window that a number of them is sampled in.

    Windows are about equally long and share their ends; a shared number belongs to the upper one.
    """
    fewest, most = _numbers(config, n_cells)
    n = math.ceil((most - fewest) / (config.scan.window - 1))
    edges = [fewest + (most - fewest) * k // n for k in range(n + 1)]
    first = max(k for k in range(n) if edges[k] <= n_carriers)
    return edges[first], edges[first + 1]


def _numbers(config: Config, n_cells: int) -> tuple[int, int]:
    """Fewest and most carriers on so many cells between the ends of the scan."""
    assert config.scan.ends is not None
    low, high = sorted(config.doping.carriers_per_cell(x) * n_cells for x in config.scan.ends)
    return math.ceil(low - ROUNDING), math.floor(high + ROUNDING)
