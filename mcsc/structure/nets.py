"""Wells of a planar net of ions, found from the positions alone.

The wells of a net are its rings: the positions in its plane locally farthest from every ion. They
are vertices of the net's Voronoi diagram, which are the circumcentres of its Delaunay
triangles (Okabe, Boots, Sugihara & Chiu, Spatial Tessellations, 2nd ed. 2000, section 2.2,
doi:10.1002/9780470317013); triangles of one ring share a circumcentre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.periodic import cells_around, image_distances, nearest_distance, nearest_images, reduction
from mcsc.structure.coordination import sphere_centre, surrounds
from mcsc.structure.crystal.ordered import require_crystal
from mcsc.structure.crystal.species import elements_of, formula_of, species_of, whole_sites
from mcsc.structure.net_plane import SAME_PLANE, net_plane
from mcsc.structure.one_cell import Structure
from mcsc.structure.orbits import sorted_wells, with_orbits
from mcsc.structure.planes import ALONG_C, shortest_in_plane, steps_along
from mcsc.structure.polyhedra import distortion_of
from mcsc.structure.well import Well

if TYPE_CHECKING:
    from ase import Atoms

IndexArray = npt.NDArray[np.intp]

# In units of the nearest distance between ions of the net:
_SAME_RING = 0.1  # circumcentres closer than this belong to one, slightly distorted, ring
# In units of the distance from a centre to its nearest ion, going outwards:
_CAGE_GAP = 0.1  # the cage ends at the first step wider than this,
_CAGE_SPREAD = 0.25  # and has no ion farther out than this beyond the nearest

_KINDS = {3: "alpha", 4: "square", 6: "beta"}


def wells_of_net(atoms: Atoms, species: str) -> Structure:
    """Find the wells of the planar net that one species forms, in any plane of the crystal.

    Nets lie in planes of the lattice at least 0.9 of the nearest distance of their ions apart. Of
    several such planes it is one to which symmetry knows the fewest equivalents, as across the axis
    of a tetragonal crystal, and of these the one in which the ions lie densest. Of equivalent
    planes it is that of a and b, if it is one of them.

    Parameters
    ----------
    atoms
        A crystal, Å; its cell is kept.
    species
        The species of the net, such as ``"V"`` in CsV3Sb5.

    Returns
    -------
    Structure
        All wells of the given cell, sorted by kind and then by fractional coordinates: a supercell
        of n primitive cells gives n times the wells, so reduce it first (see `primitive_cell`).
        Kinds name the ring around the well: ``"alpha"`` a triangle, ``"square"`` four ions,
        ``"beta"`` a hexagon, ``"5-ring"`` and so on otherwise. The cage is that ring,
        counter-clockwise about the normal of the net from the first vector in its plane: about c*
        from the direction of a, where a and b span it. Wells have one state and depth 0.

    Raises
    ------
    ValueError
        If the crystal is not periodic or has partial occupancies, the species is absent, its ions
        do not lie in well separated planes, or equally densely in planes that differ (within 1 %),
        or they enclose no ring.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.wells_of_net(mcsc.read_crystal("CsV3Sb5"), "V")
    Structure V net of CsV3Sb5: 3 wells a cell
      wells: 2 × alpha, 1 × beta, with 3 states
      cell: 5.495 × 5.495 × 9.309 Å
    """
    label = f"{species} net of {formula_of(atoms)}"
    require_crystal(atoms, label)
    cell = np.array(atoms.cell.array)
    if species not in (elements := elements_of(atoms)):
        present = ", ".join(sorted(elements))
        raise ValueError(f"{label}: no {species} in the crystal; choose one of {present}")
    ions = np.array(atoms.positions[whole_sites(atoms, label, [species], "every ion of the net")])
    spacing = nearest_distance(ions, cell)
    plane = net_plane(atoms, label, ions, spacing)
    # two vectors in the plane, and one that leads to the next
    layered = cell if tuple(plane) == ALONG_C else shortest_in_plane(cell, plane)
    normal = np.cross(layered[0], layered[1])
    normal = normal / np.linalg.norm(normal)
    along = layered[0] / np.linalg.norm(layered[0])
    frame = np.array([along, np.cross(normal, along), normal])
    wells = []
    for sheet in _sheets(ions, layered[2], frame[2], spacing):
        wells += _wells_of_sheet(sheet, layered[:2], frame, spacing, species)
    if not wells:
        raise ValueError(f"{label}: its ions enclose no ring; choose another species")
    return Structure(
        name=label,
        cell=cell,
        wells=sorted_wells(with_orbits(atoms, wells), cell),
        ions=tuple(species_of(atoms)),
        ion_positions=atoms.positions,
        source=str(atoms.info.get("source", "")),
    )


def _sheets(
    ions: FloatArray, out: FloatArray, normal: FloatArray, spacing: float
) -> list[FloatArray]:
    """Split the ions into planes, each brought together by the vector that leads out of it."""
    period = float(abs(out @ normal))
    order, steps = steps_along(ions @ normal, period)
    # Start after a gap, so that a plane at the cell's boundary stays in one piece.
    gaps = np.flatnonzero(steps > SAME_PLANE * spacing)
    order = np.roll(order, -(gaps[0] + 1))
    cuts = (gaps[1:] - gaps[0]).tolist()
    sheets = []
    for part in np.split(order, cuts):
        heights = (ions[part] - ions[part[0]]) @ normal
        sheets.append(ions[part] - np.rint(heights / (out @ normal))[:, None] * out)
    return sheets


def _wells_of_sheet(
    ions: FloatArray, inside: FloatArray, frame: FloatArray, spacing: float, species: str
) -> list[Well]:
    """The rings of one plane of ions."""
    normal = frame[2]
    height = float(ions[0] @ normal + np.mean((ions - ions[0]) @ normal))
    lattice = inside @ frame[:2].T
    lattice = reduction(lattice) @ lattice
    # No position in the plane is farther from a lattice vector than half the diagonal.
    radius = float(np.linalg.norm(np.abs(lattice).sum(axis=0)))
    offsets = cells_around(lattice, radius)
    home = ions @ frame[:2].T @ np.linalg.inv(lattice)
    home = (home - np.floor(home)) @ lattice
    images = (home + (offsets @ lattice)[:, None]).reshape(-1, 2)
    wells = []
    found = np.zeros((0, 2))
    for centre in _void_centres(images, lattice, spacing):
        ring = _ring(images, centre)
        # a void off its ring is no farthest position of the net
        if not surrounds(images[ring] - centre):
            continue
        centre = sphere_centre(images[ring])
        # Voids at the edge of being one ring may both find it.
        if (image_distances(lattice, found - centre) < _SAME_RING * spacing).any():
            continue
        found = np.vstack([found, centre])
        arms = images[ring] - centre
        # The offset keeps an ion along a, at angle 0 up to rounding, from wrapping to 2π.
        arms = arms[np.argsort((np.arctan2(arms[:, 1], arms[:, 0]) + 1e-6) % (2 * np.pi))]
        position = centre @ frame[:2] + height * normal
        kind = _KINDS.get(len(arms), f"{len(arms)}-ring")
        around = arms @ frame[:2]
        cage, distortion = position + around, distortion_of(kind, around)
        wells.append(Well(kind, position, cage, (species,) * len(arms), distortion=distortion))
    return wells


def _void_centres(images: FloatArray, lattice: FloatArray, spacing: float) -> FloatArray:
    """Circumcentres of the Delaunay triangles, one per ring, inside one cell of the lattice."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import Delaunay

    corners = images[Delaunay(images).simplices]
    sides = corners[:, 1:] - corners[:, :1]
    area = sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]
    solid = np.abs(area) > 1e-6 * spacing**2
    sides, area = sides[solid], area[solid]
    squares = (sides**2).sum(axis=-1)
    across = squares[:, :1] * sides[:, 1] - squares[:, 1:] * sides[:, 0]
    to_centre = np.stack([across[:, 1], -across[:, 0]], axis=-1) / (2 * area[:, None])
    centres = corners[solid, 0] + to_centre
    # Only around the home cell is the triangulation that of the infinite net.
    fractional = centres @ np.linalg.inv(lattice)
    fractional = fractional[((fractional > -0.01) & (fractional < 1.01)).all(axis=1)]
    separation = fractional[:, None] - fractional
    apart = nearest_images(lattice, separation @ lattice)
    separation = separation - np.rint(separation - apart @ np.linalg.inv(lattice))
    near = np.linalg.norm(apart, axis=-1) < _SAME_RING * spacing
    count, ring_of = connected_components(coo_array(near), directed=False)
    # Averaged relative to one member: members may lie on opposite sides of the cell's boundary.
    members = [np.flatnonzero(ring_of == ring) for ring in range(count)]
    means = [fractional[m[0]] - separation[m[0], m].mean(axis=0) for m in members]
    means = [f - np.floor(f) for f in means]
    return np.array(means).reshape(-1, 2) @ lattice


def _ring(images: FloatArray, centre: FloatArray) -> IndexArray:
    """Indices of the nearest ions up to the first gap in their distances; at least three."""
    # A circumcentre has three ions at its radius, but a merged one only nearly.
    distances = np.linalg.norm(images - centre, axis=1)
    order: IndexArray = np.argsort(distances)
    outwards = distances[order] / distances[order[0]]
    beyond = (np.diff(outwards) > _CAGE_GAP) | (outwards[1:] > 1 + _CAGE_SPREAD)
    beyond[:2] = False
    return order[: int(beyond.argmax()) + 1]
