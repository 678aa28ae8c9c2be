"""The lowest energies of a model at a number of carriers: many chains annealed, then quenched.

No search of this kind proves that nothing lies lower. How many of the independent chains end in
the lowest configuration says how far it can be trusted: one of many is a warning.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.chain.run import kernel_tables
from mcsc.chain.start import move_mix
from mcsc.chain.task import Task
from mcsc.ground.symmetry import coincidences, model_symmetry, multiplicity, occupation
from mcsc.kernels.rng import stream
from mcsc.kernels.tables import State, Tables, scratch_length
from mcsc.model import Model

IntArray = npt.NDArray[np.int64]

# a descent ends where no move gains more than this share of the scale of the energies
_LEAST_GAIN = 1e-9
# energies per carrier that agree within this share of the scale may be of the same configuration
_SAME_ENERGY = 1e-5


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
    coldest
        The last temperature over the first one, which is the spread of the energies of a carrier
        among randomly placed others.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    chains: int = 32
    sweeps: int = 3072
    stages: int = 96
    coldest: float = 1e-4

    def __post_init__(self) -> None:
        for name in ("chains", "sweeps", "stages"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: give at least 1")
        if not 0 < self.coldest < 1:
            raise ValueError(f"coldest = {self.coldest:g}: give a number between 0 and 1")


@dataclass(frozen=True, eq=False)
class Competitor:
    """A configuration in which no move lowers the energy.

    Attributes
    ----------
    state
        (W,) state of each well's carrier, −1 for an empty well.
    energy
        Total energy H of the supercell.
    chains
        Number of chains that ended in it, or in one that a symmetry makes of it.
    multiplicity
        Number of different configurations that the symmetry makes of it.
    """

    state: IntArray
    energy: float
    chains: int
    multiplicity: int


def lowest_states(
    task: Task,
    annealing: Annealing | None = None,
    report: Callable[[float], None] = lambda done: None,
) -> tuple[Competitor, ...]:
    """Search for the configurations of lowest energy.

    Each chain starts from carriers in random wells, is cooled with the moves of a ladder, and
    descends to where no move of one carrier, nor two near moves at once, lower the energy.

    Parameters
    ----------
    task
        Hamiltonian, number of carriers and seed; its temperatures and sampling do not matter. The
        random numbers of a chain depend on these and on the number of the chain only.
    annealing
        How long; by default as :class:`Annealing` says.
    report
        Called with the fraction done.

    Returns
    -------
    The distinct configurations that the chains ended in, lowest energy first. Those that a
    symmetry of the Hamiltonian carries into each other are one.
    """
    from mcsc.kernels import descent, ladder

    settings = annealing or Annealing()
    model = task.build()
    tables, _ = kernel_tables(model)
    state = _start(task, tables, settings.chains)
    ladder.recompute(tables, state)
    scale = energy_scale(model, task.n_carriers)
    mix = move_mix(task, tables)
    stages = np.geomspace(1.0, settings.coldest, settings.stages)
    sweeps = -(-settings.sweeps // settings.stages)
    for done, share in enumerate(stages, start=1):
        ladder.anneal(tables, state, np.full(settings.chains, 1.0 / (share * scale)), mix, sweeps)
        ladder.recompute(tables, state)
        report(done / (len(stages) + 1))
    descent.quench(tables, state, _LEAST_GAIN * scale)
    found = _distinct(model, _configurations(tables, state), scale)
    report(1.0)
    return found


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


def _start(task: Task, tables: Tables, chains: int) -> State:
    """Carriers at the centres of wells drawn for each chain by seed, digest and its number."""
    from mcsc.kernels.ladder import TALLY_COLUMNS

    n, n_wells, words = task.n_carriers, len(tables.first), task.digest_words()
    drawn = np.array(
        [
            np.random.Generator(
                # kernels use the spawn key (r,)
                np.random.PCG64(np.random.SeedSequence([task.seed, *words], spawn_key=(r, 0)))
            ).permutation(n_wells)
            for r in range(chains)
        ]
    )
    slot = np.empty((chains, n_wells), np.int32)
    np.put_along_axis(
        slot, drawn, np.concatenate([np.arange(n), -1 - np.arange(n_wells - n)])[None], axis=1
    )
    return State(
        carriers=np.ascontiguousarray(tables.first[drawn[:, :n]], np.int32),
        number=np.full(chains, n, np.int32),
        empty=np.ascontiguousarray(drawn[:, n:], np.int32),
        slot=slot,
        potential=np.zeros((chains, len(tables.site))),
        energy=np.zeros(chains),
        rng=np.stack([stream(task.seed, words, r) for r in range(chains + 1)]),
        rung=np.arange(chains, dtype=np.int32),
        replica=np.arange(chains, dtype=np.int32),
        tally=np.zeros((chains, TALLY_COLUMNS), np.int64),
        scratch=np.zeros((chains, scratch_length(tables))),
    )


def _configurations(tables: Tables, state: State) -> IntArray:
    """(R, W) states of the wells of every chain."""
    found = np.full((len(state.carriers), len(tables.first)), -1, np.int64)
    wells = tables.well[state.carriers]
    states = (state.carriers - tables.first[wells]) // tables.shape[3]
    np.put_along_axis(found, wells.astype(np.int64), states.astype(np.int64), axis=1)
    return found


def _distinct(model: Model, states: IntArray, scale: float) -> tuple[Competitor, ...]:
    """Configurations by ascending energy, equivalent ones once."""
    symmetry = model_symmetry(model)
    unique, counts = np.unique(states, axis=0, return_counts=True)
    energies = np.array([model.energy(state) for state in unique])
    same = _SAME_ENERGY * scale * max(1, int((unique[0] >= 0).sum()))
    kept: list[tuple[int, npt.NDArray[np.float64]]] = []
    chains: list[int] = []
    for i in np.argsort(energies, kind="stable").tolist():
        filled = occupation(model, unique[i])
        for at, (j, other) in enumerate(kept):
            if energies[i] - energies[j] < same and coincidences(symmetry, filled, other):
                chains[at] += int(counts[i])
                break
        else:
            kept.append((i, filled))
            chains.append(int(counts[i]))
    return tuple(
        Competitor(unique[i], float(energies[i]), n, multiplicity(symmetry, filled))
        for (i, filled), n in zip(kept, chains, strict=True)
    )
