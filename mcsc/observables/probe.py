"""What a model is measured with: wavevectors, phases, and the channels in which charge orders."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcsc.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from mcsc.lattice import (
    Lattice,
    Orbit,
    OrderWaves,
    equivalent_wells,
    order_waves,
    thinned,
    wavevectors,
)
from mcsc.model import Model
from mcsc.structure import STAR

if TYPE_CHECKING:
    from mcsc.observables.observable import Observable


@dataclass(frozen=True)
class Channel:
    """One way the charge can order: an order parameter m with m² measured on every snapshot.

    wells: (B,) wells of one number order with each other; empty in an orbit of wavevectors.
    members: Wavevectors of the orbit, as indices into those of :attr:`Probe.order`; none for order
        among the wells of one cell.
    wavevector: (3,) in reciprocal lattice units, the label of the channel.
    components: Number of independent real components of m.
    waves: Number of density waves of the cells that add up to m²; 1 for order within the cell.
    crossover: Whether the wells that order are inequivalent: their depths or states then act as a
        field on m, which sets in without breaking a symmetry.
    """

    wells: IntArray
    members: IntArray
    wavevector: FloatArray
    components: int
    waves: int
    crossover: bool = False


@dataclass(frozen=True)
class Probe:
    """Everything needed to measure snapshots of one model; built once a task.

    lattice: The supercell of wells.
    numbers: (M, Lx, Ly, Lz) state number of the kernel at each state and cell.
    q: (Q, 3) wavevectors in reciprocal lattice units.
    phases: (M, Q) exp(−iq·(R_b + u_s)) of each state of the cell.
    wave_index: (Q,) position of each wavevector in the flattened FFT of the supercell.
    order: Wavevectors in which a layer, or the whole supercell, can order, and their orbits.
    order_phases: (M, P) exp(−iq·(R_b + u_s)) at these of each state, its well brought to layer 0.
    n_sheets: Layers that no lattice translation carries into each other.
    n_layers: Layers in which order is measured apart; 1 if the whole supercell orders as one. Layer
        l is that of sheet l % n_sheets at height l // n_sheets.
    sheet, height: (B,) sheet of each well of the cell, and its height there: see
        :class:`mcsc.lattice.Layers`.
    cell_height: (cells,) height of a cell above the first, in layers of a sheet.
    orbit: (B,) orbit of each well of the cell under the symmetry of the Hamiltonian. Dopant ions
        are left out of it, here and in the orbits of wavevectors: order is looked for as in the
        clean crystal, though a random potential breaks every symmetry.
    sublattices: (n, B) the ways in which wells of one cell can order among each other, wells of one
        number with each other: within the orbits, and, where there are several orbits, all
        together. In layers only wells of one layer do.
    base, kind: (M,) well of the cell and index of the kind of its carrier, for each state.
    in_star: (M,) whether a carrier in the state is spread over a Star of David.
    displacements: (M, 3) displacement of each state, length.
    direction: (3,) unit vector ê of the field.
    also: Observables that are measured besides :data:`mcsc.observables.OBSERVABLES`.
    """

    lattice: Lattice
    numbers: npt.NDArray[np.int32]
    q: FloatArray
    phases: ComplexArray
    wave_index: IntArray
    order: OrderWaves
    order_phases: ComplexArray
    n_sheets: int
    n_layers: int
    sheet: IntArray
    height: IntArray
    cell_height: IntArray
    orbit: IntArray
    sublattices: IntArray
    sublattice_wavevector: FloatArray
    base: IntArray
    kind: IntArray
    in_star: BoolArray
    displacements: FloatArray
    direction: FloatArray
    also: "tuple[Observable, ...]" = ()


def build_probe(
    model: Model,
    numbers: npt.NDArray[np.int32],
    direction: FloatArray,
    also: "tuple[Observable, ...]" = (),
    most_waves: int | None = None,
) -> Probe:
    """Prepare the measurement of a model.

    numbers: (M, Lx, Ly, Lz) from :func:`mcsc.kernels.tables.state_numbers`.
    direction: (3,) unit vector of the field, the ∥ of the displacement observables.
    also: Observables besides the usual ones.
    most_waves: Wavevectors are those of a supercell of about so many cells at most that fits into
        this one, see :func:`mcsc.lattice.thinned`; by default all.
    """
    lattice, structure = model.lattice, model.lattice.structure
    layers = lattice.layers
    waves = lattice.size
    if most_waves is not None:
        # the waves of a layer take all wavevectors across
        free = [] if layers and np.count_nonzero(layers.plane) > 1 else range(3)
        waves = thinned(waves, [a for a in free if not (layers and layers.plane[a])], most_waves)
    whole = wavevectors(waves, structure.change)
    scale, stride = np.array(waves), np.array(lattice.size) // waves
    q = whole / scale
    states = np.array(lattice.states_per_well)
    base = np.repeat(np.arange(len(states)), states)
    centres = np.array([well.centre for well in structure.wells])
    fractional = (centres[base] + model.displacements) @ np.linalg.inv(structure.cell)
    kinds = structure.kinds
    of_state = [k for well in structure.wells for k in well.carrier_kinds]
    orbit = equivalent_wells(structure).astype(np.int64)
    sheet, height = (
        (layers.sheet, layers.height) if layers else np.zeros((2, len(states)), dtype=np.int64)
    )
    plane = layers.plane if layers else np.zeros(3, dtype=np.int64)
    n_sheets = int(sheet.max()) + 1
    order = order_waves(structure, waves, layers)
    if (stride > 1).any():
        at = np.array(np.unravel_index(order.rods, waves)) * stride[:, None, None]
        order = replace(order, rods=np.ravel_multi_index(tuple(at), lattice.size))
    at_home = fractional - height[base, None] * order.step
    if layers:
        # heights are those above the middle of the layer
        slope = np.linalg.inv(structure.cell) @ plane
        rise = slope / (slope @ slope) @ np.linalg.inv(structure.cell)
        at_home = at_home - layers.position[sheet[base], None] * rise
    return Probe(
        lattice=lattice,
        numbers=numbers,
        q=q,
        phases=np.exp(-2j * np.pi * fractional @ q.T),
        wave_index=np.ravel_multi_index(tuple((whole % scale * stride).T), lattice.size),
        order=order,
        order_phases=np.exp(-2j * np.pi * at_home @ order.q.T),
        n_sheets=n_sheets,
        n_layers=lattice.n_layers,
        sheet=sheet,
        height=height,
        cell_height=lattice.cells @ plane % (lattice.n_layers // n_sheets),
        orbit=orbit,
        sublattices=_sublattices(orbit, sheet),
        sublattice_wavevector=_sublattice_wavevector(
            order, at_home[np.searchsorted(base, np.arange(len(states)))], sheet
        ),
        base=base,
        kind=np.array([kinds.index(k) for k in of_state]),
        in_star=np.array([k == STAR for k in of_state]),
        displacements=model.displacements,
        direction=direction,
        also=also,
    )


def _within(orbit: IntArray, sheet: IntArray) -> IntArray:
    """One number for the wells of one orbit in one sheet."""
    return orbit * (int(sheet.max()) + 1) + sheet


def _sublattices(orbit: IntArray, sheet: IntArray) -> IntArray:
    found, alike = [], _within(orbit, sheet)
    if np.bincount(alike).max() > 1:
        found.append(alike)
    if len(np.unique(alike)) > len(np.unique(sheet)):
        found.append(sheet)
    return np.array(found, dtype=np.int64).reshape(-1, len(orbit))


def _sublattice_wavevector(order: OrderWaves, centres: FloatArray, sheet: IntArray) -> FloatArray:
    """Shortest whole wavevector at which order among the wells of one cell scatters; 0 if none.

    That is one at which a layer with all its wells filled does not scatter.
    """
    phases = np.exp(-2j * np.pi * order.whole @ centres.T)
    silent = np.zeros(len(order.whole), dtype=bool)
    for number, count in zip(*np.unique(sheet, return_counts=True), strict=True):
        silent |= np.abs(phases[:, sheet == number].sum(axis=1)) < 1e-6 * count
    return np.asarray(order.whole_labels[silent.argmax()] if silent.any() else np.zeros(3))


def channels(probe: Probe) -> list[Channel]:
    """The order parameters of ``order_squared`` in :func:`measure`, in its order.

    First order among the wells of one cell: equivalent ones, and all of them where they are not all
    equivalent. Then each orbit of wavevectors.
    """
    found = []
    nothing = np.zeros(0, dtype=np.int64)
    alike = _within(probe.orbit, probe.sheet)
    for wells in probe.sublattices:
        mixed = bool((wells != alike).any())
        n = max(
            int((np.unique(wells[probe.sheet == sheet], return_counts=True)[1] - 1).sum())
            for sheet in range(probe.n_sheets)
        )
        label = probe.sublattice_wavevector
        found.append(Channel(wells, nothing, label, n, 1, crossover=mixed))
    for orbit in probe.order.orbits:
        label = _label(probe.order.labels[orbit.members])
        components = _components(probe, orbit)
        found.append(Channel(nothing, orbit.members, label, components, orbit.n_waves))
    return found


def _components(probe: Probe, orbit: Orbit) -> int:
    """Number of equal Gaussian components of the m² of carriers placed at random, rounded.

    Several members of one wave are as many combinations of the densities of the wells of a layer,
    independent or not: m² = Σ ρ* G ρ over the waves, with mean Σ tr G and variance Σ tr G², twice
    that where ρ is real; n equal components would have the variance 2 mean²/n. Of several sheets
    the most.
    """
    centres = np.searchsorted(probe.base, np.arange(len(probe.orbit)))
    most = 0
    for sheet in range(probe.n_sheets):
        mean = variance = 0.0
        for wave in range(orbit.n_waves):
            members = orbit.members[orbit.waves == wave]
            name = probe.order.wave[members]
            phases = probe.order_phases[centres[probe.sheet == sheet]][:, members]
            # of a member at −q the conjugate density enters
            phases = np.where(name == name[0], phases, phases.conj()) / np.sqrt(len(members))
            gram = phases @ phases.conj().T
            # 2q a reciprocal lattice vector
            is_real = bool(name[0] == probe.order.opposite[members[0]])
            gram = gram.real if is_real else gram
            mean += np.trace(gram).real
            variance += (2 if is_real else 1) * (np.abs(gram) ** 2).sum()
        most = max(most, round(2 * mean**2 / variance))
    return most


def _label(q: FloatArray) -> FloatArray:
    """The same member of an orbit in every supercell: the shortest in h, k, l, then the largest."""
    rounded = np.round(q, 9)
    order = np.lexsort((*(-rounded.T[::-1]), np.abs(rounded).sum(axis=1)))
    return np.asarray(q[order[0]])
