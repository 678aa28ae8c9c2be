"""How often a ladder makes each of its moves: by default, or as a run file asks for."""

from mcsc.chain.task import Task
from mcsc.kernels.move_table import MOVES, TABLE, Kind, Mix, Setting
from mcsc.kernels.tables import Tables
from mcsc.lattice import Lattice

# of the time of a sweep, for each move that has no usual rate
SHARE = 0.1


def move_mix(task: Task, tables: Tables) -> tuple[int, ...]:
    """How often a ladder makes each move that can do anything, as the kernels take it.

    Rates are those of :data:`~mcsc.kernels.move_table.TABLE`, where a move without one takes about
    :data:`SHARE` of the time; ``Sampling.moves`` replaces any of them.

    Returns: A :data:`~mcsc.kernels.move_table.Mix`: proposals a sweep, at least one unless none are
        asked for; of waiting hops the number aimed at; of moves that are not made every time the
        mean number of times to one attempt, 0 for never.

    Raises ValueError if a move that is asked for is not in the table.
    """
    setting, asked = _setting(task, tables), dict(task.sampling.moves)
    for name in asked.keys() - set(MOVES):
        raise ValueError(f"sampling moves: {name!r} is none of {', '.join(MOVES)}")
    possible = [move for move in TABLE if move.possible(setting)]
    cools = task.history is not None
    usual = {m.name: m.cooling if cools and m.cooling else m.usual for m in possible}
    # the time of a sweep with the usual moves of one carrier
    sweep = setting.carriers * sum(
        (usual[move.name] or 0.0) * move.cost(setting)
        for move in possible
        if move.kind is Kind.CARRIER
    )
    mix = {}
    for move in possible:
        rate = asked.get(move.name, usual[move.name])
        if rate is None:
            mix[move.name] = -int(-move.cost(setting) // (SHARE * sweep))
        elif rate > 0 and move.kind.is_proposed:
            each = move.kind in (Kind.WELL, Kind.WINDOW)
            number = len(tables.first) if each else setting.carriers
            mix[move.name] = max(1, round(rate * number))
        elif rate > 0 and move.kind is Kind.WAITING:
            mix[move.name] = max(1, round(rate))
        elif rate > 0:
            mix[move.name] = max(1, round(1.0 / rate))
    made: tuple[int, ...] = Mix(**mix)
    return made


def listed_moves(task: Task) -> tuple[str, ...]:
    """Names of the moves that a ladder counts: all up to the last one that such a task can make."""
    coming = (Kind.WELL, Kind.WINDOW)
    usual = {move.name for move in TABLE if move.usual != 0.0 and move.kind not in coming}
    usual |= {*task.ensemble.moves}
    asked = {name for name, rate in task.sampling.moves if rate > 0}
    return MOVES[: 1 + max(MOVES.index(name) for name in usual | asked)]


def _setting(task: Task, tables: Tables) -> Setting:
    ensemble = task.ensemble
    return Setting(
        tables=tables,
        carriers=max(1, (ensemble.fewest + ensemble.most) // 2),
        rungs=len(task.temperatures) if task.history is None else 1,
        stacked=Lattice(task.structure, task.size).stacks_cells,
        of_ensemble=ensemble.moves,
    )
