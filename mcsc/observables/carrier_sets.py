"""Where carriers can be spread out, and how strongly each such set of carriers diffracts.

In the static picture every kind of carrier has a set of its own in momentum space: alpha, beta and
gamma in a kagome net, the centre and the diagonals in an octahedron. What can be computed of it is
the form factor of the polyhedra, |f(k)|². It is no band structure: nothing in it has an energy.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.observables.form_factor import form_factor
from mcsc.periodic import image_distances, nearest_images
from mcsc.structure import HEXAGON, STAR, Structure, Well

# positions closer than this share of the size of a cage are one
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class CarrierSet:
    """Carriers of one kind, each spread evenly over its polyhedron.

    name: The kind of well, ``"gamma"`` for Stars of David, or the kind and ``", displaced"``.
    cages: Corners about the centre for each well of the set in a cell, (n_ions, 3), length.
    displacements: (n, 3) places for each of these wells, equally often taken, to which the whole
        polyhedron can be shifted; zero for carriers at the centre.
    """

    name: str
    cages: tuple[FloatArray, ...]
    displacements: tuple[FloatArray, ...]


def carrier_sets(structure: Structure) -> tuple[CarrierSet, ...]:
    """The sets of carriers of a structure.

    One for each kind of well; Stars of David where hexagons have all their six triangles, whether
    or not the wells have such a state; then one for each kind with displaced states.

    Raises ValueError if no well has a cage of ions of its own, as in textbook lattices of bare
        sites, or a cage encloses no area.
    """
    caged = [well for well in structure.wells if _is_caged(structure, well)]
    if not caged:
        raise ValueError(
            f"structure {structure.name!r}: no well has a cage of ions over which a carrier could "
            "be spread; take the wells of a crystal, or the lattice 'kagome-wells'"
        )
    kinds = dict.fromkeys(well.kind for well in caged)
    wells = {kind: [well for well in caged if well.kind == kind] for kind in kinds}
    at_rest = np.zeros((1, 3))
    sets = [_set(kind, [(w.cage - w.centre, at_rest) for w in wells[kind]]) for kind in kinds]
    stars = [(w, star_of_david(structure, w)) for w in wells.get(HEXAGON, [])]
    complete = [(corners - w.centre, at_rest) for w, corners in stars if len(corners)]
    sets.append(_set(STAR, complete))
    for kind in kinds:
        around = [(w.cage - w.centre, _displaced(w)) for w in wells[kind]]
        sets.append(_set(f"{kind}, displaced", around))
    return tuple(item for item in sets if item.cages)


def intensity(carriers: CarrierSet, k: npt.ArrayLike) -> FloatArray:
    """|f(k)|² of a set of carriers, averaged over its wells.

    For displaced carriers f is that of the polyhedron times Σ_s exp(−ik·u_s)/n over the n places.
    How carriers in different wells interfere is not in it: that is S(k).

    k: (..., 3) wavevectors, cartesian, radians per length.

    Returns: (...) numbers from 0 to 1, 1 at k = 0.
    """
    waves = np.asarray(k, dtype=np.float64)
    total = np.zeros(waves.shape[:-1])
    for cage, places in zip(carriers.cages, carriers.displacements, strict=True):
        amplitude = form_factor(waves, cage, np.zeros(3))
        amplitude = amplitude * np.exp(-1j * (waves @ places.T)).mean(axis=-1)
        total += np.abs(amplitude) ** 2
    return np.asarray(total / len(carriers.cages))


def star_of_david(structure: Structure, well: Well) -> FloatArray:
    """The twelve corners of the Star of David of a hexagon and the triangles on its six sides.

    Returns: (12, 3) positions, notches and tips by turns; (0, 3) unless a triangle stands on every
        side.
    """
    if len(well.cage) != 6:
        return np.zeros((0, 3))
    notches = _around(well.cage, well.centre)
    size = float(well.distances.max())
    corners = []
    for first, second in zip(notches, np.roll(notches, -1, axis=0), strict=True):
        tips = [
            tip
            for other in structure.wells
            if len(other.cage) == 3
            for tip in _third_corners(other.cage, first, second, structure.cell, size)
        ]
        if len(tips) != 1:
            return np.zeros((0, 3))
        corners += [first, tips[0]]
    return np.array(corners)


def _third_corners(
    triangle: FloatArray, first: FloatArray, second: FloatArray, cell: FloatArray, size: float
) -> list[FloatArray]:
    """The third corner of each image of a triangle that has the first two in this order."""
    found = []
    for i, j, k in permutations(range(3)):
        shift = first - triangle[i]
        whole = shift - nearest_images(cell, shift)
        miss = [np.linalg.norm(shift - whole), np.linalg.norm(triangle[j] + whole - second)]
        if max(miss) < _SAME * size:
            found.append(triangle[k] + whole)
    return found


def _around(cage: FloatArray, centre: FloatArray) -> FloatArray:
    """Corners of a flat cage in the order of their angle about the centre."""
    arms = cage - centre
    axes = np.linalg.svd(arms)[2]
    return np.asarray(cage[np.argsort(np.arctan2(arms @ axes[1], arms @ axes[0]))])


def _displaced(well: Well) -> FloatArray:
    """Displacements (n, 3) of the states that are not at the centre."""
    away = np.linalg.norm(well.displacements, axis=1) > 0
    return np.asarray(well.displacements[away])


def _set(name: str, wells: list[tuple[FloatArray, FloatArray]]) -> CarrierSet:
    known = [(cage, places) for cage, places in wells if len(places)]
    return CarrierSet(name, tuple(c for c, _ in known), tuple(p for _, p in known))


def _is_caged(structure: Structure, well: Well) -> bool:
    """Whether a well has a cage, and one that is not made of other wells."""
    if len(well.cage) == 0:
        return False
    centres = np.array([other.centre for other in structure.wells])
    distances = image_distances(structure.cell, well.cage[:, None] - centres)
    return bool(distances.min() > _SAME * well.distances.max())
