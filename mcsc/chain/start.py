"""The first state of a ladder, its annealing, and states as what each well holds."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.chain.task import Task
from mcsc.kernels.move_table import TALLY_COLUMNS
from mcsc.kernels.rng import streams
from mcsc.kernels.tables import State, Tables, potential_length, scratch_length

AnyIntArray = npt.NDArray[np.integer[Any]]


def random_state(task: Task, tables: Tables) -> State:
    """Carriers at the centres of randomly drawn wells, in every replica of a task.

    The draw is addressed like all random numbers: by seed, digest of the task and replica.
    """
    state = blank_state(task, tables, task.n_replicas)
    place_at_random(task, tables, state, 0)
    return state


def blank_state(task: Task, tables: Tables, n_replicas: int) -> State:
    """Replicas with their random streams and room for their carriers, which are not placed yet.

    Returns: ``carriers``, ``empty`` and ``slot`` are zero, ``number`` is that of the task, and
        every replica is on the rung of its own number.
    """
    n, n_wells, words = task.n_carriers, len(tables.first), task.digest_words()
    ensemble = task.ensemble
    return State(
        carriers=np.zeros((n_replicas, ensemble.most), np.int32),
        number=np.full(n_replicas, n, np.int32),
        empty=np.zeros((n_replicas, n_wells - ensemble.fewest), np.int32),
        slot=np.zeros((n_replicas, n_wells), np.int32),
        potential=np.zeros((n_replicas, potential_length(len(tables.site)))),
        energy=np.zeros(n_replicas),
        rng=streams(task.seed, words, n_replicas + 1),
        rung=np.arange(n_replicas, dtype=np.int32),
        replica=np.arange(n_replicas, dtype=np.int32),
        tally=np.zeros((n_replicas, TALLY_COLUMNS), np.int64),
        scratch=np.zeros((n_replicas, scratch_length(tables))),
    )


def place_at_random(task: Task, tables: Tables, state: State, start: int) -> None:
    """Put as many carriers as it has in every replica, in wells drawn for its start number.

    Potential and energy are not touched: recompute them.
    """
    n_replicas, n_wells = task.n_replicas, len(tables.first)
    words = task.digest_words()
    for r in range(n_replicas):
        # kernels use spawn keys 0 … R, the draws of the starts those after
        key = (1 + start) * n_replicas + 1 + r
        sequence = np.random.SeedSequence([task.seed, *words], spawn_key=(key,))
        wells = np.random.Generator(np.random.PCG64(sequence)).permutation(n_wells)
        n = int(state.number[r])
        _place(state, r, wells[:n], wells[n:], tables.first[wells[:n]])


def place_as_in(tables: Tables, state: State, snapshot: AnyIntArray) -> None:
    """Put the carriers of every replica where a snapshot has them.

    snapshot: (R, W) state of each well, −1 empty, as in the group ``samples`` of a finished task.

    Potential and energy are not touched: recompute them.
    """
    distance = int(tables.shape[3])
    for r, states in enumerate(snapshot.astype(np.int32)):
        filled, empty = np.nonzero(states >= 0)[0], np.nonzero(states < 0)[0]
        state.number[r] = len(filled)
        _place(state, r, filled, empty, tables.first[filled] + distance * states[filled])


def _place(
    state: State, r: int, filled: AnyIntArray, empty: AnyIntArray, carriers: AnyIntArray
) -> None:
    """Carriers of replica ``r`` in the wells ``filled``, in this order."""
    state.carriers[r, : len(filled)], state.empty[r, : len(empty)] = carriers, empty
    state.slot[r, filled] = np.arange(len(filled))
    state.slot[r, empty] = -1 - np.arange(len(empty))


def configurations(tables: Tables, carriers: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """(R, W) state of each well, −1 empty, from carriers (R, N), −1 where there is none."""
    n_wells = len(tables.first)
    wells = tables.well[carriers]
    states = (carriers - tables.first[wells]) // int(tables.shape[3])
    found = np.full((len(carriers), n_wells + 1), -1, np.int8)
    # what is no carrier goes to a well that is cut off again
    here = np.where(carriers >= 0, wells, n_wells).astype(np.int64)
    np.put_along_axis(found, here, states.astype(np.int8), axis=1)
    return found[:, :n_wells]


def annealing_betas(task: Task, stage: int) -> FloatArray:
    """Inverse temperatures of all replicas at a stage of the annealing.

    Every replica follows the ladder down from the hottest rung and stays at its own; from stage
    T − 1 on, all are there.

    Returns: (R,) 1/(k_B T), repeats of the whole ladder one after the other, per energy.
    """
    n = len(task.temperatures)
    betas = 1.0 / (task.units.boltzmann * np.array(task.temperatures))
    ladder = betas[np.maximum(np.arange(n), n - 1 - stage)]
    return np.tile(ladder, task.n_replicas // n)
