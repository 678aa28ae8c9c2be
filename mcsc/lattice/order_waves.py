"""Wavevectors in which the charge of a layer, or of a crystal without layers, can order.

In a layered crystal every layer orders for itself. What counts of a wavevector is then how it runs
along the layers: all wavevectors of the supercell that agree there, a rod of them, see one density
wave of each layer. A layer of several planes on each other, as in bilayer compounds, can order with
opposite signs in them: such waves are seen at wavevectors that also have a component across.
Wavevectors are sought in twice the first Brillouin zone of the layer (of the
crystal): more than one zone, because wells within the cell scatter with different phases, and the
same set whatever vectors the cell is written in.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.lattice.layers import Layers
from mcsc.lattice.smith import completed
from mcsc.lattice.symmetry import well_symmetry
from mcsc.periodic import image_distances, reduction
from mcsc.structure import Structure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# wells that are apart by less of the shortest vector along a layer stand on each other
_OVERHEAD = 0.25
# relative; wavevectors on the border of the zone belong to it, whatever their rounding
_BORDER = 1e-6


@dataclass(frozen=True)
class Star:
    """Symmetry-equivalent wavevectors of one supercell.

    Attributes
    ----------
    members
        Indices into the wavevectors of :class:`OrderWaves`.
    waves
        Number of the density wave that each member belongs to: members that agree up to sign and a
        reciprocal lattice vector are one wave of the cells, seen in several Brillouin zones.
    """

    members: IntArray
    waves: IntArray

    @property
    def n_waves(self) -> int:
        """Number of different density waves."""
        return int(self.waves.max()) + 1

    @property
    def weights(self) -> FloatArray:
        """One over the number of members of the same wave: m² = Σ weight |ρ_q|²/N²."""
        return np.asarray(1.0 / np.bincount(self.waves)[self.waves])


@dataclass(frozen=True)
class OrderWaves:
    """Wavevectors of order and their stars; one of each pair ±q, none of the reciprocal lattice.

    Attributes
    ----------
    q
        (P, 3) wavevectors in reciprocal lattice units; in layered crystals with a component across
        the layers only where a layer has several planes on each other.
    labels
        (P, 3) the simplest wavevector of the supercell that agrees with each along the layers, with
        the component across.
    rods
        (P, n) wavevectors of the supercell that agree with each along the layers, as places in its
        flattened FFT. From one to the next the wave turns by 1/n of a turn from layer to layer.
    step
        (3,) a lattice translation from one layer to the next; zero without layers.
    turn
        (P, n) turns of the waves of each rod under that translation.
    twist
        (P,) turns of the wave of q, without its component across, less those of the first of its
        rod under it.
    wave
        (P,) name of the density wave of the cells, the same for wavevectors that differ by a
        reciprocal lattice vector.
    opposite
        (P,) the name of the wave of −q.
    stars
        Stars of equivalent wavevectors, the shortest first.
    whole, whole_labels
        (n, 3) the same ``q`` and ``labels`` of the reciprocal lattice vectors, zero left out.
    """

    q: FloatArray
    labels: FloatArray
    rods: IntArray
    step: IntArray
    turn: FloatArray
    twist: FloatArray
    wave: IntArray
    opposite: IntArray
    stars: list[Star]
    whole: FloatArray
    whole_labels: FloatArray


@dataclass(frozen=True)
class _Frame:
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


def order_waves(
    structure: Structure, size: tuple[int, int, int], layers: Layers | None
) -> OrderWaves:
    """Find the wavevectors of order of a supercell and their stars.

    Stars are made by those rotations of the wells that carry the supercell of a layer, without
    layers the supercell, onto itself.

    Parameters
    ----------
    structure
        The wells of one primitive cell.
    size
        Supercell in cells.
    layers
        From :func:`mcsc.lattice.layers`.
    """
    frame = _frame(structure, np.array(size), layers)
    rotations = _rotations(structure, frame)
    metric = _metric(frame, rotations)
    z = _half(_in_two_zones(frame, metric))
    is_whole = (frame.residues(z) == 0).all(axis=1)
    whole = z[is_whole & z.any(axis=1)]
    names = _simplest(frame, frame.turns(whole) @ frame.forms[: len(metric)], frame.across)
    shortest = _order(_lengths(frame, metric, whole), names, ascending=True)
    z = z[~is_whole]
    x = frame.turns(z)
    # a translation of the supercell to another layer makes whole turns
    turned = x @ frame.slip / frame.n_layers
    first = x @ frame.forms[: len(metric)] - np.outer(turned, frame.across)
    shift = frame.across / frame.n_layers
    labels = _simplest(frame, first, shift)
    order = _order(_lengths(frame, metric, z), labels)
    z, x, first, labels = z[order], x[order], first[order], labels[order]
    rods = first[:, None, :] + np.arange(frame.n_layers)[:, None] * shift
    grid = np.rint(rods * frame.size).astype(np.int64) % frame.size
    step = frame.basis[2] if layers else np.zeros(3, dtype=np.int64)
    q = _flat(frame, x)
    radix = np.cumprod([1, *np.diag(frame.periods)])[:-1]
    across = _across(structure, frame, layers)
    each = np.tile(np.arange(len(z)), len(across))
    component = np.repeat(across, len(z))[:, None] * _normal(frame)
    return OrderWaves(
        q=q[each] + component @ frame.cell.T,
        labels=labels[each] + structure.in_axes(component @ frame.cell.T),
        rods=np.ravel_multi_index(tuple(np.moveaxis(grid, 2, 0)), size)[each],
        step=step,
        turn=(rods @ step)[each],
        twist=((q - first) @ step)[each],
        wave=(frame.residues(z) @ radix)[each],
        opposite=(frame.residues(-z) @ radix)[each],
        stars=_with_signs(_stars(frame, z, rotations), len(z), across),
        whole=_flat(frame, frame.turns(whole))[shortest],
        whole_labels=names[shortest],
    )


def _frame(structure: Structure, size: IntArray, layers: Layers | None) -> _Frame:
    cell, change = structure.cell, structure.change
    if layers is None:
        nowhere = np.zeros(3, dtype=np.int64)
        return _Frame(cell, size, change, np.eye(3, dtype=np.int64), np.diag(size), 1, nowhere)
    basis = completed(layers.plane)
    basis[:2] = reduction(basis[:2] @ cell) @ basis[:2]
    n_layers = int(np.gcd.reduce(layers.plane * size))
    periods = completed(layers.plane * size // n_layers) * size
    turned = np.rint(periods @ np.linalg.inv(basis)).astype(np.int64)
    return _Frame(cell, size, change, basis, _triangular(turned[:2, :2]), n_layers, turned[2, :2])


def _triangular(rows: IntArray) -> IntArray:
    """Upper triangular basis, its diagonal positive, of the lattice that two rows span."""
    (a, b), (c, d) = rows.tolist()
    while c:
        a, b, c, d = c, d, a - a // c * c, b - a // c * d
    a, b, d = (a, b, abs(d)) if a > 0 else (-a, -b, abs(d))
    return np.array([[a, b % d], [0, d]], dtype=np.int64)


def _rotations(structure: Structure, frame: _Frame) -> IntArray:
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


def _metric(frame: _Frame, rotations: IntArray) -> FloatArray:
    """(d, d) squares of wavevectors in terms of their turns x, alike for all rotated ones."""
    metric = np.linalg.inv(frame.along @ frame.along.T)
    return np.asarray((rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0))


def _lengths(frame: _Frame, metric: FloatArray, z: IntArray) -> FloatArray:
    x = frame.turns(z)
    return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", x, metric, x)))


def _in_two_zones(frame: _Frame, metric: FloatArray) -> IntArray:
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


def _half(z: IntArray) -> IntArray:
    """One of each pair ±z: that whose first number that is not zero is positive."""
    sign = np.zeros(len(z), dtype=np.int64)
    for column in z.T:
        sign = np.where(sign == 0, np.sign(column), sign)
    return np.asarray(z[sign >= 0])


def _flat(frame: _Frame, x: FloatArray) -> FloatArray:
    """(n, 3) wavevectors along the layer, reciprocal lattice units."""
    if len(frame.periods) == 3:
        return x
    return np.asarray(x @ np.linalg.solve(frame.along @ frame.along.T, frame.along) @ frame.cell.T)


def _normal(frame: _Frame) -> FloatArray:
    """(3,) unit vector across the layers; zero without layers."""
    normal = np.linalg.inv(frame.cell) @ frame.across
    return np.asarray(normal / max(float(np.linalg.norm(normal)), 1e-300))


def _across(structure: Structure, frame: _Frame, layers: Layers | None) -> FloatArray:
    """Components across the layers at which order is looked for, per length: 0, then pairs ±.

    p planes on each other in steps of Δ are told apart by 0, 1, … p − 1 half turns of the wave
    between the lowest and the highest one.
    """
    if layers is None:
        return np.zeros(1)
    planes, least = 1, np.inf
    centres = np.array([well.centre for well in structure.wells])
    centres = centres - np.outer(layers.height, frame.basis[2] @ frame.cell)
    heights = centres @ _normal(frame)
    along = np.linalg.qr(frame.along.T)[0]
    shortest = np.linalg.norm(frame.along, axis=1).min()
    for sheet in range(len(layers.position)):
        wells = np.flatnonzero(layers.sheet == sheet)
        first, second = wells[np.array(np.triu_indices(len(wells), k=1))]
        apart = image_distances(frame.along @ along, (centres[first] - centres[second]) @ along)
        gaps = np.abs(heights[first] - heights[second])
        gaps = gaps[(apart < _OVERHEAD * shortest) & (gaps > _OVERHEAD * shortest)]
        if len(gaps):
            least = min(least, float(gaps.min()))
            planes = max(planes, round(float(gaps.max()) / least) + 1)
    pairs = [(k, -k) for k in np.arange(1, planes) / (2 * least * max(planes - 1, 1))]
    return np.array([0.0, *(part for pair in pairs for part in pair)])


def _with_signs(stars: list[Star], n: int, across: FloatArray) -> list[Star]:
    """The stars of ``n`` wavevectors without, then with both signs of each component across."""
    found = list(stars)
    for pair in range(1, len(across), 2):
        for star in stars:
            members = np.concatenate([star.members + pair * n, star.members + (pair + 1) * n])
            found.append(Star(members, np.tile(star.waves, 2)))
    return found


def _simplest(frame: _Frame, first: FloatArray, shift: npt.NDArray[Any]) -> FloatArray:
    """(n, 3) the smallest in |h| + |k| + |l| of each rod, of equally small ones the largest."""
    back = np.rint(np.linalg.inv(frame.change)).T
    first, shift, unit = first @ back, shift @ back, np.lcm.reduce(frame.size)
    choices = [np.zeros(len(first))]
    for axis in np.flatnonzero(shift):
        # the sum is least where one of the numbers is nearest to zero
        exact = -first[:, axis] / shift[axis]
        choices += [np.floor(exact + 1e-9), np.ceil(exact - 1e-9)]
    rods = np.stack([first + choice[:, None] * shift for choice in choices], axis=1)
    rods = np.rint(np.concatenate([rods, -rods], axis=1) * unit) / unit
    left = np.ones(rods.shape[:2], dtype=bool)
    for key in (np.abs(rods).sum(axis=2), *(-np.moveaxis(rods, 2, 0))):
        value = np.where(left, key, np.inf)
        left &= value <= value.min(axis=1, keepdims=True) + 1e-9
    return np.asarray(rods[np.arange(len(rods)), left.argmax(axis=1)])


def _order(lengths: FloatArray, labels: FloatArray, *, ascending: bool = False) -> IntArray:
    """Order by length, of equally long ones by |h| + |k| + |l| and then the largest label first."""
    scale = lengths.max(initial=1e-300)
    sign = 1 if ascending else -1
    sums = np.abs(labels).sum(axis=1)
    keys = (*(sign * labels.T[::-1]), sums, lengths / scale)
    return np.asarray(np.lexsort(tuple(np.round(key, 9) for key in keys)))


def _stars(frame: _Frame, z: IntArray, rotations: IntArray) -> list[Star]:
    """Stars in the order of their first member."""
    if len(z) == 0:
        return []
    on_z = np.rint(frame.periods @ rotations @ np.linalg.inv(frame.periods)).astype(np.int64)
    reach = 2 * int(np.abs(on_z).sum(axis=2).max()) * int(np.abs(z).max()) + 1
    radix = reach ** np.arange(z.shape[1])
    codes = np.abs(z @ radix)
    sorting = np.argsort(codes)
    first = np.arange(len(z))
    for rotation in on_z:
        turned = np.abs(z @ rotation.T @ radix)
        place = np.minimum(np.searchsorted(codes[sorting], turned), len(z) - 1)
        image = sorting[place]
        first = np.where(codes[image] == turned, np.minimum(first, image), first)
    radix = np.cumprod([1, *np.diag(frame.periods)])[:-1]
    names = np.minimum(frame.residues(z) @ radix, frame.residues(-z) @ radix)
    order = np.argsort(first, kind="stable")
    found = []
    for members in np.split(order, np.flatnonzero(np.diff(first[order])) + 1):
        waves = np.unique(names[members], return_inverse=True)[1].reshape(-1)
        found.append(Star(members.astype(np.int64), waves.astype(np.int64)))
    return found
