"""The sections of a run file that span the grid of the diagram, and the field protocols."""

from typing import Annotated, Any, Literal, cast

import numpy as np
from pydantic import Field, field_validator, model_validator

from mcsc.config.section import (
    Cells,
    Count,
    Matrix,
    PositiveFloat,
    Section,
    Sweeps,
    Vector,
    flattened,
    made_more,
    rounded_up,
)
from mcsc.sampling import FieldProtocol

# rungs of a pilot ladder, and the rate that temperatures are placed for, unless given
PILOTS, EXCHANGE_RATE = 16, 0.35
# of a protocol, its fields together
_MOST_MEASURED = 10**7
VARIED_SECTIONS = ("structure", "wells", "interaction")


class RangeSection(Section):
    """Evenly spaced numbers, both ends included."""

    start: float = Field(description="first number")
    stop: float = Field(description="last number")
    num: Count = Field(description="how many")

    def values(self) -> tuple[float, ...]:
        """The numbers, free of rounding noise."""
        return tuple(float(f"{v:.12g}") for v in np.linspace(self.start, self.stop, self.num))


class TemperatureSection(Section):
    """The ladder: given values, or a range, in kelvin or in units of the coulomb temperature."""

    values: tuple[PositiveFloat, ...] | None = Field(
        default=None, description="the temperatures, in place of a range"
    )
    start: PositiveFloat | None = Field(default=None, description="one end of the range")
    stop: PositiveFloat | None = Field(default=None, description="the other end")
    num: Annotated[Count, Field(ge=2)] | None = Field(
        default=None,
        description='number of temperatures; with placement = "exchange" the most, and as many '
        "as 'exchange_rate' takes when absent",
    )
    spacing: Literal["linear", "geometric"] = Field(
        default="geometric",
        description='of the range; with placement = "exchange" of the pilot ladders only',
    )
    placement: Literal["given", "exchange"] = Field(
        default="given",
        description="exchange: short pilot ladders between 'start' and 'stop' tell where the "
        "temperatures have to be so that replicas are exchanged equally often everywhere",
    )
    exchange_rate: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description='accepted share of exchanges that placement = "exchange" aims at; 0.35 by '
        "default, and without it all of 'num' are used",
    )
    unit: Literal["absolute", "coulomb"] = Field(
        default="absolute", description="absolute: K (reduced: 1); coulomb: e²/(4πε0 ε_r a k_B)"
    )

    @model_validator(mode="after")
    def _values_or_range(self) -> "TemperatureSection":
        placed = self.placement == "exchange"
        ends = (self.start, self.stop, self.num)
        if placed and (self.values is not None or None in ends[:2]):
            raise ValueError(
                "placement = \"exchange\" needs the ends 'start' and 'stop', no 'values'"
            )
        if self.exchange_rate is not None and not placed:
            raise ValueError("'exchange_rate' needs placement = \"exchange\": add it")
        if self.values is not None and any(end is not None for end in ends):
            raise ValueError("give either 'values' or 'start', 'stop' and 'num'")
        if self.values is None and None in ends and not placed:
            raise ValueError("give 'values', or all of 'start', 'stop' and 'num'")
        ladder = self.ladder()
        if len(ladder) < 2:
            raise ValueError("a ladder needs at least two temperatures")
        if len(set(ladder)) < len(ladder):
            raise ValueError("temperatures must differ: remove the repeated ones")
        return self

    @property
    def target_rate(self) -> float | None:
        """Exchange rate to aim at; None where all of ``num`` are to be used, or none is placed."""
        if self.placement == "given" or (self.num is not None and self.exchange_rate is None):
            return None
        return self.exchange_rate or EXCHANGE_RATE

    def ladder(self) -> tuple[float, ...]:
        """Temperatures in the section's unit, ascending; the first guess where they are placed."""
        if self.values is not None:
            return tuple(sorted(self.values))
        assert self.start is not None and self.stop is not None
        space = np.geomspace if self.spacing == "geometric" else np.linspace
        low, high = sorted((self.start, self.stop))
        return tuple(float(f"{v:.12g}") for v in space(low, high, self.num or PILOTS))


class ChemicalPotentialSection(Section):
    """Chemical potentials as a table: given values or a range, and their unit."""

    values: tuple[float, ...] | None = Field(
        default=None, description="the numbers, in place of a range"
    )
    start: float | None = Field(default=None, description="first number of the range")
    stop: float | None = Field(default=None, description="last number")
    num: Count | None = Field(default=None, description="how many")
    unit: Literal["absolute", "coulomb"] = Field(
        default="absolute", description="absolute: eV (reduced: 1); coulomb: e²/(4πε0 ε_r a)"
    )

    @model_validator(mode="after")
    def _values_or_range(self) -> "ChemicalPotentialSection":
        ends = (self.start, self.stop, self.num)
        if (self.values is None) == (None in ends) or (self.values is not None and any(
            end is not None for end in ends
        )):  # fmt: skip
            raise ValueError("give either 'values', or all of 'start', 'stop' and 'num'")
        return self

    def potentials(self) -> tuple[float, ...]:
        """Chemical potentials in the section's unit, ascending."""
        if self.values is not None:
            return tuple(sorted(self.values))
        assert self.start is not None and self.stop is not None and self.num is not None
        # symmetric ranges contain zero itself
        even = np.round(np.linspace(self.start, self.stop, self.num), 12) + 0.0
        return tuple(sorted(even.tolist()))


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

    doping: tuple[float, ...] | RangeSection | None = Field(
        default=None, description="carriers per cell, or what [doping] says that x counts"
    )
    chemical_potential: tuple[float, ...] | ChemicalPotentialSection | None = Field(
        default=None,
        description="in place of 'doping': energies at which carriers come and go, the doping is "
        "measured; relative to carriers that come with their compensating charge",
    )
    temperature: TemperatureSection = Field(description="the ladder, the same at every point")
    size: tuple[Cells, ...] | None = Field(
        default=None, description="supercells, in cells along each vector, e.g. [[6, 6, 2]]; needed"
    )
    supercell: tuple[Matrix, ...] | None = Field(
        default=None,
        description="in place of 'size': supercells as matrices, whose rows are their vectors in "
        "units of the cell vectors, e.g. [[[1, -1, 0], [1, 2, 0], [0, 0, 2]]]",
    )
    field: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        default=(0.0,), description="electric fields, energy per charge and length"
    )
    field_direction: Vector | tuple[Vector, ...] = Field(
        default=(1.0, 0.0, 0.0), description="cartesian direction of the fields, or several"
    )
    vary: dict[str, tuple[float, ...]] = Field(
        default_factory=dict,
        description="values of any number in structure, wells or interaction, by dotted key",
    )
    refine_doping: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0,
        description="dopings to add at most, where the transition temperature bends over doping",
    )
    wavevector: tuple[Vector, ...] = Field(
        default=(),
        description="orders that every size must have room for, reciprocal lattice units",
    )

    @field_validator("size", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """A single supercell may be written without the outer brackets."""
        sizes = (value,) if isinstance(value, tuple) and value and _depth(value) == 1 else value
        if not isinstance(sizes, tuple) or not all(_shaped(size, 3) for size in sizes):
            hint = "; matrices are given as 'supercell'" if _depth(value) > 2 else ""
            raise ValueError(
                f"give three numbers of cells, e.g. [6, 6, 2], or a list of such threes{hint}"
            )
        if len(sizes) == 3 and any(0 in size for size in sizes):
            raise ValueError("give numbers of cells above 0; a matrix is given as 'supercell'")
        return sizes

    @field_validator("supercell", mode="before")
    @classmethod
    def _one_or_many_matrices(cls, value: Any) -> Any:
        """A single matrix may be written without the outer brackets."""
        matrices = (value,) if _depth(value) == 2 else value
        if not isinstance(matrices, tuple) or not all(_shaped(m, 3, 3) for m in matrices):
            hint = "; numbers of cells are given as 'size'" if _depth(value) == 1 else ""
            raise ValueError(
                "give a matrix of three rows of three whole numbers, e.g. "
                f"[[1, -1, 0], [1, 2, 0], [0, 0, 2]], or a list of such{hint}"
            )
        return matrices

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
            key, example = "size", "[[6, 6, 2]]"
            if self.supercell is not None:
                key, example = "supercell", "[[[1, -1, 0], [1, 2, 0], [0, 0, 2]]]"
            wrong = "missing" if self.size is None and key == "size" else "empty"
            raise ValueError(f"'{key}' is {wrong}: give at least one supercell, e.g. {example}")
        if (self.doping is None) == (self.chemical_potential is None):
            raise ValueError("give either 'doping' or 'chemical_potential'")
        lists = {"supercell" if self.supercell else "size": self.matrices, "field": self.field}
        lists |= {"doping": self.dopings} if self.doping is not None else {}
        if self.chemical_potential is not None:
            lists |= {"chemical_potential": self.chemical_potentials[0]}
        lists |= {"field_direction": self.directions}
        lists |= {f"vary.{key}": values for key, values in self.vary.items()}
        for key, values in lists.items():
            if not values:
                raise ValueError(f"'{key}' is empty: give at least one value")
            if len(set(values)) < len(values):
                raise ValueError(f"'{key}' repeats a value: remove it")
        if not all(any(direction) for direction in self.directions):
            raise ValueError("'field_direction' is zero: give a direction, e.g. [1.0, 0.0, 0.0]")
        if self.refine_doping and self.doping is None:
            raise ValueError("'refine_doping' needs 'doping': here the doping is measured")
        foreign = [key for key in self.vary if key.split(".")[0] not in VARIED_SECTIONS]
        if foreign:
            raise ValueError(
                f"'vary.{foreign[0]}': only numbers of {', '.join(VARIED_SECTIONS)} can be varied"
            )
        return self

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
        """Dopings, ascending; none at fixed chemical potential."""
        if isinstance(self.doping, RangeSection):
            return tuple(sorted(self.doping.values()))
        return tuple(sorted(self.doping or ()))

    @property
    def chemical_potentials(self) -> tuple[tuple[float, ...], str]:
        """Chemical potentials, ascending, and their unit, ``absolute`` or ``coulomb``."""
        section = self.chemical_potential
        if isinstance(section, ChemicalPotentialSection):
            return section.potentials(), section.unit
        return tuple(sorted(section or ())), "absolute"


class ProtocolSection(Section):
    """What frozen carriers do as the field is raised, lowered, there while cooling, or removed."""

    field: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        description="fields of the sweep, from 0 up, energy per charge and length"
    )
    sweeps: Annotated[Sweeps, Field(ge=2)] = Field(
        default=FieldProtocol.sweeps,
        description="sweeps at each field; rounded up to a multiple of twice 'measurements'",
    )
    measurements: Annotated[Sweeps, Field(ge=1)] = Field(
        default=FieldProtocol.measurements,
        description="measurements in the second half of the sweeps at each field",
    )
    repeats: Annotated[Count, Field(ge=2)] = Field(
        default=FieldProtocol.repeats,
        description="independent repeats a temperature, for the errors",
    )
    doping: tuple[float, ...] | None = Field(
        default=None, description="dopings of the protocols; all of the scan when absent"
    )

    @model_validator(mode="after")
    def _from_zero(self) -> "ProtocolSection":
        if len(self.field) < 2 or self.field[0] != 0 or list(self.field) != sorted(set(self.field)):
            raise ValueError("'field' must rise from 0 in at least one step, e.g. [0.0, 0.1, 0.2]")
        if self.doping is not None and not self.doping:
            raise ValueError("'doping' is empty: give at least one value, or leave it out")
        if len(set(self.doping or ())) < len(self.doping or ()):
            raise ValueError("'doping' repeats a value: remove it")
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

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not done to the letter, for the user."""
        unit = "twice 'measurements'"
        return made_more(("protocol.sweeps", self.sweeps, self.made_sweeps, unit))
