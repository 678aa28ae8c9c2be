"""The record of what a diagram says, from which words, ``--json`` and its page are made."""

import json
from dataclasses import asdict, dataclass

from mcsc.report.conduction import Conduction
from mcsc.text import where


@dataclass(frozen=True)
class Transition:
    """A transition temperature at one place, or why there is none.

    line: ``"T_charge"`` or ``"T_collective"``.
    at: The place, by axis.
    temperature, stderr, stderr_size: With its statistical error and that of finite size; None where
        there is none.
    upper_bound: What the transition lies below where none is found, None where nothing is known.
    wavevector: Of the order, reciprocal lattice units.
    order, method: In words.
    equilibrated: Whether the run is long enough around the transition; None without one.
    onset, reason: Where order sets in without a transition, and why there is no temperature.
    free: That of carriers that do not repel each other, by the same method; None where there is
        none.
    """

    line: str
    at: dict[str, float | str]
    temperature: float | None
    stderr: float | None
    stderr_size: float | None
    upper_bound: float | None
    wavevector: tuple[float, ...] | None
    order: str
    method: str
    equilibrated: bool | None
    onset: float | None
    reason: str
    free: float | None = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return where(self.at)


@dataclass(frozen=True)
class FoundDome:
    """A dome of a transition temperature; ``open_sides`` were not measured up to its height."""

    line: str
    at: dict[str, float | str]
    temperature: float | None
    stderr: float | None
    stderr_size: float | None
    wavevector: tuple[float, ...] | None
    valley: float | None
    significance: float | None
    open_sides: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """Dopings between which the crystal separates, and the temperatures at which it does."""

    at: dict[str, float | str]
    doping: tuple[float, float]
    coldest: float
    hottest: float


@dataclass(frozen=True)
class Findings:
    """All that a diagram says.

    title, run_file, unit: Of the diagram; the unit of temperatures, empty where they are reduced.
    axes: What was scanned: its values, or where they are many how many from where to where.
    points, measured, equilibrated: Points of the grid, those that were run, and of these those that
        equilibrated.
    transitions, domes, coexistence: What was found.
    undecided: Lines in words.
    sweeps: A ladder was run for at most, None where the diagram does not say.
    conduction: Of hopping carriers: resistivity and depinning field, where currents were measured.
    """

    title: str
    run_file: str
    unit: str
    axes: dict[str, str]
    points: int
    measured: int
    equilibrated: int
    transitions: tuple[Transition, ...]
    domes: tuple[FoundDome, ...]
    coexistence: tuple[Gap, ...]
    undecided: tuple[str, ...]
    sweeps: int | None
    conduction: tuple[Conduction, ...] = ()

    @property
    def share(self) -> float:
        """Share of the measured points that equilibrated."""
        return self.equilibrated / max(self.measured, 1)

    def to_json(self) -> str:
        """The record as JSON; what is not known is ``null``."""
        return json.dumps(asdict(self) | {"share_equilibrated": self.share}, indent=1)
