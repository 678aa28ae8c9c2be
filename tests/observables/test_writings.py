"""One crystal, one order: what is measured does not depend on the cell that it is written in."""

import numpy as np
import pytest
from writings import CHANGES, CRYSTALS, Written, rewritten

from mcsc.lattice import Lattice

SIZE = (4, 4, 4)


def random_places(structure, size, n, count, seed):
    rng = np.random.default_rng(seed)
    positions = Lattice(structure, size).positions
    return [positions[rng.permutation(len(positions))[:n]] for _ in range(count)]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("structure", CRYSTALS.values(), ids=CRYSTALS)
def test_channels_and_orders_do_not_depend_on_the_cell(structure, change):
    """Of n × n × n cells, whose supercell is the same in every basis."""
    places = random_places(structure, SIZE, 21, 2, seed=8)
    plain = Written(structure, SIZE, places)
    other = Written(rewritten(structure, change, seed=3), SIZE, places)
    assert other.probe.n_layers == plain.probe.n_layers
    np.testing.assert_allclose(other.table(), plain.table(), atol=2e-6)


@pytest.mark.parametrize("name", ["layer_product", "layer_amplitude", "layer_phase"])
@pytest.mark.parametrize("structure", ["kagome", "body-centred", "staggered", "unlike"])
def test_the_stacking_does_not_depend_on_the_cell(structure, name):
    structure = CRYSTALS[structure]
    places = random_places(structure, SIZE, 21, 2, seed=8)
    expected = np.sort(Written(structure, SIZE, places).series[name][:, 0].reshape(2, -1))
    for change in CHANGES.values():
        found = Written(rewritten(structure, change, seed=3), SIZE, places).series[name][:, 0]
        np.testing.assert_allclose(np.sort(found.reshape(2, -1)), expected, atol=2e-6)
