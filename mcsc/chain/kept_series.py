"""The series that a finished ladder keeps, for transitions to be found from and found again."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.chain.convergence import Variables
from mcsc.chain.record import Series
from mcsc.chain.task import Task
from mcsc.observables import Channel, Probe
from mcsc.units import FIELD_UNIT
from mcsc.variables import declared

FloatArray = npt.NDArray[np.float64]


def kept_series(
    task: Task, probe: Probe, series: Series, order_squared: FloatArray, names: list[Channel]
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
    return {
        "energy": (
            ("temperature", "measurement"),
            series["energy"].T.copy(),
            {
                "units": task.units.energy,
                "long_name": task.ensemble.energy_name,
            },
        ),
        "order_squared": (
            ("channel", "temperature", "measurement", "layer"),
            order_squared.transpose(3, 1, 0, 2).astype(np.float32),
            {
                "units": "1",
                "long_name": "order parameter squared of the leading channels",
                "comment": "in each layer where layers order each for itself, else as a whole",
            },
        ),
        "channel_wavevector": (
            ("channel", "hkl"),
            np.array([c.wavevector for c in names]).reshape(-1, 3),
            {"units": "1", "long_name": "wavevector of each channel in reciprocal lattice units"},
        ),
        "channel_components": (
            ("channel",),
            np.array([c.components for c in names], dtype=np.int32),
            {"units": "1", "long_name": "independent real components of the order parameter"},
        ),
        "channel_disordered": (
            ("channel",),
            np.array([c.waves * n_layers * empty / divisor for c in names]),
            {"units": "1", "long_name": "order parameter squared of carriers placed at random"},
        ),
        "channel_crossover": (
            ("channel",),
            np.array([c.crossover for c in names], dtype=np.int8),
            declared("channel_crossover", "series").attributes(task.units),
        ),
        "n_carriers": ((), number, {"units": "1", "long_name": "carriers"}),
        **({} if fixed else _number_series(series)),
        **(_displacement_series(task, probe, series) if probe.displacements.any() else {}),
    }


def _number_series(series: Series) -> Variables:
    """The number of carriers over time."""
    attributes = {"units": "1", "long_name": "carriers in the supercell"}
    return {
        "number": (("temperature", "measurement"), series["number"].T.astype(float), attributes)
    }


def _displacement_series(task: Task, probe: Probe, series: Series) -> Variables:
    """What the onset of a uniform displacement is found from."""
    u, squares = series["displacement"], series["displacement_squared"]
    if "number" in series:
        # (Σu)² ≤ N Σu² holds for every snapshot: the share of uniform displacement is that of both
        squares = squares * series["number"] / task.ensemble.most
    length = {"units": task.units.length}
    area = {"units": task.units.written("{length}^2")}
    field = {"units": task.units.written(FIELD_UNIT)}

    def kept(series: FloatArray, attributes: dict[str, str], long_name: str) -> Any:
        named = {**attributes, "long_name": long_name}
        return ("temperature", "measurement"), series.T.astype(np.float32), named

    return {
        "displacement_parallel": kept(
            u @ probe.direction, length, "mean displacement along the field direction"
        ),
        "displacement_uniform_squared": kept(
            (u**2).sum(axis=-1), area, "square of the mean displacement vector"
        ),
        "displacement_squared": kept(squares, area, "mean of the squared displacements"),
        "displacement_components": (
            (),
            np.int32(np.linalg.matrix_rank(probe.displacements)),
            {"units": "1", "long_name": "dimensions that displacements span"},
        ),
        **largest_displacements(task, probe),
        "field_strength": (
            (),
            task.field,
            {**field, "long_name": "electric field times charge"},
        ),
    }


def largest_displacements(task: Task, probe: Probe) -> Variables:
    """How far a state can be from the centre of its well, at all and along the field."""
    length = {"units": task.units.length}
    return {
        "displacement_largest": (
            (),
            float(np.linalg.norm(probe.displacements, axis=1).max()),
            {**length, "long_name": "largest displacement of a state"},
        ),
        "displacement_parallel_largest": (
            (),
            float((probe.displacements @ probe.direction).max()),
            {**length, "long_name": "largest displacement of a state along the field"},
        ),
    }
