"""The superlattice that carriers form: primitive translations, its name, wavevectors, symmetry."""

from dataclasses import dataclass, replace
from itertools import count, product

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.ground_states.symmetry import occupation, translations_between
from mcsc.lattice import filled_lattice_peaks, layer_frame, plane_lattice, wavevectors
from mcsc.model import Model, StateArray
from mcsc.periodic import reduction
from mcsc.structure import Structure
from mcsc.structure.crystal.symmetry import space_group


@dataclass(frozen=True, eq=False)
class Superlattice:
    """The periodicity of a configuration.

    vectors: (3, 3) primitive translations as rows, in units of the cell vectors: the two shortest
        in a layer (without layers, in the plane of the first two), and one that leads out of it.
    name: The lattice in the plane as surface science writes it (Wood's notation), such as ``2×2``,
        ``√3×√3 R30°`` or ``c(2×4)``; else both vectors, such as ``(3,1),(1,2)``.
    period: Cells from layer to layer (without layers, along the third vector) after which these
        repeat without a shift.
    """

    vectors: IntArray
    name: str
    period: int


def superlattice(model: Model, state: StateArray) -> Superlattice:
    """The superlattice of a configuration, displacements of its carriers included.

    Periods longer than the supercell cannot be seen. An empty or a full lattice has the period of
    the cell.

    E. A. Wood, J. Appl. Phys. 35, 1306 (1964), doi:10.1063/1.1713610 (the notation).
    """
    filled, structure = occupation(model, state), model.lattice.structure
    size = np.array(model.lattice.size)
    fixed = translations_between(filled, filled)
    # rows: vectors along the layers and from one to the next, in units of the sampled cells
    frame = _frame(structure)
    back = np.rint(np.linalg.inv(frame)).astype(np.int64)
    repeats = np.diag(size)
    repeats = reduction(repeats @ structure.cell) @ repeats
    inside = np.argwhere(fixed)
    inside -= np.floor(inside @ np.linalg.inv(repeats) + 1e-9).astype(np.int64) @ repeats
    steps = np.array(list(product((-1, 0, 1), repeat=3))) @ repeats
    periods = (inside[:, None] + steps[None]).reshape(-1, 3) @ back
    cell = frame @ structure.cell
    name, plane = plane_lattice(_shortest(periods[periods[:, 2] == 0][:, :2], cell), cell[:2])
    above = periods[periods[:, 2] > 0]
    lowest = above[above[:, 2] == above[:, 2].min()]
    leaning = np.round(np.linalg.norm(lowest @ cell, axis=1), 6)
    sideways = np.abs(lowest[:, :2]).sum(axis=1)
    out = lowest[np.lexsort((*-lowest.T, leaning, sideways > 0))[0]]
    straight = (m for m in count(1) if fixed[tuple(m * frame[2] % size)])
    vectors = np.array([[*plane[0], 0], [*plane[1], 0], out], dtype=np.int64)
    return Superlattice(vectors @ frame @ structure.change, name, next(straight))


def _frame(structure: Structure) -> IntArray:
    """Vectors along the layers of the cell that was given, in units of those that are sampled."""
    given = structure
    if structure.axes is not None:
        given = replace(structure, cell=structure.axes, axes=None)
    back = np.rint(np.linalg.inv(structure.change)).astype(np.int64)
    return np.asarray(layer_frame(given) @ back)


def _shortest(periods: IntArray, cell: FloatArray) -> IntArray:
    """The two shortest vectors of a plane lattice, turning as those of the cell do."""
    vectors = periods @ cell[:2]
    lengths = np.round(np.linalg.norm(vectors, axis=1) / np.linalg.norm(cell[0]), 6)
    # of equally long ones those most along the first vector, then the second
    along, across = np.round(vectors @ cell[:2].T, 6).T
    order = np.lexsort((-across, -along, lengths))
    order = order[lengths[order] > 0]
    first = periods[order[0]]
    turns = first[0] * periods[order, 1] - first[1] * periods[order, 0]
    second = periods[order[turns > 0][0]]
    return np.array([first, second], dtype=np.int64)


def density_waves(model: Model, state: StateArray, most: int = 6) -> tuple[FloatArray, FloatArray]:
    """The strongest density waves of a configuration.

    Returns: wavevectors (n, 3): In reciprocal lattice units, strongest first, at most ``most``. Of
        the wavevectors that are one wave of the cells (equal up to sign and a reciprocal lattice
        vector) the strongest, of those the shortest. Peaks of the lattice that all wells form
        together are left out.
        weights (n,): |ρ_q|²/N² with ρ_q = Σ exp(−iq·r) over the carriers at their real positions,
        from 0 to 1.
    """
    lattice = model.lattice
    q = wavevectors(lattice.size, lattice.structure.change)
    q = q[~filled_lattice_peaks(lattice.structure, lattice.size)]
    fractional = positions(model, state) @ np.linalg.inv(lattice.structure.cell)
    if len(fractional) == 0:
        return np.zeros((0, 3)), np.zeros(0)
    scaled = q / np.array(lattice.size)
    written = lattice.structure.in_axes(scaled)
    waves = np.exp(-2j * np.pi * scaled @ fractional.T).sum(axis=1)
    weights = np.abs(waves) ** 2 / len(fractional) ** 2
    reciprocal = np.linalg.inv(lattice.structure.cell).T
    lengths = np.linalg.norm(scaled @ reciprocal, axis=1)
    order = np.lexsort(((written < -1e-9).sum(axis=1), np.round(lengths, 9), -np.round(weights, 9)))
    kept: list[int] = []
    seen: set[tuple[int, ...]] = set()
    for i in order.tolist():
        name = min(tuple(q[i] % lattice.size), tuple(-q[i] % lattice.size))
        if weights[i] > 1e-9 and name not in seen and len(kept) < most:
            seen.add(name)
            kept.append(i)
    return written[kept], weights[kept]


def positions(model: Model, state: StateArray) -> FloatArray:
    """(N, 3) cartesian positions of the carriers, displacements included."""
    m, *cells = model.occupied(state).T
    structure = model.lattice.structure
    centres = np.repeat(
        [well.centre for well in structure.wells], model.lattice.states_per_well, axis=0
    )
    return np.asarray((centres + model.displacements)[m] + np.array(cells).T @ structure.cell)


def carrier_symmetry(
    model: Model, state: StateArray, found: Superlattice
) -> tuple[str, str] | None:
    """Space group and point group of the carriers alone, at their real positions.

    found: Superlattice of the configuration, from :func:`superlattice`.

    Returns: International symbols, or None without carriers or where the search fails. Stars of
        David count as another species; the empty wells and the ions do not count.
    """
    structure = model.lattice.structure
    # in units of the cells that are sampled
    vectors = found.vectors @ np.rint(np.linalg.inv(structure.change)).astype(np.int64)
    cell = vectors @ structure.cell
    occupied = model.occupied(state)
    # one carrier of each set that the superlattice repeats
    steps = np.floor(occupied[:, 1:] @ np.linalg.inv(vectors) + 1e-9).astype(np.int64)
    home = np.column_stack([occupied[:, 0], occupied[:, 1:] - steps @ vectors])
    _, kept = np.unique(home, axis=0, return_index=True)
    special = [kind != well.kind for well in structure.wells for kind in well.carrier_kinds]
    species = np.array(special, dtype=np.int64)[occupied[kept, 0]]
    fractional = positions(model, state)[kept] @ np.linalg.inv(cell)
    group = None
    if len(kept):
        group = space_group(cell, fractional, species, 1e-4 * structure.lattice_constant)
    return None if group is None else (group.symbol, group.point_group)
