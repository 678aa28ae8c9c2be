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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcsc.kernels.tables import Tables


class Kind(Enum):
    """What a move changes, by the words in which its rate is counted."""

    CARRIER = "proposals a sweep and carrier"
    WELL = "proposals a sweep and well"
    WINDOW = "proposals a sweep and well, of which only those that happen are made"
    COLLECTIVE = "attempts a sweep"
    RUNGS = "attempts an exchange of neighbouring temperatures"
    WAITING = "hops between two exchanges of temperatures, about"

    @property
    def is_proposed(self) -> bool:
        """Whether it is made so many times a sweep; else once in several, and when is drawn."""
        return self in (Kind.CARRIER, Kind.WELL, Kind.WINDOW)


@dataclass(frozen=True)
class Setting:
    """What the moves of a task depend on.

    tables: Of its supercell.
    carriers: Their number; where it changes the middle of its range.
    rungs: Temperatures between which replicas are exchanged.
    stacked: Whether cells of one third index are a layer of the crystal.
    of_ensemble: Names of the moves that its ensemble has besides those of carriers that stay.
    """

    tables: "Tables"
    carriers: int
    rungs: int
    stacked: bool
    of_ensemble: tuple[str, ...]

    @property
    def cells(self) -> list[int]:
        """Cells along each vector."""
        return [int(n) for n in self.tables.shape[4:7]]

    @property
    def layers(self) -> int:
        """Layers of cells, 1 where they are none of the crystal."""
        return self.cells[2] if self.stacked else 1


@dataclass(frozen=True)
class Move:
    """One move.

    name: Its key in a run file, and its name on the dimension ``move``.
    kind: What it changes.
    meaning: What happens, for the page of the run file.
    usual: Rate, counted as ``kind`` says; None for as many attempts as take a fixed share of the
        time.
    cooling: Rate while a field protocol cools, where it is another.
    cost: Nanoseconds of one proposal or attempt, measured, by which that share is found.
    possible: Whether it can do anything.
    by_itself: Whether a carrier makes it by itself: only such moves are made in the branches of a
        field protocol.
    needed: Why its rate must not be 0, and what to do; empty where it may.
    """

    name: str
    kind: Kind
    meaning: str
    usual: float | None = 0.0
    cooling: float | None = None
    cost: Callable[[Setting], float] = lambda setting: 0.0
    possible: Callable[[Setting], bool] = lambda setting: True
    by_itself: bool = False
    needed: str = ""


def _turning(setting: Setting) -> float:
    # N²/2 pair energies
    return setting.carriers * setting.carriers * 1.0


def _shifting(setting: Setting) -> float:
    # the potential of a layer, its carriers' energies at every place, the wells moved
    nx, ny, nz = setting.cells
    n_states, n_wells = len(setting.tables.site), len(setting.tables.first)
    return setting.carriers / nz * (0.3 * n_states + 2.0 * nx * ny) + 30.0 * n_wells


# Most changes of state are accepted, and each pays for an update of the whole potential long before
# the next measurement; most far hops are made in vain: fewer of both give more samples
# (bench/efficiency.py). A history depends on its moves: there every carrier changes its state about
# once a sweep. Half-filled triangular wells freeze without rows that shift, a third of square ones
# without pairs that hop, layered crystals without layers that are exchanged (bench/reach.py): all
# three are rare enough to cost a tenth of the time. Files know moves by their places in this table:
# a new one goes to the end.
TABLE = (
    Move(
        "near_hop", Kind.CARRIER, "a carrier hops to a near well", 1.0, by_itself=True,
        # of a cold carrier, most of whose hops are rejected
        cost=lambda setting: 15.0,
    ),
    Move(
        "far_hop", Kind.CARRIER, "a carrier hops to any empty well", 0.25, cooling=1.0,
        cost=lambda setting: 15.0,
        needed="near hops do not lead from layer to layer: give a small number, e.g. 0.1",
    ),
    Move(
        "change_of_state", Kind.CARRIER, "a carrier takes another state of its well", 0.125,
        cooling=1.0, by_itself=True,
        cost=lambda setting: 15.0 + len(setting.tables.site) / 8.0,
        possible=lambda setting: int(setting.tables.states.max()) > 1,
    ),
    Move(
        "rigid_turn", Kind.COLLECTIVE, "all displacements turn together", None, cost=_turning,
        possible=lambda setting: setting.tables.turns.shape[1] > 0,
    ),
    Move(
        "layer_shift", Kind.COLLECTIVE, "a layer of cells shifts against the others", None,
        cost=_shifting,
        # a layer of one cell has nowhere to go
        possible=lambda setting: setting.layers > 1 and setting.cells[:2] != [1, 1],
    ),
    Move(
        "insert_remove", Kind.WELL, "at fixed chemical potential a well is filled or emptied", 1.0,
        possible=lambda setting: "insert_remove" in setting.of_ensemble,
        needed="no other move changes the doping: raise it",
    ),
    Move("row_shift", Kind.COLLECTIVE, "a row of cells shifts along itself", 0.125),
    Move("pair_hop", Kind.CARRIER, "two near carriers hop at once", 0.0625),
    Move(
        # a few per cent of the time of the sweeps between two exchanges
        "layer_exchange", Kind.RUNGS, "two replicas exchange a layer of cells", 0.25,
        possible=lambda setting: setting.layers > 1 and setting.rungs > 1,
    ),
    Move(
        "come_and_go", Kind.WINDOW, "in an expanded ensemble a well is filled or emptied", 0.25,
        possible=lambda setting: "come_and_go" in setting.of_ensemble,
        needed="no other move changes the doping: raise it",
    ),
    Move(
        "waiting_hop", Kind.WAITING, "cold carriers hop to near wells without rejections",
        possible=lambda setting: setting.rungs > 1 and "come_and_go" not in setting.of_ensemble,
    ),
)  # fmt: skip

MOVES = tuple(move.name for move in TABLE)
# places in the table of the moves that are made so many times a sweep
PROPOSED = tuple(i for i, move in enumerate(TABLE) if move.kind.is_proposed)

_named: Any = namedtuple
Mix = _named("Mix", MOVES, defaults=[0] * len(MOVES))
"""Of each move, proposals a sweep, or the mean number of sweeps (of exchanges) between two; 0 for
never."""
Columns = _named("Columns", (*MOVES, "exchange"))
"""Columns of State.tally by move, replica exchange after them."""

ATTEMPTS = Columns(*range(0, 2 * len(MOVES) + 2, 2))
ACCEPTED = Columns(*range(1, 2 * len(MOVES) + 2, 2))
LAST_END, ROUND_TRIPS, FROM_HOT, FROM_COLD, WAITED = (2 * len(MOVES) + 2 + k for k in range(5))
"""Columns by replica, the end of the ladder where it was last (1 hot, 2 cold, 0 neither) and its
round trips; by rung, visits of replicas that were last at the hot and at the cold end, and for how
many sweeps carriers wait between two exchanges, see :mod:`mcsc.kernels.waiting_hops`."""
TALLY_COLUMNS = 2 * len(MOVES) + 7
