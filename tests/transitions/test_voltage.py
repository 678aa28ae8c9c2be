"""The voltage of a diagram follows from its chemical potential and the reference, and from both."""

import numpy as np
import xarray as xr

from mcsc.transitions.free_energy import voltages

STRUCTURE = xr.Dataset({"reference_potential": -3.5})


def test_voltage_of_both_kinds_of_diagram():
    temperature = xr.DataArray([300.0, 400.0], dims="temperature", attrs={"units": "K"})
    fixed = xr.Dataset(coords={"chemical_potential": [-4.0, -3.0], "temperature": temperature})
    found = voltages(fixed, STRUCTURE)["voltage"]
    assert (found.dims, found.values.tolist()) == (("chemical_potential",), [0.5, -0.5])
    assert found.attrs["units"] == "V"
    mu = xr.DataArray(np.array([[-4.0, -3.9], [-3.0, np.nan]]), dims=("doping", "temperature"))
    expanded = xr.Dataset(
        {"chemical_potential": mu}, coords={"doping": [0.1, 0.2], "temperature": temperature}
    )
    found = voltages(expanded, STRUCTURE)["voltage"]
    np.testing.assert_allclose(found.values, [[0.5, 0.4], [-0.5, np.nan]])
    assert found.attrs["ancillary_variables"] == "chemical_potential_stderr"


def test_none_without_a_reference_or_a_potential():
    temperature = xr.DataArray([300.0], dims="temperature", attrs={"units": "K"})
    root = xr.Dataset(coords={"doping": [0.1], "temperature": temperature})
    assert voltages(root, STRUCTURE) == {}
    known = root.assign_coords(chemical_potential=[0.0])
    assert voltages(known, None) == {}
    assert voltages(known, STRUCTURE.drop_vars("reference_potential")) == {}
