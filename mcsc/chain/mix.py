"""How often a ladder makes each of its moves: by default, or as a run file asks for."""

import numpy as np
import numpy.typing as npt

from mcsc.chain.task import Task
from mcsc.kernels.moves import CANONICAL_MOVES, MOVES
from mcsc.kernels.tables import Tables
from mcsc.lattice import Lattice

IntArray = npt.NDArray[np.int64]

# of the time of a sweep, for each kind of collective move
COLLECTIVE_SHARE = 0.1

# proposals a sweep and carrier. Most changes of state are accepted, and each pays for an update of
# the whole potential long before the next measurement; most far hops are made in vain: fewer of
# both give more samples (bench/efficiency.py)
USUAL = {"near_hop": 1.0, "far_hop": 0.25, "change_of_state": 0.125}
# a history depends on its moves: every carrier changes its state about once a sweep
PROTOCOL = {"near_hop": 1.0, "far_hop": 1.0, "change_of_state": 1.0}


def move_mix(task: Task, tables: Tables) -> IntArray:
    """How often a ladder makes each move that can do anything, as the kernels take it.

    By default the moves of one carrier are proposed at the rates :data:`USUAL`, in a field protocol
    :data:`PROTOCOL`, and each collective move takes about :data:`COLLECTIVE_SHARE` of the time;
    ``Sampling.moves`` replaces any of these rates.

    Returns
    -------
    In the order of :func:`listed_moves`: proposals a sweep of the moves of one carrier; mean number
    of sweeps between two of the collective ones, 0 for never. At fixed chemical potential the
    number of carriers is that of half filling, and every well is proposed once to be filled or
    emptied.
    """
    n_wells = len(tables.first)
    ensemble = task.ensemble
    n = max(1, (ensemble.fewest + ensemble.most) // 2)
    displaced = int(tables.states.max()) > 1
    usual = USUAL if task.protocol is None else PROTOCOL
    changes = usual["change_of_state"] if displaced else 0.0
    turn, shift = _periods(task, tables, n, usual["near_hop"] + usual["far_hop"], changes)
    lattice = Lattice(task.structure, task.size)
    turns = tables.turns.shape[1] > 0
    # a layer is shifted by its third index
    shifts = task.size[0] * task.size[1] > 1 and task.size[2] > 1 and lattice.stacks_cells
    asked = dict(task.sampling.moves)
    mix = [
        _proposals(asked.get("near_hop", usual["near_hop"]), n),
        _proposals(asked.get("far_hop", usual["far_hop"]), n),
        _proposals(asked.get("change_of_state", usual["change_of_state"]), n) if displaced else 0,
        _period(asked.get("rigid_turn"), turn) if turns else 0,
        _period(asked.get("layer_shift"), shift) if shifts else 0,
    ]
    fills = "insert_remove" in ensemble.moves
    mix.append(_proposals(asked.get("insert_remove", 1.0), n_wells) if fills else 0)
    mix.append(_period(asked.get("row_shift", 0.0), 0))
    mix.append(_proposals(asked.get("pair_hop", 0.0), n))
    return np.array(mix[: len(listed_moves(task))], dtype=np.int64)


def listed_moves(task: Task) -> tuple[str, ...]:
    """Names of the moves that a ladder counts: all up to the last one that such a task can make."""
    rates = dict(task.sampling.moves)
    asked = [name for name in MOVES if rates.get(name, 0.0) > 0]
    usual = (*CANONICAL_MOVES, *task.ensemble.moves)
    return MOVES[: 1 + max(MOVES.index(name) for name in (*usual, *asked))]


def _periods(task: Task, tables: Tables, n: int, hops: float, changes: float) -> tuple[int, int]:
    """Sweeps between two rigid turns, and two layer shifts, that take their share of the time.

    ``hops`` and ``changes`` of state are proposed a sweep and carrier.
    """
    # nanoseconds, measured: a sweep of cold carriers, most of whose hops are rejected; N²/2 pair
    # energies; the potential of a layer, its carriers' energies at every place, the wells moved
    n_states, area = len(tables.site), task.size[0] * task.size[1]
    sweep = n * (15.0 * hops + changes * (15.0 + n_states / 8.0))
    turn = n * n * 1.0
    shift = n / task.size[2] * (0.3 * n_states + 2.0 * area) + 30.0 * len(tables.first)
    one, other = (-int(-cost // (COLLECTIVE_SHARE * sweep)) for cost in (turn, shift))
    return one, other


def _proposals(asked: float, n: int) -> int:
    """Proposals a sweep among ``n`` carriers or wells; at least one unless none are asked for."""
    return max(1, round(asked * n)) if asked > 0 else 0


def _period(asked: float | None, default: int) -> int:
    """Mean number of sweeps between two collective moves, 0 for never."""
    if asked is None:
        return default
    return max(1, round(1.0 / asked)) if asked > 0 else 0
