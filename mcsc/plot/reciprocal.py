"""Brillouin zones cut by a plane or in it, and the wavevectors in it that have names."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from mcsc.arrays import FloatArray
from mcsc.periodic import reduction, translations_within
from mcsc.plot.style import outline
from mcsc.structure.crystal.symmetry import space_group

# of a reduced lattice no vector beyond these bounds its Voronoi cell
_STEPS = np.array(list(product(range(-2, 3), repeat=3)))
# direction of the one wavevector of an orbit that gets the name, off every mirror line
_NAMED_AT = np.deg2rad(20.0)


def reciprocal_lattice(cell: FloatArray) -> FloatArray:
    """Reciprocal lattice vectors as rows, 2π included."""
    return np.asarray(2 * np.pi * np.linalg.inv(cell).T, dtype=np.float64)


def zone_section(reciprocal: FloatArray, basis: FloatArray, height: float = 0.0) -> FloatArray:
    """Corners (n, 2), anticlockwise, of the first Brillouin zone cut by a plane.

    reciprocal: Reciprocal lattice vectors as rows, (3, 3).
    basis: Orthonormal rows (2, 3) of the plane.
    height: Distance of the plane from k = 0 along the cross product of the rows.

    Returns: Coordinates in the basis; (0, 2) where the plane misses the zone.
    """
    points = _reduced(reciprocal)
    normal = np.cross(*basis)
    reach = float(np.linalg.norm(points, axis=1).max())
    corners = reach * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    for point in points[np.linalg.norm(points, axis=1) > 1e-9 * reach]:
        limit = float(point @ point) / 2 - height * float(point @ normal)
        corners = _clipped(corners, basis @ point, limit, 1e-9 * reach**2)
        if len(corners) == 0:
            return corners
    step = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    corners = corners[step > 1e-6 * reach]
    return corners if len(corners) > 2 else np.zeros((0, 2))


def wigner_seitz(vectors: FloatArray) -> FloatArray:
    """Corners (n, 2), anticlockwise, of the Wigner-Seitz cell of a plane lattice.

    vectors: Lattice vectors as rows, shape (2, 2); of a reciprocal lattice the cell is the first
        Brillouin zone.
    """
    space = np.diag([0.0, 0.0, float(np.linalg.norm(vectors[0]))])
    space[:2, :2] = vectors
    return zone_section(space, np.eye(3)[:2])


def special_points(
    cell: FloatArray, basis: FloatArray, height: float = 0.0
) -> dict[str, FloatArray]:
    """Points of high symmetry of the first Brillouin zone in a plane, by name.

    Names and wavevectors are those of ase for the Bravais lattice (W. Setyawan and S. Curtarolo,
    Comput. Mater. Sci. 49, 299 (2010), doi:10.1016/j.commatsci.2010.05.010), with the Greek
    letters for which ase writes G and S; each with all those that the symmetry of the lattice makes
    of it.

    Returns: (n, 2) coordinates in the basis by name; empty for a lattice that ase does not
        recognize.
    """
    from ase.cell import Cell

    lattice_of: Any = Cell
    try:
        named = lattice_of(cell).bandpath(npoints=0).special_points
        symbol = lattice_of(cell).get_bravais_lattice().variant
    except (RuntimeError, ValueError):
        return {}
    tolerance = 1e-4 * float(np.linalg.norm(cell, axis=1).min())
    group = space_group(cell, np.zeros((1, 3)), np.ones(1, dtype=np.int64), tolerance)
    if group is None:
        return {}
    reciprocal = reciprocal_lattice(cell)
    lattice = _reduced(reciprocal)
    scale = float(np.linalg.norm(reciprocal, axis=1).min())
    found: dict[str, FloatArray] = {}
    for name, point in named.items():
        # with x' = R x on positions, k' = Rᵀ k runs through the same orbit as R runs through all
        orbit = np.einsum("nji,j->ni", group.rotations, np.asarray(point)) @ reciprocal
        images = (orbit[:, None] + lattice).reshape(-1, 3)
        lengths = np.linalg.norm(images, axis=1)
        images = images[lengths < lengths.min() + 1e-4 * scale]
        here = images[np.abs(images @ np.cross(*basis) - height) < 1e-4 * scale]
        if len(here):
            flat = np.unique(np.round(here @ basis.T / scale, 6) + 0.0, axis=0) * scale
            # a centred lattice has wavevectors with two names, one above the zone of the other
            if not any(np.array_equal(flat, other) for other in found.values()):
                found[_shown_name(str(name), symbol)] = flat
    return found


def _shown_name(name: str, lattice: str) -> str:
    """The name as in the source; S of the centred tetragonal lattice is Σ there."""
    if name == "G":
        return "Γ"
    return name.replace("S", "Σ") if lattice == "BCT2" else name


def draw_zones(
    ax: Axes, reciprocal: FloatArray, basis: FloatArray, height: float, reach: float
) -> list[Artist]:
    """Outline the first Brillouin zone, and finely those around it out to a distance."""
    normal = np.cross(*basis)
    sections: dict[float, FloatArray] = {}
    around = []
    _, steps, _ = translations_within(reciprocal, np.zeros((1, 3)), reach)
    for point in steps @ reciprocal:
        # a lattice plane of zones is cut at one height
        below = round(height - float(point @ normal), 9)
        if below not in sections:
            sections[below] = zone_section(reciprocal, basis, below)
        if len(sections[below]):
            around.append((sections[below] + basis @ point).tolist())
    ax.add_collection(
        PolyCollection(around, facecolor="none", edgecolor="white", linewidth=0.3, alpha=0.6,
                       label="zones")
    )  # fmt: skip
    first = zone_section(reciprocal, basis, height)
    return draw_zone(ax, first) if len(first) else []


def draw_zone(ax: Axes, corners: FloatArray) -> list[Artist]:
    """Outline one Brillouin zone."""
    zone = Polygon(corners, fill=False, edgecolor="black", linewidth=1.0, path_effects=outline(2.0))
    ax.add_patch(zone)
    return [Line2D([], [], color="black", linewidth=1.0, label="Brillouin zone")]


def draw_points(ax: Axes, points: dict[str, FloatArray]) -> None:
    """Mark points of high symmetry, and write the name at one of each orbit."""
    for i, (name, orbit) in enumerate(points.items()):
        ax.plot(
            *orbit.T, linestyle="none", marker="o", markersize=2.0, color="white",
            markeredgecolor="black", markeredgewidth=0.4, label=name,
        )  # fmt: skip
        # names of near ones on different sides
        named_at = _NAMED_AT + i * np.pi / 2
        turned = np.angle(np.exp(1j * (np.arctan2(orbit[:, 1], orbit[:, 0]) - named_at)))
        at = orbit[np.argmin(np.abs(turned))]
        letter, number = name[:1], name[1:]
        distance = float(np.linalg.norm(at))
        x, y = 6.5 * at / distance if distance > 1e-9 else (4.5, 4.5)
        ax.annotate(
            f"{letter}$_{{{number}}}$" if number else letter, at, xytext=(x, y),
            textcoords="offset points", ha="center", va="center", fontsize=6.5,
            path_effects=outline(1.5),
        )  # fmt: skip


def _reduced(reciprocal: FloatArray) -> FloatArray:
    """(125, 3) points of the lattice around its origin, from its shortest vectors."""
    return np.asarray(_STEPS @ reduction(reciprocal) @ reciprocal)


def _clipped(corners: FloatArray, side: FloatArray, limit: float, tiny: float) -> FloatArray:
    """The part of a convex polygon with p·side ≤ limit."""
    excess = corners @ side - limit
    kept = []
    for i in range(len(corners)):
        j = (i + 1) % len(corners)
        if excess[i] <= tiny:
            kept.append(corners[i])
        if (excess[i] > tiny) != (excess[j] > tiny):
            share = excess[i] / (excess[i] - excess[j])
            kept.append(corners[i] + share * (corners[j] - corners[i]))
    return np.array(kept).reshape(-1, 2)
