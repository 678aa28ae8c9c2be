"""The Hamiltonian of carriers in wells as arrays, with its energy in NumPy as the reference.

    H = ½ Σ_{i≠j} q² v(r_i − r_j)/ε_r + Σ_i (ε_w + W_s) + ½ Σ_{i≠j} U(w_i, w_j) − q Σ_i E·u_i
        + q Σ_i φ_dopant(r_i)

with carriers at the real, displaced positions r_i = R_w + u_s. Every carrier and every dopant ion
comes with a uniform background of the opposite charge: φ_dopant averages to zero over the
supercell, and so does v. The kernels sample exactly this
function; their tests compare with :meth:`Model.energy`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice import Lattice, in_cells
from mcsc.model.dopants import Dopants
from mcsc.model.interactions import Interactions
from mcsc.structure import Structure
from mcsc.text import Described, cells, counted
from mcsc.units import Units

StateArray = npt.NDArray[np.integer]


@dataclass(frozen=True, repr=False)
class Model(Described):
    """Carriers of unit charge on one supercell.

    Attributes
    ----------
    lattice
        Supercell of wells.
    pair
        (M, M, Lx, Ly, Lz) energy of two carriers, the second displaced by the cell offset.
    site
        (M,) energy of a lone carrier in each state of the cell, its own images included.
    field
        (3,) electric field, energy per charge and length.
    interactions
        What the tables were made of.
    external
        (M, Lx, Ly, Lz) energy of a carrier in the potential of the dopants in each state of the
        supercell; None without them.
    dopants
        What that is made of.

    Examples
    --------
    >>> import mcsc
    >>> model = mcsc.build_model(mcsc.textbook("cubic"), (4, 4, 4))
    >>> model
    Model of cubic: 64 wells
      size: 4 × 4 × 4 cells
      energies: up to 0.3265 a pair
    """

    lattice: Lattice
    pair: FloatArray
    site: FloatArray
    field: FloatArray
    interactions: Interactions
    external: FloatArray | None = None
    dopants: Dopants | None = None

    def _described(self) -> tuple[str, dict[str, str]]:
        structure, size, unit = self.lattice.structure, self.lattice.size, self.units.energy
        unit = "" if unit == "1" else f" {unit}"
        energies = f"up to {np.abs(self.pair).max():.4g}{unit} a pair"
        if self.field.any():
            energies += f", field {np.linalg.norm(self.field):.4g}"
        title = f"Model of {structure.name}: {counted(self.lattice.n_wells, 'well')}"
        return title, {"size": cells(size), "energies": energies}

    @property
    def units(self) -> Units:
        """Unit system of every energy and length here: that of the structure."""
        return self.lattice.structure.units

    @property
    def site_energies(self) -> FloatArray:
        """(M, Lx, Ly, Lz) energy of a lone carrier in each state of the supercell."""
        site = np.broadcast_to(self.site[:, None, None, None], (len(self.site), *self.lattice.size))
        return site.copy() if self.external is None else site + self.external

    @property
    def displacements(self) -> FloatArray:
        """(M, 3) displacement u_s of each state of the cell, length."""
        return np.concatenate([well.displacements for well in self.lattice.structure.wells])

    @property
    def coulomb_temperature(self) -> float:
        """e²/(4πε0 ε_r a k_B), a the lattice constant: the scale of all temperatures here."""
        return self.interactions.coulomb_temperature(self.lattice.structure)

    def occupied(self, state: StateArray) -> IntArray:
        """(N, 4) state of the cell and cell, as m, x, y, z, of every carrier of ``state``."""
        lattice = self.lattice
        if state.shape != (lattice.n_wells,):
            raise ValueError(
                f"state has shape {state.shape}; give one integer for each of the "
                f"{lattice.n_wells} wells, -1 where a well is empty"
            )
        wells = np.nonzero(state >= 0)[0]
        first = np.concatenate([[0], np.cumsum(lattice.states_per_well)[:-1]])
        base = wells % lattice.structure.n_wells
        cells = lattice.cells[wells // lattice.structure.n_wells]
        s = state[wells]
        if (s >= np.array(lattice.states_per_well)[base]).any():
            raise ValueError("state names a displacement that its well does not have")
        return np.column_stack([first[base] + s, cells]).astype(np.int64)

    def potential(self, state: StateArray) -> FloatArray:
        """Potential of all carriers at every state of the supercell.

        Returns
        -------
        (M, Lx, Ly, Lz) site energy plus Σ over carriers of their pair energies, energy.
        """
        total = self.site_energies
        for m, x, y, z in self.occupied(state):
            total += np.roll(self.pair[m], (x, y, z), axis=(1, 2, 3))
        return total

    def energy(self, state: StateArray) -> float:
        """Energy of a configuration.

        Parameters
        ----------
        state
            (W,) state of each well's carrier, −1 for an empty well.

        Examples
        --------
        Every other layer of a simple cubic lattice full, and none of the others:

        >>> import numpy as np
        >>> import mcsc
        >>> model = mcsc.build_model(mcsc.textbook("cubic"), (4, 4, 4))
        >>> x, y, z = model.lattice.cells.T
        >>> layers = np.where(x % 2 == 0, 0, -1)
        >>> salt = np.where((x + y + z) % 2 == 0, 0, -1)
        >>> bool(model.energy(salt) < model.energy(layers))
        True
        """
        m, *cells = self.occupied(state).T
        xyz = np.array(cells)
        d = (xyz[:, None, :] - xyz[:, :, None]) % np.array(self.lattice.size)[:, None, None]
        # same-well entries of the table are zero, so i = j adds nothing
        pairs = self.pair[m[:, None], m[None, :], d[0], d[1], d[2]]
        return float(0.5 * pairs.sum() + self.site_energies[m, *xyz].sum())


def particle_hole(model: Model, tolerance: float) -> bool:
    """Whether carriers and empty wells can change places without a change of energy differences.

    With one state a well, n → 1 − n turns ½ Σ W n n' + Σ s n into itself, but for a constant, if
    Σ_w' W(w, w') + 2 s_w is the same in every well w: all wells are then alike. With displaced
    states it is not so, for an empty well is not displaced.

    model: On any supercell: the sums are those of the infinite crystal.
    tolerance: What these sums may differ by, energy.
    """
    if any(n > 1 for n in model.lattice.states_per_well) or model.external is not None:
        return False
    sums = model.pair.sum(axis=(1, 2, 3, 4)) + 2 * model.site
    return bool(np.ptp(sums) <= tolerance)


def build_model(
    structure: Structure,
    size: tuple[int, int, int] | Sequence[Sequence[int]],
    interactions: Interactions = Interactions(),
    *,
    field: npt.ArrayLike = (0.0, 0.0, 0.0),
    dopants: Dopants | None = None,
) -> Model:
    """Build the energy tables of a supercell.

    Parameters
    ----------
    structure
        Wells of the primitive cell.
    size
        Cells along each lattice vector, or a (3, 3) matrix of integers whose rows are the vectors
        of the supercell in units of those of the cell. The lattice of the model is then in another
        primitive cell, see :class:`mcsc.lattice.Lattice`.
    interactions
        How carriers interact, by Coulomb if nothing is given; for example
        ``Interactions(relative_permittivity=8.0, screening_length=20.0)``.
    field
        (3,) electric field E, energy per charge and length; it acts on displacements only.
    dopants
        Quenched ions; they act as carriers act on each other at long range.

    Raises
    ------
    ValueError
        If a parameter is out of range, a short-range term does not fit the wells or an ion sits on
        the position of a carrier; the message names it.

    Examples
    --------
    >>> from mcsc import build_model, textbook
    >>> model = build_model(textbook("kagome"), (6, 6, 2))
    >>> model.lattice.n_wells
    216
    """
    lattice = Lattice(*in_cells(interactions.around(structure), size))
    structure, size = lattice.structure, lattice.size
    field_vector = np.asarray(field, dtype=np.float64)
    site = np.concatenate(
        [w.depth + w.state_energies - w.displacements @ field_vector for w in structure.wells]
    )
    pair = np.zeros((len(site), len(site), *size))
    for table in interactions.tables(structure, size):
        pair, site = pair + table.values, site + 0.5 * table.self_energy
    external = None if dopants is None else interactions.dopant_energy(structure, size, dopants)
    return Model(lattice, pair, site, field_vector, interactions, external, dopants)
