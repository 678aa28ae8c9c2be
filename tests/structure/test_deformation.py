"""Strain and pressure: exact volumes, exact scaling of energies, wells of the deformed crystal."""

import numpy as np
import pytest
from exact import energies, system

from mcsc.model import build_model
from mcsc.structure import (
    axial_scale,
    deformed,
    displacement_length,
    murnaghan_scale,
    textbook,
    wells_of_net,
    with_states,
)
from mcsc.structure.crystal import read_crystal
from mcsc.units import SI

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("pressure", "derivative", "volume"),
    [
        # P = B: V/V0 = (1 + B')^(−1/B')
        (40.0, 4.0, 5.0**-0.25),
        (40.0, 1.0, 0.5),
        (20.0, 2.0, 0.5**0.5),
        (0.0, 4.0, 1.0),
        (40.0, 0.0, np.exp(-1.0)),
        (-5.0, 4.0, 2.0**0.25),
    ],
)
def test_volume_under_pressure(pressure: float, derivative: float, volume: float) -> None:
    assert murnaghan_scale(pressure, 40.0, derivative) ** 3 == pytest.approx(volume, rel=1e-12)


def test_bulk_modulus_rises_linearly() -> None:
    """−V dP/dV = B + B' P, which is what the equation of state says."""
    volumes = [murnaghan_scale(10.0 + d, 35.0, 5.0) ** 3 for d in (-1e-4, 1e-4)]
    modulus = -np.mean(volumes) * 2e-4 / np.diff(volumes)[0]
    assert modulus == pytest.approx(35.0 + 5.0 * 10.0, rel=1e-6)


def test_a_small_derivative_approaches_none() -> None:
    assert murnaghan_scale(10.0, 35.0, 1e-7) == pytest.approx(murnaghan_scale(10.0, 35.0, 0.0))


def test_tension_has_a_limit() -> None:
    with pytest.raises(ValueError, match="a tension beyond 10"):
        murnaghan_scale(-10.0, 40.0, 4.0)


def test_compressibility_is_that_of_each_axis() -> None:
    slope = (axial_scale(3.001, [0.004, 0.004, 0.02]) / axial_scale(3.0, [0.004, 0.004, 0.02])) - 1
    np.testing.assert_allclose(-slope / 0.001, [0.004, 0.004, 0.02], rtol=1e-4)


def kagome(scale=(1.0, 1.0, 1.0)):
    """Wells of CsV3Sb5 with their displaced states, a tenth of the way to the cage."""
    crystal = read_crystal("CsV3Sb5")
    bare = deformed(wells_of_net(crystal, "V"), scale, crystal.cell.array)
    wells = tuple(with_states(w, "vertices", displacement_length(w, 0.1)) for w in bare.wells)
    return type(bare)(bare.name, bare.cell, wells, bare.ions, bare.ion_positions)


@pytest.mark.parametrize("factor", [0.9, 1.05])
def test_energies_of_a_uniformly_scaled_crystal_go_as_1_over_a(factor: float) -> None:
    models = [build_model(s, (3, 3, 1)) for s in (kagome(), kagome((factor,) * 3))]
    for n in (1, 9, 20):
        state = np.full(27, -1)
        state[RANDOM.permutation(27)[:n]] = RANDOM.integers(0, 4, n)
        before, after = (model.energy(state) for model in models)
        assert after == pytest.approx(before / factor, rel=1e-10)
    assert models[1].coulomb_temperature == pytest.approx(models[0].coulomb_temperature / factor)


def test_energies_of_a_strained_crystal_are_those_of_its_positions() -> None:
    strained = kagome((1.03, 0.98, 0.95))
    model = build_model(strained, (2, 1, 1))
    rows = RANDOM.integers(-1, 4, (20, 6))
    expected = energies(system(strained, (2, 1, 1), coulomb=SI.coulomb), rows)
    np.testing.assert_allclose([model.energy(row) for row in rows], expected, atol=1e-10)


def test_wells_keep_their_fractional_places_and_order() -> None:
    before, after = kagome(), kagome((1.03, 0.98, 0.95))
    lengths = [np.linalg.norm(s.cell, axis=1) for s in (before, after)]
    np.testing.assert_allclose(lengths[1] / lengths[0], (1.03, 0.98, 0.95), rtol=1e-12)
    angle = [
        s.cell[0] @ s.cell[1] / np.prod(np.linalg.norm(s.cell[:2], axis=1)) for s in (before, after)
    ]
    assert angle[0] == pytest.approx(angle[1])
    for old, new in zip(before.wells, after.wells, strict=True):
        assert (old.kind, old.orbit) == (new.kind, new.orbit)
        for name in ("centre", "cage"):
            places = [
                getattr(well, name) @ np.linalg.inv(s.cell)
                for well, s in ((old, before), (new, after))
            ]
            np.testing.assert_allclose(places[0], places[1], atol=1e-12)
        assert old.distortion == pytest.approx(0.0, abs=1e-6)
        assert new.distortion > 0.01
        # δ follows the cage it is a share of
        shortest = [np.linalg.norm(well.displacements[1:], axis=1) for well in (old, new)]
        np.testing.assert_allclose(shortest[1], 0.1 * new.distances.min())


def test_what_cannot_be_deformed() -> None:
    with pytest.raises(ValueError, match="three positive factors"):
        deformed(textbook("cubic"), (1.0, 0.0, 1.0), np.eye(3))
    with pytest.raises(ValueError, match="add them afterwards"):
        deformed(kagome(), (1.0, 0.9, 1.0), np.eye(3))
