"""What the digest of a task says: all that its numbers depend on, and nothing else."""

from dataclasses import astuple
from typing import Any

import numpy as np

# raise it whenever the same task would give other numbers than before
ALGORITHM = 5
# the same of tasks that block visits sample
BLOCKS = 2
# of those whose carriers wait
WAITING = 2
# and of those whose carriers come and go in a window
WINDOW = 2


def content(task: Any) -> dict[str, Any]:
    """All that tells a :class:`mcsc.chain.Task` from another one, as JSON can write it."""

    def numbers(array: Any) -> Any:
        # the last digits of geometry differ between machines
        return (np.round(np.asarray(array, dtype=float), 8) + 0.0).tolist()

    # a response to a weak field is divided by it: to ten digits, however small
    strength = float(f"{task.field:.9e}")
    found = {
        "algorithm": ALGORITHM,
        "cell": numbers(task.structure.cell),
        "wells": [
            [
                *well.carrier_kinds,
                *map(numbers, (well.centre, well.depth, well.displacements, well.state_energies)),
            ]
            for well in task.structure.wells
        ],
        "size": list(task.size),
        **task.interactions.content(),
        "field": [strength, numbers(task.field_direction if strength else np.zeros(3))],
        "field_direction": numbers(task.field_direction),
        **({"n_carriers": task.n_carriers} if task.window is None else {}),
        **task.ensemble.content(),
        "temperatures": list(task.temperatures),
        "units": task.units.name,
        "sampling": [
            task.sampling.sweeps,
            task.sampling.warmup,
            task.sampling.measurements,
            task.sampling.exchange_interval,
        ],
        "seed": task.seed,
    }
    if task.structure.axes is not None:
        # in whose units wavevectors are written
        found["axes"] = task.structure.change.tolist()
    if task.by_blocks:
        found["blocks"] = BLOCKS
    if task.structure.slab is not None:
        cut = task.structure.slab
        found["slab"] = [cut.axis, numbers(cut.step), cut.cells]
    if task.sampling.moves:
        found["moves"] = sorted([name, float(rate)] for name, rate in task.sampling.moves)
        if dict(task.sampling.moves).get("waiting_hop"):
            found["waiting"] = WAITING
    if task.window is not None:
        found["come_and_go"] = WINDOW
        if task.emphasis:
            found["emphasis"] = list(task.emphasis)
    if task.protocol is not None:
        found["protocol"] = astuple(task.protocol)
    if task.transport is not None:
        found["transport"] = astuple(task.transport)
    if task.dopants is not None:
        ions = task.dopants
        found["dopants"] = [numbers(ions.positions), ions.charge, ions.sample]
    if task.annealing:
        found["annealing"] = task.annealing
    if task.continues is not None:
        found["continues"] = task.continues.digest()
    if task.start:
        found["start"] = list(task.start)
    return found
