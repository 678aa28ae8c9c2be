"""The series of a ladder's channels are bounded in memory; the strongest ones are not missed."""

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, leading, run
from mcsc.observables import Series
from mcsc.structure import textbook

SAMPLING = Sampling(sweeps=640, warmup=320, measurements=128, exchange_interval=5)
# order among the wells of a cell, and a density wave; layers of both order each for itself
KAGOME = Task(textbook("kagome-wells", 1.7), (3, 3, 2), 18, (0.1, 0.13, 0.2),
              sampling=SAMPLING)  # fmt: skip
SQUARE = Task(textbook("square", 2.0), (4, 4, 2), 16, (0.05, 0.08, 0.12),
              sampling=SAMPLING)  # fmt: skip


@pytest.mark.parametrize("task", [KAGOME, SQUARE], ids=["kagome", "square"])
def test_a_bound_on_memory_leaves_the_leading_channel_alone(task, monkeypatch):
    everything = run(task)
    monkeypatch.setattr(leading, "MOST_BYTES", 1)
    bounded = run(task)
    for name, variable in everything["/"].data_vars.items():
        assert variable.identical(bounded["/"][name]), name
    assert everything["health"].identical(bounded["health"])
    one, other = everything["series"], bounded["series"]
    assert other.sizes["channel"] == leading.KEPT_CHANNELS
    assert one["energy"].identical(other["energy"])
    assert one.isel(channel=0).identical(other.isel(channel=0))


def test_the_strongest_channels_are_followed(monkeypatch):
    rng = np.random.default_rng(0)
    n_channels, strongest = 40, [3, 17, 20, 39]
    measured = {"order_squared": 0.1 * rng.random((4, 2, 3, n_channels)).astype(np.float32)}
    measured["order_squared"][..., strongest] += 1.0
    channel = leading.Channel(np.zeros(0, int), np.zeros(0, int), np.zeros(3), 1, 1)
    monkeypatch.setattr(leading, "channels", lambda probe: [channel] * n_channels)
    series = {"order_squared": Series("order_squared", axis="channel")}
    monkeypatch.setattr(leading, "measured_series", lambda probe: series)
    # 2 temperatures, 3 layers, 100 measurements, 4 bytes
    one = 2 * 3 * 100 * 4
    for room, count in ((6, 6), (2, 4), (100, n_channels)):
        monkeypatch.setattr(leading, "MOST_BYTES", room * one + one // 2)
        waves = {"wave_squared": np.zeros((4, 2, 1))}
        found, orbits = leading.followed(None, {**measured, **waves}, 100)
        assert len(orbits) == 0
        assert len(found) == count
        assert set(strongest) <= set(found.tolist())
        assert (np.diff(found) > 0).all()
