"""The sections of a run file that span the grid of the diagram, field protocols and transport."""

from typing import Annotated, Any, Literal, cast

from pydantic import Field, ValidationInfo, field_validator, model_validator

from mcsc.config.ranges import ChemicalPotentialSection, DopingRangeSection, TemperatureSection
from mcsc.config.section import (
    Cells,
    Count,
    EachOnce,
    Matrix,
    PositiveFloat,
    Section,
    Sweeps,
    Vector,
    flattened,
    listed,
    made_more,
    rounded_up,
)
from mcsc.sampling import FieldProtocol, Transport

# of a protocol, its fields together
_MOST_MEASURED = 10**7
Numbers = tuple[float, ...]
# labels of an axis
Seed = Annotated[int, Field(ge=0, le=10**9)]
# shape of one, what to give, and what else a list so deep may be meant for
_SUPERCELLS = {
    "size": ((3,), "three numbers of cells, e.g. [6, 6, 2], or a list of such threes",
             "; matrices are given as 'supercell'", 3),
    "supercell": ((3, 3), "a matrix of three rows of three whole numbers, e.g. "
                  "[[1, -1, 0], [1, 2, 0], [0, 0, 2]], or a list of such",
                  "; numbers of cells are given as 'size'", 1),
}  # fmt: skip
VARIED_SECTIONS = ("structure", "wells", "interaction")


def _depth(value: Any) -> int:
    """How deep lists are nested, by their first items."""
    return 1 + max(map(_depth, value[:1]), default=0) if isinstance(value, tuple) else 0


def _shaped(value: Any, *shape: int) -> bool:
    """Whether a value is nested lists of these lengths."""
    if not shape:
        return not isinstance(value, tuple)
    fits = isinstance(value, tuple) and len(value) == shape[0]
    return fits and all(_shaped(item, *shape[1:]) for item in value)


class ScanSection(Section):
    """The grid of the diagram."""

    ensemble: Literal["canonical", "expanded"] = "canonical"
    """expanded: carriers come and go within windows, and every number of them between the ends
    'start' and 'stop' of 'doping' is sampled, with its free energy"""
    doping: Annotated[Numbers | DopingRangeSection | None, EachOnce] = None
    """carriers per cell, or what [doping] says that x counts"""
    window: Annotated[int, Field(ge=2, le=1000)] = 13
    """numbers of carriers that one ladder with ensemble = "expanded" goes through"""
    chemical_potential: Annotated[Numbers | ChemicalPotentialSection | None, EachOnce] = None
    """in place of 'doping': energies at which carriers come and go, the doping is measured;
    relative to carriers that come with their compensating charge"""
    start_doping: Annotated[Numbers | None, EachOnce] = None
    """dopings that every ladder at fixed chemical potential begins from: as a ladder at that doping
    ends, in place of an annealing; where two phases coexist each start stays in its own"""
    temperature: TemperatureSection
    """the ladder, the same at every point"""
    size: Annotated[tuple[Cells, ...], EachOnce] | None = None
    """supercells, in cells along each vector, e.g. [[6, 6, 2]]; needed"""
    supercell: Annotated[tuple[Matrix, ...], EachOnce] | None = None
    """in place of 'size': supercells as matrices, whose rows are their vectors in units of the
    cell vectors, e.g. [[[1, -1, 0], [1, 2, 0], [0, 0, 2]]]"""
    field: Annotated[tuple[Annotated[float, Field(ge=0)], ...], EachOnce] = (0.0,)
    """electric fields, energy per charge and length"""
    field_direction: Vector | Annotated[tuple[Vector, ...], EachOnce] = (1.0, 0.0, 0.0)
    """cartesian direction of the fields, or several"""
    vary: dict[str, Annotated[Numbers, EachOnce]] = Field(default_factory=dict)
    """values of any number in structure, wells or interaction, by dotted key"""
    seed: Annotated[tuple[Seed, ...], EachOnce] | None = None
    """in place of sampling.seed: several, with every ladder run once for each; what differs
    between them is the error of independent runs"""
    refine_doping: Annotated[int, Field(ge=0, le=1000)] = 0
    """dopings to add at most, where the transition temperature bends over doping"""
    wavevector: tuple[Vector, ...] = ()
    """orders that every size must have room for, reciprocal lattice units"""

    @field_validator("size", "supercell", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any, info: ValidationInfo) -> Any:
        """A single supercell may be written without the outer brackets."""
        shape, wanted, other, depth = _SUPERCELLS[str(info.field_name)]
        many = (value,) if value and _depth(value) == len(shape) else value
        if not isinstance(many, tuple) or not all(_shaped(one, *shape) for one in many):
            raise ValueError(f"give {wanted}{other if _depth(value) == depth else ''}")
        if shape == (3,) and len(many) == 3 and any(0 in size for size in many):
            raise ValueError("give numbers of cells above 0; a matrix is given as 'supercell'")
        return many

    @field_validator("vary", mode="before")
    @classmethod
    def _dotted(cls, value: Any) -> Any:
        """Dotted keys of TOML come as nested tables: make them flat again."""
        return flattened(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _distinct(self) -> "ScanSection":
        if self.size is not None and self.supercell is not None:
            raise ValueError("give either 'size' or 'supercell', not both")
        if not self.matrices:
            raise ValueError("'size' is missing: give at least one supercell, e.g. [[6, 6, 2]]")
        if (self.doping is None) == (self.chemical_potential is None):
            raise ValueError("give either 'doping' or 'chemical_potential'")
        if not all(any(direction) for direction in self.directions):
            raise ValueError("'field_direction' is zero: give a direction, e.g. [1.0, 0.0, 0.0]")
        self._require_ends()
        if self.start_doping is not None and self.chemical_potential is None:
            raise ValueError("'start_doping' needs 'chemical_potential': at fixed doping remove it")
        if self.start_doping is not None and self.temperature.placement != "given":
            raise ValueError(
                f"'start_doping' beside temperature.placement = \"{self.temperature.placement}\": "
                "give the temperatures"
            )
        if self.refine_doping and self.doping is None:
            raise ValueError("'refine_doping' needs 'doping': here the doping is measured")
        foreign = [key for key in self.vary if key.split(".")[0] not in VARIED_SECTIONS]
        if foreign:
            raise ValueError(
                f"'vary.{foreign[0]}': only numbers of {', '.join(VARIED_SECTIONS)} can be varied"
            )
        return self

    def _require_ends(self) -> None:
        """An expanded ensemble has a range without a number of dopings, nothing else has."""
        expanded = self.ensemble == "expanded"
        if expanded and self.chemical_potential is not None:
            raise ValueError(
                "ensemble = \"expanded\" finds the chemical potential: give 'doping' = { start, "
                "stop } in place of 'chemical_potential'"
            )
        if expanded and self.ends is None:
            raise ValueError(
                "ensemble = \"expanded\" takes every number of carriers: give 'doping' as "
                "{ start = 0.5, stop = 2.5 }, without 'num'"
            )
        if self.ends is not None and not expanded:
            raise ValueError(
                "'doping' has no 'num': give it, or ensemble = \"expanded\" for every number of "
                "carriers"
            )
        if expanded and self.refine_doping:
            raise ValueError(
                "'refine_doping' beside ensemble = \"expanded\", which has every doping: remove it"
            )
        placement = self.temperature.placement
        if expanded and placement != "given":
            raise ValueError(
                f'temperature.placement = "{placement}" beside ensemble = "expanded": give the '
                "temperatures"
            )

    @property
    def ends(self) -> tuple[float, float] | None:
        """Ends of the dopings of an expanded ensemble, ascending; None of given dopings."""
        return self.doping.ends if isinstance(self.doping, DopingRangeSection) else None

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """Supercells as matrices, whose rows are their vectors in units of the cell vectors."""
        if self.supercell is not None:
            return self.supercell
        return tuple(((x, 0, 0), (0, y, 0), (0, 0, z)) for x, y, z in self.size or ())

    @property
    def directions(self) -> tuple[Vector, ...]:
        """Directions of the fields."""
        # a single direction may be written without the outer brackets
        single = self.field_direction and not isinstance(self.field_direction[0], tuple)
        many = (self.field_direction,) if single else self.field_direction
        return cast(tuple[Vector, ...], many)

    @property
    def dopings(self) -> tuple[float, ...]:
        """Dopings that are given, ascending."""
        return tuple(sorted(listed(self.doping)))

    @property
    def chemical_potentials(self) -> tuple[tuple[float, ...], str]:
        """Chemical potentials, ascending, and their unit, ``absolute`` or ``coulomb``."""
        section = self.chemical_potential
        unit = section.unit if isinstance(section, ChemicalPotentialSection) else "absolute"
        return tuple(sorted(listed(section))), unit


class ProtocolSection(Section):
    """What frozen carriers do as the field is raised, lowered, there while cooling, or removed."""

    field: tuple[Annotated[float, Field(ge=0)], ...]
    """fields of the sweep, from 0 up, energy per charge and length"""
    sweeps: Annotated[Sweeps, Field(ge=2)] = FieldProtocol.sweeps
    """sweeps at each field; rounded up to a multiple of twice 'measurements'"""
    measurements: Annotated[Sweeps, Field(ge=1)] = FieldProtocol.measurements
    """measurements in the second half of the sweeps at each field"""
    repeats: Annotated[Count, Field(ge=2)] = FieldProtocol.repeats
    """independent repeats a temperature, for the errors"""
    doping: Annotated[Numbers, EachOnce] | None = None
    """dopings of the protocols; all of the scan when absent"""

    @model_validator(mode="after")
    def _from_zero(self) -> "ProtocolSection":
        if len(self.field) < 2 or self.field[0] != 0 or list(self.field) != sorted(set(self.field)):
            raise ValueError("'field' must rise from 0 in at least one step, e.g. [0.0, 0.1, 0.2]")
        if len(self.field) * self.measurements > _MOST_MEASURED:
            raise ValueError(
                f"'measurements' = {self.measurements} at {len(self.field)} fields are too many: "
                f"give at most {_MOST_MEASURED // len(self.field)}"
            )
        return self

    @property
    def made_sweeps(self) -> int:
        """``sweeps``, made more where measurements would not be evenly spaced."""
        return rounded_up(self.sweeps, 2 * self.measurements)

    def made(self) -> FieldProtocol:
        """The history of fields."""
        return FieldProtocol(self.field, self.made_sweeps, self.measurements, self.repeats)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not done to the letter, for the user."""
        unit = "twice 'measurements'"
        return made_more(("protocol.sweeps", self.sweeps, self.made_sweeps, unit))


class TransportSection(Section):
    """Currents of carriers that hop in constant fields, by kinetic Monte Carlo."""

    field: tuple[Annotated[float, Field(ge=0)], ...] = (0.0,)
    """fields along scan.field_direction, from 0 up, energy per charge and length; each starts
    where the one before ended"""
    rates: Literal["metropolis", "arrhenius"] = "metropolis"
    """rate of a hop: ν₀ min(1, exp(−Δ/k_B T)), or ν₀ exp(−(barrier + Δ/2)/k_B T); Δ is the change
    of energy less the work of the field"""
    barrier: Annotated[float, Field(ge=0)] | None = None
    """energy that a hop with rates = "arrhenius" has to overcome between wells of equal energy"""
    rate: PositiveFloat | None = None
    """attempt rate ν₀ of a hop to each state of a near well, 1/s; 1e12 when absent; 1 in reduced
    units, times being in units of 1/ν₀"""
    state_rate: PositiveFloat | None = None
    """the same of a change of state within a well; as 'rate' when absent"""
    events: Annotated[int, Field(ge=1, le=10**9)] = Transport.events
    """hops and changes of state that are measured at each field, for each carrier, about; half as
    many pass before"""
    time: PositiveFloat | None = None
    """in place of 'events': time measured at each field, in the inverse unit of 'rate'"""
    measurements: Annotated[int, Field(ge=64, le=2**16)] = Transport.measurements
    """intervals that the time at zero field is measured in, for the fluctuations; rounded up to a
    power of two; more of them resolve higher frequencies"""
    repeats: Annotated[Count, Field(ge=2)] = Transport.repeats
    """independent repeats a temperature"""
    frequency: Annotated[tuple[PositiveFloat, ...], EachOnce] | None = None
    """angular frequencies of the ac susceptibility, in the unit of 'rate'"""
    doping: Annotated[Numbers, EachOnce] | None = None
    """dopings of transport; all of the scan when absent"""

    @model_validator(mode="after")
    def _consistent(self) -> "TransportSection":
        if self.field[:1] != (0,) or list(self.field) != sorted(set(self.field)):
            raise ValueError("'field' must rise from 0, e.g. [0.0, 0.01, 0.02]")
        if (self.rates == "arrhenius") != (self.barrier is not None):
            raise ValueError("'barrier' belongs to rates = \"arrhenius\": give both or neither")
        if self.time is not None and "events" in self.model_fields_set:
            raise ValueError("give either 'events' or 'time'")
        return self

    @property
    def made_measurements(self) -> int:
        """``measurements``, made a power of two."""
        return 1 << (self.measurements - 1).bit_length()

    def made(self, rate: float) -> Transport:
        """What is asked for; ``rate`` is ν₀ where none is given."""
        nu = self.rate or rate
        return Transport(
            self.field, nu, self.state_rate or nu, self.barrier, self.events, self.time,
            self.made_measurements, self.repeats, tuple(sorted(self.frequency or ())),
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not done to the letter, for the user."""
        if self.made_measurements == self.measurements:
            return ()
        made = f"{self.made_measurements} are made, a power of two"
        return (f"transport.measurements = {self.measurements}: {made}",)
