"""Order of layers next to each other and order of stars, of arrangements made by hand.

The 2 × 2 crystal has three density waves at the M points. A shift by half a superlattice vector
reverses two of them: the layer correlation is (1 − 1 − 1)/3 = −1/3 and the phase shift 2/3 of π.
"""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.kernels.tables import state_numbers
from mcsc.model import build_model
from mcsc.observables import OBSERVABLES, build_probe, channels, measure
from mcsc.structure import Structure, textbook, with_star, with_states
from mcsc.units import REDUCED

SPACING = 1.7
TWO = [(0, 0), (1, 0), (0, 0), (1, 0)]
FOUR = [(0, 0), (1, 0), (1, 1), (0, 1)]
FUNCTION = {item.name: item.function for item in OBSERVABLES}


def kagome(displaced=False):
    structure = textbook("kagome-wells", layer_spacing=SPACING)
    if not displaced:
        return structure
    return replace(
        structure, wells=tuple(with_states(w, "vertices", 0.05) for w in structure.wells)
    )


def hexagons(star=False):
    """The hexagon wells alone; with ``star``, state 1 of each is a Star of David."""
    beta = [w for w in textbook("kagome-wells", SPACING).wells if w.kind == "beta"]
    wells = tuple(with_star(w, 0.0) if star else w for w in beta)
    return Structure("hexagons", kagome().cell, wells, units=REDUCED)


class Measured:
    """Snapshots, each a list of carriers (state of the cell, x, y, z)."""

    def __init__(self, structure, size, snapshots):
        model = build_model(structure, size)
        self.numbers = state_numbers(size, len(model.site), 1)
        self.probe = build_probe(model, self.numbers, np.array([1.0, 0.0, 0.0]))
        m, x, y, z = np.moveaxis(np.array(snapshots), -1, 0)
        self.series = measure(self.probe, self.numbers[m, x, y, z][:, None])
        self.channels = channels(self.probe)

    def index(self, wavevector):
        (i,) = [i for i, c in enumerate(self.channels) if np.allclose(c.wavevector, wavevector)]
        return i

    def of_layers(self, i):
        """(distances,) correlation and phase shift in channel i, of the means over snapshots."""
        means = {name: values[:, 0].mean(axis=0) for name, values in self.series.items()}
        squared = means["order_squared"][:, i].mean()
        correlation = FUNCTION["layer_correlation"](None, means["layer_product"][:, i], squared)
        phase, amplitude = means["layer_phase"][:, i], means["layer_amplitude"][:, i]
        return correlation, FUNCTION["layer_phase_shift"](None, phase, amplitude)

    def star_order(self, wavevector):
        """(n,) star order of each snapshot in the orbit of this wavevector."""
        waves = [c for c in self.channels if len(c.members)]
        (i,) = [i for i, c in enumerate(waves) if np.allclose(c.wavevector, wavevector)]
        return FUNCTION["star_order"](None, self.series["star_squared"][:, 0, i])


def two_by_two(shifts, cells=2, states=(0,)):
    """Carriers of the 2 × 2 crystal shifted in each layer, in turn in these states."""
    places = [
        (x, y, z)
        for z, (right, up) in enumerate(shifts)
        for x in range(right, cells, 2)
        for y in range(up, cells, 2)
    ]
    return [(states[i % len(states)], *place) for i, place in enumerate(places)]


@pytest.mark.parametrize("cells", [2, 4])
@pytest.mark.parametrize(
    ("shifts", "correlation", "phase"),
    [
        ([(0, 0)] * 4, [1, 1], [0, 0]),
        ([(1, 0)] * 3, [1], [0]),
        (TWO, [-1 / 3, 1], [2 / 3, 0]),
        (TWO[:2], [-1 / 3], [2 / 3]),
        (FOUR, [-1 / 3, -1 / 3], [2 / 3, 2 / 3]),
        # one shifted layer in six: two pairs of six at each distance
        ([(0, 0)] * 5 + [(1, 1)], [5 / 9, 5 / 9, 5 / 9], [2 / 9, 2 / 9, 2 / 9]),
    ],
    ids=["straight", "straight, shifted", "period 2", "two layers", "period 4", "one shifted"],
)
def test_stackings_of_the_crystal(cells, shifts, correlation, phase):
    size = (cells, cells, len(shifts))
    measured = Measured(hexagons(), size, [two_by_two(shifts, cells)])
    assert measured.probe.n_layers == len(shifts)
    found = measured.of_layers(measured.index((0.5, 0, 0)))
    np.testing.assert_allclose(found[0], correlation, atol=1e-6)
    np.testing.assert_allclose(found[1], phase, atol=1e-6)


def test_a_slide_turns_the_wave_in_every_layer():
    """√3 order that slides by one cell a layer: its wave turns by 120° in each."""
    places = [
        (x, y, z) for z in range(6) for x in range(3) for y in range(3) if (x + y - z) % 3 < 1
    ]
    measured = Measured(hexagons(), (3, 3, 6), [[(0, *place) for place in places]])
    correlation, phase = measured.of_layers(measured.index((1 / 3, 1 / 3, 0)))
    np.testing.assert_allclose(correlation, [-1 / 2, -1 / 2, 1], atol=1e-6)
    np.testing.assert_allclose(phase, [2 / 3, 2 / 3, 0], atol=1e-6)


@pytest.mark.parametrize("ordered", [True, False], ids=["crystals", "gases"])
def test_unrelated_layers_have_no_correlation(ordered):
    rng = np.random.default_rng(11)
    count, size = 1500, (4, 4, 4)
    snapshots = []
    for _ in range(count):
        if ordered:
            snapshots.append(two_by_two(rng.integers(0, 2, (4, 2)), 4))
        else:
            cells = [rng.permutation(16)[:4] for _ in range(4)]
            snapshots.append([(0, c // 4, c % 4, z) for z in range(4) for c in cells[z]])
    measured = Measured(hexagons(), size, snapshots)
    i = measured.index((0.5, 0, 0))
    correlation, phase = measured.of_layers(i)
    # of one pair of crystals the correlation has the variance 1/4 + 3/4·1/9 = 1/3, as of
    # three Gaussian waves; layers two apart make two pairs a snapshot
    deviation = np.sqrt(1 / (3 * 2 * count))
    assert np.abs(correlation).max() < 4.5 * deviation
    # phase of crystals: 0 in a quarter, else 2/3: variance 1/12; of gases 0 or 1 at random
    assert np.abs(phase - 0.5).max() < 4.5 * deviation
    # and each snapshot has correlations: only their mean vanishes
    product = measured.series["layer_product"][:, 0, :, i]
    assert product.std() > 0.1 * measured.series["order_squared"][:, 0, :, i].mean()


@pytest.mark.parametrize(
    ("sublattices", "correlation", "phase"),
    [
        ([2, 2, 2, 2], [1, 1], [0, 0]),
        ([0, 1, 0, 1], [-1 / 2, 1], [2 / 3, 0]),
        ([0, 1, 2], [-1 / 2], [2 / 3]),
        ([0, 0, 1, 1], [1 / 4, -1 / 2], [1 / 3, 2 / 3]),
    ],
)
def test_stackings_of_order_among_the_wells_of_a_cell(sublattices, correlation, phase):
    size = (3, 3, len(sublattices))
    cells = np.ndindex(3, 3)
    snapshot = [(b, x, y, z) for x, y in cells for z, b in enumerate(sublattices)]
    measured = Measured(kagome(), size, [snapshot])
    assert (measured.channels[0].wavevector % 1 == 0).all()
    # m² = 1 in every layer
    product = measured.series["layer_product"][0, 0, :, 0]
    np.testing.assert_allclose(product, correlation, atol=1e-6)
    found = measured.of_layers(0)
    np.testing.assert_allclose(found[0], correlation, atol=1e-6)
    np.testing.assert_allclose(found[1], phase, atol=1e-6)


@pytest.mark.parametrize("displaced", [False, True])
def test_layers_are_sums_over_real_positions(displaced):
    structure, size, n = kagome(displaced), (4, 2, 5), 25
    rng = np.random.default_rng(5)
    states = [w.n_states for w in structure.wells]
    first = np.cumsum([0, *states[:-1]])
    local = np.concatenate([w.centre + w.displacements for w in structure.wells])
    snapshots = []
    for _ in range(3):
        wells = np.stack(np.unravel_index(rng.permutation(120)[:n], (3, *size)), axis=1)
        wells[:, 0] = first[wells[:, 0]] + rng.integers(0, np.array(states)[wells[:, 0]])
        snapshots.append(wells)
    measured = Measured(structure, size, snapshots)
    probe = measured.probe
    reciprocal = 2 * np.pi * np.linalg.inv(structure.cell).T
    checked = 0
    for i, channel in enumerate(measured.channels):
        if len(channel.members) == 0:
            continue
        q = probe.order.q[channel.members] @ reciprocal
        weight = channel.waves / len(q)
        for j, snapshot in enumerate(snapshots):
            positions = local[snapshot[:, 0]] + snapshot[:, 1:] @ structure.cell
            each = np.exp(-1j * positions @ q.T) * size[2] / n
            waves = np.array([each[snapshot[:, 3] == z].sum(axis=0) for z in range(size[2])])
            for d in (1, 2):
                pair = np.array([waves[(z + d) % 5] * waves[z].conj() for z in range(5)])
                expected = {
                    "layer_product": pair.real,
                    "layer_amplitude": np.abs(pair),
                    "layer_phase": np.abs(pair) * np.abs(np.angle(pair)) / np.pi,
                }
                for name, values in expected.items():
                    found = measured.series[name][j, 0, d - 1, i]
                    assert found == pytest.approx(
                        weight * values.sum(axis=1).mean(), rel=1e-4, abs=1e-6
                    )
                    checked += 1
    assert checked >= 3 * 3 * 2 * 3


def test_one_layer_has_no_neighbour():
    assert "layer_product" not in Measured(hexagons(), (4, 4, 1), [two_by_two([(0, 0)], 4)]).series


M_POINT = (0.5, 0, 0)


@pytest.mark.parametrize(
    ("states", "fraction"), [((1,), 1.0), ((0, 1), 0.5), ((0, 0, 0, 1), 0.25), ((0,), 0.0)]
)
@pytest.mark.parametrize("shifts", [[(0, 0)], [(0, 0)] * 2, TWO], ids=["one", "straight", "two"])
def test_star_order_of_a_crystal_is_the_share_of_stars(states, fraction, shifts):
    """Carriers of the crystal that are no stars take part in its charge order only."""
    measured = Measured(hexagons(star=True), (4, 4, len(shifts)), [two_by_two(shifts, 4, states)])
    np.testing.assert_allclose(measured.star_order(M_POINT), fraction, atol=1e-9)
    assert measured.probe.in_star.tolist() == [False, True]
    assert measured.series["occupation"][0, 0, 1] == pytest.approx(fraction)
    # all three waves, whichever carriers are stars
    squared = measured.series["order_squared"][0, 0, :, measured.index(M_POINT)]
    np.testing.assert_allclose(squared, 3.0, atol=1e-9)


def test_star_order_is_that_of_the_strongest_wave():
    crystal = [(1, 0, 0, 0), (1, 2, 0, 0), (1, 0, 2, 0), (1, 2, 2, 0)]
    # stripes along x: one wave; stars on all four sublattices of the crystal: none
    stripes = [(1, 0, 0, 0), (1, 1, 0, 0), (1, 2, 0, 0), (1, 3, 0, 0)]
    scattered = [(1, 0, 0, 0), (1, 3, 2, 0), (1, 0, 1, 0), (1, 1, 3, 0)]
    # one carrier of the crystal is elsewhere
    astray = [(1, 0, 0, 0), (1, 2, 0, 0), (1, 0, 2, 0), (1, 3, 2, 0)]
    # stars on a 2 × 2 crystal, carriers of the other kind off it
    mixed = [(1, 0, 0, 0), (1, 2, 2, 0), (0, 1, 0, 0), (0, 3, 2, 0)]
    measured = Measured(
        hexagons(star=True), (4, 4, 1), [crystal, stripes, scattered, astray, mixed]
    )
    # astray: the wave whose crests also pass through the fourth carrier stays whole
    expected = [1.0, 1.0, 0.0, 1.0, 0.5]
    np.testing.assert_allclose(measured.star_order(M_POINT), expected, atol=1e-9)


def test_star_order_of_layers_is_the_mean_of_their_squares():
    """One of two layers has stars, in a crystal: √(1/2), whichever layer it is."""
    snapshots = [
        [(state, *place) for state, (_, *place) in zip(states, two_by_two(TWO[:2]), strict=True)]
        for states in ([1, 0], [0, 1], [1, 1])
    ]
    measured = Measured(hexagons(star=True), (2, 2, 2), snapshots)
    np.testing.assert_allclose(measured.star_order(M_POINT), np.sqrt([0.5, 0.5, 1.0]), atol=1e-9)


def test_without_stars_nothing_is_measured():
    assert "star_squared" not in Measured(hexagons(), (4, 4, 1), [two_by_two([(0, 0)], 4)]).series
