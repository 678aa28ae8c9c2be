"""Independent chains: carriers in random wells, annealed, then quenched to a local minimum.

A chain may be a population of replicas. Before each step to a lower temperature, from β to β', a
replica of energy E is dropped or copied so that exp(−(β' − β) E) times as many go on, which is
population annealing: what froze in a poor valley makes room for copies of what did not. In a
layered crystal members of a population exchange single layers, too, now and then: a layer that is
ordered in one of them can join one that is ordered in another.

K. Hukushima and Y. Iba, AIP Conf. Proc. 690, 200 (2003), doi:10.1063/1.1632130.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import IntArray
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import blank_state, configurations, place_as_in
from mcsc.chain.task import Task
from mcsc.kernels.tables import State, Tables
from mcsc.lattice import Lattice
from mcsc.model import Model

# their states and potentials are all in memory
_MOST_REPLICAS = 100_000
# a descent ends where no move gains more than this share of the scale of the energies
_LEAST_GAIN = 1e-9
# between two rounds in which each member of a population tries to exchange a layer: rates from one
# in 256 sweeps to one in 20 were measured to do about as well (docs/performance.md)
_EXCHANGE_SWEEPS = 16


@dataclass(frozen=True)
class Annealing:
    """How long and from which to which temperature chains are annealed before the descent.

    chains: Independent chains.
    sweeps: Sweeps of each replica, shared out evenly over ``stages`` temperatures.
    stages: Temperatures, evenly spaced on a logarithmic scale.
    hottest, coldest: First and last temperature over the spread of the energies of a carrier among
        randomly placed others, :func:`energy_scale`. Charge orders at 0.1 of that, or below.
    population: Replicas of a chain, of which the lowest is what the chain ends in.

    Raises ValueError if a number is out of range.
    """

    chains: int = 4
    sweeps: int = 6144
    stages: int = 96
    hottest: float = 0.25
    coldest: float = 0.005
    population: int = 16

    def __post_init__(self) -> None:
        for name in ("chains", "population", "sweeps", "stages"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: give at least 1")
        if self.chains * self.population > _MOST_REPLICAS:
            raise ValueError(
                f"chains = {self.chains}, population = {self.population}: more than "
                f"{_MOST_REPLICAS} replicas at once; give fewer and more sweeps"
            )
        if not 0 < self.coldest < self.hottest:
            raise ValueError(
                f"coldest = {self.coldest!r}: give a number above 0 and below hottest = "
                f"{self.hottest!r}"
            )


def annealed(
    task: Task, settings: Annealing, report: Callable[[float], None] = lambda done: None
) -> IntArray:
    """Anneal chains of a task and quench them.

    task: Hamiltonian, number of carriers and seed; its temperatures and sampling do not matter. The
        random numbers of a chain depend on these, on its population and on its number only.
    report: Called with the fraction done.

    Returns: (chains, W) configurations in which no move of :mod:`mcsc.kernels.descent` lowers the
        energy.
    """
    from mcsc.kernels import descent, ladder

    model = task.build()
    tables, _ = kernel_tables(model)
    n_replicas = settings.chains * settings.population
    state = _placed(task, tables, _random_states(task, n_replicas))
    ladder.recompute(tables, state)
    scale = energy_scale(model, task.n_carriers)
    mix = move_mix(task, tables)
    betas = 1.0 / (scale * np.geomspace(settings.hottest, settings.coldest, settings.stages))
    generators = _generators(task, settings.chains, 1)
    sweeps = -(-settings.sweeps // settings.stages)
    for stage, beta in enumerate(betas):
        if stage > 0 and settings.population > 1:
            resample(state, beta - betas[stage - 1], generators)
        _cooled(task, tables, state, beta, mix, sweeps, settings.population)
        ladder.recompute(tables, state)
        report((stage + 1) / len(betas))
    descent.quench(tables, state, _LEAST_GAIN * scale)
    by_chain = state.energy.reshape(settings.chains, settings.population)
    lowest = np.arange(settings.chains) * settings.population + by_chain.argmin(axis=1)
    return np.asarray(configurations(tables, state.carriers)[lowest].astype(np.int64))


def _cooled(
    task: Task,
    tables: Tables,
    state: State,
    beta: float,
    mix: tuple[int, ...],
    sweeps: int,
    members: int,
) -> None:
    """``sweeps`` at one temperature, with exchange of layers inside populations of ``members``."""
    from mcsc.kernels import ladder

    layers = task.size[2] if Lattice(task.structure, task.size).stacks_cells else 1
    exchanged = layers > 1 and members > 1
    betas, left = np.full(len(state.energy), beta), sweeps
    while left > 0:
        now = min(left, _EXCHANGE_SWEEPS) if exchanged else left
        ladder.anneal(tables, state, betas, mix, now)
        left -= now
        if exchanged:
            ladder.exchange_among(tables, state, beta, members)


def resample(state: State, step: float, generators: Sequence[np.random.Generator]) -> None:
    """Drop and copy replicas for an inverse temperature higher by ``step``, in every population.

    Of n replicas one of weight w = exp(−step · E) over the mean weight goes on in ⌊w⌋ or ⌈w⌉
    copies, w on average. Random streams stay where they are, so that copies part.

    state: Replicas of all populations, one population after the other; changed in place.
    generators: One for each population.
    """
    n = len(state.energy) // len(generators)
    energies = state.energy.reshape(-1, n)
    weights = np.exp(-step * (energies - energies.min(axis=1, keepdims=True)))
    shares = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    chosen = np.empty((len(generators), n), np.int64)
    for i, generator in enumerate(generators):
        marks = (generator.random() + np.arange(n)) / n
        # rounding of the sum can leave the last mark beyond the end
        chosen[i] = i * n + np.minimum(np.searchsorted(shares[i], marks), n - 1)
    for array in (state.carriers, state.empty, state.slot, state.potential, state.energy):
        array[:] = array[chosen.reshape(-1)]


def quenched(task: Task, states: IntArray) -> IntArray:
    """Configurations (R, W) quenched to local minima; see :mod:`mcsc.kernels.descent`."""
    from mcsc.kernels import descent, ladder

    model = task.build()
    tables, _ = kernel_tables(model)
    state = _placed(task, tables, states)
    ladder.recompute(tables, state)
    descent.quench(tables, state, _LEAST_GAIN * energy_scale(model, task.n_carriers))
    return configurations(tables, state.carriers).astype(np.int64)


def energy_scale(model: Model, n_carriers: int) -> float:
    """Spread of the energies of a carrier among others in randomly drawn wells.

    The standard deviation of the site energy plus the potential of the others, over states and
    draws, where each well is filled independently and every state of it equally often.
    """
    sites, filling = model.site_energies, n_carriers / model.lattice.n_wells
    counts = np.array(model.lattice.states_per_well)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    share = 1.0 / counts[None, :, None, None, None]
    squares = share * np.add.reduceat(model.pair**2, first, axis=1)
    means = share * np.add.reduceat(model.pair, first, axis=1)
    by_wells = (filling * squares - (filling * means) ** 2).sum(axis=(1, 2, 3, 4))
    # never quite zero: a lone carrier and a full lattice are cooled too
    return max(float(np.sqrt(sites.var() + by_wells.mean())), 1e-12)


def _random_states(task: Task, n_replicas: int) -> IntArray:
    """(n_replicas, W) carriers at the centres of wells, each drawn for itself."""
    states = np.full((n_replicas, task.n_wells), -1, np.int64)
    for state, generator in zip(states, _generators(task, n_replicas, 0), strict=True):
        state[generator.permutation(task.n_wells)[: task.n_carriers]] = 0
    return states


def _generators(task: Task, n: int, purpose: int) -> list[np.random.Generator]:
    """Random numbers addressed by seed, digest and number: 0 places replicas, 1 resamples."""
    words = task.digest_words()
    # kernels use the spawn keys (number,)
    keys = ((number, purpose) for number in range(n))
    sequences = (np.random.SeedSequence([task.seed, *words], spawn_key=key) for key in keys)
    return [np.random.Generator(np.random.PCG64(sequence)) for sequence in sequences]


def _placed(task: Task, tables: Tables, states: IntArray) -> State:
    """A replica for each configuration; potential and energy are not computed yet."""
    state = blank_state(task, tables, len(states))
    place_as_in(tables, state, states)
    return state
