"""The layout of the interaction tables against the plain array of pair energies."""

import platform
import re

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsc.kernels.potential import add_carrier, move_potential, pair_energy
from mcsc.kernels.tables import (
    _pair_runs,
    build_tables,
    inner_axes,
    rounding,
    single_precision,
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
    """(K, K) W[k, k'] from pair[m, m2, offset] by the definition."""
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
    read = [[pair_energy.py_func(t.pair, t.start, t.outer, t.shape, a, b) for b in range(n)]
            for a in range(n)] if n <= 24 else None  # fmt: skip
    if read is not None:
        assert np.array_equal(read, expected)
    # the vectorised moves read all the others
    phi = np.zeros(n)
    rng = np.random.default_rng(n)
    for a in rng.integers(0, n, 6):
        phi[:] = 0.0
        add_carrier(phi, t.pair, t.start, t.outer, t.shape, a)
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
        move_potential(phi, t.pair, t.start, t.outer, t.shape, a, b)
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


def test_a_large_table_is_kept_in_single_precision_within_its_bound():
    size, states = (10, 10, 4), (7, 7, 7)
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(21, 21, *size))
    n_wells = 3 * 400
    near, site = np.full((n_wells, 1), -1, np.int32), np.zeros((21, *size))
    t = build_tables(pair, site, states, near)
    assert single_precision(21, size) and t.pair.dtype == np.float32
    assert t.pair.nbytes == 4 * pair.size * 2 * size[2]
    assert np.array_equal(t.bounds, np.float32([pair.min(), pair.max()]))
    # the potential of a carrier in every state is that of the rounded energies, summed in double
    phi = np.zeros(t.site.size)
    add_carrier(phi, t.pair, t.start, t.outer, t.shape, 5)
    move_potential(phi, t.pair, t.start, t.outer, t.shape, 5, 1234)
    k = state_numbers(size, 21, 1)
    m, x, y, z = np.argwhere(k == 1234)[0]
    exact = np.roll(pair[m], (x, y, z), axis=(1, 2, 3))
    np.testing.assert_allclose(phi[k], exact.astype(np.float32), rtol=0, atol=1e-14)
    assert 0.0 < 0.5 * np.abs(phi[k] - exact).sum() <= rounding(pair) < 2.0**-25 * 21 * 400 * 5


def test_a_table_in_double_precision_is_not_rounded():
    assert not single_precision(3, (6, 6, 2))
    assert rounding(np.full((3, 3, 6, 6, 2), 0.1)) == 0.0


@pytest.mark.parametrize("axes", [1, 2])
def test_memory_of_the_layout_is_as_documented(axes):
    pair = np.zeros((4, 4, 3, 5, 2))
    n_inner = 2 if axes == 1 else 10
    assert _pair_runs(pair, axes).size == pair.size * 2 * n_inner


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="assembly of x86-64")
@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_the_update_of_the_potential_is_vectorised(precision):
    # not from the cache, which keeps no assembly
    update = numba.njit(error_model="numpy")(move_potential.py_func)
    whole = np.zeros(1, np.int64)
    update(np.zeros(1), np.zeros(2, precision), whole, whole, np.ones(8, np.int64), 0, 0)
    (assembly,) = update.inspect_asm().values()
    assert re.search(r"vaddpd\s.*[yz]mm", assembly)
    assert re.search(r"vsubpd\s.*[yz]mm", assembly)
