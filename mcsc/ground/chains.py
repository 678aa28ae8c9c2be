"""Independent chains: carriers in random wells, annealed, then quenched to a local minimum."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import blank_state
from mcsc.chain.task import Task
from mcsc.kernels.tables import State, Tables
from mcsc.model import Model

IntArray = npt.NDArray[np.int64]

# a descent ends where no move gains more than this share of the scale of the energies
_LEAST_GAIN = 1e-9


@dataclass(frozen=True)
class Annealing:
    """How long and from which to which temperature chains are annealed before the descent.

    Attributes
    ----------
    chains
        Independent chains.
    sweeps
        Sweeps of each chain, shared out evenly over ``stages`` temperatures.
    stages
        Temperatures, evenly spaced on a logarithmic scale.
    hottest, coldest
        First and last temperature over the spread of the energies of a carrier among randomly
        placed others, :func:`energy_scale`. Charge orders at 0.1 of that, or below.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    chains: int = 32
    sweeps: int = 12288
    stages: int = 96
    hottest: float = 0.25
    coldest: float = 0.005

    def __post_init__(self) -> None:
        for name in ("chains", "sweeps", "stages"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: give at least 1")
        if not 0 < self.coldest < self.hottest:
            raise ValueError(
                f"coldest = {self.coldest:g}: give a number above 0 and below hottest = "
                f"{self.hottest:g}"
            )


def annealed(
    task: Task,
    settings: Annealing,
    report: Callable[[float], None] = lambda done: None,
) -> IntArray:
    """Anneal chains of a task and quench them.

    Parameters
    ----------
    task
        Hamiltonian, number of carriers and seed; its temperatures and sampling do not matter. The
        random numbers of a chain depend on these and on the number of the chain only.
    report
        Called with the fraction done.

    Returns
    -------
    (chains, W) configurations in which no move of :mod:`mcsc.kernels.descent` lowers the energy.
    """
    from mcsc.kernels import descent, ladder

    model = task.build()
    tables, _ = kernel_tables(model)
    state = _placed(task, tables, _random_states(task, settings.chains))
    ladder.recompute(tables, state)
    scale = energy_scale(model, task.n_carriers)
    mix = move_mix(task, tables)
    temperatures = scale * np.geomspace(settings.hottest, settings.coldest, settings.stages)
    sweeps = -(-settings.sweeps // settings.stages)
    for done, temperature in enumerate(temperatures, start=1):
        ladder.anneal(tables, state, np.full(settings.chains, 1.0 / temperature), mix, sweeps)
        ladder.recompute(tables, state)
        report(done / len(temperatures))
    descent.quench(tables, state, _LEAST_GAIN * scale)
    return _configurations(tables, state)


def quenched(task: Task, states: IntArray) -> IntArray:
    """Configurations (R, W) quenched to local minima; see :mod:`mcsc.kernels.descent`."""
    from mcsc.kernels import descent, ladder

    model = task.build()
    tables, _ = kernel_tables(model)
    state = _placed(task, tables, states)
    ladder.recompute(tables, state)
    descent.quench(tables, state, _LEAST_GAIN * energy_scale(model, task.n_carriers))
    return _configurations(tables, state)


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


def _random_states(task: Task, chains: int) -> IntArray:
    """(chains, W) carriers at the centres of wells drawn by seed, digest and number of a chain."""
    words = task.digest_words()
    states = np.full((chains, task.n_wells), -1, np.int64)
    for r in range(chains):
        # kernels use the spawn key (r,)
        sequence = np.random.SeedSequence([task.seed, *words], spawn_key=(r, 0))
        wells = np.random.Generator(np.random.PCG64(sequence)).permutation(task.n_wells)
        states[r, wells[: task.n_carriers]] = 0
    return states


def _placed(task: Task, tables: Tables, states: IntArray) -> State:
    """A replica for each configuration; potential and energy are not computed yet."""
    n, state = task.n_carriers, blank_state(task, tables, len(states))
    # filled wells first, in the order of their numbers
    order = np.argsort(states < 0, axis=1, kind="stable")
    filled = order[:, :n]
    inside = np.take_along_axis(states, filled, axis=1)
    state.carriers[...] = tables.first[filled] + inside * tables.shape[3]
    state.empty[...] = order[:, n:]
    places = np.concatenate([np.arange(n), -1 - np.arange(states.shape[1] - n)])
    np.put_along_axis(state.slot, order, places[None].astype(np.int32), axis=1)
    return state


def _configurations(tables: Tables, state: State) -> IntArray:
    """(R, W) states of the wells of every replica."""
    found = np.full((len(state.carriers), len(tables.first)), -1, np.int64)
    wells = tables.well[state.carriers]
    states = (state.carriers - tables.first[wells]) // tables.shape[3]
    np.put_along_axis(found, wells.astype(np.int64), states.astype(np.int64), axis=1)
    return found
