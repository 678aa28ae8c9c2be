"""Quenched dopant ions: where they are drawn to sit, and their potential on the carriers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray, IntArray
from mcsc.model.potential import BARE, Potential
from mcsc.model.table import state_positions
from mcsc.periodic import image_distances
from mcsc.structure import Structure

Vector = tuple[float, float, float]

# an ion closer to a carrier than this share of the mean well spacing sits on it
SAME_POSITION = 1e-2


@dataclass(frozen=True)
class Dopants:
    """Ions that do not move: one sample of the disorder, or defects at given positions.

    positions: Position of each ion in units of the cell vectors: the whole parts name the cell of
        the supercell, the rest the position in it.
    charge: Of each ion, in units of a carrier's charge: −1 attracts carriers; one number for all,
        or one for each.
    sample: Number of the sample. It addresses the random numbers of the chains, so that two samples
        with the same ions, or none, still run independently of each other.
    """

    positions: tuple[Vector, ...]
    charge: float | tuple[float, ...] = -1.0
    sample: int = 1

    def __post_init__(self) -> None:
        if any(len(ion) != 3 or not np.isfinite(ion).all() for ion in self.positions):
            raise ValueError("dopant positions: give three finite numbers for each ion")
        charges = np.atleast_1d(self.charge)
        if not np.isfinite(charges).all() or (charges == 0).any():
            raise ValueError(f"dopant charge {self.charge}: give a finite charge other than zero")
        if isinstance(self.charge, tuple) and len(self.charge) != len(self.positions):
            raise ValueError(
                f"{len(self.charge)} charges of {len(self.positions)} dopants: give one for each"
            )

    @property
    def charges(self) -> FloatArray:
        """(n,) charge of each ion."""
        return np.broadcast_to(np.asarray(self.charge, dtype=np.float64), len(self.positions))

    def with_others(self, others: "Dopants | None") -> "Dopants":
        """The same sample with further ions, whose charges may differ."""
        if others is None or not others.positions:
            return self
        charges = tuple(map(float, (*self.charges, *others.charges)))
        return Dopants((*self.positions, *others.positions), charges, self.sample)


def draw_dopants(
    structure: Structure,
    size: tuple[int, int, int],
    sites: ArrayLike,
    number: int,
    *,
    charge: float = -1.0,
    seed: int = 1,
    sample: int = 1,
) -> Dopants:
    """Draw different sites of a supercell for some ions, all sites equally likely.

    Every site gets a random number that depends on seed, sample and size only, and ions go to the
    sites with the lowest ones: more ions keep the sites of fewer, and what else varies (doping,
    temperature, field, a strained cell) does not change the draw.

    structure, size: Wells of the primitive cell, for its name in errors, and cells along each
        lattice vector.
    sites: (n, 3) sites of one primitive cell in units of its vectors.
    number, charge: Ions in the supercell, and of each in units of a carrier's.
    seed, sample: Address of the draw.

    Raises ValueError if there are fewer sites than ions.
    """
    in_cell = np.asarray(sites, dtype=np.float64).reshape(-1, 3)
    cells = np.array(list(product(*map(range, size))), dtype=np.float64)
    # across a slab nothing repeats
    across = np.arange(3) == (-1 if structure.slab is None else structure.slab.axis)
    in_all = (cells[:, None, :] + np.where(across, in_cell, in_cell % 1.0)).reshape(-1, 3)
    if not 0 <= number <= len(in_all):
        raise ValueError(
            f"{number} dopants on the {len(in_all)} sites for them in {structure.name} of "
            f"{'x'.join(map(str, size))} cells; give more sites or fewer ions for each carrier"
        )
    # raw words of a bit generator are the same in every version of numpy
    words = np.random.PCG64(np.random.SeedSequence([seed, sample, *size])).random_raw(len(in_all))
    chosen = np.sort(np.argsort(words, kind="stable")[:number])
    return Dopants(tuple((x, y, z) for x, y, z in in_all[chosen].tolist()), charge, sample)


def dopant_potential(
    structure: Structure, size: Sequence[int], dopants: Dopants, potential: Potential = BARE
) -> FloatArray:
    """(M, Lx, Ly, Lz) potential Σ charge · v(state − ion) at the states of a supercell, 1/length.

    Each ion is repeated with the supercell and has a neutralizing background of its own, as in
    :func:`mcsc.model.periodic_potential`: for Coulomb and Yukawa the mean of the potential
    over the supercell is zero. That fixes the one constant that a charged supercell leaves open; it
    adds the same energy to every configuration of N carriers. The energy of the ions among
    themselves, another constant of a sample, is left out.

    Raises ValueError if an ion sits on the position of a carrier.
    """
    positions, wells = state_positions(structure)
    total = np.zeros((len(positions), *size))
    if not dopants.positions:
        return total
    ions = np.array(dopants.positions)
    cells = np.floor(ions + 1e-9).astype(np.int64)
    if structure.slab is not None:
        # above or below a slab is not the same place
        cells[:, structure.slab.axis] = 0
    rounded = np.round(ions - cells, 9)
    _, first, site_of = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    in_cell = np.asarray(ions - cells, dtype=np.float64)[first]
    site_of = site_of.reshape(-1)
    sites = in_cell @ structure.cell
    _require_apart(structure, positions, wells, in_cell)
    pairs = np.repeat(sites, len(positions), axis=0), np.tile(positions, (len(sites), 1))
    table = potential.between(structure.cell, size, *pairs)
    table = table.reshape(len(sites), len(positions), *total.shape[1:])
    # of one charge the sum comes first
    common = dopants.charge if not isinstance(dopants.charge, tuple) else 1.0
    for site, cell, charge in zip(site_of, cells, dopants.charges / common, strict=True):
        total += charge * np.roll(table[site], tuple(cell), axis=(1, 2, 3))
    return common * total


def _require_apart(
    structure: Structure, positions: FloatArray, wells: IntArray, in_cell: FloatArray
) -> None:
    """No ion on a state: there the bare 1/r would be infinite."""
    apart = (in_cell @ structure.cell)[:, None] - positions
    distances = image_distances(structure.cell, apart)
    site, state = np.unravel_index(int(distances.argmin()), distances.shape)
    spacing = (structure.volume / structure.n_wells) ** (1 / 3)
    if distances[site, state] < SAME_POSITION * spacing:
        shown = ", ".join(f"{x:.4g}" for x in in_cell[site])
        raise ValueError(
            f"a dopant at ({shown}) of the cell sits on the position of a carrier, in a well of "
            f"kind '{structure.wells[wells[state]].kind}'; give another site"
        )
