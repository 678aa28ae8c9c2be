"""The two unit systems of the public interface; every array in mcsc carries one of their names.

Charges are in elementary charges throughout. Values of the constants: CODATA 2018.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Units:
    """Names and constants of one unit system.

    Attributes
    ----------
    name
        ``"SI"`` or ``"reduced"``, as written in a run file.
    length, energy, temperature
        Unit strings written into the dataset (UDUNITS where one exists).
    coulomb
        e²/(4πε0) in energy times length.
    boltzmann
        k_B in energy per temperature.
    """

    name: str
    length: str
    energy: str
    temperature: str
    coulomb: float
    boltzmann: float


SI = Units("SI", "angstrom", "eV", "K", 14.399645, 8.617333262e-5)
REDUCED = Units("reduced", "1", "1", "1", 1.0, 1.0)

SYSTEMS = {units.name: units for units in (SI, REDUCED)}
