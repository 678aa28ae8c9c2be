"""Stripe order of a layer: whether carriers fill every other row along one of its directions.

With ρ_k the density waves of a layer at its wavevectors of half a reciprocal lattice vector that
rotations carry into each other (two in a square layer, three in a triangular one), θ_k the
direction of each in the plane and N_l the mean number of carriers a layer,

    σ = Σ_k |ρ_k|² exp(2iθ_k) / N_l².

|σ| is 1 where every other row is full, and 0 where all the waves are equal, as in the 2 × 2 order
of a quarter filling or in a checkerboard: it tells one wave from several, which the charge order,
m² = Σ_k |ρ_k|²/N_l², does not. σ has three states in a triangular layer and two in a square one.
"""

import numpy as np

from mcsc.arrays import ComplexArray, FloatArray, IntArray
from mcsc.observables.observable import Observable, order_of_layers
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots


def _waves(probe: Probe) -> tuple[IntArray, ComplexArray]:
    """Wavevectors of order of the stripes, and w exp(2iθ) of each; none where there is no σ."""
    layers, order, cell = probe.lattice.layers, probe.order, probe.lattice.structure.cell
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.complex128)
    if layers is None:
        return nothing
    x, y = np.linalg.svd((np.linalg.inv(cell) @ layers.plane)[None])[2][1:]
    for orbit in order.orbits:
        if orbit.n_waves < 2 or (order.wave != order.opposite)[orbit.members].any():
            continue
        q = order.q[orbit.members] @ np.linalg.inv(cell).T
        along = q @ x + 1j * (q @ y)
        turned = orbit.weights * (along / np.abs(along)) ** 2
        # without a threefold or fourfold axis a direction is there from the start
        if abs(turned.sum()) < 1e-3:
            return orbit.members, turned
    return nothing


def _exists(probe: Probe) -> bool:
    members, _ = _waves(probe)
    return len(members) > 0


def _stripe_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, layers) |σ|² of each layer."""
    members, turned = _waves(probe)
    sigma = np.abs(snapshots.layer_waves[:, :, members]) ** 2 @ turned
    return np.asarray(np.abs(sigma) ** 2)


STRIPE_ORDER: tuple[Observable, ...] = order_of_layers(
    "stripe", "σ", _stripe_squared, 4, _exists,
    "Σ_k |ρ_k|² exp(2iθ_k) / N² over the equivalent half reciprocal lattice vectors "
    "of a layer, θ their direction and N all of the layer, mean over layers: 1 with every "
    "other row full, 0 in 2 × 2 order, checkerboards and disorder; on layers with a three- or "
    "fourfold axis where the supercell has room for it",
    "6 with a threefold or sixfold axis, 9 with a fourfold one",
)  # fmt: skip
