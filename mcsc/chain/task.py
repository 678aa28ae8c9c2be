"""What one chain computes, and the digest that names it."""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mcsc.chain.digest import content
from mcsc.chain.ensemble import Canonical, Ensemble, Expanded, GrandCanonical
from mcsc.kernels.block_tables import box_of
from mcsc.lattice import in_cells
from mcsc.model import Dopants, Interactions, Model, build_model
from mcsc.sampling import USUAL, FieldProtocol, Sampling, Transport
from mcsc.structure import Structure
from mcsc.text import Described, cells, span
from mcsc.units import Units

# where they give more independent samples a second (bench/scaling.py)
BLOCK_WELLS = 4096
# in units of k_B times the lowest temperature
MOST_PAIR_ENERGY = 1e5


@dataclass(frozen=True, repr=False)
class Task(Described):
    """One temperature ladder: everything that decides its numbers.

    Attributes
    ----------
    structure, size, interactions
        The Hamiltonian; ``size`` may be given as a matrix, see :class:`mcsc.lattice.Lattice`.
    field, field_direction
        Strength of the field, energy per charge and length, and (3,) the unit vector it is along:
        ∥ of all that is measured, also where the field is zero.
    n_carriers
        Carriers in the supercell; where ``chemical_potential`` is given, at the start; of a
        ``window`` the number at which its results are asked for.
    temperatures
        Ascending.
    sampling, seed
        The random numbers depend on ``seed`` and on the digest only.
    protocol
        The fields that are swept, with ``field`` zero; None for equilibrium. Of ``sampling`` such a
        task uses ``warmup`` alone, the sweeps of each cooling.
    transport
        Constant fields in which carriers are followed in continuous time, likewise.
    dopants
        Quenched ions; None without disorder.
    chemical_potential
        μ, energy; the number of carriers then fluctuates, see
        :class:`mcsc.chain.ensemble.GrandCanonical`.
        None to keep it.
    window
        Fewest and most carriers between which they come and go, all numbers sampled in one chain,
        see :class:`mcsc.chain.ensemble.Expanded`; None for one number. Tasks that differ in
        ``n_carriers`` alone are then the same chain, and have one digest.
    emphasis
        How often each number of the window is visited, in proportion; ``()`` for equally often.
    annealing
        Number of an independent annealing of the same ladder, with random numbers of its own.
    continues
        The task from whose last snapshot this one goes on, at the same temperatures and with
        random numbers of its own; ``sampling`` is then what comes in addition, usually without
        warm-up.
    start
        (W,) state of each well, −1 empty, from which the colder half of the temperatures goes on in
        place of that snapshot; ``()`` where they do not.

    Raises
    ------
    ValueError
        If the field is negative or its direction no unit vector; if ``start`` does not say what is
        in each well, or continues nothing; if a protocol or transport comes
        with a field of its own or a chemical potential; if a protocol has no well with a displaced
        state; if the wells do not hold the carriers; if a short-range energy is more than
        :data:`MOST_PAIR_ENERGY`.

    Examples
    --------
    >>> import mcsc
    >>> task = mcsc.Task(mcsc.textbook("cubic"), (4, 4, 4), 16, (0.1, 0.15, 0.2), seed=1)
    >>> task
    Task: 16 carriers in 64 wells of cubic, 4 × 4 × 4 cells
      temperatures: 3 from 0.1 to 0.2
      sampling: 20480 sweeps after 4096, seed 1
    """

    structure: Structure
    size: tuple[int, int, int]
    n_carriers: int
    temperatures: tuple[float, ...]
    interactions: Interactions = Interactions()
    field: float = 0.0
    field_direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    sampling: Sampling = USUAL
    seed: int = 0
    protocol: FieldProtocol | None = None
    transport: Transport | None = None
    dopants: Dopants | None = None
    chemical_potential: float | None = None
    window: tuple[int, int] | None = None
    emphasis: tuple[int, ...] = ()
    annealing: int = 0
    continues: "Task | None" = None
    start: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        structure, size = in_cells(self.structure, self.size)
        object.__setattr__(self, "structure", structure)
        object.__setattr__(self, "size", size)
        if not 0 <= self.n_carriers <= self.n_wells:
            raise ValueError(f"n_carriers = {self.n_carriers}: there are {self.n_wells} wells")
        if not self.short_ranged:
            most = MOST_PAIR_ENERGY * self.units.boltzmann * min(self.temperatures, default=np.inf)
            meaning = f"{MOST_PAIR_ENERGY:g} times the lowest temperature"
            self.interactions.require_below(most, meaning)
        if not 0 <= self.field < math.inf or abs(math.hypot(*self.field_direction) - 1) > 1e-9:
            raise ValueError(
                f"field = {self.field:g} along {list(self.field_direction)}: give a strength of 0 "
                "or more and a direction of length 1"
            )
        self._require_window()
        if self.start and (self.continues is None or len(self.start) != self.n_wells):
            raise ValueError(
                f"start of {len(self.start)} wells: give all {self.n_wells}, and what it continues"
            )
        if self.sampling.blocks and (reason := self._no_blocks()):
            raise ValueError(f"sampling blocks = true {reason}: leave it out")
        if self.history is None:
            return
        name = "transport" if self.protocol is None else "a field protocol"
        if self.protocol is not None and self.transport is not None:
            raise ValueError("a field protocol beside transport: make them two tasks")
        if self.continues is not None:
            raise ValueError(f"{name} is one history: it cannot continue another task")
        if self.ensemble.moves:
            raise ValueError(f"{name} keeps its carriers: leave out chemical_potential")
        if self.field:
            raise ValueError(f"field = {self.field:g} beside {name}: leave it zero")
        if self.protocol is not None and not any(
            well.displacements.any() for well in self.structure.wells
        ):
            raise ValueError(
                "a field protocol needs wells with displaced states: a field acts on no other"
            )

    def _require_window(self) -> None:
        fewest, most = self.window or (0, -1)
        if self.emphasis and (len(self.emphasis) != most - fewest + 1 or min(self.emphasis) < 1):
            raise ValueError(
                f"emphasis = {list(self.emphasis)}: give a number from 1 for each number of "
                "carriers of the window"
            )
        if self.window is None:
            return
        if not 0 <= fewest < most <= self.n_wells or not fewest <= self.n_carriers <= most:
            raise ValueError(
                f"window = {fewest} to {most} carriers, n_carriers = {self.n_carriers}: give two "
                f"numbers between 0 and the {self.n_wells} wells, and one of those between them"
            )
        for name in ("chemical_potential", "protocol", "transport", "continues"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} beside a window of carriers: leave out one of the two")

    def _described(self) -> tuple[str, dict[str, str]]:
        place = f"{self.n_wells} wells of {self.structure.name}, {cells(self.size)}"
        ladder = span(self.temperatures, self.units.temperature) if self.temperatures else "none"
        run = f"{self.sampling.sweeps} sweeps after {self.sampling.warmup}, seed {self.seed}"
        return f"Task: {self.ensemble.words} in {place}", {"temperatures": ladder, "sampling": run}

    @property
    def units(self) -> Units:
        """Unit system of every number here: that of the structure."""
        return self.structure.units

    @property
    def n_wells(self) -> int:
        """Wells of the supercell."""
        return self.structure.n_wells * math.prod(self.size)

    @property
    def n_cells(self) -> int:
        """Cells of the crystal in the supercell: doping counts carriers of each."""
        return self.structure.crystal_cells * math.prod(self.size)

    @property
    def ensemble(self) -> Ensemble:
        """Which numbers of carriers are sampled."""
        if self.window is not None:
            return Expanded(*self.window)
        if self.chemical_potential is None:
            return Canonical(self.n_carriers, self.n_carriers)
        return GrandCanonical(0, self.n_wells, self.chemical_potential)

    @property
    def history(self) -> FieldProtocol | Transport | None:
        """What the carriers go through in place of equilibrium."""
        return self.protocol or self.transport

    @property
    def n_replicas(self) -> int:
        """Chains that run side by side: one a temperature, in a history one for each repeat."""
        return len(self.temperatures) * (self.history.repeats if self.history else 1)

    @property
    def proposals(self) -> float:
        """About how many hops are proposed, to tell long tasks from short ones."""
        # at fixed chemical potential half of the wells hop twice, and all are filled or emptied
        one_sweep = 2.0 * self.ensemble.most * len(self.temperatures)
        sampling, protocol = self.sampling, self.protocol
        if self.transport is not None:
            # an event costs about as much as a proposal for every carrier
            made = 1.5 * self.transport.events * len(self.transport.fields) * self.ensemble.most
            return one_sweep * self.transport.repeats * (sampling.warmup + made)
        if protocol is None:
            return one_sweep * (sampling.sweeps + sampling.warmup)
        coolings, points = 1 + len(protocol.fields), 4 * len(protocol.fields)
        return (
            one_sweep * protocol.repeats * (coolings * sampling.warmup + points * protocol.sweeps)
        )

    @property
    def short_ranged(self) -> bool:
        """Whether heat baths of single wells sample it: no Coulomb, and no carrier has to move.

        That is so at fixed chemical potential and where all wells are full. Histories, and
        tasks that ask for moves by name, make those moves. Where a well has too many neighbours,
        such a task is sampled by a carried potential after all.
        """
        whole = self.ensemble.wells_alone or self.ensemble.fewest == self.n_wells
        usual = self.history is None and not self.sampling.moves
        return whole and usual and not self.interactions.coulomb

    @property
    def by_blocks(self) -> bool:
        """Whether block visits sample it: where ``sampling`` asks for them, or says nothing.

        In that case from :data:`BLOCK_WELLS` wells on, if carriers repel at long range, all moves
        are the usual ones, and two boxes fit; never windows, field protocols and transport.
        """
        asked = self.sampling.blocks
        if asked is False or self._no_blocks():
            return False
        usual = self.interactions.coulomb and not self.sampling.moves
        return bool(asked) or (usual and self.n_wells >= BLOCK_WELLS)

    def _no_blocks(self) -> str:
        """Why block visits cannot sample it; empty where they can."""
        if self.history is not None or self.window is not None:
            return "of a field protocol, transport or a window of carriers"
        if self.sampling.moves:
            return "beside moves, whose rates it does not know"
        n_states = sum(len(well.displacements) for well in self.structure.wells)
        return (
            "" if box_of(self.size, n_states) else f"in {cells(self.size)}, too few for two boxes"
        )

    def digest(self) -> str:
        """Hexadecimal name of the task: equal for equal physics, sampling and seed."""
        text = json.dumps(content(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def digest_words(self) -> list[int]:
        """The digest as 32-bit words, to address random streams."""
        digest = self.digest()
        return [int(digest[i : i + 8], 16) for i in range(0, len(digest), 8)]

    def build(self) -> Model:
        """The Hamiltonian of the task."""
        return build_model(
            self.structure,
            self.size,
            self.interactions,
            field=self.field * np.array(self.field_direction),
            dopants=self.dopants,
        )


def distinct(tasks: Iterable[Task]) -> list[Task]:
    """Of tasks that are one chain the first: what is asked for twice is run once."""
    found: dict[str, Task] = {}
    for task in tasks:
        found.setdefault(task.digest(), task)
    return list(found.values())
