"""Which channels of order a ladder follows, and the series that it keeps when it is finished.

The channels are the strongest ones, integrated over its temperatures. Every channel is measured on
every snapshot, but a large crystal has thousands of them. The series of all are kept as long as
they fit into :data:`MOST_BYTES`; beyond that only those of the channels that are strongest in the
first measurements, far more than the few of the result. From the kept series transitions are found,
and found again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.chain.record import LadderRecord, Measured
from mcsc.chain.task import Task
from mcsc.observables import Channel, Probe, channels, measured_series
from mcsc.variables import Variables, written

AnyFloats = npt.NDArray[np.floating[Any]]

# channels whose series are kept for the analysis of transitions
KEPT_CHANNELS = 4
# of the series of all channels together while a ladder runs
MOST_BYTES = 1 << 28


def followed(probe: Probe, measured: Mapping[str, Any], total: int) -> tuple[IntArray, IntArray]:
    """Channels, and orbits of waves of the Stars of David, whose series a ladder keeps.

    measured: Series (n, T, ...) of the first measurements.
    total: Measurements of the whole run.

    Returns: Indices of the channels and of the orbits in ascending order; no orbits without Stars
        of David.
    """
    squared = measured["order_squared"].mean(axis=(0, 2))
    waves = measured["wave_squared"].mean(axis=0)
    rank = strength(channels(probe), waves, squared)
    orbits = measured.get("star_squared", np.zeros((1, 1, 0))).mean(axis=(0, 1))

    def strongest(rank: FloatArray, axis: str) -> IntArray:
        declared = measured_series(probe).items()
        series = [measured[name] for name, one in declared if one.axis == axis]
        one = sum(a.itemsize * a[0, ..., 0].size for a in series) * total if len(rank) else 1
        most = max(KEPT_CHANNELS, MOST_BYTES // one)
        return np.sort(np.argsort(-rank, kind="stable")[:most])

    return strongest(rank, "channel"), strongest(orbits, "star")


def leading(found: list[Channel], record: LadderRecord) -> list[int]:
    """Places, among the channels ``found`` that are followed, of the strongest; first one first."""
    waves = record.by_wave["wave_squared"].sum(axis=0) / record.bin_length.sum()
    squared = record.series["order_squared"].mean(axis=(0, 2))
    # of one wave of the centres seen in several zones the shortest, whatever their rounding
    order = np.argsort(-np.round(strength(found, waves, squared), 9), kind="stable")
    return [int(i) for i in order[:KEPT_CHANNELS]]


def strength(found: list[Channel], waves: AnyFloats, squared: AnyFloats) -> FloatArray:
    """Order parameter squared of each channel, integrated over the ladder.

    waves: (T, P) mean of ``wave_squared``.
    squared: (T, channels) mean m² of the channels.
    """
    # of an orbit its strongest member, so that one and several simultaneous waves compare; of
    # unequal wells only what cooling adds to the order that their depths impose at any temperature
    return np.array(
        [
            (waves[:, c.members].max(axis=1) if len(c.members) else squared[:, i]).mean()
            - (squared[-1, i] if c.crossover else 0.0)
            for i, c in enumerate(found)
        ]
    )  # fmt: skip


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
