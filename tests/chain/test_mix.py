"""Which moves a ladder makes, and how often."""

from dataclasses import replace

import pytest

from mcsc.chain import FieldProtocol, Sampling, Task
from mcsc.chain.mix import listed_moves, move_mix
from mcsc.chain.run import kernel_tables
from mcsc.kernels.move_table import MOVES
from mcsc.structure import textbook, with_states

KAGOME, CUBIC = textbook("kagome-wells", 1.7), textbook("cubic")


def displaced(structure):
    wells = tuple(with_states(well, "vertices", 0.05) for well in structure.wells)
    return replace(structure, wells=wells)


@pytest.mark.parametrize(
    ("structure", "size", "made"),
    [
        (CUBIC, (4, 4, 4), (True, True, False, False, False)),
        (displaced(CUBIC), (4, 4, 4), (True, True, True, True, False)),
        (KAGOME, (3, 3, 1), (True, True, False, False, False)),
        (KAGOME, (3, 3, 2), (True, True, False, False, True)),
        (displaced(KAGOME), (3, 3, 1), (True, True, True, True, False)),
        (displaced(KAGOME), (3, 3, 2), (True, True, True, True, True)),
        # a layer of one cell has nowhere to go
        (displaced(KAGOME), (1, 1, 4), (True, True, True, True, False)),
    ],
)
def test_only_moves_that_can_do_anything_are_made(structure, size, made):
    task = Task(structure, size, 4, (0.1, 0.2))
    mix = move_mix(task, kernel_tables(task.build())[0])
    made = dict(zip(MOVES, made, strict=False), row_shift=True, pair_hop=True)
    made["layer_exchange"] = structure.n_wells > 1 and size[2] > 1
    assert [n > 0 for n in mix] == [made.get(move, False) for move in MOVES]
    assert set(mix[:3]) <= {0, 1, 4}


def test_far_hops_and_changes_of_state_are_less_frequent_than_near_hops_but_in_protocols():
    task = Task(displaced(CUBIC), (4, 4, 4), 32, (0.1, 0.2))
    tables = kernel_tables(task.build())[0]
    history = replace(task, protocol=FieldProtocol((0.0, 1.0)))
    assert move_mix(task, tables)[:3] == (32, 8, 4)
    assert move_mix(history, tables)[:3] == (32, 32, 32)
    centred = replace(task, structure=CUBIC)
    assert move_mix(centred, kernel_tables(centred.build())[0])[:3] == (32, 8, 0)


def test_rows_shift_and_pairs_hop_where_they_are_asked_to():
    task = Task(KAGOME, (3, 3, 2), 4, (0.1, 0.2))
    asked = replace(task, sampling=Sampling(moves=(("row_shift", 0.25), ("pair_hop", 0.5))))
    tables = kernel_tables(task.build())[0]
    assert move_mix(asked, tables) == move_mix(task, tables)._replace(row_shift=4, pair_hop=2)
    assert listed_moves(task) == MOVES[: 1 + MOVES.index("layer_exchange")]


def test_layers_are_exchanged_only_where_there_are_some_and_replicas_are_exchanged_at_all():
    task = Task(displaced(KAGOME), (1, 1, 4), 4, (0.1, 0.2))
    history = replace(task, protocol=FieldProtocol((0.0, 1.0)))
    for one, period in (
        (task, 4),
        (replace(task, sampling=Sampling(moves=(("layer_exchange", 0.5),))), 2),
        (replace(task, size=(3, 3, 1)), 0),
        (replace(task, structure=CUBIC, size=(3, 3, 3)), 0),
        (replace(task, temperatures=(0.1,)), 0),
        (history, 0),
    ):
        mix = dict(zip(MOVES, move_mix(one, kernel_tables(one.build())[0]), strict=True))
        assert mix["layer_exchange"] == period


def test_a_move_that_there_is_not_is_refused():
    task = Task(CUBIC, (2, 2, 2), 4, (0.1,), sampling=Sampling(moves=(("near_hops", 1.0),)))
    with pytest.raises(
        ValueError, match="sampling moves: 'near_hops' is none of near_hop, far_hop"
    ):
        move_mix(task, kernel_tables(task.build())[0])
