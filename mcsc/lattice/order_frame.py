"""A layer of a supercell, or a supercell without layers, and the wavevectors that fit it."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.layers import Layers
from mcsc.lattice.smith import completed
from mcsc.lattice.symmetry import well_symmetry
from mcsc.periodic import reduction
from mcsc.structure import Structure

# relative; wavevectors on the border of the zone belong to it, whatever their rounding
_BORDER = 1e-6


@dataclass(frozen=True)
class Frame:
    """Lattice vectors along a layer, or of the whole crystal, and the supercell in terms of them.

    Rows of ``basis`` (3, 3) are lattice translations, the first d along the layer; d is 3 without
    layers, else the third leads to the next layer. A wavevector q is known by its numbers of
    turns x along them, or by the whole numbers z = periods @ x of the d along the layer: rows of
    ``periods`` (d, d), upper triangular, are the translations along the layer that carry the
    supercell onto itself. One more such leads to the ``n_layers``-th next layer, with ``slip``
    (d,) along it. Labels are in units of other cells, of which ``change`` makes these.
    """

    cell: FloatArray
    size: IntArray
    change: IntArray
    basis: IntArray
    periods: IntArray
    n_layers: int
    slip: IntArray

    @property
    def along(self) -> FloatArray:
        """(d, 3) lattice vectors along the layer, length."""
        return np.asarray(self.basis[: len(self.periods)] @ self.cell)

    @property
    def forms(self) -> IntArray:
        """(3, 3) whole wavevectors, rows, that turn once along one row of the basis each."""
        return np.rint(np.linalg.inv(self.basis)).astype(np.int64).T

    @property
    def across(self) -> IntArray:
        """(3,) the whole wavevector that turns once from layer to layer; zero without layers."""
        return np.asarray(self.forms[len(self.periods) :].sum(axis=0))

    def turns(self, z: IntArray) -> FloatArray:
        """(n, d) turns x of wavevectors z (n, d)."""
        return np.asarray(np.linalg.solve(self.periods, z.T).T)

    def residues(self, z: IntArray) -> IntArray:
        """(n, d) the same numbers for wavevectors that differ by a reciprocal lattice vector."""
        rest = z.copy()
        for i in reversed(range(len(self.periods))):
            rest -= (rest[:, i] // self.periods[i, i])[:, None] * self.periods[:, i]
        return rest


def frame_of(structure: Structure, size: IntArray, layers: Layers | None) -> Frame:
    """The frame of a layer of ``size`` cells along the vectors of the structure."""
    cell, change = structure.cell, structure.change
    if layers is None:
        nowhere = np.zeros(3, dtype=np.int64)
        return Frame(cell, size, change, np.eye(3, dtype=np.int64), np.diag(size), 1, nowhere)
    basis = completed(layers.plane)
    basis[:2] = reduction(basis[:2] @ cell) @ basis[:2]
    n_layers = int(np.gcd.reduce(layers.plane * size))
    periods = completed(layers.plane * size // n_layers) * size
    turned = np.rint(periods @ np.linalg.inv(basis)).astype(np.int64)
    return Frame(cell, size, change, basis, _triangular(turned[:2, :2]), n_layers, turned[2, :2])


def _triangular(rows: IntArray) -> IntArray:
    """Upper triangular basis, its diagonal positive, of the lattice that two rows span."""
    (a, b), (c, d) = rows.tolist()
    while c:
        a, b, c, d = c, d, a - a // c * c, b - a // c * d
    a, b, d = (a, b, abs(d)) if a > 0 else (-a, -b, abs(d))
    return np.array([[a, b % d], [0, d]], dtype=np.int64)


def rotations_of(structure: Structure, frame: Frame) -> IntArray:
    """(n, d, d) rotations on the turns x of wavevectors that carry the supercell onto itself."""
    d = len(frame.periods)
    group = well_symmetry(structure)
    if group is None:
        return np.eye(d, dtype=np.int64)[None]
    turned = frame.basis @ group.rotations.transpose(0, 2, 1) @ frame.forms.T
    along = turned[(turned[:, :d, d:] == 0).all(axis=(1, 2)), :d, :d]
    on_periods = frame.periods @ along @ np.linalg.inv(frame.periods)
    fits = (np.abs(on_periods - np.rint(on_periods)) < 1e-6).all(axis=(1, 2))
    return np.unique(along[fits], axis=0)


def metric_of(frame: Frame, rotations: IntArray) -> FloatArray:
    """(d, d) squares of wavevectors in terms of their turns x, alike for all rotated ones."""
    metric = np.linalg.inv(frame.along @ frame.along.T)
    return np.asarray((rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0))


def lengths_of(frame: Frame, metric: FloatArray, z: IntArray) -> FloatArray:
    x = frame.turns(z)
    return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", x, metric, x)))


def in_two_zones(frame: Frame, metric: FloatArray) -> IntArray:
    """(n, d) numbers z of all wavevectors in twice the first Brillouin zone, border included."""
    d = len(metric)
    change = reduction(np.asarray(np.linalg.cholesky(metric), dtype=np.float64))
    squares = change @ metric @ change.T
    near = np.array(list(product(range(-2, 3), repeat=d)), dtype=np.int64)
    around = near[near.any(axis=1)]
    # planes that bound the zone: of vectors g whose middle is as near to 0 and g as to any other
    middle = around[:, None, :] / 2 - near
    distances = np.einsum("gni,ij,gnj->gn", middle, squares, middle)
    own = np.einsum("gi,ij,gj->g", around, squares, around)
    bounds = around[distances.min(axis=1) >= own / 4 * (1 - _BORDER)]
    limits = np.einsum("gi,ij,gj->g", bounds, squares, bounds) * (1 + _BORDER)
    inside = np.array(list(product(*map(range, np.diag(frame.periods)))), dtype=np.int64)
    v = frame.turns(inside) @ np.linalg.inv(change)
    inside = inside - np.rint(v).astype(np.int64) @ change @ frame.periods.T
    v -= np.rint(v)
    found = []
    for shift in near:
        kept = ((v + shift) @ squares @ bounds.T <= limits).all(axis=1)
        found.append(inside[kept] + shift @ change @ frame.periods.T)
    return np.concatenate(found)


def one_of_each_pair(z: IntArray) -> IntArray:
    """One of each pair ±z: that whose first number that is not zero is positive."""
    sign = np.zeros(len(z), dtype=np.int64)
    for column in z.T:
        sign = np.where(sign == 0, np.sign(column), sign)
    return np.asarray(z[sign >= 0])


def along_layer(frame: Frame, x: FloatArray) -> FloatArray:
    """(n, 3) wavevectors along the layer, reciprocal lattice units."""
    if len(frame.periods) == 3:
        return x
    return np.asarray(x @ np.linalg.solve(frame.along @ frame.along.T, frame.along) @ frame.cell.T)


def normal_of(frame: Frame) -> FloatArray:
    """(3,) unit vector across the layers; zero without layers."""
    normal = np.linalg.inv(frame.cell) @ frame.across
    return np.asarray(normal / max(float(np.linalg.norm(normal)), 1e-300))
