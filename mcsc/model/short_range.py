"""Short-range pair energies between wells, chosen by their kinds and distance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.model.table import PairTable, state_positions
from mcsc.periodic import expected_translations, translations_within
from mcsc.structure import Structure
from mcsc.text import digits

Wells = IntArray

_MOST_PAIRS = 5_000_000


@dataclass(frozen=True)
class ShortRangeTerm:
    """One energy between all pairs of carriers of two kinds, in wells at one distance.

    kinds: The kinds of the two carriers, in any order: those of their wells, or of their states
        where a state has a kind of its own (a star, ``"gamma"``).
    energy: U in energy units, positive for repulsion; terms for the same pair add up.
    distance: Centre-to-centre distance in length units; or leave it None and give ``shell``.
    shell: 1 for the nearest wells of these two kinds, 2 for the next, ...
    tolerance: Distances within this of ``distance`` (or of each other, for a shell) count as one,
        in length units.
    """

    kinds: tuple[str, str]
    energy: float
    distance: float | None = None
    shell: int | None = None
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        name = f"short-range term {'-'.join(self.kinds)}"
        if not np.isfinite(self.energy):
            raise ValueError(
                f"{name}: energy {self.energy} must be finite; to exclude pairs take one far above "
                "the highest temperature"
            )
        if (self.distance is None) == (self.shell is None):
            raise ValueError(f"{name}: give either a distance or a shell number, and not both")
        if self.distance is not None and not 0.0 < self.distance < np.inf:
            raise ValueError(f"{name}: distance {self.distance} must be a length > 0")
        if self.shell is not None and self.shell < 1:
            raise ValueError(f"{name}: shell {self.shell} must be at least 1, the nearest wells")
        if not 0.0 < self.tolerance < np.inf:
            raise ValueError(f"{name}: tolerance {self.tolerance} must be a length > 0")


def short_range_table(
    structure: Structure, size: Sequence[int], terms: Sequence[ShortRangeTerm]
) -> PairTable:
    """Short-range energies between all carriers of a supercell, by the kinds of their states.

    Every pair of wells of the infinite lattice that a term matches adds the energy of the term:
    in a supercell so small that several images of one well match, they add up, and the energy of a
    well with its own images goes to the self energy.

    Raises ValueError for a kind the structure does not have, or a term that no pair of wells
        matches; the message lists what there is.
    """
    shape = tuple(size)
    kinds = np.array([kind for well in structure.wells for kind in well.carrier_kinds])
    _, well_of_state = state_positions(structure)
    between = np.zeros((len(kinds), len(kinds), *shape))
    for term in terms:
        _require_known(structure, term)
        lowest, highest = _window(structure, term)
        first, second, translations, distances = _pairs_within(structure, highest)
        matches = (distances >= lowest) & _matching(structure, term, first, second)
        if not matches.any():
            raise _no_pair(structure, term)
        cells = np.mod(translations[matches], shape)
        wells = np.zeros((structure.n_wells, structure.n_wells, *shape))
        np.add.at(wells, (first[matches], second[matches], *cells.T), term.energy)
        forth = (kinds == term.kinds[0])[:, None] & (kinds == term.kinds[1])
        by_state = wells[np.ix_(well_of_state, well_of_state)]
        between += by_state * (forth | forth.T)[:, :, None, None, None]
    own = np.arange(len(kinds))
    images = between[own, own, 0, 0, 0].copy()
    # carriers never share a well
    between[well_of_state[:, None] == well_of_state, 0, 0, 0] = 0.0
    return PairTable(between, images)


def _matching(structure: Structure, term: ShortRangeTerm, first: Wells, second: Wells) -> BoolArray:
    """(N,) whether the wells of each pair have states of the two kinds of a term."""
    one, two = (np.array([kind in w.carrier_kinds for w in structure.wells]) for kind in term.kinds)
    return np.asarray((one[first] & two[second]) | (two[first] & one[second]))


def _pairs_within(structure: Structure, cutoff: float) -> tuple[Wells, Wells, Wells, FloatArray]:
    """Pairs of wells up to ``cutoff``: first (N,), second (N,), cell of second (N, 3), distance."""
    centres = np.array([well.centre for well in structure.wells])
    wells = len(centres)
    offsets = (centres[None, :] - centres[:, None]).reshape(-1, 3)
    pairs = len(offsets) * expected_translations(structure.cell, cutoff)
    if pairs > _MOST_PAIRS:
        raise ValueError(
            f"{pairs:.1e} pairs of wells of {structure.name} lie within {cutoff:g}: too many for a "
            f"short range; the lattice constant is {structure.lattice_constant:g}"
        )
    owner, translations, distances = translations_within(structure.cell, offsets, cutoff)
    # a well with itself is no pair
    apart = distances > 1e-6 * structure.lattice_constant
    if structure.slab is not None:
        apart &= translations[:, structure.slab.axis] == 0
    owner = owner[apart]
    return owner // wells, owner % wells, translations[apart], distances[apart]


def _require_known(structure: Structure, term: ShortRangeTerm) -> None:
    for kind in term.kinds:
        if kind not in structure.kinds:
            raise ValueError(
                f"short-range term {'-'.join(term.kinds)}: {structure.name} has no wells of kind "
                f"{kind!r}; kinds: {', '.join(structure.kinds)}"
            )


def _window(structure: Structure, term: ShortRangeTerm) -> tuple[float, float]:
    """Smallest and largest distance that a term matches."""
    if term.distance is not None:
        # a distance copied from a printed table may miss the tolerance by rounding
        margin = term.tolerance * (1.0 + 1e-9)
        return term.distance - margin, term.distance + margin
    number = term.shell or 1
    shells = _shells(structure, term, number, 0.0)
    if len(shells) < number:
        raise ValueError(
            f"short-range term {'-'.join(term.kinds)}: shell {number} cannot be told from its "
            f"neighbours with tolerance {term.tolerance:g}; take a smaller one, or a distance"
        )
    shortest, longest = shells[number - 1]
    # half the gap that would start a new shell: rounding cannot decide on the members
    return shortest - 0.5 * term.tolerance, longest + 0.5 * term.tolerance


def _no_pair(structure: Structure, term: ShortRangeTerm) -> ValueError:
    wanted = term.distance or 0.0
    shells = _shells(structure, term, 6, wanted)
    middles = sorted((0.5 * (shortest + longest) for shortest, longest in shells))
    nearest = sorted(sorted(middles, key=lambda middle: abs(middle - wanted))[:6])
    listed = ", ".join(
        digits(one, lambda shown, one=one: abs(shown - one) <= term.tolerance, 6)  # type: ignore[misc]
        for one in nearest
    )
    return ValueError(
        f"short-range term {'-'.join(term.kinds)}: no pair of wells at distance {wanted:.15g} "
        f"(tolerance {term.tolerance:g}); take one of {listed}"
    )


def _shells(
    structure: Structure, term: ShortRangeTerm, count: int, distance: float
) -> list[tuple[float, float]]:
    """Shortest and longest distance of shells of the two kinds of a term.

    All beyond ``distance``, and ``count`` of them if there are. Far out the shells lie closer than
    any tolerance: the search ends at 11 lattice constants.
    """
    cutoff = max(structure.lattice_constant, distance)
    shells: list[tuple[float, float]] = []
    for _ in range(6):
        cutoff *= 1.5
        first, second, _, distances = _pairs_within(structure, cutoff * (1.0 + 1e-9))
        found = np.sort(distances[_matching(structure, term, first, second)])
        parts = np.split(found, np.flatnonzero(np.diff(found) > term.tolerance) + 1)
        shells = [(float(part[0]), float(part[-1])) for part in parts if len(part)]
        # one more than asked for: the cutoff may cut the last in two
        if len(shells) > count:
            break
    return shells[:-1]
