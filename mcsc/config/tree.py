"""The sections of a run file and what each key may be."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mcsc.config.doping import DisorderSection, DopingSection
from mcsc.config.grid import ProtocolSection, ScanSection
from mcsc.config.section import PositiveFloat, Section


class StructureSection(Section):
    """Where the wells are: a crystal and a net of it, or a textbook lattice."""

    cif: str | None = Field(
        default=None, description="name of a shipped crystal, or path of a CIF file"
    )
    net: str | None = Field(default=None, description="species whose planar net forms the wells")
    lattice: str | None = Field(
        default=None, description="name of a built-in lattice, in reduced units"
    )
    layer_spacing: PositiveFloat | None = Field(
        default=None,
        description="distance of the layers of a planar built-in lattice over its constant",
    )

    @model_validator(mode="after")
    def _one_source(self) -> "StructureSection":
        if (self.cif is None) == (self.lattice is None):
            raise ValueError("give either 'cif' (with 'net') or 'lattice'")
        if self.cif is not None and self.net is None:
            raise ValueError("give 'net', the species whose planar net forms the wells, e.g. 'V'")
        if self.lattice is not None and self.net is not None:
            raise ValueError("'net' belongs to 'cif': remove it or replace 'lattice' by 'cif'")
        if self.cif is not None and self.layer_spacing is not None:
            raise ValueError("'layer_spacing' belongs to 'lattice': a crystal has its own")
        return self


class WellsSection(Section):
    """What a carrier can do inside a well."""

    states: Literal["centre", "vertices", "diagonals", "faces", "sixfold"] = "centre"
    displacement: PositiveFloat = Field(
        default=0.1, description="length of the displacements over the centre-to-cage distance"
    )
    displacement_length: PositiveFloat | None = Field(
        default=None,
        description="one length for all kinds of wells, Å (built-in lattices: lattice constants)",
    )
    state_energy: float = Field(
        default=0.0, description="energy of a displaced state above the centre"
    )
    star_energy: float | None = Field(
        default=None,
        description="energy of a hexagon's carrier spread over a Star of David, kind gamma, above "
        "the centre; no stars when absent",
    )
    depth: dict[str, float] = Field(
        default_factory=dict, description="energy of a carrier in each kind of well"
    )

    @model_validator(mode="after")
    def _one_length(self) -> "WellsSection":
        if self.displacement_length is None:
            return self
        if "displacement" in self.model_fields_set:
            raise ValueError("give either 'displacement' or 'displacement_length'")
        if self.states == "centre":
            raise ValueError(
                "'displacement_length' needs displaced states: set 'states', e.g. \"vertices\""
            )
        return self


class ShortRangeSection(Section):
    """An additional energy between wells at one distance."""

    kinds: tuple[str, str]
    energy: float
    distance: PositiveFloat | None = None
    shell: Annotated[int, Field(ge=1)] | None = None
    tolerance: PositiveFloat | None = None


class InteractionSection(Section):
    """How carriers repel."""

    coulomb: bool = True
    relative_permittivity: PositiveFloat = 1.0
    screening_length: PositiveFloat | None = Field(
        default=None, description="1/κ of exp(−κr)/r; bare Coulomb when absent"
    )
    short_range: tuple[ShortRangeSection, ...] = ()


class SamplingSection(Section):
    """How long each point runs."""

    sweeps: Annotated[int, Field(ge=8)] = Field(
        default=20480, description="measured sweeps; a sweep is one attempt of each move a carrier"
    )
    warmup: Annotated[int, Field(ge=1)] = Field(default=4096, description="sweeps before measuring")
    measurements: Annotated[int, Field(ge=64)] = 2048
    exchange_interval: Annotated[int, Field(ge=1)] = 5
    seed: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _whole_spacing(self) -> "SamplingSection":
        if self.sweeps % self.measurements:
            near = max(1, round(self.sweeps / self.measurements)) * self.measurements
            raise ValueError(
                f"'sweeps' must be a multiple of 'measurements' = {self.measurements}: try {near}"
            )
        return self


Share = Annotated[float, Field(ge=0, le=1)]


class RegimesSection(Section):
    """Thresholds of the regimes insulator, collective and metal."""

    transmission: Share = Field(default=0.7, description="least transmission when collective")
    transverse: Share = Field(
        default=0.2, description="largest share of displacements across the field when collective"
    )
    polarization: Share = Field(
        default=0.1, description="largest mean displacement over the full one of an insulator"
    )
    hop_acceptance: Share = Field(
        default=0.01, description="accepted share of near hops up to which charge is frozen"
    )


class Config(Section):
    """A whole run file."""

    title: str = ""
    structure: StructureSection
    wells: WellsSection = WellsSection()
    interaction: InteractionSection = InteractionSection()
    doping: DopingSection = DopingSection()
    disorder: DisorderSection | None = None
    scan: ScanSection
    sampling: SamplingSection = SamplingSection()
    protocol: ProtocolSection | None = None
    regimes: RegimesSection = RegimesSection()
