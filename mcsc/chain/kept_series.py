"""The series that a finished ladder keeps, for transitions to be found from and found again."""

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.chain.record import Measured
from mcsc.chain.task import Task
from mcsc.observables import Channel, Probe
from mcsc.variables import Variables, written


def kept_series(
    task: Task, probe: Probe, series: Measured, order_squared: FloatArray, names: list[Channel]
) -> Variables:
    """Energy, order parameters of the leading channels ``names`` and displacements over time."""
    n_layers = order_squared.shape[2]
    n_wells = len(probe.orbit) * int(np.prod(task.size))
    fixed = "number" not in series
    # what is divided by a fluctuating number of carriers cannot be reweighted: series of m² and U
    # are then those per well
    number = float(task.n_carriers) if fixed else max(1.0, float(series["number"].mean()))
    # ⟨|ρ_q|²⟩ = N (1 − f) of carriers that know only that no two share a well
    empty, divisor = 1.0 - number / n_wells, task.ensemble.most**2 / number
    found = written(
        "series",
        task.units,
        energy=series["energy"].T.copy(),
        order_squared=order_squared.transpose(3, 1, 0, 2).astype(np.float32),
        channel_wavevector=np.array([c.wavevector for c in names]).reshape(-1, 3),
        channel_components=np.array([c.components for c in names], dtype=np.int32),
        channel_disordered=[c.waves * n_layers * empty / divisor for c in names],
        channel_crossover=[c.crossover for c in names],
        n_carriers=number,
    )
    if not fixed:
        found |= written("series", task.units, number=series["number"].T.astype(float))
    return found | (_displacement_series(task, probe, series) if probe.displacements.any() else {})


def _displacement_series(task: Task, probe: Probe, series: Measured) -> Variables:
    """What the onset of a uniform displacement is found from."""
    u, squares = series["displacement"], series["displacement_squared"]
    if "number" in series:
        # (Σu)² ≤ N Σu² holds for every snapshot: the share of uniform displacement is that of both
        squares = squares * series["number"] / task.ensemble.most
    return written(
        "series",
        task.units,
        displacement_parallel=(u @ probe.direction).T.astype(np.float32),
        displacement_uniform_squared=(u**2).sum(axis=-1).T.astype(np.float32),
        displacement_squared=squares.T.astype(np.float32),
        displacement_components=np.int32(np.linalg.matrix_rank(probe.displacements)),
        **largest_displacements(probe),
        field_strength=task.field,
    )


def largest_displacements(probe: Probe) -> dict[str, float]:
    """How far a state can be from the centre of its well, at all and along the field, length."""
    return {
        "displacement_largest": float(np.linalg.norm(probe.displacements, axis=1).max()),
        "displacement_parallel_largest": float((probe.displacements @ probe.direction).max()),
    }
