"""What a model is measured with: wavevectors, phases, and the channels in which charge orders."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.lattice import (
    Star,
    equivalent_wells,
    filled_lattice_peaks,
    point_group,
    stars,
    wavevectors,
)
from mcsc.model import Model
from mcsc.structure import STAR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Channel:
    """One way the charge can order: an order parameter m with m² measured on every snapshot.

    Attributes
    ----------
    rods
        (members, n) wavevector indices: for every member of the star those at all l that fit the
        supercell where layers order each for itself, else the member alone. Empty for order among
        the wells of one cell.
    wavevector
        (3,) in reciprocal lattice units, the label of the channel.
    components
        Number of independent real components of m.
    waves
        Number of density waves of the cells that add up to m²; 1 for order within the cell.
    crossover
        Whether the wells that order are inequivalent: their depths or states then act as a field
        on m, which sets in without breaking a symmetry.
    """

    rods: IntArray
    wavevector: FloatArray
    components: int
    waves: int
    crossover: bool = False


@dataclass(frozen=True)
class Probe:
    """Everything needed to measure snapshots of one model; built once a task.

    Attributes
    ----------
    numbers
        (M, Lx, Ly, Lz) state number of the kernel at each state and cell.
    q
        (Q, 3) wavevectors in reciprocal lattice units.
    phases
        (M, Q) exp(−iq·(R_b + u_s)) of each state of the cell.
    grid
        (Q,) position of each wavevector in the flattened FFT of the supercell.
    stars
        Stars of the wavevectors that are not whole; those in the plane of the layers if the layers
        order each for itself.
    n_layers
        Layers in which order is measured apart; 1 if the whole supercell orders as one.
    orbit
        (B,) orbit of each well of the cell under the symmetry of the Hamiltonian. Dopant ions are
        left out of it, here and in the stars: order is looked for as in the clean crystal, though
        a random potential breaks every symmetry.
    sublattices
        (n, B) the ways in which wells of one cell can order among each other, wells of one number
        with each other: within the orbits, and, where there are several orbits, all together.
    base, kind
        (M,) well of the cell and index of the kind of its carrier, for each state.
    in_star
        (M,) whether a carrier in the state is spread over a Star of David.
    displacements
        (M, 3) displacement of each state, length.
    direction
        (3,) unit vector ê of the field.
    """

    numbers: npt.NDArray[np.int32]
    q: FloatArray
    phases: npt.NDArray[np.complex128]
    grid: IntArray
    stars: list[Star]
    n_layers: int
    orbit: IntArray
    sublattices: IntArray
    sublattice_wavevector: FloatArray
    base: IntArray
    kind: IntArray
    in_star: npt.NDArray[np.bool_]
    displacements: FloatArray
    direction: FloatArray


def build_probe(
    model: Model, numbers: npt.NDArray[np.int32], direction: npt.NDArray[np.float64]
) -> Probe:
    """Prepare the measurement of a model.

    Parameters
    ----------
    numbers
        (M, Lx, Ly, Lz) from :func:`mcsc.kernels.tables.state_numbers`.
    direction
        (3,) unit vector of the field, the ∥ of the displacement observables.
    """
    lattice, structure = model.lattice, model.lattice.structure
    whole = wavevectors(lattice.size)
    scale = np.array(lattice.size)
    q = whole / scale
    states = np.array(lattice.states_per_well)
    base = np.repeat(np.arange(len(states)), states)
    centres = np.array([well.centre for well in structure.wells])
    fractional = (centres[base] + model.displacements) @ np.linalg.inv(structure.cell)
    kinds = structure.kinds
    of_state = [k for well in structure.wells for k in well.carrier_kinds]
    orbit = equivalent_wells(structure).astype(np.int64)
    return Probe(
        numbers=numbers,
        q=q,
        phases=np.exp(-2j * np.pi * fractional @ q.T),
        grid=np.ravel_multi_index(tuple((whole % scale).T), lattice.size),
        stars=_measured_stars(model, q),
        n_layers=lattice.n_layers,
        orbit=orbit,
        sublattices=_sublattices(orbit),
        sublattice_wavevector=_sublattice_wavevector(model, whole),
        base=base,
        kind=np.array([kinds.index(k) for k in of_state]),
        in_star=np.array([k == STAR for k in of_state]),
        displacements=model.displacements,
        direction=direction,
    )


def _measured_stars(model: Model, q: FloatArray) -> list[Star]:
    lattice = model.lattice
    found = stars(lattice.size, point_group(lattice.structure, lattice.size))
    if lattice.n_layers == 1 and lattice.size[2] > 1:
        return found
    return [star for star in found if (q[star.members, 2] == 0).all()]


def _sublattices(orbit: IntArray) -> IntArray:
    found = []
    if np.bincount(orbit).max() > 1:
        found.append(orbit)
    if len(np.unique(orbit)) > 1:
        found.append(np.zeros_like(orbit))
    return np.array(found, dtype=np.int64).reshape(-1, len(orbit))


def _sublattice_wavevector(model: Model, whole: IntArray) -> FloatArray:
    """Shortest whole wavevector at which order among the wells of one cell scatters; 0 if none."""
    lattice = model.lattice
    scale = np.array(lattice.size)
    peaks = filled_lattice_peaks(lattice.structure, lattice.size)
    candidates = whole[(whole % scale == 0).all(axis=1) & ~peaks] / scale
    if len(candidates) == 0:
        return np.zeros(3)
    reciprocal = 2 * np.pi * np.linalg.inv(lattice.structure.cell).T
    lengths = np.linalg.norm(candidates @ reciprocal, axis=1)
    # of equally long ones the first, whatever their rounding
    return np.asarray(candidates[np.flatnonzero(lengths < lengths.min() * (1 + 1e-6))[0]])


def channels(probe: Probe) -> list[Channel]:
    """The order parameters of ``order_squared`` in :func:`measure`, in its order.

    First order among the wells of one cell: equivalent ones, and all of them where they are not all
    equivalent. Then each star of wavevectors.
    """
    found = []
    nothing = np.zeros((0, 1), dtype=np.int64)
    for wells in probe.sublattices:
        _, counts = np.unique(wells, return_counts=True)
        mixed = bool((wells != probe.orbit).any())
        label, n = probe.sublattice_wavevector, int((counts - 1).sum())
        found.append(Channel(nothing, label, n, 1, crossover=mixed))
    rod_of = _rods(probe)
    for star in probe.stars:
        rods = np.array([rod_of[member] for member in star.members])
        label = _label(probe.q[star.members])
        found.append(Channel(rods, label, _components(probe, star), star.n_waves))
    return found


def _components(probe: Probe, star: Star) -> int:
    """Number of equal Gaussian components of the m² of carriers placed at random, rounded.

    Several members of one wave are as many combinations of the densities of the wells of a cell,
    independent or not: m² = Σ ρ* G ρ over the waves, with mean Σ tr G and variance Σ tr G², twice
    that where ρ is real; n equal components would have the variance 2 mean²/n.
    """
    size = np.array(probe.numbers.shape[1:])
    centres = np.searchsorted(probe.base, np.arange(len(probe.orbit)))
    mean = variance = 0.0
    for wave in range(star.n_waves):
        members = star.members[star.waves == wave]
        grid = probe.grid[members]
        phases = probe.phases[centres][:, members]
        # of a member at −q the conjugate density enters
        phases = np.where(grid == grid[0], phases, phases.conj()) / np.sqrt(len(members))
        gram = phases @ phases.conj().T
        # 2q a reciprocal lattice vector
        is_real = bool((np.rint(2 * probe.q[members[0]] * size) % size == 0).all())
        gram = gram.real if is_real else gram
        mean += np.trace(gram).real
        variance += (2 if is_real else 1) * (np.abs(gram) ** 2).sum()
    return round(2 * mean**2 / variance)


def _rods(probe: Probe) -> dict[int, IntArray]:
    """For each member of a star the wavevectors with its h and k, one for each l of the first zone.

    The member alone where the supercell orders as one.
    """
    members = [int(member) for star in probe.stars for member in star.members]
    if probe.n_layers == 1:
        return {member: np.array([member]) for member in members}
    plane = [tuple(row) for row in probe.q[:, :2].tolist()]
    rods: dict[tuple[float, ...], list[int]] = {}
    for i in np.nonzero((probe.q[:, 2] > -0.5) & (probe.q[:, 2] <= 0.5))[0].tolist():
        rods.setdefault(plane[i], []).append(i)
    return {member: np.array(rods[plane[member]]) for member in members}


def _label(q: FloatArray) -> FloatArray:
    """The same member of a star in every supercell: the shortest in h, k, l, then the largest."""
    rounded = np.round(q, 9)
    order = np.lexsort((*(-rounded.T[::-1]), np.abs(rounded).sum(axis=1)))
    return np.asarray(q[order[0]])
