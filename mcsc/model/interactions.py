"""How carriers interact, as one record: everything else asks it and knows none of its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.model.dopants import Dopants, dopant_potential
from mcsc.model.laws import Law, PowerLaw, Yukawa
from mcsc.model.medium import CARTESIAN, Axes, Vector, mean_permittivity, stretch_of
from mcsc.model.potential import Potential, normal_of
from mcsc.model.short_range import ShortRangeTerm, short_range_table
from mcsc.model.table import PairTable, pair_table, state_positions
from mcsc.model.tabulated import Rows, tabulated_table
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
        ε_r; three numbers for an anisotropic medium, along ``permittivity_axes``. Energies are
        divided by their geometric mean, and lengths rescaled: see
        :func:`mcsc.model.stretch_of`.
    screening_length
        1/κ of the Yukawa potential exp(−κr)/r, length; infinite for Coulomb. In an anisotropic
        medium that of rescaled lengths.
    short_range
        Energies in addition, between wells at given distances.
    power
        p of a repulsion a^(p−1)/r^p instead of 1/r, a the lattice constant, at which all powers
        repel alike: 3 for parallel dipoles, see :class:`mcsc.model.laws.PowerLaw`.
    star_charge
        Charge at long range of a carrier spread over a Star of David, in units of the others': that
        of the ions drawn together with it is added. With 1 a star is one more state of its hexagon,
        chosen by its energy alone.
    gate_distance
        d, length: metallic gates above and below a slab, d apart, with its middle (between its
        lowest and highest well) midway. Infinite without gates.
    gates
        Number of these, 2 or 1: the lower one alone is d/2 below the middle, where a carrier has
        its image at the distance d. Lower is where the open vector comes from.
    permittivity_axes
        Rows: three orthogonal unit vectors, cartesian; by default x, y and z.
    table
        Rows (distance, energy) of an energy in addition, of all pairs by the distance of their
        positions, see :func:`mcsc.model.tabulated_table`.

    Raises
    ------
    ValueError
        If a number is out of range, or a power comes with a screening, gates or an anisotropic
        medium; the message begins with the name.

    Examples
    --------
    >>> from mcsc import build_model, textbook
    >>> screened = Interactions(screening_length=2.0)
    >>> model = build_model(textbook("cubic"), (4, 4, 4), screened)
    """

    coulomb: bool = True
    relative_permittivity: float | Vector = 1.0
    screening_length: float = np.inf
    short_range: tuple[ShortRangeTerm, ...] = ()
    power: float = 1.0
    star_charge: float = 1.0
    gate_distance: float = np.inf
    gates: int = 2
    permittivity_axes: Axes = CARTESIAN
    table: Rows = ()

    def __post_init__(self) -> None:
        for name in (
            "relative_permittivity", "screening_length", "star_charge", "gate_distance"
        ):  # fmt: skip
            value = getattr(self, name)
            if not (np.size(value) in (1, 3) and np.all(np.asarray(value) > 0)):
                raise ValueError(f"{name} {value}: must be positive")
        if np.ndim(self.relative_permittivity):
            numbers = tuple(map(float, np.asarray(self.relative_permittivity)))
            alike = len(set(numbers)) == 1
            object.__setattr__(self, "relative_permittivity", numbers[0] if alike else numbers)
        if not 1 <= self.power <= MOST_POWER:
            raise ValueError(f"power {self.power}: give 1 (Coulomb) to {MOST_POWER}")
        if self.gates not in (1, 2):
            raise ValueError(f"gates {self.gates}: give 1 or 2; leave out gate_distance for none")
        if self.power == 1:
            return
        for name, effect in (("screening_length", "is screened"), ("gate_distance", "has images")):
            if getattr(self, name) < np.inf:
                raise ValueError(
                    f"power {self.power:g} beside {name} {getattr(self, name):g}: only 1/r "
                    f"{effect}; leave out one of the two"
                )
        if isinstance(self.relative_permittivity, tuple):
            raise ValueError(
                f"power {self.power:g} beside relative_permittivity "
                f"{list(self.relative_permittivity)}: only 1/r knows an anisotropic medium; give "
                "one number"
            )

    def potential(self, structure: Structure) -> Potential:
        """The same of carriers in a structure with all their images, and in gates and sheets.

        Raises ValueError if gates are asked for a crystal, a carrier is not between them, or the
            sum of a power over a plane diverges.
        """
        law, stretch = self.law(structure), self.stretch
        if structure.slab is None:
            if self.gate_distance < np.inf:
                raise ValueError(
                    f"gate_distance {self.gate_distance:g}: gates are above and below a slab; set "
                    'structure.open_axis, e.g. "c"'
                )
            return Potential(law, stretch)
        axis, cell, (positions, _) = structure.slab.axis, structure.cell, state_positions(structure)
        if self.power == 2:
            raise ValueError(
                "power 2: its sum over a slab diverges, and a sheet that makes up for it has an "
                "infinite potential in its own plane; give less or more than 2"
            )
        centres = np.array([well.centre for well in structure.wells])
        normal, scale = normal_of(cell, axis), 1.0
        if stretch is not None:
            # heights of planes in the rescaled crystal
            scale = 1.0 / float(np.linalg.norm(np.linalg.solve(stretch, normal)))
        heights = centres @ normal * scale
        middle = 0.5 * float(heights.min() + heights.max())
        if self.gate_distance < np.inf:
            found = Potential(
                law, stretch, axis, (), self.gates, scale * self.gate_distance, middle
            )
            found.require_inside(positions @ normal * scale - middle)
            return found
        whole = law.left_out_of_plane(1.0) is not None
        return Potential(law, stretch, axis, () if whole else tuple(heights.tolist()))

    def around(self, structure: Structure) -> Structure:
        """The structure that knows which of its symmetries the medium and a single gate leave."""
        kept = [] if self.stretch is None else [self.stretch]
        if self.gates == 1 and structure.slab is not None:
            kept.append(normal_of(structure.cell, structure.slab.axis))
        return replace(structure, kept=tuple(kept)) if kept else structure

    @property
    def stretch(self) -> FloatArray | None:
        """How an anisotropic medium rescales lengths, see :func:`mcsc.model.stretch_of`."""
        return stretch_of(self.relative_permittivity, self.permittivity_axes)

    @property
    def mean_permittivity(self) -> float:
        """ε_r, the geometric mean of three numbers."""
        return mean_permittivity(self.relative_permittivity)

    @property
    def by_gauss(self) -> bool:
        """Whether the mean field of planes follows from the charge between them alone."""
        plain = np.isinf([self.screening_length, self.gate_distance]).all() and self.power == 1
        # a table may be added to 1/r
        return bool(plain and self.stretch is None and not self.table and self.star_charge == 1)

    def law(self, structure: Structure) -> Law:
        """Potential of two carriers at long range, inverse length."""
        if self.power != 1:
            return PowerLaw(self.power, structure.lattice_constant)
        return Yukawa(1.0 / self.screening_length)

    def strength(self, units: Units) -> float:
        """e²/(4πε0 ε_r), by which potentials become energies: energy times length."""
        return units.coulomb / self.mean_permittivity

    def coulomb_temperature(self, structure: Structure) -> float:
        """e²/(4πε0 ε_r a k_B), a the lattice constant: the scale of all temperatures."""
        a, units = structure.lattice_constant, structure.units
        return units.coulomb / (self.mean_permittivity * a * units.boltzmann)

    def tables(self, structure: Structure, size: Sequence[int]) -> Iterator[PairTable]:
        """Energies of pairs on a supercell, which add up.

        Raises ValueError if a short-range term does not fit the wells, or carriers are nearer than
            a table says.
        """
        yield short_range_table(structure, size, self.short_range)
        if self.table:
            yield tabulated_table(structure, size, self.table)
        if self.coulomb:
            far = pair_table(structure, size, self.potential(structure))
            scale = self.strength(structure.units)
            charges = self.charges(structure)
            pairs = (charges[:, None] * charges)[..., None, None, None]
            yield PairTable(scale * pairs * far.values, scale * charges**2 * far.self_energy)

    def dopant_energy(
        self, structure: Structure, size: Sequence[int], dopants: Dopants
    ) -> FloatArray:
        """(M, Lx, Ly, Lz) energy of a carrier among ions, which act as carriers do at long range.

        Raises ValueError if carriers have no charge, or an ion sits on the position of one.
        """
        if not self.coulomb:
            raise ValueError(
                "dopants act through the Coulomb potential: leave it on, or leave them out"
            )
        potential = dopant_potential(structure, size, dopants, self.potential(structure))
        charges = self.charges(structure)[:, None, None, None]
        return self.strength(structure.units) * charges * potential

    def charges(self, structure: Structure) -> FloatArray:
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
        and its B wells at R_b: c = −Σ_bb' v(R_b − R_b')/B². Cells are those of the crystal, in a
        slab of several too.

        Where the mean of the potential is finite (Yukawa, high powers) carriers need no background,
        and what it has taken is put back. With gates there is none to begin with: c = 0, the charge
        that makes up for carriers is on the gates, and energies contain the πN²d/2A of that
        capacitor. Half filling of equivalent wells is then at μ = ½ Σ W, not at μ = 0.
        """
        if not self.coulomb or self.gate_distance < np.inf:
            return 0.0
        law, cell, open_slab = self.law(structure), structure.cell, structure.slab
        if open_slab is None:
            coefficient = law.left_out(abs(float(np.linalg.det(cell))))
        else:
            spans = np.delete(cell, open_slab.axis, axis=0)
            coefficient = law.left_out_of_plane(float(np.linalg.norm(np.cross(*spans))))
        if coefficient is None:
            centres = np.array([well.centre for well in structure.wells])
            n = len(centres)
            # the potential at the first of each pair of the second
            pairs = np.tile(centres, (n, 1)), np.repeat(centres, n, axis=0)
            potential = self.potential(structure)
            coefficient = -float(potential.between(cell, (1, 1, 1), *pairs).mean())
        return self.strength(structure.units) * structure.crystal_cells * coefficient

    def require_below(self, energy: float, meaning: str) -> None:
        """Refuse pair energies that would leave no digits to others in fixed point.

        Raises ValueError if a short-range energy is larger than ``energy``, which is what
            ``meaning`` says.
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
        later: dict[str, Any] = {k: float(value) for k, value in added.items() if value != 1}
        if self.gate_distance < np.inf:
            later["gates"] = [self.gates, float(self.gate_distance)]
        if self.stretch is not None:
            later["permittivity_axes"] = np.round(self.permittivity_axes, 8).tolist()
        if self.table:
            later["table"] = self.table
        return {
            "coulomb": self.coulomb,
            "relative_permittivity": self.relative_permittivity,
            "screening_length": repr(self.screening_length),
            "short_range": [repr(term) for term in self.short_range],
            **later,
        }
