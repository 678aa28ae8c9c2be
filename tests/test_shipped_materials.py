"""Every shipped material: cages as published and as pymatgen finds them, sources, a small scan."""

import tomllib
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from ase.formula import Formula
from in_process import scan

from mcsc.cli.materials import numbers, summary
from mcsc.config import material, materials
from mcsc.periodic import image_distances, nearest_distance
from mcsc.planning import plan
from mcsc.planning.wells import bare_wells
from mcsc.structure import wells_at
from mcsc.structure.crystal import primitive_cell, read_crystal

# Published: space group, and for each well of a primitive cell its kind and the distances from
# its centre to the ions of its cage, Å, as the literature gives them; of the papers that the files
# quote from memory these are from memory too. Those of FeSe and HgBa2CuO4 follow by hand from the
# refinements the files name.
PUBLISHED = {
    "La2CuO4": ("I4/mmm", [("octahedron", [1.89] * 4 + [2.42] * 2)]),
    "YBa2Cu3O7": ("Pmmm", [("square_pyramid", [1.93, 1.93, 1.96, 1.96, 2.30])] * 2),
    "HgBa2CuO4": ("P4/mmm", [("octahedron", [1.936] * 4 + [2.767] * 2)]),
    "Bi2Sr2Ca2Cu3O10": (
        "I4/mmm",
        [("square", [1.91] * 4)] + [("square_pyramid", [1.91] * 4 + [2.43])] * 2,
    ),
    "FeSe": ("P4/nmm", [("tetrahedron", [2.395] * 4)] * 2),
    "LaFeAsO": ("P4/nmm", [("tetrahedron", [2.412] * 4)] * 2),
    "BaFe2As2": ("I4/mmm", [("tetrahedron", [2.403] * 4)] * 2),
    "NdNiO2": ("P4/mmm", [("square", [1.96] * 4)]),
    "La3Ni2O7": ("I4/mmm", [("octahedron", [1.86] * 4 + [1.91, 2.12])] * 2),
    # net atom to centre: a/(2 sqrt 3) in the triangles, a/2 in the hexagon
    "CsV3Sb5": ("P6/mmm", [("alpha", [1.586] * 3)] * 2 + [("beta", [2.747] * 6)]),
    "KV3Sb5": ("P6/mmm", [("alpha", [1.583] * 3)] * 2 + [("beta", [2.741] * 6)]),
    "CsTi3Bi5": ("P6/mmm", [("alpha", [1.671] * 3)] * 2 + [("beta", [2.894] * 6)]),
}
# degrees, of the two and of the four equal angles at iron
ANGLES = {"FeSe": (103.9, 112.3), "LaFeAsO": (113.5, 107.5), "BaFe2As2": (111.1, 108.7)}


def wells(name):
    return sorted(bare_wells(Path(), material(name).structure).wells, key=lambda well: well.kind)


# wells of a built-in lattice in place of a crystal, and their moiré constant, nm: 8 of aligned
# WSe2/WS2, and 4.7 of WSe2 twisted by 4 degrees
MOIRE = {"WSe2-WS2": (1, 8.0), "tWSe2": (2, 4.7)}


# hosts of an intercalated species: space group; kinds of its sites in a primitive cell and their
# number; nearest distance of two such sites, over a
HOSTS = {
    "NaxCoO2": ("P6_3/mmc", {"trigonal_prism_1": 2, "trigonal_prism_2": 2}, 3**-0.5),
    "LixCoO2": ("R-3m", {"octahedron": 1}, 1.0),
}


def test_every_material_is_in_the_table() -> None:
    assert set(materials()) == set(PUBLISHED) | set(MOIRE) | set(HOSTS)


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_hosts_of_intercalated_ions(name: str) -> None:
    symbol, kinds, nearest = HOSTS[name]
    found, row = material(name), summary(material(name))
    assert (row["space_group"], row["wells"]) == (symbol, kinds)
    built = bare_wells(Path(), found.structure)
    centres = np.array([well.centre for well in built.wells])
    assert nearest_distance(centres, built.cell) == pytest.approx(nearest * built.lattice_constant)
    # carriers of a full formula unit: of NaCoO2 half of the sites, for near ones exclude each other
    assert found.doping.carriers_per_cell(1.0) == (2.0 if name == "NaxCoO2" else 1.0)
    assert found.doping.reference_potential is not None


def test_near_sodium_sites_exclude_each_other_and_those_above_cobalt_are_named() -> None:
    tree = {
        "structure": {"material": "NaxCoO2"},
        "scan": {"doping": [0.5], "temperature": {"values": [300.0, 400.0]}, "size": [2, 2, 1]},
    }
    model = plan(tree).tasks[0].task.build()
    structure, places = model.lattice.structure, model.lattice.positions
    in_plane = structure.cell[:2, :2]
    for well in structure.wells:
        # Co at the origin of the layer
        above = image_distances(in_plane, well.centre[None, :2])[0]
        assert (above < 0.01) == (well.kind == "trigonal_prism_1")
    flat = np.flatnonzero(np.abs(places[:, 2] - places[0, 2]) < 0.01)
    apart = image_distances(2 * in_plane, places[flat, :2] - places[0, :2])
    energies = []
    for other in flat[np.argsort(apart)[[1, 4]]]:
        state = np.full(len(places), -1)
        state[[0, other]] = 0
        energies.append(model.energy(state))
    # next to each other, against a lattice vector apart; the levels of the two kinds differ, too
    assert sorted(apart)[3] < 1.01 * sorted(apart)[1] < sorted(apart)[4]
    assert energies[0] - energies[1] > 1.0


@pytest.mark.parametrize("name", sorted(MOIRE))
def test_moire_materials(name: str) -> None:
    tree = {
        "structure": {"material": name},
        "scan": {
            "doping": [1 / 3],
            "temperature": {"values": [30.0, 60.0]},
            "size": [6, 6, 1],
            "vary": {"structure.twist_angle": [0.0 if name == "WSe2-WS2" else 4.0, 4.5]},
        },
    }
    planned = plan(tree)
    n_wells, constant = MOIRE[name]
    assert planned.structure.n_wells == n_wells
    assert planned.structure.lattice_constant == pytest.approx(10 * constant, rel=0.01)
    assert planned.axes["twist_angle"].attrs["units"] == "degree"
    warm, less = (variant.coulomb_temperature for variant in planned.variants)
    # e²/(4πε0 ε_r a k_B) in K
    epsilon = material(name).interaction.relative_permittivity
    assert warm == pytest.approx(14.399645 / (8.617333e-5 * epsilon * 10 * constant), rel=0.01)
    assert less > warm
    assert summary(material(name))["formula"] == "-"


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_cages_are_as_published(name: str) -> None:
    symbol, published = PUBLISHED[name]
    assert summary(material(name))["space_group"] == symbol
    found = [(well.kind, np.sort(well.distances)) for well in wells(name)]
    published = sorted(published)
    assert [kind for kind, _ in found] == [kind for kind, _ in published]
    for (_, distances), (_, expected) in zip(found, published, strict=True):
        assert distances == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("name", sorted(ANGLES))
def test_angles_of_the_tetrahedra(name: str) -> None:
    for well in wells(name):
        arms = (well.cage - well.centre) / well.distances[:, None]
        angles = np.sort([np.degrees(np.arccos(a @ b)) for a, b in combinations(arms, 2)])
        two, four = ANGLES[name]
        assert angles == pytest.approx(sorted([two] * 2 + [four] * 4), abs=0.1)


def test_the_squares_of_the_chains_are_wells_on_request() -> None:
    found = wells_at(primitive_cell(read_crystal("YBa2Cu3O7")), "Cu", "O").wells
    chain = next(well for well in found if well.kind == "square")
    assert np.sort(chain.distances) == pytest.approx([1.85, 1.85, 1.94, 1.94], abs=0.01)
    normal = np.cross(*(chain.cage - chain.centre)[:2])
    assert abs(normal[0]) == pytest.approx(np.linalg.norm(normal))
    planes = [well for well in found if well.kind == "square_pyramid"]
    given = wells("YBa2Cu3O7")
    for one, other in zip(sorted(planes, key=lambda w: w.centre[2]), given, strict=True):
        assert one.centre == pytest.approx(other.centre, abs=1e-9)


@pytest.mark.filterwarnings("ignore:Issues encountered while parsing CIF")
@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")
@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_pymatgen_finds_the_same(name: str) -> None:
    cif = pytest.importorskip("pymatgen.io.cif")
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    path = str(files("mcsc").joinpath("materials", f"{name}.cif"))
    structure = cif.CifParser(path).parse_structures(primitive=False)[0]
    assert SpacegroupAnalyzer(structure).get_space_group_symbol() == PUBLISHED[name][0]
    counts = {species: round(n) for species, n in structure.composition.as_dict().items()}
    assert counts == read_crystal(name).symbols.formula.count()
    for well in wells(name):
        species = set(well.cage_species)
        near = structure.get_sites_in_sphere(well.centre, well.distances.max() + 0.05)
        expected = sorted(site.nn_distance for site in near if site.specie.symbol in species)
        assert np.sort(well.distances) == pytest.approx(expected, abs=1e-4)


def is_number(value) -> bool:
    if isinstance(value, tuple):
        return all(map(is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_free(coordinate: float) -> bool:
    """Whether a coordinate is none of those that symmetry gives in these crystals."""
    return all(abs(coordinate * n - round(coordinate * n)) > 1e-6 for n in (3, 4))


@pytest.mark.parametrize("name", materials())
def test_every_number_has_a_source(name: str) -> None:
    found = material(name)
    wanted = {"crystal.cell"} if found.cif else set()
    for entry in numbers(found):
        key, value = entry["key"], entry["value"]
        if key == "crystal.cell":
            continue
        if key.startswith("crystal."):
            wanted |= {key} if any(map(is_free, value)) else set()
        elif is_number(value):
            wanted.add(key)
    assert set(found.source) == wanted
    assert all(len(text) > 10 for text in found.source.values())


CARRIERS = ("holes", "electrons", "carriers")
# planar copper in a primitive cell, where x is counted by it
PLANAR_COPPER = {"YBa2Cu3O7": 2.0, "Bi2Sr2Ca2Cu3O10": 3.0}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_formula_units_are_those_of_the_primitive_cell(name: str) -> None:
    primitive = primitive_cell(read_crystal(name)).symbols.formula
    units = primitive.count()[next(iter(Formula(name)))] / next(
        iter(Formula(name).count().values())
    )
    doping = material(name).doping
    assert doping.formula_units == PLANAR_COPPER.get(name, units)
    assert doping.counts is not None
    unit = "planar Cu" if name in PLANAR_COPPER else "formula unit"
    assert doping.counts.split(" per ") in [[what, unit] for what in CARRIERS]
    assert primitive.reduce()[0].count() == Formula(name).count()


def small_run(name: str, more: str = "") -> str:
    # one carrier for nine cells, whatever a formula unit is
    doping = 1 / 9 / material(name).doping.formula_units
    layers = 3 if name == "NdNiO2" else 1
    return f"""
[structure]
material = "{name}"
[scan]
doping = [{doping}]
temperature = {{ values = [0.1, 0.2], unit = "coulomb" }}
size = [3, 3, {layers}]
[sampling]
sweeps = 64
warmup = 16
measurements = 64
{more}"""


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_small_scan(name: str, tmp_path: Path) -> None:
    run_file = tmp_path / "run.toml"
    run_file.write_text(small_run(name))
    root = scan(run_file, tmp_path / "out.nc")["/"]
    assert root["charge_order"].notnull().all()
    assert (root["localization_length"] > 0).all(), "no carrier was ever displaced"
    assert root["carriers_per_cell"].values == pytest.approx([1 / 9])
    assert root["doping"].attrs["long_name"] == material(name).doping.counts
    found = material(name)
    assert root.attrs["material_toml"] == found.text
    assert root.attrs["material_cif"] == found.cif
    epsilon, a = found.interaction.relative_permittivity, numbers(found)[0]["value"]["a"]
    # e²/(4πε0 ε_r a k_B) in K
    assert root.attrs["coulomb_temperature"] == pytest.approx(
        14.399645 / (8.617333e-5 * epsilon * a), rel=1e-6
    )


WITH_DOPANTS = [n for n in sorted(PUBLISHED) if "dopant" in material(n).tables["doping"]]


@pytest.mark.parametrize("name", WITH_DOPANTS)
def test_dopants_have_sites_and_balance_the_carriers(name: str, tmp_path: Path) -> None:
    run_file = tmp_path / "run.toml"
    doubled = small_run(name, "[disorder]\nsamples = 1\n")
    doping = 2 / 9 / material(name).doping.formula_units
    lines = (f"doping = [{doping}]" if "doping =" in line else line for line in doubled.split("\n"))
    run_file.write_text("\n".join(lines))
    task = plan(run_file).tasks[0].task
    assert task.dopants is not None
    total = len(task.dopants.positions) * task.dopants.charge
    assert total == -task.n_carriers


def test_the_files_are_in_the_package() -> None:
    setup = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    patterns = setup["tool"]["setuptools"]["package-data"]["mcsc"]
    assert {"materials/*.cif", "materials/*.toml"} <= set(patterns)
