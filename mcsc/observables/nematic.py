"""Nematic order of a layer: whether near carriers line up along one of its equivalent directions.

With i, j the carriers of a layer in near wells, θ_ij the direction from one to the other in the
plane and N_l the mean number of carriers a layer,

    ψ = Σ_⟨ij⟩ exp(2iθ_ij) / N_l.

|ψ| is 1 where carriers stand in straight lines, each with two near ones, and 0 where a threefold,
fourfold or sixfold axis is kept. Only with such an axis is it an order parameter: of two components
and three states in a triangular or kagome layer, of one component and two states in a square one.

M. Matty and E.-A. Kim, Nat. Commun. 13, 7098 (2022), doi:10.1038/s41467-022-34683-x: nematic states
of generalized Wigner crystals.
"""

from functools import lru_cache

import numpy as np

from mcsc.arrays import ComplexArray, FloatArray, IntArray
from mcsc.lattice import Lattice
from mcsc.lattice.nearness import NEAR, near_pairs
from mcsc.lattice.symmetry import well_symmetry
from mcsc.observables.observable import Observable, order_of_layers
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots


@lru_cache(maxsize=8)
def _pairs(lattice: Lattice) -> list[tuple[IntArray, ComplexArray]]:
    """Of each sheet the near wells of a layer, each pair once, and exp(2iθ) of each bond.

    Pairs are (bonds, 2, heights, pairs of one layer), a well is ``b * n_cells + cell``.
    """
    layers, cells, structure = lattice.layers, lattice.cells, lattice.structure
    if layers is None:
        return []
    n_sheets, normal = len(layers.position), np.linalg.inv(structure.cell) @ layers.plane
    n_heights, (x, y) = lattice.n_layers // n_sheets, np.linalg.svd(normal[None])[2][1:]
    pairs: list[list[object]] = [[] for _ in range(n_sheets)]
    phases: list[list[complex]] = [[] for _ in range(n_sheets)]
    for first, second, *cell in near_pairs(structure, NEAR).tolist():
        rise = layers.height[second] + layers.plane @ cell - layers.height[first]
        ends = structure.wells[first].centre, structure.wells[second].centre
        apart = ends[1] + np.array(cell) @ structure.cell - ends[0]
        along, sheet = complex(apart @ x, apart @ y), layers.sheet[first]
        once = (first, second, *cell) > (second, first, *(-n for n in cell))
        # wells of one layer may lie on top of each other
        level = rise == 0 and abs(along) > 1e-3 * np.linalg.norm(apart)
        if once and level and sheet == layers.sheet[second]:
            order = np.argsort((cells @ layers.plane + layers.height[first]) % n_heights)
            other = np.ravel_multi_index(tuple(((cells + cell) % lattice.size).T), lattice.size)
            bases = lattice.n_cells * first, lattice.n_cells * second
            pairs[sheet].append((bases[0] + order, bases[1] + other[order]))
            phases[sheet].append((along / abs(along)) ** 2)
    shape = (-1, 2, n_heights, lattice.n_cells // n_heights)
    return [
        (np.array(wells, dtype=np.int64).reshape(shape), np.array(turned))
        for wells, turned in zip(pairs, phases, strict=True)
    ]


@lru_cache(maxsize=8)
def _has_axis(lattice: Lattice) -> bool:
    """Whether three, four or six directions of every layer are equivalent."""
    layers, structure = lattice.layers, lattice.structure
    group = well_symmetry(structure)
    if layers is None or group is None:
        return False
    normal = np.linalg.inv(structure.cell) @ layers.plane
    normal /= np.linalg.norm(normal)
    rotations = structure.cell.T @ group.rotations @ np.linalg.inv(structure.cell.T)
    across = rotations @ normal @ normal
    proper = np.abs(np.linalg.det(rotations) * across - 1) < 1e-3
    fold = np.rint(np.trace(rotations, axis1=1, axis2=2) - across)
    # a screw axis may turn one sheet into the next
    even = (len(one) > 0 and abs(one.sum()) < 1e-3 * len(one) for _, one in _pairs(lattice))
    return bool((proper & (np.abs(fold) <= 1)).any()) and all(even)


def _nematic_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, layers) |ψ|² of each layer."""
    n, starts = len(snapshots.carriers), np.searchsorted(probe.base, np.arange(len(probe.orbit)))
    held = snapshots.by_cell
    if len(probe.base) > len(starts):
        held = np.add.reduceat(held, starts, axis=1)
    filled = held.astype(np.bool_).reshape(n, -1)
    sheets = [
        np.einsum("nkh,k->nh", filled[:, wells].all(axis=2).sum(axis=3), phases)
        for wells, phases in _pairs(probe.lattice)
    ]
    psi = np.stack(sheets, axis=2).reshape(n, -1) * (probe.n_layers / snapshots.room)
    return np.asarray(np.abs(psi) ** 2)


NEMATIC_ORDER: tuple[Observable, ...] = order_of_layers(
    "nematic", "ψ", _nematic_squared, 2, lambda probe: _has_axis(probe.lattice),
    "Σ exp(2iθ) / N over pairs of near carriers in a layer, θ their direction and N "
    "all of the layer, mean over layers: 1 in straight lines, 0 with a three- or fourfold axis",
    "2 with a threefold or sixfold axis, 3 with a fourfold one",
)  # fmt: skip
