"""Dopants: energies against an independent Ewald code, and draws that depend on nothing else."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from exact import configurations, crystal, ions, periodic_coulomb, periodic_yukawa
from exact import well as make_well

from mcsc.model import (
    Dopants,
    Interactions,
    Potential,
    Yukawa,
    build_model,
    dopant_potential,
    draw_dopants,
)
from mcsc.structure import textbook
from mcsc.units import SI

CELL = np.array([[5.0, 0.3, 0.0], [-1.0, 6.0, 0.5], [0.4, 0.2, 7.0]])
CRYSTAL = crystal(
    CELL,
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.5, 0, 0.1)], depth=0.0),
    make_well("two", (2.4, 3.1, 3.2), [(0, 0, 0), (0, 0.4, -0.3)]),
)
SIZE = (2, 1, 2)
SITES = [[0.5, 0.5, 0.1], [0.2, 0.8, 0.7]]


def test_energies_differ_as_those_of_explicit_charges():
    """Carriers +1 and dopants −1, together neutral, summed by pymatgen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.ewald import EwaldSummation
        from pymatgen.core import DummySpecies, Structure
    dopants = draw_dopants(CRYSTAL, SIZE, SITES, 3, seed=4)
    model = build_model(CRYSTAL, SIZE, Interactions(relative_permittivity=2.5), dopants=dopants)
    centres = np.repeat(model.lattice.positions[None], 2, axis=0)
    places = [place for place, _ in ions(CRYSTAL, dopants)]
    supercell = CELL * np.array(SIZE)[:, None]
    ours, theirs = [], []
    for row in configurations_of_three()[::97]:
        filled = np.nonzero(row >= 0)[0]
        moved = [CRYSTAL.wells[w % 2].displacements[row[w]] for w in filled]
        carriers = centres[0][filled] + np.array(moved)
        charges = [DummySpecies("X", 1)] * 3 + [DummySpecies("X", -1)] * 3
        everything = Structure(supercell, charges, [*carriers, *places], coords_are_cartesian=True)
        theirs.append(EwaldSummation(everything, acc_factor=14.0).total_energy / 2.5)
        ours.append(model.energy(row))
    scale = SI.coulomb / EwaldSummation.CONV_FACT
    ours, theirs = np.array(ours), scale * np.array(theirs)
    assert np.ptp(theirs) > 0.5
    # the energy of the dopants among themselves is all that is left out
    own = periodic_coulomb(supercell, np.array([a - b for a in places for b in places]))
    among = 0.5 * SI.coulomb / 2.5 * own.sum()
    np.testing.assert_allclose(ours + among, theirs, atol=1e-6)


def configurations_of_three():
    class Wells:
        well = np.repeat(np.arange(8), 2)
        n_wells = 8

    return configurations(Wells, 3)


@pytest.mark.parametrize("screening", [0.0, 0.3])
def test_potential_is_the_sum_over_ions_and_averages_to_zero(screening):
    dopants = draw_dopants(CRYSTAL, SIZE, SITES, 5, charge=-2.0, seed=2)
    found = dopant_potential(CRYSTAL, SIZE, dopants, Potential(Yukawa(screening)))
    supercell = CELL * np.array(SIZE)[:, None]
    m, x, y, z = 3, 1, 0, 1
    at = CRYSTAL.wells[1].centre + CRYSTAL.wells[1].displacements[1] + np.array([x, y, z]) @ CELL
    vectors = np.array([at - place for place, _ in ions(CRYSTAL, dopants)])
    if screening:
        direct = periodic_yukawa(supercell, vectors, screening)
    else:
        direct = periodic_coulomb(supercell, vectors)
    assert found[m, x, y, z] == pytest.approx(-2.0 * direct.sum(), abs=1e-10)


def test_the_mean_over_the_supercell_is_zero():
    # a grid of n³ wells sees only the Fourier terms of its own reciprocal lattice, a sum that
    # shrinks as n⁻³: with a constant left over it would not
    means = []
    for n in (4, 8):
        dopants = Dopants(((n / 2 + 0.5, n / 2 + 0.5, n / 2 + 0.5),))
        means.append(dopant_potential(textbook("cubic"), (n, n, n), dopants).mean() * n)
    assert 0.01 < abs(means[0]) < 0.1
    assert means[1] == pytest.approx(means[0] / 4, rel=1e-6)


def drawn(number, *, sites=SITES, size=(4, 4, 2), **address):
    return set(draw_dopants(CRYSTAL, size, sites, number, **address).positions)


def test_a_sample_is_the_same_whatever_else_changes():
    first = drawn(10, seed=3, sample=2)
    assert first == drawn(10, seed=3, sample=2)
    strained = crystal(1.1 * CELL, *CRYSTAL.wells)
    assert first == set(draw_dopants(strained, (4, 4, 2), SITES, 10, seed=3, sample=2).positions)
    assert len(first & drawn(10, seed=3, sample=3)) < 5
    assert len(first & drawn(10, seed=4, sample=2)) < 5


def test_more_dopants_keep_the_sites_of_fewer():
    nested = [drawn(n) for n in (0, 3, 4, 20, 64)]
    assert [len(places) for places in nested] == [0, 3, 4, 20, 64]
    for few, many in pairwise(nested):
        assert few < many


def test_the_draw_is_fixed_forever():
    """These places were drawn once: stored results name them by seed and sample only."""
    places = draw_dopants(textbook("cubic"), (4, 4, 4), [[0.5, 0.5, 0.5]], 3).positions
    assert places == PLACES


PLACES = ((1.5, 3.5, 0.5), (2.5, 0.5, 2.5), (2.5, 3.5, 1.5))


def test_every_site_is_drawn_equally_often():
    counts = np.zeros(64)
    for sample in range(1500):
        for x, y, z in draw_dopants(
            textbook("cubic"), (4, 4, 4), [[0.5, 0.5, 0.5]], 16, sample=sample
        ).positions:
            counts[int(x) * 16 + int(y) * 4 + int(z)] += 1
    # hypergeometric: each site is in a quarter of the samples
    chi_squared = ((counts - 375) ** 2).sum() / (1500 * 0.25 * 0.75) * 63 / 64
    assert 63 - 4 * np.sqrt(126) < chi_squared < 63 + 4 * np.sqrt(126)


def test_an_ion_on_the_place_of_a_carrier_is_refused():
    for place in ((1.0, 0.0, 0.0), (0.99999, 0.0, 1.0)):
        with pytest.raises(ValueError, match=r"sits on the position of a carrier.*'one'"):
            dopant_potential(CRYSTAL, SIZE, Dopants((place,)))
    displaced = CRYSTAL.wells[1].centre + CRYSTAL.wells[1].displacements[1]
    place = tuple(displaced @ np.linalg.inv(CELL))
    with pytest.raises(ValueError, match=r"sits on the position of a carrier.*'two'"):
        dopant_potential(CRYSTAL, SIZE, Dopants((place,)))


def test_what_cannot_be_dopants_is_refused():
    with pytest.raises(ValueError, match="9 dopants on the 8 sites"):
        draw_dopants(CRYSTAL, SIZE, SITES, 9)
    with pytest.raises(ValueError, match=r"charge 0\.0"):
        Dopants(((0.5, 0.5, 0.5),), 0.0)
    with pytest.raises(ValueError, match="three finite numbers"):
        Dopants(((0.5, np.nan, 0.5),))
    with pytest.raises(ValueError, match="leave it on"):
        build_model(CRYSTAL, SIZE, Interactions(coulomb=False), dopants=Dopants(((0.5, 0.5, 0.5),)))
