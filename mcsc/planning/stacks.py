"""Lowest states known of a ladder: the best layers of all ladders of a diagram, put on each other.

Layers of a layered crystal hardly feel each other. Between two fillings in which a layer orders,
some layers may take the order of the one and some that of the other, and a ladder at fixed carriers
finds that only by luck: the right numbers have to come into each layer before it can order. The
ladders at these fillings have such layers. Where a stack of them lies :data:`_LOWER` k_B T below
the mean energy at the coldest temperature of a ladder, the ladder goes on from there, even if its
series seem settled: whether it stays there, its longer run shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain import Task
from mcsc.files.tree import group
from mcsc.model import Model
from mcsc.sampling import USUAL

States = npt.NDArray[np.int8]

# stacks of which energies are found, those of lowest energy by their layers alone
_TRIED = 8
# so many k_B T of the coldest temperature below its mean energy
_LOWER = 2.0


@dataclass(frozen=True)
class Seen:
    """What a finished ladder has come to.

    task: Its first task.
    short: Share of its temperatures that are not equilibrated.
    cold: (n, W) state of each well at the end, at the colder half of its temperatures.
    energy: Mean energy of its coldest temperature.
    """

    task: Task
    short: float
    cold: States
    energy: float


def seen(task: Task, found: xr.DataTree) -> Seen:
    """What the files of a ladder say."""
    states = group(found, "samples")["state"].values
    return Seen(
        task,
        float((group(found, "health")["converged"].values != 1).mean()),
        states[: len(states) // 2].astype(np.int8),
        float(group(found, "series")["energy"].isel(temperature=0).mean()),
    )


def lower_stacks(ladders: Iterable[Seen]) -> dict[str, States]:
    """(W,) a stack well below where a ladder is, by the digest of its task, where there is one.

    Only ladders at fixed carriers in pure crystals whose cells of one third coordinate are a layer,
    and not those of so many wells that block visits sample them.
    """
    alike: dict[str, list[Seen]] = {}
    for ladder in ladders:
        task = ladder.task
        apart = not task.ensemble.moves and task.size[2] > 1 and not task.by_blocks
        if apart and task.dopants is None:
            bare = replace(task, n_carriers=0, sampling=USUAL, annealing=0)
            alike.setdefault(bare.digest(), []).append(ladder)
    found = {}
    for equals in alike.values():
        model = equals[0].task.build()
        if model.lattice.stacks_cells:
            layers = _best_layers(model, equals)
            for ladder in equals:
                stack = _lowest_stack(model, layers, ladder.task.n_carriers)
                unit = ladder.task.units.boltzmann * ladder.task.temperatures[0]
                if stack and stack[0] < ladder.energy - _LOWER * unit:
                    found[ladder.task.digest()] = stack[1]
    return found


Layers = dict[int, tuple[float, States]]
"""By the carriers in a layer, the layer (Lx, Ly, B) of lowest energy, after that energy."""


def _best_layers(model: Model, ladders: list[Seen]) -> Layers:
    (nx, ny, nz), n_base = model.lattice.size, model.lattice.structure.n_wells
    states = np.concatenate([ladder.cold for ladder in ladders]).reshape(-1, nx, ny, nz, n_base)
    layers = np.unique(np.moveaxis(states, 3, 1).reshape(-1, nx, ny, n_base), axis=0)
    energies = _layer_energies(model, layers)
    numbers, best = (layers >= 0).sum(axis=(1, 2, 3)), dict[int, tuple[float, States]]()
    for i in np.argsort(energies, kind="stable"):
        best.setdefault(int(numbers[i]), (float(energies[i]), layers[i]))
    return best


def _layer_energies(model: Model, layers: States) -> FloatArray:
    """Energy a layer of stacks of equal layers."""
    nz = model.lattice.size[2]
    return np.array([model.energy(_stacked([one] * nz)) / nz for one in layers])


def _stacked(layers: list[States]) -> States:
    return np.stack(layers, axis=2).reshape(-1)


def _lowest_stack(model: Model, layers: Layers, n: int) -> tuple[float, States] | None:
    """Energy and states of the lowest stack of at most two kinds of layers with n carriers."""
    nz = model.lattice.size[2]
    mixed = [
        (k * layers[a][0] + (nz - k) * layers[b][0], k, a, b)
        for a, b in product(layers, layers)
        for k in range(nz, 0, -1)
        if k * a + (nz - k) * b == n and (a < b or (a == b and k == nz))
    ]
    stacks = [
        # the one kind spread evenly among the other
        _stacked([layers[a if (z + 1) * k // nz > z * k // nz else b][1] for z in range(nz)])
        for _, k, a, b in sorted(mixed)[:_TRIED]
    ]
    found = [(model.energy(stack), stack) for stack in stacks]
    return min(found, key=lambda one: one[0], default=None)
