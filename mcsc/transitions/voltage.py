"""Voltage of an intercalation electrode, from the chemical potential of what is intercalated."""

import xarray as xr

from mcsc.transitions.grid import CHEMICAL_POTENTIAL
from mcsc.units import units_of
from mcsc.variables import Variables, written

REFERENCE = "reference_potential"


def voltages(root: xr.Dataset, structure: xr.Dataset | None) -> Variables:
    """``voltage`` V = −(μ − μ_ref)/e of the root, where the run file has a reference.

    Parameters
    ----------
    root
        At fixed chemical potentials, or with the ``chemical_potential`` of an expanded ensemble.
    structure
        The group, with ``reference_potential``.
    """
    if structure is None or REFERENCE not in structure or CHEMICAL_POTENTIAL not in root:
        return {}
    potential = root[CHEMICAL_POTENTIAL]
    # a carrier has one elementary charge: eV are V
    found = float(structure[REFERENCE]) - potential.values
    table = "free_energy" if "temperature" in potential.dims else "/"
    unit = units_of(root["temperature"].attrs["units"])
    return written(table, unit, potential.dims, voltage=found)
