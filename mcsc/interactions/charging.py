"""What it costs to change the number of carriers: the energy of the charge that balances theirs.

On a supercell H(N) contains a uniform background that neutralizes N carriers, whatever N is. As
long as N is fixed that is only a constant. Where N fluctuates it is not, and the energy of carriers
in a background that comes and goes with them is concave: per well of a simple cubic lattice it is 0
empty, −0.573 e²/(4πε0 a) half filled in NaCl order and −1.419 full. At temperatures at which charge
orders such wells are all empty or all full. The charge that makes up for the carriers of a crystal
is no smooth background but sits on its ions, near the wells.
"""

import numpy as np

from mcsc.interactions.ewald import periodic_potential
from mcsc.interactions.laws import COULOMB, Law
from mcsc.structure import Structure


def charging_coefficient(structure: Structure, law: Law = COULOMB) -> float:
    """Coefficient c of the term ½ c N²/N_cells that completes H(N) where N is not fixed.

    Coulomb: the uniform background is replaced by point charges −N/W on the centres of all W
    wells, as far as that depends on N only, so that the charges of equivalent wells are n − N/W.
    Empty and full lattice then have the same Coulomb energy, 0, and an exchange of carriers and
    holes on equivalent wells changes nothing. With v the potential of a charge repeated with the
    primitive cell, B wells b in it: c = −Σ_bb' v(R_b − R_b')/B².

    Where the mean of the potential is finite (Yukawa) carriers need no background. What
    :func:`mcsc.interactions.periodic_potential` leaves out of it is put back: c = 4π/(V_cell κ²).

    Parameters
    ----------
    structure
        Wells of the primitive cell.
    law
        The potential of two charges.

    Returns
    -------
    c in inverse length, for unit charges.
    """
    left_out = law.left_out(abs(float(np.linalg.det(structure.cell))))
    if left_out is not None:
        return left_out
    centres = np.array([well.centre for well in structure.wells])
    between = (centres[:, None] - centres[None]).reshape(-1, 3)
    return -float(periodic_potential(structure.cell, (1, 1, 1), between, law).mean())
