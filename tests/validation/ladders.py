"""Ladders of several sizes run and analysed as a diagram does it, from tasks built in Python."""

import resource
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mcsc import planning
from mcsc.chain import Task, run
from mcsc.estimators.scaling.curves import SizeSeries, size_curves
from mcsc.estimators.scaling.finite_size import FiniteSize
from mcsc.estimators.scaling.linear_size import linear_sizes
from mcsc.estimators.scaling.numbers import SizeNumbers, size_numbers
from mcsc.estimators.scaling.power_law import Fit, crossing_temperature, scaling_exponent
from mcsc.files.tree import group
from mcsc.transitions import Settings, Transition, charge_order
from mcsc.transitions.finite_size import sizes_together

SETTINGS = Settings()


def cpu_seconds() -> float:
    """Seconds of all cores spent by this process and those it has started."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def proposals(run_file: Path) -> float:
    """Hops that a run file proposes in all, one energy difference each."""
    return float(sum(task.proposals for task in planning.plan(run_file).all_tasks))


def ladder(task: Task) -> xr.Dataset:
    """Run a task; its series with the flags of convergence, as the transitions take them.

    ``evaluations`` is the number of moves proposed, one energy difference or heat bath each.
    """
    tree = run(task)
    health, sampling = group(tree, "health"), task.sampling
    sweeps = len(task.temperatures) * (sampling.sweeps + sampling.warmup)
    series = group(tree, "series").assign(
        converged=health["converged"], evaluations=health["proposals"].sum() * sweeps
    )
    return series.transpose("channel", "temperature", "measurement", "layer", ...)


def evaluations(ladders: Sequence[xr.Dataset]) -> float:
    """Moves proposed in all of these ladders."""
    return float(sum(float(one["evaluations"]) for one in ladders))


def charge(tasks: Sequence[Task], ladders: Sequence[xr.Dataset]) -> tuple[Transition, FiniteSize]:
    """The transition of the charge order, and what the sizes say together, smallest size first."""
    boltzmann = tasks[0].units.boltzmann
    found = charge_order(list(ladders), boltzmann, SETTINGS)
    linear = linear_sizes([task.size for task in tasks])
    return found, sizes_together(list(ladders), found, linear, boltzmann, SETTINGS)


def displaced(one: xr.Dataset) -> NDArray[np.float64]:
    """(T, n) square of the mean displacement over that of a state: m² of order among states."""
    squared = one["displacement_uniform_squared"].values.astype(np.float64)
    return np.asarray(squared / float(one["displacement_largest"]) ** 2)


def of_wave(one: xr.Dataset, wavevector: Sequence[float]) -> NDArray[np.float64]:
    """(T, n) m² of the channel of a wavevector in a crystal that orders as one."""
    alike = np.isclose(np.abs(one["channel_wavevector"].values), wavevector).all(axis=1)
    return np.asarray(one["order_squared"].values[alike][0, :, :, 0].astype(np.float64))


def scaled(
    tasks: Sequence[Task],
    ladders: Sequence[xr.Dataset],
    squares: Sequence[NDArray[np.float64]],
    low: float,
    high: float,
) -> tuple[SizeNumbers, dict[str, Fit]]:
    """Finite-size numbers of an order parameter that is no charge order, smallest size first.

    Parameters
    ----------
    squares
        m² of each size, shape (T, n).
    low, high
        Temperatures that the crossings lie between.
    """
    lengths = linear_sizes([task.size for task in tasks]).lengths
    boltzmann = tasks[0].units.boltzmann
    curves = []
    for task, one, squared, length in zip(tasks, ladders, squares, lengths, strict=True):
        series = SizeSeries(
            float(length),
            float(task.n_carriers),
            one["temperature"].values,
            one["energy"].values,
            squared[:, :, None],
        )
        found = size_curves(series, low, high, boltzmann, SETTINGS.blocks)
        assert not isinstance(found, str), found
        curves.append(found)
    numbers = size_numbers(curves, [0.5 * (low + high)] * (len(curves) - 1))
    slope = scaling_exponent(numbers.lengths, *numbers.with_covariance("binder_slope"))
    order = scaling_exponent(numbers.lengths, *numbers.with_covariance("order_at_crossing"))
    pairs = np.stack([numbers.lengths[:-1], numbers.lengths[1:]], axis=1)
    crossings = numbers.with_covariance("T_crossing")
    at = crossing_temperature(pairs, *crossings, slope.value)
    return numbers, {"T_c_crossing": at, "one_over_nu": slope, "minus_beta_over_nu": order}
