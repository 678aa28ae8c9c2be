"""Displaced states and depth of a well."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.structure.coordination import OUTSIDE, cage_axis
from mcsc.structure.one_cell import Structure
from mcsc.structure.well import Well
from mcsc.text import apart

# the kind of a carrier spread over a Star of David
STAR = "gamma"
# the kind of well it forms around
HEXAGON = "beta"
# in units of the mean distance of the cage ions: a face this close holds the centre
_IN_FACE = 0.05
Wells = TypeVar("Wells", Well, Structure)
States = Literal["centre", "vertices", "diagonals", "faces", "sixfold", "harmonic"]
Along = Literal["x", "y", "z", "xy", "xz", "yz", "xyz"]


def with_depth(well: Well, depth: float) -> Well:
    """Return the same well with another depth ε_w (eV; negative is attractive)."""
    return replace(well, depth=depth)


def displacement_length(well: Well, fraction: float) -> float:
    """Length of a displacement given as a fraction of the shortest centre-to-cage distance.

    In the well's unit (Å, or lattice constants in reduced units).

    Raises ValueError if the well has no cage or `fraction` is not between 0 and 1.
    """
    _require_cage(well, 1, "a displacement as a fraction of the cage")
    if not 0 < fraction < 1:
        raise ValueError(
            f"well {well.kind!r}: displacement fraction is {fraction}; give 0 < fraction < 1"
        )
    return fraction * float(well.distances.min())


def with_states(
    wells: Wells,
    states: States,
    length: float = 0.0,
    energy: float = 0.0,
    *,
    axis: npt.ArrayLike | None = None,
    along: Along = "xy",
    steps: int = 4,
) -> Wells:
    """Return a well, or all wells of a structure, with centre and displaced states of one kind.

    Parameters
    ----------
    wells
        A well, whose cage sets the directions, or a structure.
    states
        ``"centre"``: no displaced state. ``"vertices"``: one towards each cage ion, in cage
        order. ``"diagonals"``: one halfway between each pair of neighbouring in-plane cage
        directions (for an octahedron the four in-plane diagonals). ``"faces"``: one towards the
        centre of each face of the cage's convex hull, coplanar triangles merged; along its normal
        if the face holds the centre of the well, as the base of a pyramid does. ``"sixfold"``:
        six in the plane, 60° apart and the first along x, the same in every well.
        ``"harmonic"``: all points of a grid within ``length``, with energies that grow with the
        square of the displacement.
    length
        Length of every displacement in the well's unit, of ``"harmonic"`` the largest; ignored for
        ``"centre"``.
    energy
        Energy of each displaced state relative to the centre, eV; of ``"harmonic"`` W at
        ``length`` δ, so that it is ½ k u² with the stiffness k = 2 W/δ².
    axis
        Normal of the plane of the ``"diagonals"``, Cartesian; ignored otherwise. By default the
        cage's own (see `mcsc.structure.coordination.cage_axis`): that of the four equatorial ions
        of a square, pyramid or octahedron, or of a flat ring; z for other cages. The plane of
        ``"sixfold"`` is that of x and y.
    along
        Cartesian directions of the grid of ``"harmonic"``: 1 to 3 of x, y and z.
    steps
        Steps of that grid from the centre to ``length``. A grid sums a Gaussian exponentially well:
        a lone carrier has ⟨u_x²⟩ = k_B T/k to 0.6 % for W/steps² ≤ k_B T ≤ W/10. Below it freezes
        into the centre, above it feels the edge.

    Returns
    -------
    A new well or structure; state 0 is the centre with energy 0.

    Raises
    ------
    ValueError
        If `states` is unknown, the cage cannot define the directions, or `length` is not between
        0 and the shortest centre-to-cage distance; if a harmonic well has no positive energy, no
        steps, or directions that are none.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.with_states(mcsc.textbook("kagome-wells"), "vertices", length=0.1)
    Structure kagome-wells: 3 wells a cell
      wells: 2 × alpha, 1 × beta, with 15 states
      cell: 1 × 1 × 1 lattice constants
    """
    if isinstance(wells, Structure):
        every = (
            with_states(well, states, length, energy, axis=axis, along=along, steps=steps)
            for well in wells.wells
        )
        return replace(wells, wells=tuple(every))  # type: ignore[call-arg]
    well = wells
    if states not in get_args(States):
        raise ValueError(f"states {states!r} unknown; choose one of {', '.join(get_args(States))}")
    if states == "centre":
        return replace(
            well, displacements=np.zeros((1, 3)), state_energies=np.zeros(1), state_kinds=()
        )
    if states == "vertices":
        _require_cage(well, 1, "vertices")
        directions = well.cage - well.centre
    elif states == "diagonals":
        if axis is None:
            own = cage_axis(well.cage - well.centre)
            axis = (0.0, 0.0, 1.0) if own is None else own
        directions = _diagonals(well, np.asarray(axis, dtype=np.float64))
    elif states == "sixfold":
        _require_cage(well, 1, "the length of a displacement")
        angles = np.pi / 3 * np.arange(6)
        directions = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(6)])
    elif states == "harmonic":
        _require_cage(well, 1, "the length of a displacement")
        directions = _grid(along, steps, energy)
    else:
        directions = _faces(well)
    nearest = float(well.distances.min())
    if not 0 < length < nearest:
        shown, limit = apart(length, nearest) if length > 0 else (f"{length:g}", f"{nearest:.4g}")
        raise ValueError(
            f"well {well.kind!r}: displacement {shown} is outside 0 to {limit}, the "
            "distance of the nearest cage ion; shorten it"
        )
    lengths = np.linalg.norm(directions, axis=1)
    if states != "harmonic":
        directions, lengths = directions / lengths[:, None], np.ones(len(lengths))
    energies = np.append(0.0, float(energy) * lengths**2)
    displacements = np.vstack([np.zeros(3), length * directions])
    return replace(well, displacements=displacements, state_energies=energies, state_kinds=())


def with_star(well: Well, energy: float) -> Well:
    """Return a hexagon with one more state, its carrier spread over a Star of David.

    The star is the hexagon with the six triangles on its edges, 12 ions. To the potential its
    carrier is a point charge at the centre; what sets it apart is its energy, its kind ``"gamma"``,
    and that two nearest stars share ions: exclude them by a pair energy between two ``"gamma"``.

    energy: Energy of the extended state relative to the centre, eV.

    Raises ValueError if the well is no hexagon or has a star already.
    """
    if well.kind != HEXAGON:
        raise ValueError(
            f"well {well.kind!r}: a Star of David forms around a hexagon, kind {HEXAGON!r}"
        )
    if STAR in well.carrier_kinds:
        raise ValueError(f"well {well.kind!r}: has a star already")
    return replace(
        well,
        displacements=np.vstack([well.displacements, np.zeros(3)]),
        state_energies=np.append(well.state_energies, float(energy)),
        state_kinds=(*well.carrier_kinds, STAR),
    )


def _require_cage(well: Well, n_ions: int, purpose: str) -> None:
    if len(well.cage) < n_ions:
        raise ValueError(
            f"well {well.kind!r}: {len(well.cage)} cage ions, but {purpose} needs at least {n_ions}"
        )
    if not well.distances.min() > 0:
        raise ValueError(f"well {well.kind!r}: a cage ion sits on the centre; move or remove it")


def _diagonals(well: Well, axis: FloatArray) -> FloatArray:
    """Directions halfway in angle between neighbouring cage directions normal to `axis`."""
    _require_cage(well, 3, "diagonals")
    if axis.shape != (3,) or not np.linalg.norm(axis) > 0:
        raise ValueError(f"axis {axis.tolist()} is no direction; give three numbers, not all zero")
    axis = axis / np.linalg.norm(axis)
    directions = (well.cage - well.centre) / well.distances[:, None]
    # Within 30 degrees of the plane counts as in plane: tilted octahedra keep their diagonals.
    in_plane = directions[np.abs(directions @ axis) < 0.5]
    if len(in_plane) < 3:
        raise ValueError(
            f"well {well.kind!r}: only {len(in_plane)} cage ions near the plane normal to "
            f"{axis.round(3).tolist()}; diagonals need 3, choose another axis"
        )
    along = in_plane[0] - (in_plane[0] @ axis) * axis
    along = along / np.linalg.norm(along)
    across = np.cross(axis, along)
    # The offset keeps the first ion's angle, 0 up to rounding, from wrapping to 2π.
    angles = np.sort((np.arctan2(in_plane @ across, in_plane @ along) + 1e-9) % (2 * np.pi))
    halfway = np.array([(a + b) / 2 for a, b in pairwise([*angles, angles[0] + 2 * np.pi])])
    directions = np.cos(halfway)[:, None] * along + np.sin(halfway)[:, None] * across
    return np.asarray(directions, dtype=np.float64)


def _grid(along: str, steps: int, energy: float) -> FloatArray:
    """Points of a square grid but the centre in the unit ball of some directions, near ones first.

    Raises ValueError if there are no such directions, steps or stiffness.
    """
    if along not in get_args(Along):
        raise ValueError(f"along {along!r}: give one of {', '.join(get_args(Along))}")
    if steps < 1 or not energy > 0:
        raise ValueError(
            f"a harmonic well with steps = {steps} and an energy of {energy:g} at its largest "
            "displacement: give 1 step or more, and a positive energy"
        )
    ticks = np.arange(-steps, steps + 1)
    points = np.array(list(product(*(ticks if axis in along else (0,) for axis in "xyz"))))
    squares = (points**2).sum(axis=1)
    order = np.argsort(squares, kind="stable")
    return np.asarray(points[order[(squares[order] > 0) & (squares[order] <= steps**2)]] / steps)


def _faces(well: Well) -> FloatArray:
    """Directions to the face centres of the cage, ordered by the ions of each face."""
    from scipy.spatial import ConvexHull, QhullError

    _require_cage(well, 4, "faces")
    arms = well.cage - well.centre
    try:
        hull = ConvexHull(arms / well.distances.mean())
    except QhullError:
        raise ValueError(
            f"well {well.kind!r}: the cage is flat and has no faces; use vertices or diagonals"
        ) from None
    if (hull.equations[:, 3] > OUTSIDE).any():
        raise ValueError(f"well {well.kind!r}: the centre lies outside the cage; check the cage")
    faces = {_face_ions(hull.points, plane): plane for plane in hull.equations}
    # The centre of a face that holds the well's own, as the base of a pyramid, is no direction.
    return np.array(
        [
            hull.points[list(ions)].mean(axis=0) if -plane[3] > _IN_FACE else plane[:3]
            for ions, plane in ((ions, faces[ions]) for ions in sorted(faces))
        ]
    )


def _face_ions(ions: FloatArray, plane: FloatArray) -> tuple[int, ...]:
    """Indices of all ions on a facet's plane: triangles of one face give the same tuple."""
    on_plane = np.abs(ions @ plane[:3] + plane[3]) < 1e-3
    return tuple(np.flatnonzero(on_plane).tolist())
