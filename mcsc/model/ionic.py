"""Energies of wells and states from the Coulomb potential of the ions, as point charges."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.model.ewald import periodic_potential
from mcsc.periodic import nearest_images
from mcsc.structure import Structure
from mcsc.structure.crystal.species import shares_of

# length unit of the structure; a well this close to an ion sits on it
_ON_ION = 0.05
# e; a cell may be charged by this: charges like 1.333 are rounded
_NEUTRAL = 0.01


def with_ionic_energies(
    structure: Structure,
    charges: Mapping[str, float],
    *,
    carrier_charge: float = 1.0,
    relative_permittivity: float = 1.0,
    stretch: FloatArray | None = None,
) -> Structure:
    """Add the energy of a carrier in the field of the ions to the wells and their states.

    The ions are point charges at their places in the undoped crystal, and the energy of a carrier
    of charge q in state s of well w is

        E_ws = q φ(R_w + u_s) e²/(4πε0 ε_r),   φ(r) = Σ_ions Z_i/|r − r_i|

    by Ewald's sum with the tin-foil boundary. The depth of the well grows by E_w0, the energy of a
    state by E_ws − E_w0. If the well sits on an ion, that ion (not its images) is left out: a
    carrier that sits there is part of it.

    What this leaves out, and it is much: the polarization of ions and carriers beyond the one
    number ε_r; covalency, that is every energy of orbitals; exchange and the repulsion of closed
    shells; the relaxation of ions around a carrier; and the energy levels of the ion on the centre
    itself (its ionization energy), which differ between species. Energies of wells that are
    equivalent but for their displacement, and of states of one well, suffer least.

    structure: Wells with their states, and the ions of the cell.
    charges: Formal charge Z of each species, e; a site that species share has their average.
    carrier_charge: q, e: 1 for holes, −1 for electrons.
    relative_permittivity: ε_r; of an anisotropic medium the geometric mean.
    stretch: (3, 3) how that rescales lengths, see :func:`mcsc.model.stretch_of`.

    Returns: Structure: The same with other depths and state energies.

    Raises ValueError if there are no ions, a species has no charge or is absent, the cell is not
        neutral within 0.01 e, or the permittivity is not positive.
    """
    if not structure.ions:
        raise ValueError(f"{structure.name}: no ions, so none to give wells an energy")
    if not relative_permittivity > 0:
        raise ValueError(f"relative_permittivity {relative_permittivity}: must be positive")
    ions = _charges(structure, charges)
    scale = carrier_charge * structure.units.coulomb / relative_permittivity
    wells = []
    for well in structure.wells:
        places = structure.cell, structure.ion_positions, well.centre, well.displacements
        if stretch is not None:
            places = tuple(vectors @ stretch for vectors in places)  # type: ignore[assignment]
        energies = scale * _potential(*places, ions)
        wells.append(
            replace(
                well,
                depth=well.depth + float(energies[0]),
                state_energies=well.state_energies + energies - energies[0],
            )
        )
    return replace(structure, wells=tuple(wells))


def _charges(structure: Structure, charges: Mapping[str, float]) -> FloatArray:
    """Charge of every ion of the cell."""
    ions = [shares_of(name) for name in structure.ions]
    present = sorted({species for shares in ions for species in shares})
    for species in present:
        if species not in charges:
            raise ValueError(f"charges: none for {species}; give one for each of {present}")
    for species, charge in charges.items():
        if species not in present:
            raise ValueError(f"charges: no {species} in the crystal; choose of {present}")
        if not np.isfinite(charge):
            raise ValueError(f"charges: {species} has {charge}; give a finite number")
    means = np.array([sum(n * charges[s] for s, n in shares.items()) for shares in ions])
    if abs(means.sum()) > _NEUTRAL:
        counts = ", ".join(
            f"{sum(shares.get(s, 0.0) for shares in ions):.6g} {s} {charges[s]:+g}" for s in present
        )
        raise ValueError(
            f"charges: the cell has {means.sum():+g} e ({counts}); an infinite crystal must be "
            "neutral, change one of them"
        )
    return means


def _potential(
    cell: FloatArray,
    positions: FloatArray,
    centre: FloatArray,
    displacements: FloatArray,
    ions: FloatArray,
) -> FloatArray:
    """Σ Z_i/|r − r_i| at each state, inverse length, without the ion on the centre."""
    offsets = centre + displacements[:, None] - positions
    values = periodic_potential(cell, (1, 1, 1), offsets.reshape(-1, 3))
    potential = values.reshape(len(displacements), len(positions)) @ ions
    from_ion = nearest_images(cell, centre - positions)
    own = int(np.linalg.norm(from_ion, axis=1).argmin())
    if np.linalg.norm(from_ion[own]) < _ON_ION:
        distances = np.linalg.norm(from_ion[own] + displacements, axis=1)
        # on the ion itself the sum has left the bare potential out already
        bare = np.divide(1.0, distances, out=np.zeros_like(distances), where=distances > 1e-9)
        potential -= ions[own] * bare
    return np.asarray(potential)
