"""The two unit systems of the public interface; every array in mcsc carries one of their names.

Charges are in elementary charges throughout. Values of the constants: CODATA 2018.
"""

from dataclasses import dataclass

FIELD_UNIT = "{energy} {length}^-1"
"""Of an electric field times the charge of a carrier; see :meth:`Units.written`."""


@dataclass(frozen=True)
class Units:
    """Names and constants of one unit system.

    name: ``"SI"`` or ``"reduced"``, as written in a run file.
    length, energy, temperature, charge, potential, time: Unit strings written into the dataset,
        which UDUNITS and pint read alike.
    coulomb: e²/(4πε0) in energy times length.
    boltzmann: k_B in energy per temperature.
    """

    name: str
    length: str
    energy: str
    temperature: str
    charge: str
    potential: str
    time: str
    coulomb: float
    boltzmann: float

    def written(self, pattern: str) -> str:
        """The unit of a quantity.

        pattern: With names of this system in braces and exponents behind ``^``, for example
            ``"{energy} {length}^-1"``: a form that both UDUNITS and pint read.
        """
        factors = pattern.format(**vars(self)).split()
        # in the reduced system every factor is 1
        return " ".join(one for one in factors if one.partition("^")[0] != "1") or "1"


SI = Units("SI", "angstrom", "eV", "K", "e", "V", "s", 14.399645, 8.617333262e-5)
REDUCED = Units("reduced", "1", "1", "1", "1", "1", "1", 1.0, 1.0)

SYSTEMS = {units.name: units for units in (SI, REDUCED)}


def units_of(temperature_unit: str) -> Units:
    """The unit system of a dataset whose temperatures have this unit.

    Raises ValueError if it is that of neither system.
    """
    for units in SYSTEMS.values():
        if units.temperature == temperature_unit:
            return units
    raise ValueError(f"units '{temperature_unit}' of temperature: a diagram has K, or 1 if reduced")
