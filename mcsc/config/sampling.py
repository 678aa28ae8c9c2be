"""The section of a run file that says how long each point runs, and with which moves."""

from typing import Annotated

from pydantic import Field, model_validator

from mcsc.config.section import PositiveFloat, Section, Sweeps, made_more, rounded_up
from mcsc.sampling import Sampling

Proposals = Annotated[float, Field(ge=0, le=100)]
Attempts = Annotated[float, Field(ge=0, le=1)]


class MovesSection(Section):
    """Rates of the moves; one that is left out is made as often as usual."""

    near_hop: Proposals | None = Field(default=None, description="proposals a sweep and carrier; 1")
    far_hop: Proposals | None = Field(
        default=None,
        description="proposals a sweep and carrier; 1/4, in protocols 1",
    )
    change_of_state: Proposals | None = Field(
        default=None, description="proposals a sweep and carrier; 1/8, in protocols 1"
    )
    rigid_turn: Attempts | None = Field(
        default=None, description="attempts a sweep; as many as cost a tenth of the time"
    )
    layer_shift: Attempts | None = Field(
        default=None, description="attempts a sweep; as many as cost a tenth of the time"
    )
    insert_remove: Proposals | None = Field(
        default=None, description="proposals a sweep and well, at fixed chemical potential; 1"
    )

    row_shift: Attempts | None = Field(
        default=None, description="attempts a sweep to shift a row of cells along itself; 0"
    )

    pair_hop: Proposals | None = Field(
        default=None, description="proposals a sweep and carrier that two near ones hop at once; 0"
    )

    @model_validator(mode="after")
    def _reaches_everything(self) -> "MovesSection":
        if self.far_hop == 0:
            raise ValueError(
                "'far_hop' is 0, but near hops do not lead from layer to layer: give a small "
                "number, e.g. 0.1"
            )
        if self.insert_remove == 0:
            raise ValueError("'insert_remove' is 0, and no other move changes the doping: raise it")
        return self

    def rates(self) -> tuple[tuple[str, float], ...]:
        """Names and rates of the moves that are not as usual."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, float(rate)) for name, rate in given if rate is not None)


class SamplingSection(Section):
    """How long each point runs."""

    sweeps: Annotated[Sweeps, Field(ge=8)] = Field(
        default=Sampling.sweeps,
        description="measured sweeps; a sweep is one attempt of each move a carrier; "
        "rounded up to a multiple of 'measurements'",
    )
    warmup: Annotated[Sweeps, Field(ge=1)] = Field(
        default=Sampling.warmup, description="sweeps before measuring"
    )
    measurements: Annotated[int, Field(ge=64, le=10_000_000)] = Field(
        default=Sampling.measurements, description="evenly spaced over the sweeps"
    )
    exchange_interval: Annotated[Sweeps, Field(ge=1)] = Field(
        default=Sampling.exchange_interval,
        description="sweeps between exchanges of neighbouring temperatures",
    )
    moves: MovesSection = Field(
        default=MovesSection(), description="the mix of moves, where it is not the usual one"
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        default=1, description="of all random numbers of the chains"
    )
    annealings: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1,
        description="independent annealings of every ladder, each as long as 'sweeps'; where two "
        "or more disagree the point is glassy, and all of them make the result",
    )
    target_error: PositiveFloat | None = Field(
        default=None,
        description="relative error of T_charge (in a field of T_collective too) up to which "
        "ladders go on; they run 'sweeps' only when absent",
    )
    max_sweeps: Annotated[Sweeps, Field(ge=8)] | None = Field(
        default=None,
        description="measured sweeps at which a ladder ends, the error reached or not; 8 times "
        "'sweeps' by default",
    )

    @property
    def made_sweeps(self) -> int:
        """``sweeps``, made more where measurements would not be evenly spaced."""
        return rounded_up(self.sweeps, self.measurements)

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
        return self
