"""The lowest energies of a model at a number of carriers, and what competes with the lowest one.

No search of this kind proves that nothing lies lower. How many of the independent chains end in
the lowest configuration says how far it can be trusted: one of many is a warning.

Most orders repeat after a few cells. Chains on a large supercell freeze with defects in them, so
every smaller supercell that fits into the large one is searched first, and what is found there is
repeated.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.chain.task import Task
from mcsc.ground_states.chains import Annealing, annealed, energy_scale, quenched
from mcsc.ground_states.symmetry import coincidences, model_symmetry, multiplicity, occupation
from mcsc.model import Model

Cells = tuple[int, int, int]
# a supercell, configurations (n, W) of the whole one, and how many chains on the former gave each
_Ends = tuple[Cells, IntArray, IntArray]

# energies per carrier that agree within this share of the scale may be of the same configuration
_SAME_ENERGY = 1e-5
# configurations of each smaller supercell that are repeated
_REPEATED = 4


@dataclass(frozen=True, eq=False)
class Competitor:
    """A configuration in which no move lowers the energy.

    state: (W,) state of each well's carrier, −1 for an empty well.
    energy: Total energy H of the supercell.
    chains: Number of chains on the whole supercell that ended in it, or in one that a symmetry
        makes of it; 0 where it is known from smaller supercells only.
    multiplicity: Number of different configurations that the symmetry makes of it.
    found_on, chains_there: The smallest supercell whose chains found it, and how many of them did.
    """

    state: IntArray
    energy: float
    chains: int
    multiplicity: int
    found_on: Cells
    chains_there: int


def lowest_states(
    task: Task,
    annealing: Annealing | None = None,
    report: Callable[[float], None] = lambda done: None,
) -> tuple[Competitor, ...]:
    """Search for the configurations of lowest energy.

    Each chain starts from carriers in random wells, is cooled with the moves of a ladder, as a
    population of replicas if :class:`Annealing` says so, and descends to where no move of one
    carrier, nor two near moves at once, lower the energy.

    task: Hamiltonian, number of carriers and seed; its temperatures and sampling do not matter. The
        random numbers of a chain depend on these, on its population and on its number only.
    annealing: How long; by default as :class:`Annealing` says.
    report: Called with the fraction done.

    Returns: The distinct configurations that the chains ended in, lowest energy first. Those that a
        symmetry of the Hamiltonian carries into each other are one.
    """
    settings = annealing or Annealing()
    model = task.build()
    tasks = [*smaller_tasks(task), task]
    costs = np.array([one.n_carriers * one.n_wells for one in tasks], dtype=np.float64)
    ends: list[_Ends] = []
    before = 0.0
    for one, share in zip(tasks, (costs / max(costs.sum(), 1.0)).tolist(), strict=True):
        part, before = _part(report, before, share), before + share
        if one is task:
            states, chains = _counted(annealed(task, settings, part))
        else:
            states, chains = _lowest(one, annealed(one, _shorter(settings, one, task), part))
            states = quenched(task, _repeated(states, one, task))
        ends.append((one.size, states, chains))
    found = _distinct(model, ends)
    report(1.0)
    return found


def _part(report: Callable[[float], None], before: float, share: float) -> Callable[[float], None]:
    return lambda done: report(before + share * done)


def smaller_tasks(task: Task) -> list[Task]:
    """Tasks on all smaller supercells that the one of a task repeats, at the same filling.

    Those that hold a whole number of carriers, the smallest first; none with dopants, which do not
    repeat.
    """
    if task.dopants is not None:
        return []
    n_cells = int(np.prod(task.size))
    divisors = [[d for d in range(1, n + 1) if n % d == 0] for n in task.size]
    sizes = [(x, y, z) for x, y, z in product(*divisors) if x * y * z < n_cells]
    counts = [task.n_carriers * x * y * z / n_cells for x, y, z in sizes]
    return [
        replace(task, size=size, n_carriers=int(count))
        for count, size in sorted(zip(counts, sizes, strict=True))
        if count == int(count) > 0
    ]


def _shorter(settings: Annealing, small: Task, large: Task) -> Annealing:
    """Fewer carriers order in fewer sweeps: in proportion to them, but a few at each stage."""
    sweeps = -(-settings.sweeps * small.n_carriers // max(large.n_carriers, 1))
    return replace(settings, sweeps=max(sweeps, 8 * settings.stages))


def _counted(states: IntArray) -> tuple[IntArray, IntArray]:
    """Different configurations, and how often each is there."""
    unique, counts = np.unique(states, axis=0, return_counts=True)
    return unique, counts.astype(np.int64)


def _lowest(task: Task, states: IntArray) -> tuple[IntArray, IntArray]:
    """The few lowest of some configurations, one of each energy, and how many have that energy."""
    model = task.build()
    unique, counts = _counted(states)
    energies = np.round([model.energy(state) for state in unique], 9)
    values, first, which = np.unique(energies, return_index=True, return_inverse=True)
    chains = np.bincount(which, counts, len(values)).astype(np.int64)
    return unique[first[:_REPEATED]], chains[:_REPEATED]


def _repeated(states: IntArray, small: Task, large: Task) -> IntArray:
    """(R, W) configurations of a smaller supercell repeated over a larger one."""
    times = [n // m for n, m in zip(large.size, small.size, strict=True)]
    cells = states.reshape(len(states), *small.size, small.structure.n_wells)
    return np.asarray(np.tile(cells, (1, *times, 1)).reshape(len(states), -1))


def _distinct(model: Model, ends: list[_Ends]) -> tuple[Competitor, ...]:
    """Configurations by ascending energy, equivalent ones once."""
    symmetry = model_symmetry(model)
    states = np.concatenate([found for _, found, _ in ends])
    origins = [(size, n) for size, _, chains in ends for n in chains.tolist()]
    n_carriers = int((states[0] >= 0).sum())
    same = _SAME_ENERGY * energy_scale(model, n_carriers) * max(1, n_carriers)
    energies = np.array([model.energy(state) for state in states])
    found: list[tuple[int, FloatArray, Counter[Cells]]] = []
    for i in np.argsort(energies, kind="stable").tolist():
        filled, (size, chains) = occupation(model, states[i]), origins[i]
        for j, pattern, counts in found:
            if energies[i] - energies[j] < same and coincidences(symmetry, filled, pattern):
                counts[size] += chains
                break
        else:
            found.append((i, filled, Counter({size: chains})))
    competitors = []
    for i, filled, counts in found:
        # of equally small supercells the one that found it most often
        least = min(counts, key=lambda size: (np.prod(size), -counts[size]))
        whole, images = counts[ends[-1][0]], multiplicity(symmetry, filled)
        competitors.append(
            Competitor(states[i], float(energies[i]), whole, images, least, counts[least])
        )
    return tuple(competitors)
