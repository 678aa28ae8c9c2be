"""Small systems summed over all their configurations, without any of mcsc's tables.

Potentials come from a plain Ewald sum (or, screened, from the bare sum over images) written out
here, energies from a dense matrix over all pairs of states. A configuration is one integer a well,
−1 where it is empty; states of the supercell are listed well by well.
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.special import erfc

from mcsc.kernels import ladder
from mcsc.kernels.move_table import TALLY_COLUMNS
from mcsc.kernels.tables import State, build_tables, inner_axes, scratch_length, state_numbers
from mcsc.lattice import layer_slides, rigid_turns
from mcsc.structure import Structure, Well
from mcsc.units import SI


def well(kind, centre, displacements=((0, 0, 0),), energies=None, depth=0.0):
    moves = np.array(displacements, dtype=float)
    energies = np.zeros(len(moves)) if energies is None else np.array(energies, dtype=float)
    return Well(kind, centre, displacements=moves, state_energies=energies, depth=depth)


def crystal(cell, *wells, units=SI):
    return Structure("test", np.array(cell, dtype=float), tuple(wells), units=units)


def _translations(cell, cutoff):
    """Lattice vectors that can come within ``cutoff`` of any vector of the home cell."""
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = np.ceil(cutoff / heights).astype(int) + 1
    return np.array(list(product(*(range(-n, n + 1) for n in reach)))) @ cell


def periodic_coulomb(cell, vectors):
    """Ewald sum of 1/r on the lattice ``cell`` with a neutralizing background, tin foil."""
    volume = abs(np.linalg.det(cell))
    alpha = 2.1 / volume ** (1 / 3)
    images = _translations(cell, 6.3 / alpha)
    reciprocal = 2 * np.pi * np.linalg.inv(cell).T
    waves = _translations(reciprocal, 2 * alpha * 6.3)
    squares = (waves**2).sum(axis=1)
    waves, squares = waves[squares > 1e-12], squares[squares > 1e-12]
    weights = 4 * np.pi / volume * np.exp(-squares / (4 * alpha**2)) / squares
    values = []
    for vector in vectors:
        r = np.linalg.norm(images + vector, axis=1)
        apart = r > 1e-9
        total = (erfc(alpha * r[apart]) / r[apart]).sum() + (weights * np.cos(waves @ vector)).sum()
        # the limit of erf(αr)/r, where the charge itself is left out
        own = 0.0 if apart.all() else 2 * alpha / np.sqrt(np.pi)
        values.append(total - own - np.pi / (volume * alpha**2))
    return np.array(values)


def periodic_yukawa(cell, vectors, screening):
    """Sum of exp(−κr)/r over the images, less its mean."""
    images = _translations(cell, 34.0 / screening)
    values = []
    for vector in vectors:
        r = np.linalg.norm(images + vector, axis=1)
        r = r[r > 1e-9]
        values.append((np.exp(-screening * r) / r).sum())
    return np.array(values) - 4 * np.pi / (abs(np.linalg.det(cell)) * screening**2)


@dataclass(frozen=True)
class System:
    """All states k of a supercell and the energies between them.

    ``well``, ``state``, ``kind`` (K,); ``positions``, ``displacements`` (K, 3); ``site`` (K,)
    energy of a lone carrier; ``pair`` (K, K) energy of two carriers, zero within a well.
    """

    well: np.ndarray
    state: np.ndarray
    kind: np.ndarray
    positions: np.ndarray
    displacements: np.ndarray
    site: np.ndarray
    pair: np.ndarray
    cell: np.ndarray
    n_wells: int


def in_field(*vector):
    """Strength and direction of a field, as a task takes them."""
    strength = float(np.linalg.norm(vector))
    return {"field": strength, "field_direction": tuple((np.array(vector) / strength).tolist())}


def system(
    structure, size, *, coulomb=1.0, screening=0.0, field=(0, 0, 0), short_range=(), dopants=()
):
    """List the states of a supercell and sum up their energies.

    ``short_range``: triples of two kinds, a distance and an energy; ``dopants``: cartesian position
    and charge of ions.
    """
    rows: list[tuple] = []
    number = -1
    for cell in product(*map(range, size)):
        origin = np.array(cell) @ structure.cell
        for site in structure.wells:
            number += 1
            for s, u in enumerate(site.displacements):
                alone = site.depth + site.state_energies[s] - u @ np.array(field, dtype=float)
                rows.append((number, s, site.kind, origin + site.centre + u, u, alone))
    wells, states, kinds, positions, displacements, site_energies = map(
        np.array, zip(*rows, strict=True)
    )
    supercell = structure.cell * np.array(size)[:, None]
    first, second = np.triu_indices(len(rows))
    separations = positions[second] - positions[first]

    def potential_at(vectors):
        if screening:
            return periodic_yukawa(supercell, vectors, screening)
        return periodic_coulomb(supercell, vectors)

    potential = potential_at(separations)
    pair = np.zeros((len(rows), len(rows)))
    pair[first, second] = pair[second, first] = coulomb * potential
    centres = positions - displacements
    for one, two, distance, energy in short_range:
        images = _translations(supercell, 2 * distance)
        for k, j in product(range(len(rows)), repeat=2):
            if {kinds[k], kinds[j]} == {one, two}:
                r = np.linalg.norm(centres[j] - centres[k] + images, axis=1)
                pair[k, j] += energy * (np.abs(r - distance) < 1e-3).sum()
    site_energies = site_energies + 0.5 * np.diag(pair)
    for ion, charge in dopants:
        site_energies = site_energies + charge * coulomb * potential_at(positions - np.array(ion))
    pair[wells[:, None] == wells] = 0.0
    n_wells = len(set(wells.tolist()))
    return System(
        wells, states, kinds, positions, displacements, site_energies, pair, supercell, n_wells
    )


def ions(structure, dopants):
    """The ions of :class:`mcsc.model.Dopants` as :func:`system` takes them."""
    return [(np.array(place) @ structure.cell, dopants.charge) for place in dopants.positions]


def configurations(found, n_carriers):
    """(C, W) all ways to put ``n_carriers`` into the wells of a system."""
    n_states = np.bincount(found.well)
    rows = []
    for filled in combinations(range(found.n_wells), n_carriers):
        for states in product(*(range(n_states[w]) for w in filled)):
            row = np.full(found.n_wells, -1)
            row[list(filled)] = states
            rows.append(row)
    return np.array(rows)


def occupied(found, configuration):
    """(C, K) 1 where a state holds a carrier, for (C, W) configurations."""
    return (np.atleast_2d(configuration)[:, found.well] == found.state).astype(float)


def energies(found, configuration):
    """(C,) energy of every configuration, a double sum over all states."""
    n = occupied(found, configuration)
    return n @ found.site + 0.5 * np.einsum("ck,kj,cj->c", n, found.pair, n, optimize=True)


def boltzmann(energy, thermal_energy):
    """(C,) probability of every configuration."""
    weights = np.exp(-(energy - energy.min()) / thermal_energy)
    return weights / weights.sum()


def density_waves(found, configuration, q_cartesian):
    """(C, Q) Σ_i exp(−iq·r_i) at the real, displaced positions."""
    return occupied(found, configuration) @ np.exp(-1j * found.positions @ q_cartesian.T)


def place(model, tables, numbers, states, copies=1, seed=0, any_number=False):
    """Kernel :class:`State` with ``copies`` replicas of each row of ``states`` (R, W), to run.

    With room for ``any_number`` of carriers, or for those of the first row only.
    """
    n_wells = states.shape[1]
    count = (states >= 0).sum(axis=1)
    room = (n_wells, n_wells) if any_number else (count[0], n_wells - count[0])
    # whatever stands beyond the carriers must never be looked at
    carriers = np.full((len(states), room[0]), -(10**6), np.int32)
    empty = np.full((len(states), room[1]), -(10**6), np.int32)
    slot = np.empty((len(states), n_wells), np.int32)
    for r, row in enumerate(states):
        m, x, y, z = model.occupied(row).T
        filled, holes = np.nonzero(row >= 0)[0], np.nonzero(row < 0)[0]
        carriers[r, : len(filled)], empty[r, : len(holes)] = numbers[m, x, y, z], holes
        slot[r, filled], slot[r, holes] = np.arange(len(filled)), -1 - np.arange(len(holes))
    n_replicas = copies * len(states)
    state = State(
        carriers=np.repeat(carriers, copies, axis=0),
        number=np.repeat(count, copies).astype(np.int32),
        empty=np.repeat(empty, copies, axis=0),
        slot=np.repeat(slot, copies, axis=0),
        potential=np.zeros((n_replicas, len(tables.site))),
        energy=np.zeros(n_replicas),
        rng=np.random.default_rng(seed).integers(0, 2**64, (n_replicas + 1, 4), np.uint64),
        rung=np.arange(n_replicas, dtype=np.int32),
        replica=np.arange(n_replicas, dtype=np.int32),
        tally=np.zeros((n_replicas, TALLY_COLUMNS), np.int64),
        scratch=np.zeros((n_replicas, scratch_length(tables))),
    )
    ladder.recompute(tables, state)
    return state


def read(model, tables, state):
    """(R, W) configurations of a kernel state; also checks its lists of carriers and holes."""
    stride = tables.shape[3]
    n_wells = len(tables.first)
    rows = np.full((len(state.carriers), n_wells), -1)
    r, i = np.nonzero(np.arange(state.carriers.shape[1]) < state.number[:, None])
    carriers = state.carriers[r, i]
    wells = tables.well[carriers]
    rows[r, wells] = (carriers - tables.first[wells]) // stride
    assert ((rows >= 0).sum(axis=1) == state.number).all()
    assert (state.slot[r, wells] == i).all()
    r, i = np.nonzero(np.arange(state.empty.shape[1]) < n_wells - state.number[:, None])
    holes = state.empty[r, i]
    assert not (rows[r, holes] >= 0).any()
    assert (state.slot[r, holes] == -1 - i).all()
    return rows


def kernel_model(model, axes=None):
    """Tables of a model and their state numbers, in the layout with ``axes`` inner axes."""
    axes = axes or inner_axes(len(model.site), model.lattice.size)
    lattice = model.lattice
    near = lattice.near_wells()
    turns = rigid_turns(lattice.structure)
    slides = layer_slides(lattice.structure) if lattice.stacks_cells else None
    tables = build_tables(
        model.pair, model.site_energies, lattice.states_per_well, near, axes, turns, slides
    )
    return tables, state_numbers(lattice.size, len(model.site), axes)
