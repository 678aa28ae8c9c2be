"""What a task has measured so far: filled step by step, kept in checkpoints, summed up at last."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray

Measured = dict[str, npt.NDArray[Any]]


@dataclass(slots=True)
class Record:
    """What the steps of every schedule note.

    energy_drift, potential_drift: Largest error of a carried energy, and of a carried potential,
        before it was recomputed.
    """

    energy_drift: float = 0.0
    potential_drift: float = 0.0

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All fields as arrays, the parts of a dictionary each by itself as ``field.part``."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name in (item.name for item in fields(self)):
            value = getattr(self, name)
            if isinstance(value, dict):
                found |= {f"{name}.{part}": array for part, array in value.items()}
            else:
                found[name] = np.asarray(value)
        return found

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put back what :meth:`arrays` gave; AttributeError where there is no such field."""
        for path, array in arrays.items():
            name, _, part = path.partition(".")
            if part:
                getattr(self, name)[part] = array
            else:
                setattr(self, name, array[()])


@dataclass(slots=True)
class LadderRecord(Record):
    """Of a ladder in equilibrium; empty before the first measurements.

    series: (n, T, ...) by name: ``energy`` of the model that is sampled, what
        :func:`mcsc.observables.measure` gives, and what the ensemble adds.
    by_wave, bin_length: (bins, T, wavevectors) by name, sums over bins of time of what is too much
        to keep; (bins,) measurements in each bin.
    channel, star: Channels of order, and orbits of wavevectors of the Stars of David, that are
        followed: in this order they are the last axis of their series.
    snapshot: (T, W) state of each well in the last measurement, −1 empty.
    """

    series: Measured = field(default_factory=dict)
    by_wave: dict[str, FloatArray] = field(default_factory=dict)
    bin_length: FloatArray = field(default_factory=lambda: np.zeros(0))
    channel: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    star: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    snapshot: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))

    def bin_means(self) -> dict[str, FloatArray]:
        """(bins, T, wavevectors) by name: ``by_wave`` a measurement."""
        return {name: a / self.bin_length[:, None, None] for name, a in self.by_wave.items()}


@dataclass(slots=True)
class WindowRecord(Record):
    """Of a ladder in an expanded ensemble; empty before the first step that fills it.

    Numbers of carriers count from the fewest.

    first_energy: (numbers, 2 T) mean energy of the short ladders, the hot ones before those of the
        task.
    step, trust: (T, numbers − 1) ln Z of one carrier more less ln Z, as known while weights are
        looked for, and the time behind it.
    weight, trips: As in :class:`mcsc.kernels.window.Window`.
    seen: (blocks, sums, T, n) its ``time``, ``up``, ``down``, ``energy`` and ``energy_squared``, in
        blocks of measurements; while weights are looked for in the first block.
    held, energy: (n, T, W) state of each well, −1 empty, and (n, T) energy of every measurement.
    """

    first_energy: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    step: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    trust: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    weight: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    seen: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0, 0)))
    trips: IntArray = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    held: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0, 0), np.int8))
    energy: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(slots=True)
class TransportRecord(Record):
    """Of carriers in continuous time; R replicas, times in units of 1/ν₀.

    duration: (fields, R) time of an interval.
    at_rest, driven: (n, R, ...) and (fields, n, R, ...) by the names of
        :class:`mcsc.kernels.kinetic.Events`: intervals at zero field, and at the others.
    """

    duration: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    at_rest: Measured = field(default_factory=dict)
    driven: Measured = field(default_factory=dict)


@dataclass(slots=True)
class HistoryRecord(Record):
    """Of a history of fields.

    means: (branch, field, R, ...) by name: means over the measurements at each point.
    wave_squared: (R, P) mean at the point under way.
    """

    means: dict[str, FloatArray] = field(default_factory=dict)
    wave_squared: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
