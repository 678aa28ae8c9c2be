"""The section of a run file that says how long each point runs, and with which moves."""

from typing import Annotated

from pydantic import Field, model_validator

from mcsc.config.section import PositiveFloat, Section

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

    sweeps: Annotated[int, Field(ge=8)] = Field(
        default=20480, description="measured sweeps; a sweep is one attempt of each move a carrier"
    )
    warmup: Annotated[int, Field(ge=1)] = Field(default=4096, description="sweeps before measuring")
    measurements: Annotated[int, Field(ge=64)] = Field(
        default=2048, description="evenly spaced over the sweeps"
    )
    exchange_interval: Annotated[int, Field(ge=1)] = Field(
        default=5, description="sweeps between exchanges of neighbouring temperatures"
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
    max_sweeps: Annotated[int, Field(ge=8)] | None = Field(
        default=None,
        description="measured sweeps at which a ladder ends, the error reached or not; 8 times "
        "'sweeps' by default",
    )

    @property
    def budget(self) -> int:
        """Most measured sweeps of one annealing."""
        return self.sweeps if self.target_error is None else self.max_sweeps or 8 * self.sweeps

    @model_validator(mode="after")
    def _whole_budget(self) -> "SamplingSection":
        if self.max_sweeps is None:
            return self
        if self.target_error is None:
            raise ValueError("'max_sweeps' needs 'target_error', e.g. target_error = 0.005")
        if self.max_sweeps % self.sweeps:
            near = max(1, round(self.max_sweeps / self.sweeps)) * self.sweeps
            raise ValueError(
                f"'max_sweeps' must be a multiple of 'sweeps' = {self.sweeps}: try {near}"
            )
        return self

    @model_validator(mode="after")
    def _whole_spacing(self) -> "SamplingSection":
        if self.sweeps % self.measurements:
            near = max(1, round(self.sweeps / self.measurements)) * self.measurements
            raise ValueError(
                f"'sweeps' must be a multiple of 'measurements' = {self.measurements}: try {near}"
            )
        return self
