"""Short-range tables: shells counted by hand, images, errors."""

import numpy as np
import pytest

from mcsc.model import ShortRangeTerm, short_range_table
from mcsc.structure import Structure, Well

TRIANGULAR = np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0.0], [0.0, 0.0, 5.0]])


def crystal(cell, *wells):
    """Wells given as (kind, centre, number of states)."""
    built = []
    for kind, centre, states in wells:
        displacements = 0.01 * np.arange(states)[:, None] * np.array([1.0, 0.0, 0.0])
        built.append(
            Well(
                kind=kind,
                centre=np.array(centre, dtype=float),
                cage=np.zeros((0, 3)),
                cage_species=(),
                displacements=displacements,
                state_energies=np.zeros(states),
                depth=0.0,
            )
        )
    return Structure(
        name="net",
        cell=np.array(cell, dtype=float),
        wells=tuple(built),
        ions=(),
        ion_positions=np.zeros((0, 3)),
        source="test",
    )


def kagome_wells(alpha_states=1, beta_states=1):
    """Triangles (alpha) and hexagons (beta): a triangular net of spacing 1/√3."""
    first, second = np.array([[1, 2, 0], [2, 1, 0]]) / 3.0 @ TRIANGULAR
    return crystal(
        TRIANGULAR,
        ("alpha", first, alpha_states),
        ("alpha", second, alpha_states),
        ("beta", (0, 0, 0), beta_states),
    )


def cubic():
    return crystal(np.eye(3), ("site", (0, 0, 0), 1))


@pytest.mark.parametrize(("shell", "neighbours"), [(1, 6), (2, 12), (3, 8), (4, 6), (5, 24)])
def test_shells_of_the_cubic_lattice(shell, neighbours):
    term = ShortRangeTerm(("site", "site"), 1.0, shell=shell)
    assert short_range_table(cubic(), (7, 7, 7), [term]).values.sum() == neighbours
    at = ShortRangeTerm(("site", "site"), 1.0, distance=np.sqrt(shell))
    assert short_range_table(cubic(), (7, 7, 7), [at]).values.sum() == neighbours


@pytest.mark.parametrize(
    ("kinds", "pairs", "distance"),
    [
        (("alpha", "alpha"), 3, 1 / np.sqrt(3)),
        (("alpha", "beta"), 6, 1 / np.sqrt(3)),
        (("beta", "alpha"), 6, 1 / np.sqrt(3)),
        (("beta", "beta"), 3, 1.0),
    ],
)
def test_shells_of_the_kagome_wells(kinds, pairs, distance):
    for given in ({"shell": 1}, {"distance": distance}):
        table = short_range_table(kagome_wells(), (5, 5, 1), [ShortRangeTerm(kinds, 1.0, **given)])
        assert table.values.sum() == 2 * pairs


def test_neighbours_of_the_cubic_lattice():
    table = short_range_table(cubic(), (4, 4, 4), [ShortRangeTerm(("site", "site"), 0.3, 1.0)])
    expected = np.zeros((4, 4, 4))
    for axis in range(3):
        for step in (1, 3):
            expected[tuple(step if i == axis else 0 for i in range(3))] = 0.3
    np.testing.assert_allclose(table.values[0, 0], expected)
    assert table.self_energy.tolist() == [0.0]


def test_only_the_named_kinds_and_all_their_states():
    structure = kagome_wells(alpha_states=2, beta_states=3)
    term = ShortRangeTerm(("beta", "alpha"), -0.25, shell=1)
    table = short_range_table(structure, (4, 4, 2), [term]).values
    assert table.shape == (7, 7, 4, 4, 2)
    assert not table[:4, :4].any()
    assert not table[4:, 4:].any()
    # a hexagon has six triangles around it, three of each orientation; a triangle three hexagons
    np.testing.assert_allclose(table[4:, :4].sum(axis=(2, 3, 4)), 3 * -0.25)
    np.testing.assert_allclose(table[:4, 4:].sum(axis=(2, 3, 4)), 3 * -0.25)
    assert np.count_nonzero(table[4, 0]) == 3
    # equal for all states of a pair of wells
    assert np.ptp(table[4:, :2], axis=(0, 1)).max() == 0.0


def test_symmetry_and_sum_of_terms():
    structure = kagome_wells(2, 2)
    nearest = ShortRangeTerm(("alpha", "beta"), 1.0, shell=1)
    second = ShortRangeTerm(("beta", "beta"), 0.5, distance=1.0)
    both = short_range_table(structure, (3, 3, 1), [nearest, second]).values
    one = short_range_table(structure, (3, 3, 1), [nearest]).values
    two = short_range_table(structure, (3, 3, 1), [second]).values
    np.testing.assert_array_equal(both, one + two)
    inverted = np.roll(np.flip(both.transpose(1, 0, 2, 3, 4), (2, 3, 4)), 1, (2, 3, 4))
    np.testing.assert_array_equal(both, inverted)


def test_images_add_up_in_a_small_supercell():
    term = ShortRangeTerm(("site", "site"), 1.0, shell=1)
    table = short_range_table(cubic(), (2, 1, 3), [term])
    # two images along x; the ones along y are its own; two different cells along z
    assert table.values[0, 0, 1, 0, 0] == 2.0
    assert table.values[0, 0, 0, 0, 1] == table.values[0, 0, 0, 0, 2] == 1.0
    assert table.values[0, 0, 0, 0, 0] == 0.0
    assert table.self_energy.tolist() == [2.0]


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 1, 1), (3, 2, 1), (5, 5, 1)])
def test_full_lattice_energy_does_not_depend_on_the_supercell(size):
    terms = [
        ShortRangeTerm(("alpha", "alpha"), 0.7, shell=1),
        ShortRangeTerm(("alpha", "beta"), -0.4, shell=2),
        ShortRangeTerm(("beta", "beta"), 0.2, distance=1.0),
    ]
    table = short_range_table(kagome_wells(), size, terms)
    per_cell = 0.5 * (table.values.sum() + table.self_energy.sum())
    # pairs in a cell: 3 at the spacing, 6 hexagon-triangle pairs at twice that, 3 hexagon pairs
    assert per_cell == pytest.approx(3 * 0.7 + 6 * -0.4 + 3 * 0.2)


def test_no_terms_give_zeros():
    table = short_range_table(kagome_wells(), (2, 2, 1), [])
    assert table.values.shape == (3, 3, 2, 2, 1)
    assert not table.values.any()
    assert not table.self_energy.any()


def test_tolerance_joins_nearly_equal_distances():
    structure = crystal(np.diag([1.0, 1.02, 3.0]), ("site", (0, 0, 0), 1))
    wide = ShortRangeTerm(("site", "site"), 1.0, shell=1, tolerance=0.05)
    narrow = ShortRangeTerm(("site", "site"), 1.0, shell=1)
    assert short_range_table(structure, (5, 5, 1), [wide]).values.sum() == 4.0
    assert short_range_table(structure, (5, 5, 1), [narrow]).values.sum() == 2.0


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"energy": np.inf, "shell": 1}, "energy inf must be finite"),
        ({"energy": 1.0}, "either a distance or a shell"),
        ({"energy": 1.0, "shell": 1, "distance": 1.0}, "either a distance or a shell"),
        ({"energy": 1.0, "shell": 0}, "shell 0 must be at least 1"),
        ({"energy": 1.0, "distance": -1.0}, "distance -1.0 must be"),
        ({"energy": 1.0, "shell": 1, "tolerance": 0.0}, "tolerance 0.0 must be"),
    ],
)
def test_impossible_terms(keywords, message):
    with pytest.raises(ValueError, match=message):
        ShortRangeTerm(("alpha", "beta"), **keywords)


def test_unknown_kind_lists_the_kinds():
    with pytest.raises(ValueError, match="no wells of kind 'gamma'; kinds: alpha, beta"):
        short_range_table(kagome_wells(), (2, 2, 2), [ShortRangeTerm(("alpha", "gamma"), 1, 1.0)])


def test_unmatched_distance_lists_those_that_exist():
    term = ShortRangeTerm(("beta", "beta"), 1.0, distance=0.9)
    message = r"beta-beta: no pair of wells at distance 0.9 .* take one of 1, 1.73205, 2,"
    with pytest.raises(ValueError, match=message):
        short_range_table(kagome_wells(), (4, 4, 4), [term])


@pytest.mark.parametrize(
    "term",
    [
        ShortRangeTerm(("site", "site"), 1.0, shell=1, tolerance=2.0),
        ShortRangeTerm(("site", "site"), 1.0, shell=60, tolerance=0.1),
    ],
)
def test_shells_closer_than_the_tolerance_are_refused(term):
    with pytest.raises(ValueError, match=f"shell {term.shell} cannot be told from its neighbours"):
        short_range_table(cubic(), (2, 2, 2), [term])


def test_a_long_range_is_refused():
    with pytest.raises(ValueError, match=r"pairs of wells of net lie within 1000"):
        short_range_table(cubic(), (2, 2, 2), [ShortRangeTerm(("site", "site"), 1.0, 1000.0)])
