"""The largest charge order against all arrangements; perfect crystals have a share of 1."""

from itertools import combinations

import numpy as np
import pytest
from writings import CHANGES, CRYSTALS, Written, rewritten

from mcsc.lattice import Lattice
from mcsc.observables import saturation_of

SMALL = {
    "kagome": (2, 2, 1),
    "square": (4, 3, 1),
    "body-centred": (2, 2, 2),
    "staggered": (2, 2, 1),
    "bilayer": (3, 2, 1),
    "unlike": (2, 2, 1),
    "cubic": (2, 2, 3),
}


def layer_of_wells(probe):
    """(W,) layer of each well of the supercell."""
    n_heights = probe.n_layers // probe.n_sheets
    height = (probe.cell_height[:, None] + probe.height) % n_heights
    return (height * probe.n_sheets + probe.sheet).ravel()


def shared_evenly(probe, chosen):
    """Which arrangements (n, N) have as many carriers in layers of one kind, or one more."""
    layer = layer_of_wells(probe)
    held = np.stack([(layer[chosen] == k).sum(axis=1) for k in range(probe.n_layers)])
    even = np.ones(len(chosen), dtype=bool)
    for orbit in np.unique(probe.orbit):
        sheets = np.unique(probe.sheet[probe.orbit == orbit])
        even &= np.ptp(held[np.isin(np.arange(len(held)) % probe.n_sheets, sheets)], axis=0) <= 1
    return even


@pytest.mark.parametrize(("name", "size"), SMALL.items())
def test_no_arrangement_has_more_order(name, size):
    structure = CRYSTALS[name]
    positions = Lattice(structure, size).positions
    for number in range(1, len(positions) + 1):
        chosen = np.array(list(combinations(range(len(positions)), number)))
        written = Written(structure, size, positions[chosen])
        even = shared_evenly(written.probe, chosen)
        for i, channel in enumerate(written.channels):
            most = written.charge_order(i)[even].max()
            found = float(saturation_of(written.probe, channel)(number))
            assert found == pytest.approx(most, abs=1e-6) or (most < 1e-6 and np.isnan(found))


def two_by_two(x, y, z, b):
    """A fourth of the triangular lattice of all wells of a kagome net: 2 × 2 of its spacing."""
    # in thirds of the cell; the wells are whole steps of (2, 1)/3 and (1, 2)/3 apart
    u, v = 3 * x + np.array([1, 2, 0])[b], 3 * y + np.array([2, 1, 0])[b]
    return ((2 * u - v) // 3 % 2 == 0) & ((2 * v - u) // 3 % 2 == 0)


PERFECT = {
    "kagome, 1 a cell": ("kagome", (3, 3, 2), lambda x, y, z, b: b == 2, 1.0),
    "kagome, 2 a cell": ("kagome", (3, 3, 2), lambda x, y, z, b: b != 2, 0.5),
    "kagome, 2 x 2": ("kagome", (4, 4, 4), two_by_two, 1.0),
    "square, 1/4": (
        "square", (4, 4, 4), lambda x, y, z, b: (y % 2 == 0) & ((2 * x + y) % 4 == 0), 1.0,
    ),
    "square, 1/2, shifted": (
        "square", (4, 4, 4), lambda x, y, z, b: (x + y) % 2 == z // 2, 1.0,
    ),
    "cubic, 1/2": ("cubic", (4, 4, 4), lambda x, y, z, b: (x + y + z) % 2 == 0, 1.0),
    "cubic, 3/4": ("cubic", (4, 4, 4), lambda x, y, z, b: (x + y + z) % 2 + x % 2 > 0, 1 / 3),
    "body-centred, 1/2": ("body-centred", (4, 4, 4), lambda x, y, z, b: (x + y) % 2 == 0, 1.0),
    "staggered, 1/2": ("staggered", (4, 4, 4), lambda x, y, z, b: (x + y + b) % 2 == 0, 1.0),
    "bilayer, opposite": ("bilayer", (4, 4, 4), lambda x, y, z, b: (x + y + b) % 2 == 0, 1.0),
    "bilayer, alike": ("bilayer", (4, 4, 4), lambda x, y, z, b: (x + y) % 2 == 0, 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("name", "size", "condition", "order"), PERFECT.values(), ids=PERFECT)
def test_a_perfect_crystal_has_share_one_in_every_cell(name, size, condition, order):
    structure = CRYSTALS[name]
    lattice = Lattice(structure, size)
    x, y, z = np.repeat(lattice.cells, structure.n_wells, axis=0).T
    held = condition(x, y, z, np.tile(np.arange(structure.n_wells), lattice.n_cells))
    places = lattice.positions[held]
    changes = [np.eye(3), *CHANGES.values()] if len(set(size)) == 1 else [np.eye(3)]
    for change in changes:
        written = Written(rewritten(structure, change, seed=5), size, [places])
        orders = [float(written.charge_order(i)[0]) for i in range(len(written.channels))]
        best = int(np.argmax(np.round(orders, 6)))
        assert orders[best] == pytest.approx(order, abs=1e-6)
        most = float(saturation_of(written.probe, written.channels[best])(held.sum()))
        assert orders[best] / most == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("number", [1, 5, 33, 63])
def test_numbers_that_the_layers_do_not_divide(number):
    """All on crests of two layers, one more in one of them: a little above 1."""
    structure, size = CRYSTALS["square"], (8, 8, 2)
    lattice = Lattice(structure, size)
    x, y, z = lattice.cells.T
    crests = [np.flatnonzero(((x + y) % 2 == 0) & (z == layer)) for layer in (0, 1)]
    more, fewer = (number + 1) // 2, number // 2
    held = np.concatenate([crests[0][:more], crests[1][:fewer]])
    written = Written(structure, size, [lattice.positions[held]])
    labels = np.array([channel.wavevector for channel in written.channels])
    (i,) = np.flatnonzero(np.abs(labels - (0.5, 0.5, 0)).max(axis=1) < 1e-9)
    exact = np.sqrt(2 * (more**2 + fewer**2)) / number
    assert written.charge_order(i)[0] == pytest.approx(exact)
    most = saturation_of(written.probe, written.channels[i])(number)
    assert float(most) == pytest.approx(exact)


def test_a_mean_number_lies_between_its_neighbours():
    written = Written(CRYSTALS["kagome"], (3, 3, 2), [np.zeros((1, 3))])
    most = saturation_of(written.probe, written.channels[0])
    squares = (most([18.0, 19.0]) * [18.0, 19.0]) ** 2
    assert (float(most(18.25)) * 18.25) ** 2 == pytest.approx(0.75 * squares[0] + 0.25 * squares[1])
    assert np.isnan(most([0.0, 54.0, np.nan])).all()
