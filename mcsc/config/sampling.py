"""The section of a run file that says how long each point runs, and with which moves."""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, create_model, model_validator

from mcsc.config.section import PositiveFloat, Section, Sweeps, made_more, rounded_up
from mcsc.kernels.move_table import TABLE, Kind, Move
from mcsc.sampling import Sampling


class _Rates(Section):
    """Rates of the moves; one that is left out is made as often as usual."""

    @model_validator(mode="after")
    def _reaches_everything(self) -> Self:
        for move in TABLE:
            if move.needed and getattr(self, move.name) == 0:
                raise ValueError(f"'{move.name}' is 0, but {move.needed}")
        return self

    def rates(self) -> tuple[tuple[str, float], ...]:
        """Names and rates of the moves that are not as usual."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, float(rate)) for name, rate in given if rate is not None)


def _rate(move: Move) -> Any:
    """The key of a move: type and default."""

    def shown(rate: float | None) -> str:
        return "as many as cost a tenth of the time" if rate is None else str(Fraction(rate))

    said = f"{move.meaning}: {move.kind.value}; {shown(move.usual)}"
    if move.cooling is not None:
        said += f", in protocols {shown(move.cooling)}"
    rare = move.kind in (Kind.COLLECTIVE, Kind.RUNGS)
    bounded = Annotated[float, Field(ge=0, le=1 if rare else 100)]
    return bounded | None, Field(default=None, description=said)


if TYPE_CHECKING:
    MovesSection = _Rates
else:
    MovesSection = create_model(
        "MovesSection",
        __base__=_Rates,
        __doc__=_Rates.__doc__,
        **{move.name: _rate(move) for move in TABLE},
    )


class SamplingSection(Section):
    """How long each point runs."""

    sweeps: Annotated[Sweeps, Field(ge=8)] = Sampling.sweeps
    """measured sweeps; a sweep is one attempt of each move a carrier; rounded up to a multiple
    of 'measurements'"""
    warmup: Annotated[Sweeps, Field(ge=1)] = Sampling.warmup
    """sweeps before measuring"""
    measurements: Annotated[int, Field(ge=64, le=10_000_000)] = Sampling.measurements
    """evenly spaced over the sweeps"""
    exchange_interval: Annotated[Sweeps, Field(ge=1)] = Sampling.exchange_interval
    """sweeps between exchanges of neighbouring temperatures"""
    moves: MovesSection = MovesSection()
    """the mix of moves, where it is not the usual one"""
    blocks: bool | None = None
    """whether block visits sample, the time of whose sweeps grows as the number of wells, with
    hops, changes of state and fillings alone; by default of Coulomb carriers from 4096 wells on,
    in equilibrium with the usual mix of moves"""
    seed: Annotated[int, Field(ge=0)] = 1
    """of all random numbers of the chains"""
    annealings: Annotated[int, Field(ge=1, le=64)] | None = None
    """independent annealings of every ladder, each as long as 'sweeps'; where two or more
    disagree the point is glassy, and all of them make the result; 1 by default, 4 of windows
    with ensemble = "expanded", whose errors come from them, and up to 16 of windows whose ln Z
    is not yet known to 0.2"""
    energy_error: PositiveFloat | None = None
    """of ensemble = "expanded": standard error of the energy a carrier, in k_B T of the coldest
    temperature, e.g. 0.005; windows with a number of carriers where it is larger get more
    annealings, up to 64, which visit such numbers more often"""
    target_error: PositiveFloat | None = None
    """relative error of T_charge (in a field of T_collective too) up to which ladders go on;
    they run 'sweeps' only when absent"""
    max_sweeps: Annotated[Sweeps, Field(ge=8)] | None = None
    """measured sweeps at which a ladder ends, the error reached or not; 8 times 'sweeps' by
    default"""

    doublings: Annotated[int, Field(ge=0, le=12)] = 0
    """how often a ladder goes on that did not equilibrate, at more than a twentieth of its
    temperatures or at its transition: each time twice as long as before, and all before counts as
    warm-up; where layers of the ladders at other dopings, put on each other, lie lower than it
    came, so does a ladder that seemed to, and its colder half begins from there"""

    @property
    def made_sweeps(self) -> int:
        """``sweeps``, made more where measurements would not be evenly spaced."""
        return rounded_up(self.sweeps, self.measurements)

    def made(self) -> Sampling:
        """How long a ladder runs."""
        return Sampling(
            self.made_sweeps, self.warmup, self.measurements, self.exchange_interval,
            self.moves.rates(), self.blocks,
        )  # fmt: skip

    @property
    def budget(self) -> int:
        """Most measured sweeps of one annealing."""
        if self.target_error is None:
            return self.made_sweeps
        return rounded_up(self.max_sweeps or 8 * self.made_sweeps, self.made_sweeps)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not done to the letter, for the user."""
        return made_more(
            ("sampling.sweeps", self.sweeps, self.made_sweeps, "'measurements'"),
            ("sampling.max_sweeps", self.max_sweeps or self.budget, self.budget, "'sweeps'"),
        )

    @model_validator(mode="after")
    def _budget_of_what(self) -> "SamplingSection":
        if self.max_sweeps is not None and self.target_error is None:
            raise ValueError("'max_sweeps' needs 'target_error', e.g. target_error = 0.005")
        if self.doublings and self.target_error is not None:
            raise ValueError("'doublings' beside 'target_error': leave out one of the two")
        return self
