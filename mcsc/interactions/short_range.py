"""Short-range pair energies between wells, chosen by their kinds and distance."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcsc.interactions.table import PairTable, state_positions
from mcsc.periodic import expected_translations, translations_within
from mcsc.structure import Structure
from mcsc.text import digits

Floats = NDArray[np.float64]

_MOST_PAIRS = 5_000_000


@dataclass(frozen=True)
class ShortRangeTerm:
    """One energy between all pairs of carriers of two kinds, in wells at one distance.

    Attributes
    ----------
    kinds
        The kinds of the two carriers, in any order: those of their wells, or of their states
        where a state has a kind of its own (a star, ``"gamma"``).
    energy
        U in energy units, positive for repulsion; terms for the same pair add up.
    distance
        Centre-to-centre distance in length units; or leave it None and give ``shell``.
    shell
        1 for the nearest wells of these two kinds, 2 for the next, ...
    tolerance
        Distances within this of ``distance`` (or of each other, for a shell) count as one, in
        length units.
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


@dataclass(frozen=True)
class WellShell:
    """All pairs of wells of two kinds at one distance, on the infinite lattice.

    Attributes
    ----------
    kinds
        The two kinds, sorted.
    shell
        1 for the nearest pairs of these kinds.
    shortest, longest
        Smallest and largest centre-to-centre distance in the shell, length unit of the structure.
    pairs
        Number of pairs in a primitive cell, each counted once.
    """

    kinds: tuple[str, str]
    shell: int
    shortest: float
    longest: float
    pairs: int

    @property
    def distance(self) -> float:
        """Middle of the shell, length unit of the structure."""
        return 0.5 * (self.shortest + self.longest)


def well_distances(
    structure: Structure, cutoff: float, *, tolerance: float = 1e-3
) -> tuple[WellShell, ...]:
    """List the shells of well-to-well distances on the infinite lattice.

    Parameters
    ----------
    structure
        The wells of one primitive cell.
    cutoff
        Largest distance listed, length unit of the structure.
    tolerance
        A gap larger than this, in length units, starts a new shell.

    Returns
    -------
    tuple of WellShell
        Ordered by kinds, then by distance.

    Raises
    ------
    ValueError
        For a cutoff or tolerance that is not a length > 0, or a cutoff with millions of pairs.
    """
    if not 0.0 < cutoff < np.inf or not 0.0 < tolerance < np.inf:
        raise ValueError(f"cutoff {cutoff} and tolerance {tolerance} must be lengths > 0")
    # a cutoff that names a distance includes it, whatever its rounding
    first, second, _, distances = _pairs_within(structure, cutoff * (1.0 + 1e-9))
    kinds = structure.kinds
    has = _has(structure)
    shells = []
    for one, two in itertools.combinations_with_replacement(range(len(kinds)), 2):
        forth = has[first, one] & has[second, two]
        back = has[first, two] & has[second, one]
        found = np.sort(np.concatenate([distances[forth], distances[back & (one != two)]]))
        breaks = np.flatnonzero(np.diff(found) > tolerance) + 1
        shells += [
            # the list has each pair from both ends
            WellShell((kinds[one], kinds[two]), n, float(part[0]), float(part[-1]), len(part) // 2)
            for n, part in enumerate(np.split(found, breaks), start=1)
            if len(part)
        ]
    return tuple(shells)


def short_range_table(
    structure: Structure, size: Sequence[int], terms: Sequence[ShortRangeTerm]
) -> PairTable:
    """Short-range energies between all carriers of a supercell, by the kinds of their states.

    Every pair of wells of the infinite lattice that a term matches adds the energy of the term:
    in a supercell so small that several images of one well match, they add up, and the energy of a
    well with its own images goes to the self energy.

    Parameters
    ----------
    structure
        The wells of one primitive cell.
    size
        (Lx, Ly, Lz) primitive cells of the supercell.
    terms
        The energies; an empty sequence gives a table of zeros.

    Returns
    -------
    PairTable
        In the energy unit of the terms.

    Raises
    ------
    ValueError
        For a kind the structure does not have, or a term that no pair of wells matches; the
        message lists what there is.
    """
    shape = tuple(size)
    kinds = np.array([kind for well in structure.wells for kind in well.carrier_kinds])
    has = _has(structure)
    _, well_of_state = state_positions(structure)
    between = np.zeros((len(kinds), len(kinds), *shape))
    for term in terms:
        one, two = (structure.kinds.index(kind) for kind in _known(structure, term))
        lowest, highest = _window(structure, term)
        first, second, translations, distances = _pairs_within(structure, highest)
        matches = distances >= lowest
        matches &= (has[first, one] & has[second, two]) | (has[first, two] & has[second, one])
        if not matches.any():
            raise _no_pair(structure, term)
        cells = np.mod(translations[matches], shape)
        wells = np.zeros((len(has), len(has), *shape))
        np.add.at(wells, (first[matches], second[matches], *cells.T), term.energy)
        forth = (kinds == term.kinds[0])[:, None] & (kinds == term.kinds[1])
        by_state = wells[np.ix_(well_of_state, well_of_state)]
        between += by_state * (forth | forth.T)[:, :, None, None, None]
    own = np.arange(len(kinds))
    images = between[own, own, 0, 0, 0].copy()
    # carriers never share a well
    between[well_of_state[:, None] == well_of_state, 0, 0, 0] = 0.0
    return PairTable(between, images)


def _has(structure: Structure) -> NDArray[np.bool_]:
    """(B, kinds) whether a well has a state of each kind."""
    return np.array(
        [[kind in well.carrier_kinds for kind in structure.kinds] for well in structure.wells]
    )


def _pairs_within(
    structure: Structure, cutoff: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
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
    owner = owner[apart]
    return owner // wells, owner % wells, translations[apart], distances[apart]


def _known(structure: Structure, term: ShortRangeTerm) -> tuple[str, str]:
    """The kinds of a term, which the structure has."""
    for kind in term.kinds:
        if kind not in structure.kinds:
            raise ValueError(
                f"short-range term {'-'.join(term.kinds)}: {structure.name} has no wells of kind "
                f"{kind!r}; kinds: {', '.join(structure.kinds)}"
            )
    return term.kinds


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
    shell = shells[number - 1]
    # half the gap that would start a new shell: rounding cannot decide on the members
    return shell.shortest - 0.5 * term.tolerance, shell.longest + 0.5 * term.tolerance


def _no_pair(structure: Structure, term: ShortRangeTerm) -> ValueError:
    wanted = term.distance or 0.0
    shells = _shells(structure, term, 6, wanted)
    nearest = sorted(shells, key=lambda shell: abs(shell.distance - wanted))[:6]
    near = sorted(s.distance for s in nearest)
    listed = ", ".join(
        digits(one, lambda shown, one=one: abs(shown - one) <= term.tolerance, 6)  # type: ignore[misc]
        for one in near
    )
    return ValueError(
        f"short-range term {'-'.join(term.kinds)}: no pair of wells at distance {wanted:.15g} "
        f"(tolerance {term.tolerance:g}); take one of {listed}"
    )


def _shells(
    structure: Structure, term: ShortRangeTerm, count: int, distance: float
) -> list[WellShell]:
    """Shells of the two kinds of a term: beyond ``distance``, and ``count`` of them if there are.

    Far out the shells lie closer than any tolerance: the search ends at 11 lattice constants.
    """
    kinds = tuple(sorted(term.kinds))
    cutoff = max(structure.lattice_constant, distance)
    chosen: list[WellShell] = []
    for _ in range(6):
        cutoff *= 1.5
        shells = well_distances(structure, cutoff, tolerance=term.tolerance)
        chosen = [shell for shell in shells if shell.kinds == kinds]
        # one more than asked for: the cutoff may cut the last in two
        if len(chosen) > count:
            break
    return chosen[:-1]
