"""Nematic order of a layer: whether near carriers line up along one of its equivalent directions.

With i, j the carriers of a layer in near wells, θ_ij the direction from one to the other in the
plane and N_l the mean number of carriers a layer,

    ψ = Σ_⟨ij⟩ exp(2iθ_ij) / N_l.

|ψ| is 1 where carriers stand in straight lines, each with two near ones, and 0 where a threefold,
fourfold or sixfold axis is kept. Only with such an axis is it an order parameter: of two components
and three states in a triangular or kagome layer, of one component and two states in a square one.

References
----------
M. Matty and E.-A. Kim, Nat. Commun. 13, 7098 (2022), doi:10.1038/s41467-022-34683-x: nematic states
of generalized Wigner crystals.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcsc.lattice import Lattice
from mcsc.lattice.nearness import NEAR, near_pairs
from mcsc.lattice.symmetry import well_symmetry
from mcsc.observables.observable import Observable, Series, binder_ratio, same, susceptibility
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ComplexArray = npt.NDArray[np.complex128]


@lru_cache(maxsize=8)
def _bonds(lattice: Lattice) -> list[tuple[int, int, list[int], complex]]:
    """Near wells of one layer, each pair once: both wells, cell of the second, exp(2iθ)."""
    layers, structure = lattice.layers, lattice.structure
    assert layers is not None
    normal = np.linalg.inv(structure.cell) @ layers.plane
    x, y = np.linalg.svd(normal[None])[2][1:]
    found = []
    for first, second, *cell in near_pairs(structure, NEAR).tolist():
        rise = layers.height[second] + layers.plane @ cell - layers.height[first]
        once = (first, second, *cell) > (second, first, *(-n for n in cell))
        ends = structure.wells[first].centre, structure.wells[second].centre
        apart = ends[1] + np.array(cell) @ structure.cell - ends[0]
        along = complex(apart @ x, apart @ y)
        # wells of one layer may lie on top of each other
        level = rise == 0 and abs(along) > 1e-3 * np.linalg.norm(apart)
        if once and level and layers.sheet[first] == layers.sheet[second]:
            found.append((first, second, cell, (along / abs(along)) ** 2))
    return found


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
    if not (proper & (np.abs(fold) <= 1)).any():
        return False
    # a screw axis may turn one sheet into the next
    for sheet in range(len(layers.position)):
        ends = [phase for first, *_, phase in _bonds(lattice) if layers.sheet[first] == sheet]
        if not ends or abs(sum(ends)) > 1e-3 * len(ends):
            return False
    return True


@lru_cache(maxsize=8)
def _pairs(lattice: Lattice) -> list[tuple[IntArray, IntArray, ComplexArray]]:
    """Of each sheet the pairs (bonds, heights, pairs of one layer), and exp(2iθ) of each bond.

    Both wells of a pair as ``b * n_cells + cell``.
    """
    layers, cells, size = lattice.layers, lattice.cells, np.array(lattice.size)
    assert layers is not None
    n_cells, n_heights = lattice.n_cells, lattice.n_layers // len(layers.position)
    found = []
    for sheet in range(len(layers.position)):
        ends, phases = [], []
        for first, second, cell, phase in _bonds(lattice):
            if layers.sheet[first] == sheet:
                order = np.argsort((cells @ layers.plane + layers.height[first]) % n_heights)
                other = np.ravel_multi_index(tuple(((cells + cell) % size).T), lattice.size)
                ends.append((first * n_cells + order, second * n_cells + other[order]))
                phases.append(phase)
        one, two = np.array(ends).transpose(1, 0, 2).reshape(2, len(ends), n_heights, -1)
        found.append((one, two, np.array(phases)))
    return found


def _nematic_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, layers) |ψ|² of each layer."""
    n, starts = len(snapshots.carriers), np.searchsorted(probe.base, np.arange(len(probe.orbit)))
    held = snapshots.by_cell
    if len(probe.base) > len(starts):
        held = np.add.reduceat(held, starts, axis=1)
    filled = held.astype(np.bool_).reshape(n, -1)
    sheets = [
        np.einsum("nkh,k->nh", np.count_nonzero(filled[:, one] & filled[:, two], axis=3), phases)
        for one, two, phases in _pairs(probe.lattice)
    ]
    psi = np.stack(sheets, axis=2).reshape(n, -1) * (probe.n_layers / snapshots.room)
    return np.asarray(np.abs(psi) ** 2)


BY_LAYER = Series(
    "nematic_by_layer", _nematic_squared, 2, exists=lambda probe: _has_axis(probe.lattice)
)
# moments, averaged over the layers
NEMATIC = Series("nematic", lambda _, squared: np.sqrt(squared).mean(axis=2), 1, (BY_LAYER,))
SQUARED = Series("nematic_squared", lambda _, squared: squared.mean(axis=2), 2, (BY_LAYER,))
FOURTH = Series("nematic_fourth", lambda _, squared: (squared**2).mean(axis=2), 4, (BY_LAYER,))

NEMATIC_ORDER: tuple[Observable, ...] = (
    Observable(
        "nematic_order", "nematic order parameter", "1",
        "⟨|ψ|⟩, ψ = Σ exp(2iθ) / N over pairs of near carriers in a layer, θ their direction and N "
        "all of the layer, mean over layers: 1 in straight lines, 0 with a three- or fourfold axis",
        (NEMATIC,), same, order=True,
    ),
    Observable(
        "nematic_susceptibility", "susceptibility of the nematic order", "{energy}^-1",
        "N (⟨|ψ|²⟩ − ⟨|ψ|⟩²) / (k_B T), ψ and N those of a layer",
        (NEMATIC, SQUARED), susceptibility, order=True,
    ),
    Observable(
        "nematic_binder_ratio", "Binder ratio of the nematic order", "1",
        "⟨|ψ|⁴⟩ / ⟨|ψ|²⟩²: 1 in perfect order, in disorder 2 with a threefold or sixfold axis, 3 "
        "with a fourfold one",
        (SQUARED, FOURTH), binder_ratio, order=True,
    ),
)  # fmt: skip
