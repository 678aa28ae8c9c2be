"""What one chain computes, and the digest that names it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcsc.interactions import ShortRangeTerm
from mcsc.model import Model, build_model
from mcsc.structure import Structure
from mcsc.units import SI, Units

# raise it whenever the same task would give other numbers than before
ALGORITHM = 2


@dataclass(frozen=True)
class Interactions:
    """How carriers interact; see :func:`mcsc.model.build_model`."""

    coulomb: bool = True
    relative_permittivity: float = 1.0
    screening_length: float = float("inf")
    short_range: tuple[ShortRangeTerm, ...] = ()


@dataclass(frozen=True)
class Sampling:
    """How long a ladder runs.

    Attributes
    ----------
    sweeps
        Measured sweeps a temperature, after the warm-up.
    warmup
        Sweeps before: half annealing from the hottest temperature, half with replica exchange.
    measurements
        Number of measurements, evenly spaced; ``sweeps`` is a multiple of it.
    exchange_interval
        Sweeps between exchange rounds; more where it does not divide those between measurements.
    """

    sweeps: int = 20480
    warmup: int = 4096
    measurements: int = 2048
    exchange_interval: int = 5

    @property
    def spacing(self) -> int:
        """Sweeps between measurements."""
        return self.sweeps // self.measurements

    @property
    def rounds(self) -> int:
        """Exchange rounds between measurements: a divisor of the sweeps, so that none is lost."""
        most = max(1, self.spacing // self.exchange_interval)
        return next(n for n in range(most, 0, -1) if self.spacing % n == 0)


@dataclass(frozen=True)
class Task:
    """One temperature ladder: everything that decides its numbers.

    Attributes
    ----------
    structure, size, interactions, field, units
        The Hamiltonian; ``field`` (3,) in energy per charge and length.
    field_direction
        (3,) unit vector ∥, also where the field is zero.
    n_carriers
        Carriers in the supercell.
    temperatures
        Ascending.
    sampling, seed
        The random numbers depend on ``seed`` and on the digest only.
    """

    structure: Structure
    size: tuple[int, int, int]
    n_carriers: int
    temperatures: tuple[float, ...]
    interactions: Interactions = Interactions()
    field: tuple[float, float, float] = (0.0, 0.0, 0.0)
    field_direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    units: Units = SI
    sampling: Sampling = Sampling()
    seed: int = 0

    def digest(self) -> str:
        """Hexadecimal name of the task: equal for equal physics, sampling and seed."""
        text = json.dumps(self._content(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def digest_words(self) -> list[int]:
        """The digest as 32-bit words, to address random streams."""
        digest = self.digest()
        return [int(digest[i : i + 8], 16) for i in range(0, len(digest), 8)]

    def build(self) -> Model:
        """The Hamiltonian of the task."""
        choice = self.interactions
        return build_model(
            self.structure,
            self.size,
            units=self.units,
            coulomb=choice.coulomb,
            relative_permittivity=choice.relative_permittivity,
            screening_length=choice.screening_length,
            short_range=choice.short_range,
            field=self.field,
        )

    def _content(self) -> dict[str, Any]:
        def numbers(array: Any) -> Any:
            # the last digits of geometry differ between machines
            return (np.round(np.asarray(array, dtype=float), 8) + 0.0).tolist()

        # a response to a weak field is divided by it: to ten digits, however small
        strength = float(f"{np.linalg.norm(self.field):.9e}")
        towards = np.asarray(self.field) / (strength or 1.0)
        choice = self.interactions
        return {
            "algorithm": ALGORITHM,
            "cell": numbers(self.structure.cell),
            "wells": [
                [
                    *well.carrier_kinds,
                    *map(
                        numbers,
                        (well.centre, well.depth, well.displacements, well.state_energies),
                    ),
                ]
                for well in self.structure.wells
            ],
            "size": list(self.size),
            "coulomb": choice.coulomb,
            "relative_permittivity": choice.relative_permittivity,
            "screening_length": repr(choice.screening_length),
            "short_range": [repr(term) for term in choice.short_range],
            "field": [strength, numbers(towards)],
            "field_direction": numbers(self.field_direction),
            "n_carriers": self.n_carriers,
            "temperatures": list(self.temperatures),
            "units": self.units.name,
            "sampling": [
                self.sampling.sweeps,
                self.sampling.warmup,
                self.sampling.measurements,
                self.sampling.exchange_interval,
            ],
            "seed": self.seed,
        }
