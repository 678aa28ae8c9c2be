"""Diagrams with every kind of axis and group, as other tools read them."""

import itertools
import json
import re
from pathlib import Path

import cf_xarray  # noqa: F401
import netCDF4
import numpy as np
import pint
import pytest
import xarray as xr

from mcsc import diagram, workflow
from mcsc.cli.summary import summary_lines
from mcsc.diagram.reference import tables
from mcsc.execute.work import work
from mcsc.files.tree import groups_of
from mcsc.ground_states import Annealing
from mcsc.planning import fillings, follow, plan
from mcsc.plot import capacitance_figure
from mcsc.report.beyond_lines import capacitance_table
from mcsc.report.findings import findings
from mcsc.report.page import page
from mcsc.units import REDUCED, SI
from mcsc.variables import HISTORY_AXES
from mcsc.workflow import merge_outcome, tasks_folder

TAIL = """
[sampling]
sweeps = 64
warmup = 8
measurements = 64
exchange_interval = 1
"""
FIELD = """
title = "fields, their histories and a varied key: σ ≥ 3"
[structure]
material = "CsV3Sb5"
[wells]
states = "sixfold"
displacement = 0.1
[scan]
doping = [1.0]
temperature = { values = [40.0, 80.0, 120.0] }
size = [4, 4, 1]
field = [0.0, 0.05, 0.1]
field_direction = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
[scan.vary]
interaction.relative_permittivity = [50.0, 60.0]
[protocol]
field = [0.0, 0.05, 0.2]
doping = [1.0]
sweeps = 16
measurements = 8
repeats = 2
[transport]
field = [0.0, 0.1, 0.2]
frequency = [1e10]
events = 2
measurements = 64
repeats = 2
"""
DISORDER = """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[doping]
dopant = { positions = [[0.3333333333, 0.6666666667, 0.3]], charge = -0.5 }
[disorder]
samples = 2
[scan]
doping = [0.25, 0.5]
temperature = { start = 0.05, stop = 0.4, num = 4 }
size = [4, 4, 2]
seed = [3, 4]
"""
GRAND = """
[structure]
lattice = "cubic"
[doping]
reference_potential = -1.0
[scan]
chemical_potential = [-0.4, 0.0, 0.4]
temperature = { values = [0.06, 0.1, 0.2] }
size = [[3, 3, 3], [4, 4, 4]]
"""
STARTS = GRAND.replace("[[3, 3, 3], [4, 4, 4]]", "[4, 4, 4]\nstart_doping = [0.25, 0.5]")
STARS = """
[structure]
cif = "CsV3Sb5"
net = "V"
[[defects]]
position = [2.5, 2.5, 0.25]
charge = -0.2
[[defects]]
position = [0.5, 0.1, 0.25]
charge = 0.1
[wells]
states = "centre"
[scan]
doping = [0.25]
temperature = { start = 0.01, stop = 0.2, num = 4, unit = "coulomb" }
size = [4, 4, 1]
[scan.vary]
wells.star_energy = [-0.02, 0.01]
"""
# carriers that attract each other separate
EXPANDED = """
[structure]
lattice = "square"
layer_spacing = 2.0
[doping]
reference_potential = -1.0
[interaction]
coulomb = false
short_range = [{ kinds = ["site", "site"], shell = 1, energy = -1.0 }]
[scan]
ensemble = "expanded"
window = 6
doping = { start = 0.1, stop = 0.9 }
temperature = { values = [0.3, 0.5, 1.0] }
size = [4, 4, 1]
[sampling]
sweeps = 4096
warmup = 2048
measurements = 512
exchange_interval = 1
"""
SLAB = """
[structure]
lattice = "cubic"
open_axis = "c"
[wells]
states = "harmonic"
displacement_length = 0.1
state_energy = 0.2
harmonic_axes = "xz"
harmonic_steps = 1
[scan]
doping = [0.5, 1.0]
temperature = { values = [0.1, 0.2] }
size = [4, 4, 2]
field = [0.0, 1.0]
field_direction = [0.0, 0.0, 1.0]
"""
UNATTENDED = """
target_error = 0.3
max_sweeps = 128
annealings = 2
"""
LOWEST = """
[structure]
lattice = "square"
layer_spacing = 2.0
[scan]
doping = [0.25, 0.5]
temperature = { values = [0.1, 0.2] }
size = [[3, 3, 1], [4, 4, 1]]
"""
KINDS = {
    "field": FIELD + TAIL,
    "disorder": DISORDER + TAIL,
    "grand": GRAND + TAIL,
    "starts": STARTS + TAIL,
    "stars": STARS + TAIL + UNATTENDED,
    "expanded": EXPANDED,
    "slab": SLAB + TAIL,
}


REGISTRY = pint.UnitRegistry()


def made(folder, text):
    """Diagram of a run file, its tasks run one after the other in this process."""
    (folder / "run.toml").write_text(text)
    out = folder / "out.nc"
    tasks = tasks_folder(out)
    tasks.mkdir()

    def run_round(now):
        for task in now.tasks:
            work(task, tasks, 1e9, lambda done: None, print, lambda: False)

    outcome = follow(plan(folder / "run.toml"), tasks, run_round)
    merge_outcome(outcome, out)
    return out


def test_diagrams_as_other_tools_read_them(tmp_path):
    there = as_declared("lowest states", lowest_states(tmp_path))
    for kind, text in KINDS.items():
        (tmp_path / kind).mkdir()
        path = made(tmp_path / kind, text)
        with netCDF4.Dataset(path) as file:
            groups = ["/", *file.groups]
        alone = {group: xr.load_dataset(path, group=group, decode_times=False) for group in groups}
        for engine in ("netcdf4", "h5netcdf"):
            with xr.open_datatree(path, engine=engine) as tree:
                holds_what_its_groups_hold(tree.load(), alone)
        is_told_and_shown(path)
        if kind == "slab":
            capacitances_are_drawn_and_listed(path)
        names_of_root_coordinates_mean_the_same(alone)
        pint_reads_every_unit(alone, kind)
        flags_are_asked_for_by_their_meaning(alone)
        wavevectors_are_chosen_by_h_k_and_l(alone["/"])
        there |= as_declared(kind, alone)
    # no row of the tables is about something that is never written
    declared = {(table, v.name) for table, rows in tables().items() for v in rows}
    assert declared - there == set()


def capacitances_are_drawn_and_listed(path):
    """What the figure and the table of capacitances show is what is in the file."""
    tree = diagram.load(path)
    root = tree.to_dataset().sel(field=1.0)
    left, middle, right = capacitance_figure(tree, field=1.0, doping=1.0).axes
    curves = {c.get_label(): c.lines[0].get_ydata() for c in left.containers}
    along = root["capacitance_parallel"].sel(doping=1.0)
    np.testing.assert_array_equal(curves["$x$ = 1"], along)
    free = [line.get_ydata() for line in left.lines if line.get_label() == "_free $x$ = 1"]
    np.testing.assert_array_equal(free, [root["capacitance_parallel_free"].sel(doping=1.0)])
    for ax, name in ((middle, "plane_field"), (right, "plane_response")):
        curves = {c.get_label(): c.lines[0].get_ydata() for c in ax.containers}
        there = root[name].sel(doping=1.0, temperature=0.2)
        np.testing.assert_array_equal(curves["$T$ = 0.2"], there)
    table = capacitance_table(tree.to_dataset())
    assert len(table.rows) == 2 * 2 * 2
    assert table.head[-3:] == ("C_yz", "free", "E_out/E_in")
    assert {len(row) for row in table.rows} == {len(table.head)}
    with pytest.raises(ValueError, match="no displaced states"):
        capacitance_figure(root.drop_vars("capacitance_parallel"))


def is_told_and_shown(path):
    """The last words of a run and the page for a browser hold for diagrams of any kind."""
    tree = diagram.load(path)
    found, shown = findings(tree), page(tree)
    assert json.loads(found.to_json())["points"] == tree["health/converged"].size
    if "transport" in tree.children:
        hops = tree["transport/resistivity"].isel(transport_field=0)
        told = [c.resistivity[0] for c in found.conduction if c.resistivity]
        assert told == hops.values[np.isfinite(hops.values)].tolist()
        assert "depinning field" in shown
    lines = summary_lines(found, Path("out.nc"))
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    data = re.search(r'id="data">(.*?)</script>', shown, re.DOTALL)[1]
    assert len(json.loads(data)["slices"]) >= 1


def lowest_states(folder):
    (folder / "run.toml").write_text(LOWEST)
    found = fillings(folder / "run.toml")
    return groups_of(workflow.ground_states(found, Annealing(chains=2, sweeps=24, stages=4)))


CARRIERS = {"doping", "chemical_potential"}
VARIED = {"relative_permittivity", "star_energy"}
SCAN = {"size", "direction", "field", "disorder", "seed", "start_doping", *CARRIERS, *VARIED}
# what these say further is known at run time only
SAID_BY_THE_RUN = {
    "size", "doping", "dome_doping", "dome_chemical_potential", "lattice_constant", "significance",
    "T_charge_doping", "T_collective_doping",
}  # fmt: skip


def tables_of(kind, group):
    """Names of the tables that declare the variables of a group, the first that has one counts."""
    if kind == "lowest states" and group == "/":
        return (kind,)
    if kind == "expanded" and group == "/":
        return ("free_energy", "/", "observables")
    root = ("/", "observables") if group in ("/", "disorder_average") else ()
    return ("domes" if group.startswith("domes") else group, *root)


def as_declared(kind, groups):
    """Hold all variables against the declarations; the rows met, by table and name."""
    known = {(table, row.name): row for table, rows in tables().items() for row in rows}
    root, there = groups["/"], set()
    reduced = root.attrs["units_system"] == "reduced"
    axes = SCAN & set(root.dims)
    for group, dataset in groups.items():
        if group in ("protocols", "transport"):
            prefix = group.removesuffix("s")
            back = {f"{prefix}_{name}": name for name in HISTORY_AXES}
            dataset = dataset.rename({n: back[n] for n in dataset.variables if n in back})
        for name, variable in dataset.variables.items():
            if name in VARIED | {f"dome_{axis}" for axis in axes - CARRIERS}:
                continue
            where = f"{kind}, {group}: {name}"
            value = name.removesuffix("_stderr").removesuffix("_spread")
            places = ("coordinates",) * (name in dataset.coords) + tables_of(kind, group)
            rows = [(t, n) for t in places for n in (name, value) if (t, n) in known]
            assert rows, f"{where} is not declared"
            said = known[rows[0]]
            there.add(rows[0])
            own_axes = axes - {"field"} if group in ("protocols", "transport") else axes
            has_its_dimensions(where, variable, said, own_axes)
            unit = said.unit and (REDUCED if reduced else SI).written(said.unit)
            assert variable.attrs.get("units", "") == unit, where
            assert variable.attrs.get("flag_meanings", "") == " ".join(said.flags), where
            linked = variable.attrs.get("ancillary_variables", "").split()
            assert all(one in dataset for one in linked), where
            if name != said.name:
                assert said.estimate, where
            elif group != "disorder_average":
                assert (f"{name}_stderr" in linked) == said.estimate, where
            if "average" in group or name != said.name or name in SAID_BY_THE_RUN:
                assert variable.attrs["long_name"], where
            else:
                assert variable.attrs["long_name"] == said.long_name, where
                if rows[0][0] != "observables" or kind not in ("grand", "starts"):
                    assert variable.attrs.get("comment", "") == said.comment, where
    return there


def has_its_dimensions(where, variable, said, scan):
    """Those of the scan, temperature, and then its own."""
    own = said.dims.split()
    grid = "..." in own
    own = [dim for dim in own if dim != "..." and (dim in variable.dims or dim != "size")]
    if "channel" in own:
        own.sort(key=lambda dim: dim != "temperature")
    assert [dim for dim in variable.dims if dim in own or dim not in scan] == own, where
    assert grid or set(variable.dims) <= set(own), where


def holds_what_its_groups_hold(tree, alone):
    """No coordinate of the root stands in for another quantity of a group."""
    for group, dataset in alone.items():
        node = tree if group == "/" else tree[group]
        for name, variable in dataset.variables.items():
            assert node[name].variable.identical(variable), f"{group} {name}"


def names_of_root_coordinates_mean_the_same(alone):
    axes = {name: set(alone["/"][name].dims) for name in alone["/"].coords}
    for (group, dataset), (name, dims) in itertools.product(alone.items(), axes.items()):
        if name in dataset.variables:
            assert set(dataset[name].dims) == dims, f"{group} {name}"


def pint_reads_every_unit(alone, kind):
    seen = set()
    for group, dataset in alone.items():
        for name, variable in dataset.variables.items():
            if "units" in variable.attrs:
                seen.add(variable.attrs["units"])
            else:
                assert variable.dtype.kind in "OU", f"{group} {name} has no unit"
    read = {REGISTRY.Unit(unit) for unit in seen}
    if kind == "field":
        assert {REGISTRY.Unit("e/(V angstrom)"), REGISTRY.Unit("1/eV")} <= read


def flags_are_asked_for_by_their_meaning(alone):
    flags = 0
    for dataset in alone.values():
        for name, variable in dataset.data_vars.items():
            if "flag_meanings" not in variable.attrs:
                continue
            flags += 1
            values = np.atleast_1d(variable.attrs["flag_values"])
            assert values.dtype == variable.dtype, name
            for value, word in zip(values, variable.attrs["flag_meanings"].split(), strict=True):
                assert np.array_equal((variable.cf == word).values, variable.values == value), name
    assert flags > 5


def wavevectors_are_chosen_by_h_k_and_l(root):
    chosen = root.structure_factor.set_xindex(["h", "k", "l"])
    for h, k, l in ((0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.25, -0.5, 0.0)):  # noqa: E741
        plain = chosen.sel(h=h, k=k, l=l)
        for sign in (1, -1):
            at = root.mcsc.structure_factor_at(sign * h, sign * k, sign * l)
            np.testing.assert_array_equal(at.values, plain.values)
    # one of each pair, by the rule that the attribute gives
    q = np.stack([root[name].values for name in "hkl"], axis=1)
    np.testing.assert_array_equal(q, root["q"].values)
    for row in q[1:]:
        assert row[np.nonzero(row)[0][0]] > 0
    assert "(-h, -k, -l)" in root["h"].attrs["comment"]
    with pytest.raises(ValueError, match=r"h, k, l = 0\.123, 0, 0: .*nearest"):
        root.mcsc.structure_factor_at(0.123, 0.0, 0.0)
