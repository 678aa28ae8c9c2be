"""The wells of a diagram as a structure again, a set of carriers by name, and wells in a plane."""

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.observables.carrier_sets import CarrierSet, carrier_sets
from mcsc.structure import Structure, Well


def stored_structure(dataset: xr.Dataset, *, displaced: bool = True) -> Structure:
    """The wells that the group ``structure`` of a diagram keeps.

    dataset: The group at one value of every varied parameter.
    displaced: With the displaced states, except Stars of David; else with the centres only.

    Returns: Cell, centres, cages, depths and displacements are those of the run. Cage ions go by
        the species ``"ion"``, for the file does not keep theirs, and states have no energies.
    """
    wells = []
    for b, kind in enumerate(dataset["well_kind"].values.astype(str)):
        cage = dataset["cage"].values[b]
        cage = cage[np.isfinite(cage).all(axis=1)]
        away = dataset["displacements"].values[b]
        away = away[np.isfinite(away).all(axis=1) & away.any(axis=1)]
        states = np.vstack([np.zeros((1, 3)), away if displaced else away[:0]])
        wells.append(
            Well(
                kind=str(kind),
                centre=dataset["centre"].values[b],
                cage=cage,
                cage_species=("ion",) * len(cage),
                displacements=states,
                state_energies=np.zeros(len(states)),
                depth=float(dataset["depth"][b]),
            )
        )
    name = str(dataset.attrs.get("title", "wells of the diagram"))
    return Structure(name, dataset["cell"].values, tuple(wells))


def carrier_set(structure: Structure, name: str) -> CarrierSet:
    """The set of carriers of this name.

    Raises ValueError if the structure has none.
    """
    known = {carriers.name: carriers for carriers in carrier_sets(structure)}
    if name not in known:
        raise ValueError(f"no carriers {name!r} in these wells; choose one of {', '.join(known)}")
    return known[name]


def cage_outline(cage: FloatArray, centre: FloatArray, basis: FloatArray) -> FloatArray:
    """Corners (n, 2) of a well seen along the normal of a plane.

    A flat cage keeps its shape, also where it is not convex; of a polyhedron the outline of its
    shadow is returned. Empty where the cage has no area.

    cage, centre: (n_ions, 3) and (3,) positions; rows of NaN are left out.
    basis: (2, 3) from :func:`plane_basis`.
    """
    from scipy.spatial import ConvexHull, QhullError

    known = cage[np.isfinite(cage).all(axis=1)]
    arms = known - centre
    flat = arms @ basis.T
    if len(known) < 3 or np.linalg.matrix_rank(flat, tol=1e-6) < 2:
        return np.zeros((0, 2))
    if np.allclose(arms @ np.cross(*basis), 0.0, atol=1e-3):
        order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))
    else:
        try:
            order = ConvexHull(flat).vertices
        except QhullError:
            return np.zeros((0, 2))
    return np.asarray(flat[order] + centre @ basis.T)
