"""What a scan at fixed chemical potential cannot be combined with, and the doping it measures."""

from pathlib import Path

import xarray as xr

from mcsc.config import Config, RunFileError
from mcsc.planning.axes import doping_coordinate


def check_chemical_potential(path: Path, config: Config) -> None:
    """Refuse what needs a fixed number of carriers.

    Raises
    ------
    mcsc.config.RunFileError
        In one line.
    """
    if config.scan.chemical_potential is None:
        return
    remedy = "give scan.doping in place of scan.chemical_potential, or remove"
    if config.protocol is not None:
        raise RunFileError(f"{path}: protocol: its carriers stay: {remedy} [protocol]")
    if config.disorder is not None:
        raise RunFileError(
            f"{path}: disorder: dopants are counted by the doping: {remedy} [disorder]"
        )


def with_measured_doping(config: Config, root: xr.Dataset) -> xr.Dataset:
    """The root of a diagram at fixed chemical potential with the measured ``doping`` and its error.

    What x counts is that of ``[doping]``, as at fixed doping; the root of a diagram over that is
    returned as it is.
    """
    if "carriers_per_cell" not in root.data_vars:
        return root
    section = config.doping
    error = root["carriers_per_cell_stderr"] / section.formula_units
    doping = section.sign * (root["carriers_per_cell"] / section.formula_units - section.parent)
    meaning = {
        **doping_coordinate(config, ()).attrs,
        "comment": "measured at fixed chemical potential",
        "ancillary_variables": "doping_stderr",
    }
    return root.assign(
        doping=doping.assign_attrs(meaning),
        doping_stderr=error.assign_attrs(units="1", long_name="standard error of the doping"),
    )
