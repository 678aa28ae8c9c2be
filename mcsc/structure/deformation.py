"""Strain and pressure: the same wells in a deformed cell, fractional coordinates kept."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.structure.one_cell import Structure
from mcsc.structure.polyhedra import distortion_of
from mcsc.structure.well import Well
from mcsc.text import apart


def deformed(structure: Structure, scale: npt.ArrayLike, axes: npt.ArrayLike) -> Structure:
    """Stretch three lattice vectors, and with them every position, and keep the angles.

    Wells keep kind, order, orbit and depth: they are those of the undeformed crystal, also where
    the deformation lowers its symmetry. Their distortion is measured anew. Displacements belong to
    the deformed cage, so states come after the deformation (:func:`mcsc.structure.with_states`).

    structure: Wells without displaced states.
    scale: (3,) new over old length of each of the `axes`.
    axes: (3, 3) the vectors that are stretched, one a row: those of the conventional cell.

    Raises ValueError if a factor is not positive or a well has displaced states already.
    """
    factors = np.asarray(scale, dtype=np.float64)
    if factors.shape != (3,) or not (factors > 0).all() or not np.isfinite(factors).all():
        raise ValueError(f"lengths scaled by {factors.tolist()}: give three positive factors")
    if (factors == 1.0).all():
        return structure
    if any(well.n_states > 1 for well in structure.wells):
        raise ValueError("displaced states belong to the deformed cage: add them afterwards")
    vectors = np.asarray(axes, dtype=np.float64)
    turned = np.linalg.inv(vectors) @ (factors[:, None] * vectors)

    def moved(well: Well) -> Well:
        arms = (well.cage - well.centre) @ turned
        return replace(
            well,
            centre=well.centre @ turned,
            cage=well.centre @ turned + arms,
            distortion=distortion_of(well.kind, arms) if len(arms) else well.distortion,
        )

    return replace(
        structure,
        cell=structure.cell @ turned,
        wells=tuple(moved(well) for well in structure.wells),
        ion_positions=structure.ion_positions @ turned,
    )


def murnaghan_scale(pressure: float, bulk_modulus: float, derivative: float = 4.0) -> float:
    """Length under hydrostatic pressure P over that without, (V/V0)^(1/3); P < 0 for tension.

        V/V0 = (1 + B' P/B)^(−1/B'), and exp(−P/B) for B' = 0

    with the bulk modulus B at zero pressure, in the unit of P, and its derivative B' = dB/dP.

    Raises ValueError: Beyond the tension at which the bulk modulus vanishes.

    F. D. Murnaghan, Proc. Natl. Acad. Sci. USA 30, 244 (1944), doi:10.1073/pnas.30.9.244.
    """
    if derivative == 0:
        return float(np.exp(-pressure / (3 * bulk_modulus)))
    stiffness = 1 + derivative * pressure / bulk_modulus
    if stiffness <= 0:
        shown, limit = apart(pressure, -bulk_modulus / derivative)
        raise ValueError(
            f"pressure {shown}: a tension beyond {limit.lstrip('-')}, at which the bulk "
            "modulus vanishes"
        )
    return float(stiffness ** (-1 / (3 * derivative)))


def axial_scale(pressure: float, compressibility: npt.ArrayLike) -> FloatArray:
    """Lengths (3,) under hydrostatic pressure P over those without, exp(−κ_i P).

    The compressibilities κ_i = −d ln a_i/dP of the lattice vectors are constant, per unit of P.
    """
    return np.exp(-pressure * np.asarray(compressibility, dtype=np.float64))
