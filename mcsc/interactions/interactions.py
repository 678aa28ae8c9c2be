"""How carriers interact, as one record: everything else asks it and knows none of its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcsc.interactions.dopants import Dopants, dopant_potential
from mcsc.interactions.ewald import periodic_potential
from mcsc.interactions.laws import Law, PowerLaw, Yukawa
from mcsc.interactions.short_range import ShortRangeTerm, short_range_table
from mcsc.interactions.table import PairTable, pair_table
from mcsc.structure import STAR, Structure
from mcsc.text import apart
from mcsc.units import Units

# neighbours at half the distance repel 4096 times as much: more is an excluded neighbour
MOST_POWER = 12


@dataclass(frozen=True)
class Interactions:
    """Pair interactions of carriers of unit charge; those given nothing repel by Coulomb.

    Attributes
    ----------
    coulomb
        Whether carriers repel at long range, by q²/(4πε0 ε_r) times the potential of :meth:`law`.
    relative_permittivity
        ε_r.
    screening_length
        1/κ of the Yukawa potential exp(−κr)/r, length; infinite for Coulomb.
    short_range
        Energies in addition, between wells at given distances.
    power
        p of a repulsion a^(p−1)/r^p instead of 1/r, a the lattice constant, at which all powers
        repel alike: 3 for parallel dipoles, see :class:`mcsc.interactions.laws.PowerLaw`.
    star_charge
        Charge at long range of a carrier spread over a Star of David, in units of the others': that
        of the ions drawn together with it is added. With 1 a star is one more state of its hexagon,
        chosen by its energy alone.

    Raises
    ------
    ValueError
        If a number is out of range, or a power comes with a screening; the message begins with the
        name.

    Examples
    --------
    >>> from mcsc import build_model, textbook
    >>> screened = Interactions(screening_length=2.0)
    >>> model = build_model(textbook("cubic"), (4, 4, 4), screened)
    """

    coulomb: bool = True
    relative_permittivity: float = 1.0
    screening_length: float = np.inf
    short_range: tuple[ShortRangeTerm, ...] = ()
    power: float = 1.0
    star_charge: float = 1.0

    def __post_init__(self) -> None:
        for name in ("relative_permittivity", "screening_length", "star_charge"):
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"{name} {value}: must be positive")
        if not 1 <= self.power <= MOST_POWER:
            raise ValueError(f"power {self.power}: give 1 (Coulomb) to {MOST_POWER}")
        if self.power != 1 and self.screening_length < np.inf:
            raise ValueError(
                f"power {self.power:g} beside screening_length {self.screening_length:g}: only 1/r "
                "is screened; leave out one of the two"
            )

    def law(self, structure: Structure) -> Law:
        """Potential of two carriers at long range, inverse length."""
        if self.power != 1:
            return PowerLaw(self.power, structure.lattice_constant)
        return Yukawa(1.0 / self.screening_length)

    def strength(self, units: Units) -> float:
        """e²/(4πε0 ε_r), by which potentials become energies: energy times length."""
        return units.coulomb / self.relative_permittivity

    def coulomb_temperature(self, structure: Structure) -> float:
        """e²/(4πε0 ε_r a k_B), a the lattice constant: the scale of all temperatures."""
        a, units = structure.lattice_constant, structure.units
        return units.coulomb / (self.relative_permittivity * a * units.boltzmann)

    def tables(self, structure: Structure, size: Sequence[int]) -> Iterator[PairTable]:
        """Energies of pairs on a supercell, which add up.

        Yields
        ------
        PairTable
            In energy.

        Raises
        ------
        ValueError
            If a short-range term does not fit the wells.
        """
        yield short_range_table(structure, size, self.short_range)
        if self.coulomb:
            far = pair_table(structure, size, self.law(structure))
            scale = self.strength(structure.units)
            charges = self.charges(structure)
            pairs = (charges[:, None] * charges)[..., None, None, None]
            yield PairTable(scale * pairs * far.values, scale * charges**2 * far.self_energy)

    def dopant_energy(
        self, structure: Structure, size: Sequence[int], dopants: Dopants
    ) -> NDArray[np.float64]:
        """(M, Lx, Ly, Lz) energy of a carrier among ions, which act as carriers do at long range.

        Raises
        ------
        ValueError
            If carriers have no charge, or an ion sits on the position of one.
        """
        if not self.coulomb:
            raise ValueError(
                "dopants act through the Coulomb potential: leave it on, or leave them out"
            )
        potential = dopant_potential(structure, size, dopants, self.law(structure))
        charges = self.charges(structure)[:, None, None, None]
        return self.strength(structure.units) * charges * potential

    def charges(self, structure: Structure) -> NDArray[np.float64]:
        """(M,) charge of a carrier in each state of the cell, in units of a carrier's."""
        kinds = [kind for well in structure.wells for kind in well.carrier_kinds]
        return np.where(np.array(kinds) == STAR, self.star_charge, 1.0)

    def charging_energy(self, structure: Structure) -> float:
        """c of the term ½ c N²/N_cells that completes H(N) where N is not fixed, energy.

        H(N) contains a uniform background that neutralizes N carriers. Where it comes and goes with
        them it makes the energy concave in N: per well of a simple cubic lattice 0 empty,
        −0.573 e²/(4πε0 a) half filled in NaCl order and −1.419 full, so that cold wells are all
        empty or all full. The charge that makes up for carriers sits on ions near the wells:
        point charges −N/W on the centres of all W wells replace the background, as far as that
        depends on N only. Charges of equivalent wells are then n − N/W, and carriers and holes on
        them can change places. With v the potential of a charge repeated with the primitive cell
        and its B wells at R_b: c = −Σ_bb' v(R_b − R_b')/B².

        Where the mean of the potential is finite (Yukawa, high powers) carriers need no background,
        and what it has taken is put back.
        """
        if not self.coulomb:
            return 0.0
        law, cell = self.law(structure), structure.cell
        coefficient = law.left_out(abs(float(np.linalg.det(cell))))
        if coefficient is None:
            centres = np.array([well.centre for well in structure.wells])
            between = (centres[:, None] - centres[None]).reshape(-1, 3)
            coefficient = -float(periodic_potential(cell, (1, 1, 1), between, law).mean())
        return self.strength(structure.units) * coefficient

    def require_below(self, energy: float, meaning: str) -> None:
        """Refuse pair energies that would leave no digits to others in fixed point.

        Raises
        ------
        ValueError
            If a short-range energy is larger than ``energy``, which is what ``meaning`` says.
        """
        for term in self.short_range:
            if abs(term.energy) > energy:
                shown, limit = apart(abs(term.energy), energy)
                raise ValueError(
                    f"short-range term {'-'.join(term.kinds)}: energy {shown} is more than "
                    f"{meaning}, {limit}, and would leave no digits to other pair energies; a "
                    "hundredth of that excludes a pair as well"
                )

    def content(self) -> dict[str, Any]:
        """What the digest of a task says of it; what is added later, only where it is in use."""
        added = {"power": self.power, "star_charge": self.star_charge}
        later = {name: float(value) for name, value in added.items() if value != 1}
        return {
            "coulomb": self.coulomb,
            "relative_permittivity": self.relative_permittivity,
            "screening_length": repr(self.screening_length),
            "short_range": [repr(term) for term in self.short_range],
            **later,
        }
