"""One tiny scan of the kagome wells, made by the program itself, behind every test of figures."""

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from mcsc import chain, diagram, transitions
from mcsc.files.tree import groups_of
from mcsc.model import Interactions
from mcsc.structure import displacement_length, wells_of_net, with_states
from mcsc.structure.crystal import read_crystal

mpl.use("Agg")

SIZES, FIELDS, DOPINGS = ((3, 3, 1), (3, 3, 2)), (0.0, 0.05), (2 / 3, 1.0, 4 / 3)
TEMPERATURES = (300.0, 400.0, 550.0, 800.0)
SAMPLING = chain.Sampling(sweeps=64, warmup=32, measurements=32, exchange_interval=2)


@pytest.fixture(scope="session")
def structure():
    """CsV3Sb5 wells with states towards the vertices of their cages."""
    bare = wells_of_net(read_crystal("CsV3Sb5"), "V")
    wells = tuple(with_states(w, "vertices", displacement_length(w, 0.2)) for w in bare.wells)
    return dataclasses.replace(bare, wells=wells)


@pytest.fixture(scope="session")
def results(structure):
    """Every ladder but those of the last doping, which stay missing."""
    found = {}
    for i, size in enumerate(SIZES):
        for j, field in enumerate(FIELDS):
            for k, doping in enumerate(DOPINGS[:2]):
                task = chain.Task(
                    structure=structure,
                    size=size,
                    n_carriers=round(doping * np.prod(size)),
                    temperatures=TEMPERATURES,
                    interactions=Interactions(relative_permittivity=7.0),
                    field=field,
                    sampling=SAMPLING,
                )
                found[i, j, k] = chain.run(task)
    return found


def merged(results, structure, sizes=SIZES, fields=FIELDS):
    def coordinate(name, values, units, long_name):
        return xr.DataArray(
            np.array(values), dims=name, attrs={"units": units, "long_name": long_name}
        )

    axes = {
        "size": coordinate("size", [int(np.prod(size)) for size in sizes], "1", "cells"),
        "direction": xr.DataArray(["1 0 0"], dims="direction"),
        "field": coordinate("field", fields, "eV angstrom^-1", "electric field times charge"),
        "doping": coordinate("doping", DOPINGS, "1", "carriers per primitive cell"),
    }
    tree = diagram.merge(
        {(i, 0, j, k): found for (i, j, k), found in results.items()}, axes,
        structures=[structure], sizes=sizes, coulomb_temperatures=[4000.0],
    )  # fmt: skip
    groups = groups_of(transitions.analyse(tree))
    root = groups["/"].assign_attrs(coulomb_temperature=4000.0, title="wells", seed=0)
    return {**groups, "/": root}


@pytest.fixture(scope="session")
def full(results, structure):
    """Two sizes and two fields."""
    return merged(results, structure)


@pytest.fixture(scope="session")
def plain(results, structure):
    """One size and one field."""
    part = {(0, 0, k): results[1, 0, k] for k in (0, 1)}
    return merged(part, structure, SIZES[1:], FIELDS[:1])


@pytest.fixture(scope="session")
def with_line(plain):
    """The plain diagram with a line of transitions of known values."""
    root = plain["/"].copy(deep=True)
    root["T_charge"][:] = [410.0, 600.0, 500.0]
    root["T_charge_stderr"][:] = [10.0, 20.0, 30.0]
    root["T_charge_wavevector"][:] = [[0, 1, 0], [0, 1, 0], [1 / 3, 1 / 3, 0]]
    names = root["T_charge_method"].attrs["flag_meanings"].split()
    peak, crossing = names.index("susceptibility_peak"), names.index("binder_crossing")
    root["T_charge_method"][:] = [peak, crossing, peak]
    root["T_charge_converged"][:] = [1, 1, 0]
    return root
