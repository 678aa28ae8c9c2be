"""Wavevectors in which the charge of a layer, or of a crystal without layers, can order.

In a layered crystal every layer orders for itself. What counts of a wavevector is then how it runs
along the layers: all wavevectors of the supercell that agree there, a rod of them, see one density
wave of each layer. A layer of several planes on each other, as in bilayer compounds, can order with
opposite signs in them: such waves are seen at wavevectors that also have a component across.
Wavevectors are sought in twice the first Brillouin zone of the layer (of the crystal): more than
one zone, because wells within the cell scatter with different phases, and the same set whatever
vectors the cell is written in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.layers import Layers
from mcsc.lattice.order_frame import (
    Frame,
    along_layer,
    frame_of,
    in_two_zones,
    lengths_of,
    metric_of,
    normal_of,
    one_of_each_pair,
    rotations_of,
)
from mcsc.periodic import image_distances
from mcsc.structure import Structure

# wells that are apart by less of the shortest vector along a layer stand on each other
_OVERHEAD = 0.25


@dataclass(frozen=True)
class Orbit:
    """Symmetry-equivalent wavevectors of one supercell.

    members: Indices into the wavevectors of :class:`OrderWaves`.
    waves: Number of the density wave that each member belongs to: members that agree up to sign and
        a reciprocal lattice vector are one wave of the cells, seen in several Brillouin zones.
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
    """Wavevectors of order and their orbits; one of each pair ±q, none of the reciprocal lattice.

    q: (P, 3) wavevectors in reciprocal lattice units; in layered crystals with a component across
        the layers only where a layer has several planes on each other.
    labels: (P, 3) the simplest wavevector of the supercell that agrees with each along the layers,
        with the component across.
    rods: (P, n) wavevectors of the supercell that agree with each along the layers, as indices into
        its flattened FFT. From one to the next the wave turns by 1/n of a turn from layer to layer.
    step: (3,) a lattice translation from one layer to the next; zero without layers.
    turn: (P, n) turns of the waves of each rod under that translation.
    twist: (P,) turns of the wave of q, without its component across, less those of the first of its
        rod under it.
    wave: (P,) name of the density wave of the cells, the same for wavevectors that differ by a
        reciprocal lattice vector.
    opposite: (P,) the name of the wave of −q.
    orbits: Orbits of equivalent wavevectors, the shortest first.
    whole, whole_labels: (n, 3) the same ``q`` and ``labels`` of the reciprocal lattice vectors,
        zero left out.
    """

    q: FloatArray
    labels: FloatArray
    rods: IntArray
    step: IntArray
    turn: FloatArray
    twist: FloatArray
    wave: IntArray
    opposite: IntArray
    orbits: list[Orbit]
    whole: FloatArray
    whole_labels: FloatArray


def order_waves(
    structure: Structure, size: tuple[int, int, int], layers: Layers | None
) -> OrderWaves:
    """Find the wavevectors of order of a supercell of ``size`` cells, and their orbits.

    Orbits are made by those rotations of the wells that carry the supercell of a layer, without
    ``layers`` the supercell, onto itself.
    """
    frame = frame_of(structure, np.array(size), layers)
    rotations = rotations_of(structure, frame)
    metric = metric_of(frame, rotations)
    z = one_of_each_pair(in_two_zones(frame, metric))
    is_whole = (frame.residues(z) == 0).all(axis=1)
    whole = z[is_whole & z.any(axis=1)]
    names = _simplest(frame, frame.turns(whole) @ frame.forms[: len(metric)], frame.across)
    shortest = _order(lengths_of(frame, metric, whole), names, ascending=True)
    z = z[~is_whole]
    x = frame.turns(z)
    # a translation of the supercell to another layer makes whole turns
    turned = x @ frame.slip / frame.n_layers
    first = x @ frame.forms[: len(metric)] - np.outer(turned, frame.across)
    shift = frame.across / frame.n_layers
    labels = _simplest(frame, first, shift)
    order = _order(lengths_of(frame, metric, z), labels)
    z, x, first, labels = z[order], x[order], first[order], labels[order]
    rods = first[:, None, :] + np.arange(frame.n_layers)[:, None] * shift
    mesh = np.rint(rods * frame.size).astype(np.int64) % frame.size
    step = frame.basis[2] if layers else np.zeros(3, dtype=np.int64)
    q = along_layer(frame, x)
    radix = np.cumprod([1, *np.diag(frame.periods)])[:-1]
    across = _across(structure, frame, layers)
    each = np.tile(np.arange(len(z)), len(across))
    component = np.repeat(across, len(z))[:, None] * normal_of(frame)
    return OrderWaves(
        q=q[each] + component @ frame.cell.T,
        labels=labels[each] + structure.in_axes(component @ frame.cell.T),
        rods=np.ravel_multi_index(tuple(np.moveaxis(mesh, 2, 0)), size)[each],
        step=step,
        turn=(rods @ step)[each],
        twist=((q - first) @ step)[each],
        wave=(frame.residues(z) @ radix)[each],
        opposite=(frame.residues(-z) @ radix)[each],
        orbits=_with_signs(_orbits(frame, z, rotations), len(z), across),
        whole=along_layer(frame, frame.turns(whole))[shortest],
        whole_labels=names[shortest],
    )


def _across(structure: Structure, frame: Frame, layers: Layers | None) -> FloatArray:
    """Components across the layers at which order is looked for, per length: 0, then pairs ±.

    p planes on each other in steps of Δ are told apart by 0, 1, … p − 1 half turns of the wave
    between the lowest and the highest one.
    """
    if layers is None:
        return np.zeros(1)
    planes, least = 1, np.inf
    centres = np.array([well.centre for well in structure.wells])
    centres = centres - np.outer(layers.height, frame.basis[2] @ frame.cell)
    heights = centres @ normal_of(frame)
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


def _with_signs(orbits: list[Orbit], n: int, across: FloatArray) -> list[Orbit]:
    """The orbits of ``n`` wavevectors without, then with both signs of each component across."""
    found = list(orbits)
    for pair in range(1, len(across), 2):
        for orbit in orbits:
            members = np.concatenate([orbit.members + pair * n, orbit.members + (pair + 1) * n])
            found.append(Orbit(members, np.tile(orbit.waves, 2)))
    return found


def _simplest(frame: Frame, first: FloatArray, shift: npt.NDArray[Any]) -> FloatArray:
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


def _orbits(frame: Frame, z: IntArray, rotations: IntArray) -> list[Orbit]:
    """Orbits in the order of their first member."""
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
        near = np.minimum(np.searchsorted(codes[sorting], turned), len(z) - 1)
        image = sorting[near]
        first = np.where(codes[image] == turned, np.minimum(first, image), first)
    radix = np.cumprod([1, *np.diag(frame.periods)])[:-1]
    names = np.minimum(frame.residues(z) @ radix, frame.residues(-z) @ radix)
    order = np.argsort(first, kind="stable")
    found = []
    for members in np.split(order, np.flatnonzero(np.diff(first[order])) + 1):
        waves = np.unique(names[members], return_inverse=True)[1].reshape(-1)
        found.append(Orbit(members.astype(np.int64), waves.astype(np.int64)))
    return found
