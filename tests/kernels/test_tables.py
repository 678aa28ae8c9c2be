"""The layout of the interaction tables against the plain array of pair energies."""

import platform
import re
from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsc.kernels.potential import add_carrier, move_carrier, move_in_runs, pair_energy
from mcsc.kernels.tables import (
    _pair_runs,
    build_tables,
    fixed_point,
    inner_axes,
    quantum_of,
    rounding,
    state_numbers,
)


@st.composite
def tables(draw):
    """A random symmetric pair table of random shape, in a random layout."""
    states = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    size = tuple(draw(st.integers(1, 4)) for _ in range(3))
    axes = draw(st.sampled_from([1, 2]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    m = sum(states)
    pair = rng.normal(size=(m, m, *size))
    base = np.repeat(np.arange(len(states)), states)
    n_wells = len(states) * int(np.prod(size))
    near = np.full((n_wells, 1), -1, np.int32)
    site = rng.normal(size=(m, *size))
    return pair, site, base, states, axes, build_tables(pair, site, states, near, axes)


def public_order(size, m, axes):
    """(K, 4) cell state and cell of every state number."""
    k = state_numbers(size, m, axes)
    where = np.empty((k.size, 4), int)
    where[k.reshape(-1)] = np.array(np.unravel_index(np.arange(k.size), k.shape)).T
    return where


def dense(pair, axes):
    """(K, K) W[k, k'] from pair[m, m2, offset] by the definition, rounded to the quantum."""
    pair = quantum_of(pair) * np.rint(pair / quantum_of(pair))
    size = pair.shape[2:]
    where = public_order(size, len(pair), axes)
    offset = (where[None, :, 1:] - where[:, None, 1:]) % size
    return pair[
        where[:, None, 0], where[None, :, 0], offset[..., 0], offset[..., 1], offset[..., 2]
    ]


@settings(max_examples=40, deadline=None)
@given(tables())
def test_every_pair_energy_is_read_from_its_place(case):
    pair, *_, axes, t = case
    expected = dense(pair, axes)
    n = len(expected)
    if n <= 24:
        layout = (t.pair, t.quantum, t.start, t.outer, t.shape)
        read = [[pair_energy.py_func(*layout, a, b) for b in range(n)] for a in range(n)]
        assert np.array_equal(read, expected)
    # the vectorised moves read all the others
    phi = np.zeros(n)
    rng = np.random.default_rng(n)
    for a in rng.integers(0, n, 6):
        phi[:] = 0.0
        add_carrier(t, phi, a)
        assert np.array_equal(phi, expected[a])


@settings(max_examples=40, deadline=None)
@given(tables())
def test_a_move_adds_the_difference_of_two_rows(case):
    pair, *_, axes, t = case
    expected = dense(pair, axes)
    rng = np.random.default_rng(1)
    for a, b in rng.integers(0, len(expected), (6, 2)):
        phi = rng.normal(size=len(expected))
        wanted = phi + (expected[b] - expected[a])
        move_carrier(t, phi, a, b)
        np.testing.assert_allclose(phi, wanted, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_state_numbers_name_every_state_once(case):
    pair, site, base, states, axes, t = case
    size = pair.shape[2:]
    k = state_numbers(size, len(pair), axes)
    assert k.shape == (len(pair), *size)
    assert np.array_equal(np.sort(k, axis=None), np.arange(k.size))
    first_of_well = np.cumsum(states) - states
    for number, (m, x, y, z) in enumerate(public_order(size, len(pair), axes)):
        well = ((x * size[1] + y) * size[2] + z) * len(states) + base[m]
        s = m - first_of_well[base[m]]
        assert t.well[number] == well
        assert t.first[well] + s * t.shape[3] == number
        assert t.states[well] == states[base[m]]
        assert t.site[number] == site[m, x, y, z]


def test_a_small_table_is_kept_as_one_run():
    assert inner_axes(3, (6, 6, 2)) == 2
    assert inner_axes(21, (12, 12, 4)) == 1


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-30, 1e30), st.integers(0, 2**32))
def test_the_quantum_fills_the_integers_and_differences_fit(largest, seed):
    pair = largest * np.random.default_rng(seed).uniform(-1, 1, (2, 2, 3, 1, 1))
    pair[0, 1, 1] = largest
    pair[1, 0, 1] = -largest
    quantum, whole = quantum_of(pair), fixed_point(pair).astype(np.int64)
    assert np.frexp(quantum)[0] == 0.5
    assert 2**29 <= np.abs(whole).max() < 2**30
    assert np.abs(pair - quantum * whole).max() <= 0.5 * quantum < 1e-9 * largest
    # exactly at a power of two as well
    assert np.abs(fixed_point(np.full((1, 1, 1, 1, 1), 0.25))).max() < 2**30


def test_nothing_interacts_where_all_pair_energies_are_zero():
    nothing = np.zeros((1, 1, 2, 1, 1))
    assert not fixed_point(nothing).any()
    assert rounding(nothing) == 0.0


def test_rounding_bounds_the_error_of_a_carrier_and_is_reached():
    size, states = (10, 10, 4), (7, 7, 7)
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(21, 21, *size))
    near, site = np.full((3 * 400, 1), -1, np.int32), np.zeros((21, *size))
    t = build_tables(pair, site, states, near)
    assert t.pair.dtype == np.int32
    assert t.pair.nbytes == 4 * pair.size * 2 * size[2]
    np.testing.assert_allclose(t.bounds, [pair.min(), pair.max()], rtol=0, atol=t.quantum)
    phi, k = np.zeros(t.site.size), state_numbers(size, 21, 1)
    add_carrier(t, phi, 5)
    most = 0.0
    for state in (1234, *k[:, 0, 0, 0]):
        move_carrier(t, phi, 5, state)
        m, x, y, z = np.argwhere(k == state)[0]
        exact = np.roll(pair[m], (x, y, z), axis=(1, 2, 3))
        most = max(most, 0.5 * np.abs(phi[k] - exact).sum())
        move_carrier(t, phi, state, 5)
    assert most == pytest.approx(rounding(pair), rel=1e-6)
    assert 0.0 < most < 0.25 * t.quantum * 21 * 400


def test_sums_of_rows_are_exact():
    """Whatever was added and taken away again leaves nothing: only site energies can drift."""
    pair = np.random.default_rng(2).normal(size=(3, 3, 4, 4, 2))
    t = build_tables(pair, np.zeros((3, 4, 4, 2)), (3,), np.full((32, 1), -1, np.int32))
    phi = np.zeros(96)
    add_carrier(t, phi, 0)
    path = [0, *np.random.default_rng(3).integers(0, 96, 1000)]
    for a, b in pairwise(path):
        move_carrier(t, phi, a, b)
    add_carrier(t._replace(quantum=-t.quantum), phi, path[-1])
    assert not phi.any()


@pytest.mark.parametrize("axes", [1, 2])
def test_lists_of_partners_give_the_bits_of_whole_rows(axes):
    size, states, rng = (6, 5, 8), (3, 1), np.random.default_rng(4)
    pair = np.zeros((4, 4, *size))
    for row, partners in zip(pair, (24, 17, 0, 5), strict=True):
        row.reshape(-1)[rng.permutation(row.size)[:partners]] = rng.normal(size=partners)
    site, near = rng.normal(size=(4, *size)), np.full((480, 1), -1, np.int32)
    t = build_tables(pair, site, states, near, axes)
    assert t.partners.shape == (960, 24, 2)
    rows = t._replace(partners=t.partners[:, :0])
    phi = np.repeat(t.site[None], 2, axis=0)
    expected = dense(pair, axes)
    for a, b, c in rng.integers(0, 960, (1000, 3)):
        # often a partner of both
        b = rng.choice(np.nonzero(expected[a])[0]) if expected[a].any() and a % 2 else b
        for here, used in zip(phi, (t, rows), strict=True):
            move_carrier(used, here, a, b)
            add_carrier(used, here, c)
            add_carrier(used._replace(quantum=-used.quantum), here, a)
        assert np.array_equal(*phi)


def test_rows_are_listed_where_partners_are_few():
    near, site = np.full((480, 1), -1, np.int32), np.zeros((1, 6, 10, 8))
    for partners, listed in ((0, 0), (12, 12), (13, 0)):
        pair = np.zeros(480)
        pair[1 : 1 + partners] = 1.0
        t = build_tables(pair.reshape(1, 1, 6, 10, 8), site, (1,), near)
        assert t.partners.shape == (480, listed, 2)


@pytest.mark.parametrize("axes", [1, 2])
def test_memory_of_the_layout_is_as_documented(axes):
    pair = np.zeros((4, 4, 3, 5, 2), np.int32)
    n_inner = 2 if axes == 1 else 10
    assert _pair_runs(pair, axes).size == pair.size * 2 * n_inner


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="assembly of x86-64")
def test_the_update_of_the_potential_is_vectorised():
    # not from the cache, which keeps no assembly
    update = numba.njit(error_model="numpy")(move_in_runs.py_func)
    whole = np.zeros(1, np.int64)
    update(np.zeros(1), np.zeros(2, np.int32), 1.0, whole, whole, np.ones(8, np.int64), 0, 0)
    (assembly,) = update.inspect_asm().values()
    assert re.search(r"vpsubd\s.*[xyz]mm", assembly)
    assert re.search(r"vcvtdq2pd\s.*[yz]mm", assembly)
    assert re.search(r"v(add|fmadd...)pd\s.*[yz]mm", assembly)
