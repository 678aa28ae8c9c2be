"""Planes of wells of a slab, from its lower to its upper end: charge, displacement and field.

Along the open axis a slab is a capacitor. Displaced carriers leave charge at its ends, whose field
weakens the one applied, and a field on the plane at one end comes out at the other as far as planes
move each other.
"""

from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.observables.observable import Observable, Point, Series
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots
from mcsc.structure import Structure
from mcsc.units import FIELD_UNIT


@dataclass(frozen=True)
class Planes:
    """Wells at one height above the plane of a slab.

    normal: (3,) unit vector along the open axis.
    number: (B,) plane of each well of the cell, from 0 at the lower end.
    above, thickness: (P,) up to the border with the next plane, midway between the two, and from
        border to border, length. The outer borders are as far as the inner ones.
    """

    normal: FloatArray
    number: IntArray
    above: FloatArray
    thickness: FloatArray


def planes_of(structure: Structure) -> Planes | None:
    """The planes of a slab; None of a crystal, and where there are not two."""
    if structure.slab is None:
        return None
    axis, cell = structure.slab.axis, structure.cell
    normal = np.cross(cell[axis - 2], cell[axis - 1])
    normal *= np.sign(normal @ cell[axis]) / np.linalg.norm(normal)
    heights = np.array([well.centre for well in structure.wells]) @ normal
    levels, number = np.unique(np.round(heights, 6), return_inverse=True)
    if len(levels) < 2:
        return None
    gaps = np.diff(levels)
    below, above = np.append(gaps[0], gaps) / 2, np.append(gaps, gaps[-1]) / 2
    return Planes(normal, number.astype(np.int64), above, below + above)


def _has_planes(probe: Probe) -> bool:
    return planes_of(probe.lattice.structure) is not None


def _of_planes(probe: Probe, by_state: FloatArray) -> FloatArray:
    """(n, P) sums over the states of each plane, from values (n, M) of states of the cell."""
    planes = planes_of(probe.lattice.structure)
    assert planes is not None
    return np.asarray(by_state @ np.eye(len(planes.above))[planes.number[probe.base]])


def _dipole(probe: Probe, taken: Snapshots) -> FloatArray:
    """(n, P) Σ u·n over the carriers of a plane, over N, length."""
    planes = planes_of(probe.lattice.structure)
    assert planes is not None
    return _of_planes(probe, taken.share * (probe.displacements @ planes.normal))


def _field(probe: Probe, share: FloatArray, dipole: FloatArray) -> FloatArray:
    """(n, P) mean of 4π/A times the charge below, over N, length^-2.

    The compensating charge is in the planes, an equal part in each well.
    """
    structure = probe.lattice.structure
    planes = planes_of(structure)
    assert planes is not None
    charge = share - share.sum(axis=-1, keepdims=True) * (
        np.bincount(planes.number) / len(planes.number)
    )
    below = np.cumsum(charge, axis=-1) - charge
    inside = (charge * planes.above - dipole) / planes.thickness
    edges = np.delete(structure.cell, structure.slab.axis if structure.slab else 0, axis=0)
    area = probe.lattice.n_cells * np.linalg.norm(np.cross(*edges))
    return np.asarray(4 * np.pi / area * (below + inside))


SHARE = Series(
    "plane_share", lambda probe, taken: _of_planes(probe, taken.share), 1, exists=_has_planes
)
DIPOLE = Series("plane_dipole", _dipole, 1, exists=_has_planes)
FIELD = Series("plane_field", _field, 1, (SHARE, DIPOLE), exists=_has_planes)
PRODUCT = Series(
    "plane_product", lambda _, dipole: dipole * dipole[..., :1], 2, (DIPOLE,), exists=_has_planes
)


def _plane_share(point: Point, share: FloatArray) -> FloatArray:
    return np.asarray(share / share.sum(axis=-1, keepdims=True))


def _plane_displacement(point: Point, dipole: FloatArray, share: FloatArray) -> FloatArray:
    return np.asarray(dipole / np.where(share > 0, share, np.nan))


def _plane_field(point: Point, field: FloatArray) -> FloatArray:
    return np.asarray(point.gauss * np.asarray(point.n_carriers)[..., None] * field)


def _plane_response(point: Point, dipole: FloatArray, product: FloatArray) -> FloatArray:
    covariance = product - dipole * dipole[..., :1]
    first = covariance[..., :1]
    return np.asarray(covariance / np.where(first > 0, first, np.nan))


PLANES: tuple[Observable, ...] = (
    Observable(
        "plane_share", "share of the carriers in each plane of a slab", "1",
        "⟨N_p⟩ / N, planes of wells of equal height along the open axis",
        (SHARE,), _plane_share, dims=("plane",), displaced=True,
    ),
    Observable(
        "plane_displacement", "mean displacement in each plane of a slab", "{length}",
        "⟨Σ_i u_i·n⟩ / ⟨N_p⟩ along the open axis n",
        (DIPOLE, SHARE), _plane_displacement, dims=("plane",), displaced=True,
    ),
    Observable(
        "plane_field", "field of the carriers in each plane of a slab", FIELD_UNIT,
        "4π e²/(4πε0 ε_r) times the charge below per area, by Gauss's law, the compensating charge "
        "included; mean up to midway to the next planes; to be added to the field applied; none "
        "outside of the slab, where the charge at its ends adds up to nothing; missing with gates, "
        "screening, other powers and three permittivities",
        (FIELD,), _plane_field, dims=("plane",), displaced=True,
    ),
    Observable(
        "plane_response", "response of each plane of a slab to a field on the first alone", "1",
        "Cov(D_p, D_1) / Var(D_1), D_p = Σ_i u_i·n of a plane: how far it follows the first, so "
        "that the last is E_out/E_in of a field that enters at one end; 1 where all planes move as "
        "one, 0 for a fixed number of free carriers in each",
        (DIPOLE, PRODUCT), _plane_response, dims=("plane",), displaced=True,
    ),
)  # fmt: skip
