"""Measured series against plain sums over positions, order parameters of known arrangements."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal, density_waves, kernel_model, system
from exact import well as make_well

from mcsc.kernels.tables import state_numbers
from mcsc.model import build_model
from mcsc.observables import build_probe, channels, measure
from mcsc.structure import textbook, with_depth, with_states
from mcsc.units import REDUCED

CRYSTAL = crystal(
    [[5, 0.3, 0], [-1, 6, 0.5], [0.4, 0.2, 7]],
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.5, 0, 0.1), (-0.3, 0.4, 0)]),
    make_well("two", (2.4, 3.1, 3.2), [(0, 0, 0), (0, 0.4, -0.3)]),
    units=REDUCED,
)


def kagome(spacing=1.7, states=False, beta_depth=0.0):
    structure = textbook("kagome-wells", spacing)
    wells = [with_depth(w, beta_depth) if w.kind == "beta" else w for w in structure.wells]
    if states:
        wells = [with_states(w, "vertices", 0.05) for w in wells]
    return replace(structure, wells=tuple(wells))


class Measured:
    """Snapshots of configurations (n, W), measured through the numbering of the kernel."""

    def __init__(self, structure, size, states, axes=None, direction=(1.0, 0.0, 0.0)):
        self.model = build_model(structure, size)
        _, numbers = kernel_model(self.model, axes)
        self.probe = build_probe(self.model, numbers, np.array(direction))
        carriers = []
        for row in np.atleast_2d(states):
            m, x, y, z = self.model.occupied(row).T
            carriers.append(numbers[m, x, y, z])
        self.series = measure(self.probe, np.array(carriers)[:, None, :])
        self.channels = channels(self.probe)

    def order(self, wavevector):
        """(n, layers) m² of the channel with this label."""
        (i,) = [i for i, c in enumerate(self.channels) if np.allclose(c.wavevector, wavevector)]
        return self.series["order_squared"][:, 0, :, i]


def random_states(model_size, states_per_well, n, count, seed):
    rng = np.random.default_rng(seed)
    n_states = np.tile(states_per_well, int(np.prod(model_size)))
    rows = np.full((count, len(n_states)), -1)
    for row in rows:
        wells = rng.permutation(len(row))[:n]
        row[wells] = rng.integers(0, n_states[wells])
    return rows


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize(
    ("structure", "size"),
    [(CRYSTAL, (2, 3, 2)), (kagome(states=True), (3, 2, 2)), (kagome(states=True), (2, 2, 1))],
    ids=["triclinic", "kagome", "kagome, one layer"],
)
def test_series_are_sums_over_real_positions(structure, size, axes):
    n, direction = 5, np.array([0.6, 0.0, 0.8])
    per_well = [w.n_states for w in structure.wells]
    states = random_states(size, per_well, n, 7, seed=3)
    found = system(structure, size)
    measured = Measured(structure, size, states, axes, direction)
    probe, series = measured.probe, measured.series
    q = probe.q @ (2 * np.pi * np.linalg.inv(structure.cell).T)
    expected = np.abs(density_waves(found, states, q)) ** 2 / n
    np.testing.assert_allclose(series["structure_factor"][:, 0], expected, atol=1e-10)
    for i, row in enumerate(states):
        held = [k for k in range(len(found.well)) if row[found.well[k]] == found.state[k]]
        assert len(held) == n
        u = found.displacements[held]
        across = u - np.outer(u @ direction, direction)
        np.testing.assert_allclose(series["displacement"][i, 0], u.mean(axis=0), atol=1e-12)
        assert series["displacement_squared"][i, 0] == pytest.approx((u**2).sum() / n)
        assert series["transverse_squared"][i, 0] == pytest.approx((across**2).sum() / n)
        shares = [(found.kind[held] == kind).mean() for kind in structure.kinds]
        np.testing.assert_allclose(series["occupation"][i, 0], shares, atol=1e-12)


@pytest.mark.parametrize("states", [False, True])
def test_one_filled_sublattice_has_order_one(states):
    """All hexagons filled at one carrier a cell: order among the three equivalent wells."""
    structure = kagome(states=states)
    # displaced states make a hexagon and a triangle different: order is between the triangles
    b = 1 if states else 2
    row = np.full(3 * 18, -1)
    row[b::3] = 0
    measured = Measured(structure, (3, 3, 2), row)
    first = measured.channels[0]
    assert (first.wavevector % 1 == 0).all()
    assert first.components == (1 if states else 2)
    assert first.waves == 1
    np.testing.assert_allclose(measured.series["order_squared"][0, 0, :, 0], [1.0, 1.0])
    # and the same number from the structure factor at the wavevector that labels it
    if not states:
        (i,) = np.nonzero((measured.probe.q == first.wavevector).all(axis=1))[0]
        assert measured.series["structure_factor"][0, 0, i] / 18 == pytest.approx(1.0)


def test_hexagons_of_another_depth_leave_order_between_triangles():
    row = np.full(3 * 18, -1)
    row[0::3] = 0
    measured = Measured(kagome(beta_depth=-0.1), (3, 3, 2), row)
    np.testing.assert_allclose(measured.series["order_squared"][0, 0, :, 0], [1.0, 1.0])
    row[:] = -1
    row[2::3] = 0
    filled = Measured(kagome(beta_depth=-0.1), (3, 3, 2), row)
    np.testing.assert_allclose(filled.series["order_squared"][0, 0, :, 0], [0.0, 0.0])


def cubic_waves(size, condition):
    cells = np.array(list(np.ndindex(*size)))
    return np.where(condition(*cells.T), 0, -1)


@pytest.mark.parametrize(
    ("name", "size", "condition", "wavevector"),
    [
        ("cubic", (4, 4, 4), lambda x, y, z: (x + y + z) % 2 == 0, (0.5, 0.5, 0.5)),
        ("cubic", (4, 4, 4), lambda x, y, z: (x + y) % 2 == 1, (0.5, 0.5, 0)),
        ("cubic", (4, 4, 4), lambda x, y, z: z % 2 == 0, (0.5, 0, 0)),
        ("triangular", (6, 6, 1), lambda x, y, z: (x + y) % 3 == 0, (1 / 3, 1 / 3, 0)),
        ("triangular", (6, 6, 1), lambda x, y, z: x % 2 == 0, (0.5, 0, 0)),
        ("square", (4, 4, 1), lambda x, y, z: (x + y) % 2 == 0, (0.5, 0.5, 0)),
    ],
)
def test_a_single_density_wave_has_order_one(name, size, condition, wavevector):
    """One however many Brillouin zones the orbit of the wavevector reaches into."""
    measured = Measured(textbook(name), size, cubic_waves(size, condition))
    np.testing.assert_allclose(measured.order(wavevector), 1.0)


@pytest.mark.parametrize(
    ("name", "size", "wavevector", "components"),
    [
        ("cubic", (4, 4, 4), (0.5, 0.5, 0.5), 1),  # Ising
        ("cubic", (4, 4, 4), (0.5, 0.5, 0), 3),
        ("cubic", (4, 4, 4), (0.5, 0, 0), 3),
        ("cubic", (4, 4, 4), (0.25, 0, 0), 6),
        ("triangular", (6, 6, 1), (1 / 3, 1 / 3, 0), 2),  # 3-state Potts
        ("triangular", (6, 6, 1), (0.5, 0, 0), 3),  # 4-state Potts
        ("square", (8, 8, 1), (0.5, 0.5, 0), 1),
        ("kagome-wells", (6, 6, 2), (1 / 3, 1 / 3, 0), 6),
        ("kagome-wells", (6, 6, 2), (0.5, 0, 0), 6),
    ],
)
def test_components_are_those_of_random_carriers(name, size, wavevector, components):
    """⟨m⁴⟩/⟨m²⟩² = 1 + 2/n and ⟨m²⟩ = waves/N for carriers anywhere."""
    structure = textbook(name)
    n_wells = structure.n_wells * int(np.prod(size))
    states = random_states(size, [1] * structure.n_wells, n_wells // 2, 4000, seed=9)
    measured = Measured(structure, size, states)
    (channel,) = [c for c in measured.channels if np.allclose(c.wavevector, wavevector)]
    assert channel.components == components
    squared = measured.order(wavevector)
    ratio = (squared**2).mean() / squared.mean() ** 2
    # few carriers are not quite Gaussian
    assert 2 / (ratio - 1) == pytest.approx(components, rel=0.12)
    layers = squared.shape[1]
    # a carrier keeps its well to itself: at half filling half the fluctuations are left
    expected = 0.5 * channel.waves * layers / (n_wells // 2)
    assert squared.mean() == pytest.approx(expected, rel=0.1)


def test_layers_are_measured_one_by_one():
    """The order of a layer in a stack is that of the layer alone."""
    structure, size = kagome(), (4, 2, 3)
    layer = 3 * np.arange(8 * 3).reshape(8, 3)
    states = np.full(72, -1)
    parts = random_states((4, 2, 1), [1, 1, 1], 6, 3, seed=12)
    for z in range(3):
        for b in range(3):
            states[layer[:, z] + b] = parts[z, b::3]
    stack = Measured(structure, size, states)
    assert stack.series["order_squared"].shape[2] == 3
    for z in range(3):
        alone = Measured(structure, (4, 2, 1), parts[z])
        for i, channel in enumerate(stack.channels):
            (j,) = [
                j
                for j, other in enumerate(alone.channels)
                if np.allclose(other.wavevector, channel.wavevector)
            ]
            one = stack.series["order_squared"][0, 0, z, i]
            assert one == pytest.approx(alone.series["order_squared"][0, 0, 0, j], abs=1e-12)


def rod(q, wanted):
    """Wavevectors with the h and k of one, or of the opposite one, and −1/2 < l ≤ 1/2."""
    along = [np.abs(q[:, :2] - sign * wanted[:2]).max(axis=1) < 1e-9 for sign in (1, -1)]
    zone = (q[:, 2] > -0.5 + 1e-9) & (q[:, 2] <= 0.5 + 1e-9)
    found = [np.flatnonzero(one & zone).tolist() for one in along]
    return max(found, key=len)


def test_rods_add_up_to_the_mean_over_layers():
    """Σ_l S(q)/N is the layer mean of |ρ_q|²/(carriers a layer)², wherever carriers sit."""
    # l within one zone
    structure, size, n = kagome(), (3, 3, 4), 25
    measured = Measured(structure, size, random_states(size, [1, 1, 1], n, 3, seed=13))
    checked = 0
    for i, channel in enumerate(measured.channels):
        rods = [rod(measured.probe.q, one) for one in measured.probe.order.q[channel.members]]
        if not rods or min(map(len, rods)) == 0:
            continue
        assert np.shape(rods)[1] == 4
        along = measured.series["structure_factor"][:, 0][:, rods].sum(axis=2) / n
        # several members of one wave count as their mean
        total = along.sum(axis=1) * channel.waves / len(rods)
        per_layer = measured.series["order_squared"][:, 0, :, i].mean(axis=1)
        np.testing.assert_allclose(per_layer, total, atol=1e-12)
        checked += 1
    assert checked > 3


def test_labels_are_the_same_in_every_supercell():
    small, large = (
        Measured(kagome(), size, random_states(size, [1, 1, 1], 4, 1, 0))
        for size in [(2, 2, 2), (4, 4, 3)]
    )
    labels = {tuple(np.round(c.wavevector, 9)) for c in large.channels}
    assert {tuple(np.round(c.wavevector, 9)) for c in small.channels} <= labels


@pytest.mark.parametrize(("carriers", "breaking"), [(9, False), (18, True)])
def test_a_deeper_hexagon_leaves_a_crossover_and_a_choice_of_triangles(carriers, breaking):
    """Near x = 1 the deeper hexagons fill without a choice, near x = 2 one triangle is chosen."""
    kagome = textbook("kagome-wells", layer_spacing=1.69)
    wells = tuple(replace(w, depth=-0.1 if w.kind == "beta" else 0.0) for w in kagome.wells)
    model = build_model(replace(kagome, wells=wells), (3, 3, 1))
    probe = build_probe(model, state_numbers((3, 3, 1), 3, 1), np.array([1.0, 0.0, 0.0]))
    found = channels(probe)
    assert [c.crossover for c in found[:3]] == [False, True, False]
    assert (found[0].components, found[1].components) == (1, 2)
    numbers = state_numbers((3, 3, 1), 3, 1)
    filled = numbers[[2]] if carriers == 9 else numbers[[0, 2]]
    squared = measure(probe, filled.reshape(1, 1, -1))["order_squared"][0, 0, 0]
    assert squared[0] == pytest.approx(0.25 if breaking else 0.0)
    assert squared[1] == pytest.approx(1.0 if carriers == 9 else 0.25)
