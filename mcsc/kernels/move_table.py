"""The moves of a chain, each declared once: :data:`TABLE`.

A row says what a move is, how often it is made and where it can do anything. From the rows come the
mix of a task (:mod:`mcsc.chain.mix`), the columns of the tally, ``acceptance`` and ``proposals`` of
a result, the section ``[sampling.moves]`` of a run file and its page. What a move does is called in
:mod:`mcsc.kernels.ladder`.
"""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a move changes, by the words in which its rate is counted."""

    CARRIER = "proposals a sweep and carrier"
    WELL = "proposals a sweep and well"
    COLLECTIVE = "attempts a sweep"
    RUNGS = "attempts an exchange of neighbouring temperatures"

    @property
    def is_proposed(self) -> bool:
        """Whether it is made so many times a sweep; else once in several, and when is drawn."""
        return self in (Kind.CARRIER, Kind.WELL)


@dataclass(frozen=True)
class Setting:
    """What the moves of a task depend on.

    Attributes
    ----------
    carriers
        Their number; where it changes the middle of its range.
    wells, states
        Wells and states of the supercell.
    cells
        Cells along each vector.
    rungs
        Temperatures between which replicas are exchanged.
    of_ensemble
        Names of the moves that its ensemble has besides those of carriers that stay.
    displaced
        Whether any well has more states than one.
    turns
        Whether a rigid turn of all displacements leaves the wells as they are.
    stacked
        Whether cells of one third index are a layer of the crystal.
    """

    carriers: int
    wells: int
    states: int
    cells: tuple[int, int, int]
    rungs: int
    of_ensemble: tuple[str, ...]
    displaced: bool
    turns: bool
    stacked: bool


@dataclass(frozen=True)
class Move:
    """One move.

    Attributes
    ----------
    name
        Its key in a run file, and its name on the dimension ``move``.
    kind
        What it changes.
    meaning
        What happens, for the page of the run file.
    usual, protocol
        Rate, counted as ``kind`` says, in equilibrium and while a field protocol cools; None: as
        many attempts as take a fixed share of the time.
    cost
        Nanoseconds of one proposal or attempt, measured, by which that share is found.
    possible
        Whether it can do anything.
    by_itself
        Whether a carrier makes it by itself: only such moves are made in the branches of a field
        protocol.
    needed
        Why its rate must not be 0, and what to do; empty where it may.
    """

    name: str
    kind: Kind
    meaning: str
    usual: float | None
    protocol: float | None
    cost: Callable[[Setting], float] = lambda setting: 0.0
    possible: Callable[[Setting], bool] = lambda setting: True
    by_itself: bool = False
    needed: str = ""

    @property
    def is_extra(self) -> bool:
        """Whether ladders of carriers that stay make it only where they are asked to."""
        return self.usual == 0.0 or self.kind is Kind.WELL


# Most changes of state are accepted, and each pays for an update of the whole potential long before
# the next measurement; most far hops are made in vain: fewer of both give more samples
# (bench/efficiency.py). A history depends on its moves: there every carrier changes its state about
# once a sweep. Files know moves by their places in this table: a new one goes to the end.
TABLE = (
    Move(
        name="near_hop",
        kind=Kind.CARRIER,
        meaning="a carrier hops to a near well",
        usual=1.0,
        protocol=1.0,
        # of a cold carrier, most of whose hops are rejected
        cost=lambda setting: 15.0,
        by_itself=True,
    ),
    Move(
        name="far_hop",
        kind=Kind.CARRIER,
        meaning="a carrier hops to any empty well",
        usual=0.25,
        protocol=1.0,
        cost=lambda setting: 15.0,
        needed="near hops do not lead from layer to layer: give a small number, e.g. 0.1",
    ),
    Move(
        name="change_of_state",
        kind=Kind.CARRIER,
        meaning="a carrier takes another state of its well",
        usual=0.125,
        protocol=1.0,
        cost=lambda setting: 15.0 + setting.states / 8.0,
        possible=lambda setting: setting.displaced,
        by_itself=True,
    ),
    Move(
        name="rigid_turn",
        kind=Kind.COLLECTIVE,
        meaning="all displacements turn together",
        usual=None,
        protocol=None,
        # N²/2 pair energies
        cost=lambda setting: setting.carriers * setting.carriers * 1.0,
        possible=lambda setting: setting.turns,
    ),
    Move(
        name="layer_shift",
        kind=Kind.COLLECTIVE,
        meaning="a layer of cells shifts against the others",
        usual=None,
        protocol=None,
        # the potential of a layer, its carriers' energies at every place, the wells moved
        cost=lambda setting: (
            setting.carriers
            / setting.cells[2]
            * (0.3 * setting.states + 2.0 * setting.cells[0] * setting.cells[1])
            + 30.0 * setting.wells
        ),
        possible=lambda setting: (
            setting.stacked
            and setting.cells[2] > 1
            # a layer of one cell has nowhere to go
            and setting.cells[0] * setting.cells[1] > 1
        ),
    ),
    Move(
        name="insert_remove",
        kind=Kind.WELL,
        meaning="at fixed chemical potential a well is filled or emptied",
        usual=1.0,
        protocol=1.0,
        possible=lambda setting: "insert_remove" in setting.of_ensemble,
        needed="no other move changes the doping: raise it",
    ),
    Move(
        name="row_shift",
        kind=Kind.COLLECTIVE,
        meaning="a row of cells shifts along itself",
        usual=0.0,
        protocol=0.0,
    ),
    Move(
        name="pair_hop",
        kind=Kind.CARRIER,
        meaning="two near carriers hop at once",
        usual=0.0,
        protocol=0.0,
    ),
    Move(
        name="layer_exchange",
        kind=Kind.RUNGS,
        meaning="two replicas exchange a layer of cells",
        usual=0.0,
        protocol=0.0,
        possible=lambda setting: setting.stacked and setting.cells[2] > 1 and setting.rungs > 1,
    ),
)

MOVES = tuple(move.name for move in TABLE)

_named: Any = namedtuple
Mix = _named("Mix", MOVES, defaults=[0] * len(MOVES))
"""Of each move, proposals a sweep, or the mean number of sweeps (of exchanges) between two; 0 for
never."""

# places in the table of the moves that are made so many times a sweep
PROPOSED = tuple(i for i, move in enumerate(TABLE) if move.kind.is_proposed)

# columns of State.tally by move, and after them
ATTEMPTS = Mix(*range(0, 2 * len(MOVES), 2))
ACCEPTED = Mix(*range(1, 2 * len(MOVES), 2))
EXCHANGE_ATTEMPTS, EXCHANGE_ACCEPTED, LAST_END, ROUND_TRIPS = range(
    2 * len(MOVES), 2 * len(MOVES) + 4
)
TALLY_COLUMNS = 2 * len(MOVES) + 4
