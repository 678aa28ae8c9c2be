"""Which numbers of carriers a chain samples, and all that follows from it.

Everything else asks ``Task.ensemble``, which chooses; another ensemble is one more class here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from mcsc.chain.record import Measured
from mcsc.model import Model
from mcsc.observables import Observable, grand_canonical_observables


@dataclass(frozen=True)
class Ensemble:
    """What a chain asks; where an ensemble says nothing else, the answer for carriers that stay.

    fewest, most: Carriers that the supercell holds; what is measured per carrier is divided by
        ``most``.
    moves: Its own moves, besides those of carriers that stay.
    wells_alone: Whether what each well holds can be drawn by itself, so that no carrier has to
        move.
    one_number: Whether every result is that of one number of carriers.
    axis: Dimension of a diagram along which it is told from others of its kind.
    """

    fewest: int
    most: int
    moves: ClassVar[tuple[str, ...]] = ()
    wells_alone: ClassVar[bool] = False
    one_number: ClassVar[bool] = True
    axis: ClassVar[str] = "doping"

    @property
    def words(self) -> str:
        """What is sampled, as in ``16 carriers``."""
        return f"{self.most} carriers"

    def coordinate(self, doping: float) -> float:
        """The value on :attr:`axis` of a task with so many carriers a cell."""
        return doping

    def content(self) -> dict[str, Any]:
        """What the digest of a task says of it, besides the number of carriers at the start."""
        return {}

    def sampled(self, model: Model) -> Model:
        """The model whose energy is sampled: a chain on it needs to know no more."""
        return model

    def series(self, measured: Measured, model: Model) -> Measured:
        """Series (n, T) ``energy``, that is H, and ``number`` where numbers of carriers differ."""
        return {"energy": measured["energy"]}

    def observables(self, table: Sequence[Observable], model: Model) -> tuple[Observable, ...]:
        """A table of observables per carrier as functions of the series measured here."""
        return tuple(table)


@dataclass(frozen=True)
class Canonical(Ensemble):
    """Carriers that stay: H is sampled, and observables are as declared."""


@dataclass(frozen=True)
class GrandCanonical(Ensemble):
    """Carriers that come and go: K = H + ½ c N²/N_cells − μN is sampled.

    c is :meth:`mcsc.model.Interactions.charging_energy`: μ is the energy of a carrier
    relative to one that comes with its compensating charge, spread evenly over all wells (of
    screened or neutral carriers, without any). For carriers of equivalent wells that repel by
    Coulomb alone, μ = 0 is half filling.

    chemical_potential: μ, energy.
    """

    chemical_potential: float
    moves: ClassVar[tuple[str, ...]] = ("insert_remove",)
    wells_alone: ClassVar[bool] = True
    one_number: ClassVar[bool] = False
    axis: ClassVar[str] = "chemical_potential"

    @property
    def words(self) -> str:
        return f"carriers at μ = {self.chemical_potential:.4g}"

    def coordinate(self, doping: float) -> float:
        return self.chemical_potential

    def content(self) -> dict[str, Any]:
        return {"chemical_potential": float(f"{self.chemical_potential:.9e}")}

    def sampled(self, model: Model) -> Model:
        # an equal energy of all pairs of wells, and half of it for each carrier
        shift, states = _charging(model), model.lattice.states_per_well
        pair = model.pair + shift
        wells = np.repeat(np.arange(len(states)), states)
        # the states of one well exclude each other
        pair[wells[:, None] == wells, 0, 0, 0] = 0.0
        return replace(model, pair=pair, site=model.site + 0.5 * shift - self.chemical_potential)

    def series(self, measured: Measured, model: Model) -> Measured:
        number = measured["number"].astype(np.float64)
        charging = 0.5 * _charging(model) * number**2
        energy = measured["energy"] - charging + self.chemical_potential * number
        return {"energy": energy, "number": number}

    def observables(self, table: Sequence[Observable], model: Model) -> tuple[Observable, ...]:
        return grand_canonical_observables(table, self.most, _crystal_cells(model))


@dataclass(frozen=True)
class Expanded(Ensemble):
    """Carriers that come and go between ``fewest`` and ``most``, each number as often as is wanted.

    Every number is sampled as at fixed carriers, with H; only how often it is visited is decided by
    weights, which the chain finds for itself, see :mod:`mcsc.chain.expanded`.
    """

    moves: ClassVar[tuple[str, ...]] = ("come_and_go",)

    @property
    def words(self) -> str:
        return f"{self.fewest} to {self.most} carriers"

    def content(self) -> dict[str, Any]:
        return {"window": [self.fewest, self.most]}


def _charging(model: Model) -> float:
    """c/N_cells, energy."""
    return model.interactions.charging_energy(model.lattice.structure) / _crystal_cells(model)


def _crystal_cells(model: Model) -> int:
    return model.lattice.n_cells * model.lattice.structure.crystal_cells
