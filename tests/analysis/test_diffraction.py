"""What the script says of the maps: zeros that are known, lines where there are some, mistakes."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mcsc.config import material
from mcsc.observables.carrier_sets import CarrierSet, carrier_sets, intensity
from mcsc.planning import build_structure

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "analysis/diffraction.py"))


@pytest.fixture(scope="module")
def kagome():
    return build_structure(Path("CsV3Sb5"), material("CsV3Sb5"))


def test_edges_of_the_hexagonal_zone(kagome) -> None:
    a = kagome.lattice_constant
    found = SCRIPT["edges"](kagome, np.deg2rad([0.0, 30.0, 60.0, 10.0]))
    corner, side = 4 * np.pi / (3 * a), 2 * np.pi / (np.sqrt(3) * a)
    np.testing.assert_allclose(found, [corner, side, corner, side / np.cos(np.deg2rad(20))])


def test_zeros_on_the_line_to_the_corner(kagome) -> None:
    sets = {carriers.name: carriers for carriers in carrier_sets(kagome)}
    corner = 4 * np.pi / (3 * kagome.lattice_constant)
    for name, zero in (("alpha", 6.0), ("beta", 2.0), ("gamma", 1.5)):
        assert SCRIPT["first_dark"](kagome, sets[name], 0.0) == pytest.approx(zero, abs=0.006)
        assert intensity(sets[name], [zero * corner, 0.0, 0.0]) < 1e-12
    # a triangle has no mirror across the line to M: its f is complex and passes beside zero
    assert np.isnan(SCRIPT["first_dark"](kagome, sets["alpha"], np.pi / 6))


def test_lines_inside_the_zone_are_found_where_there_are_some(kagome) -> None:
    for carriers in carrier_sets(kagome):
        assert SCRIPT["falls_to_the_edge"](kagome, carriers)
    far = np.array([[3.0, 0.0, 0.0], [-3.0, 0.0, 0.0]])
    split = CarrierSet("far apart", carrier_sets(kagome)[0].cages[:1], (far,))
    # nodes of cos² at π/6 Å⁻¹, inside the zone
    assert not SCRIPT["falls_to_the_edge"](kagome, split)


def test_what_is_said_of_the_octahedra() -> None:
    structure = build_structure(Path("La2CuO4"), material("La2CuO4"))
    sets = carrier_sets(structure)
    assert [carriers.name for carriers in sets] == ["octahedron", "octahedron, displaced"]
    assert all(SCRIPT["falls_to_the_edge"](structure, carriers) for carriers in sets)
    # the nodes of the diagonals, k_x = π/(2δ/√2), with the longest δ there can be
    longest = float(structure.wells[0].distances.min())
    assert np.pi / (np.sqrt(2) * longest) > SCRIPT["edges"](structure, np.zeros(1))[0]


def test_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SCRIPT["main"](["CsV3Sb5", "-o", str(tmp_path / "maps.png")])
    text = capsys.readouterr().out
    assert "gamma: |f|² at K 0.092, M 0.180; falls from Γ to the edge everywhere" in text
    assert (tmp_path / "maps.png").stat().st_size > 50_000
    with pytest.raises(SystemExit, match="no such material"):
        SCRIPT["main"](["CsV3Sb6"])


def test_lines_show_the_intensity(kagome) -> None:
    sets = carrier_sets(kagome)[:2]
    ax = Figure().subplots()
    SCRIPT["lines"](ax, kagome, sets)
    drawn = {line.get_label(): line for line in ax.lines}
    k, values = drawn["beta: $k_x$"].get_data()
    np.testing.assert_allclose(values, intensity(sets[1], np.outer(k, [1.0, 0.0, 0.0])))
    assert values[0] == pytest.approx(1.0)
