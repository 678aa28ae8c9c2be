"""A whole run file: its sections and what each key may be."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mcsc.config.doping import DefectSection, DisorderSection, DopingSection
from mcsc.config.grid import ProtocolSection, ScanSection, TransportSection
from mcsc.config.sampling import SamplingSection
from mcsc.config.section import Name, PositiveFloat, Section, Sign
from mcsc.config.structure import StructureSection

# numbers of one series of a task, 0.8 GB
_MOST_MEASURED = 10**8


class WellsSection(Section):
    """What a carrier can do inside a well."""

    states: Literal["centre", "vertices", "diagonals", "faces", "sixfold", "harmonic"] = "centre"
    """where carriers can be: at the centre alone, or also displaced towards the vertices or
    faces of the cage, along four diagonals, in six directions, or on a grid in a harmonic well"""
    displacement: PositiveFloat = 0.1
    """length of the displacements over the centre-to-cage distance"""
    displacement_length: PositiveFloat | None = None
    """one length for all kinds of wells, Å (built-in lattices: lattice constants)"""
    state_energy: float = 0.0
    """energy of a displaced state above the centre; in a harmonic well W of the largest
    displacement δ, positive: the stiffness is 2W/δ²"""
    harmonic_axes: Literal["x", "y", "z", "xy", "xz", "yz", "xyz"] = "xy"
    """directions of the grid of states = "harmonic", cartesian"""
    harmonic_steps: Annotated[int, Field(ge=1, le=32)] = 4
    """steps of that grid from the centre to the largest displacement; harmonic for
    state_energy/steps² ≤ k_B T ≤ state_energy/10; a well has at most 127 states"""
    star_energy: float | None = None
    """energy of a hexagon's carrier spread over a Star of David, kind gamma, above the centre;
    no such state when absent"""
    star_charge: PositiveFloat = 1.0
    """charge at long range of a carrier in a star, in units of the others', with that of the ions
    it draws together; 1: only its energy sets a star apart"""
    depth: dict[str, float] = Field(default_factory=dict)
    """energy of a carrier in each kind of well"""
    energies: Literal["given", "ionic"] = "given"
    """ionic: the Coulomb energy of a carrier among the ions of 'charges', divided by the
    relative permittivity, is added to 'depth' and 'state_energy'"""
    charges: dict[str, float] = Field(default_factory=dict)
    """formal charge of each species, e; a cell is neutral"""
    carrier_charge: Sign = 1
    """sign of a carrier among the ions: 1 hole, -1 electron"""

    @model_validator(mode="after")
    def _charges_of_ions(self) -> "WellsSection":
        if self.energies == "ionic" and not self.charges:
            raise ValueError(
                "energies = \"ionic\" needs 'charges', e.g. charges = { Na = 1.0, Cl = -1.0 }"
            )
        if self.energies == "given" and self.charges:
            raise ValueError("'charges' need energies = \"ionic\": set it or remove them")
        return self

    @model_validator(mode="after")
    def _grid_of_a_harmonic_well(self) -> "WellsSection":
        if self.states == "harmonic":
            if not self.state_energy > 0:
                raise ValueError(
                    "states = \"harmonic\" needs 'state_energy', that of the largest displacement, "
                    "e.g. state_energy = 0.1"
                )
            return self
        for key in ("harmonic_axes", "harmonic_steps"):
            if key in self.model_fields_set:
                raise ValueError(f"'{key}' needs states = \"harmonic\": set it or remove the key")
        return self

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

    kinds: tuple[Name, Name]
    """the two kinds of wells, e.g. ["alpha", "beta"]"""
    energy: float
    """of two carriers in such wells, positive when they repel"""
    distance: PositiveFloat | None = None
    """of the wells' centres"""
    shell: Annotated[int, Field(ge=1)] | None = None
    """in place of 'distance': 1 for the nearest such wells, 2 next"""
    tolerance: PositiveFloat | None = None
    """how far distances may be off"""


class InteractionSection(Section):
    """How carriers repel."""

    coulomb: bool = True
    """whether carriers repel by 1/r"""
    relative_permittivity: PositiveFloat | tuple[PositiveFloat, PositiveFloat, PositiveFloat] = 1.0
    """ε_r, by which that is divided, e.g. 8.0; three numbers for an anisotropic medium, e.g.
    [8.0, 8.0, 4.0]: along a, across it in the plane of a and b, and across that plane (along the
    axes of a cell at right angles); temperatures are in units of their geometric mean"""
    screening_length: PositiveFloat | None = None
    """1/κ of exp(−κr)/r; bare Coulomb when absent"""
    power: Annotated[float, Field(ge=1, le=12)] = 1.0
    """p of a repulsion a^(p−1)/r^p in place of 1/r, a the lattice constant: 3 for parallel
    dipoles; not together with 'screening_length'"""
    gate_distance: PositiveFloat | None = None
    """d of metallic gates above and below a slab, its middle midway, e.g. 10.0 (Å; built-in
    lattices: lattice constants); needs 'structure.open_axis'; energies then have no background"""
    gates: Literal[1, 2] = 2
    """1: only the lower gate, d/2 below, where a carrier has its image at the distance d"""
    table: Name | None = None
    """file with rows of a distance (Å; built-in lattices: lattice constants) and the energy of two
    carriers, e.g. "pairs.csv", in place of 1/r, or with coulomb = true in addition to it; monotone
    cubics between rows, zero beyond the last"""
    short_range: tuple[ShortRangeSection, ...] = ()
    """energies in addition, as tables [[interaction.short_range]]"""

    @property
    def repels(self) -> bool:
        """Whether carriers repel by 1/r: a table takes its place if nothing is said of it."""
        return self.coulomb and (self.table is None or "coulomb" in self.model_fields_set)

    @model_validator(mode="after")
    def _gates(self) -> "InteractionSection":
        if self.gate_distance is None and "gates" in self.model_fields_set:
            raise ValueError("'gates' needs 'gate_distance': add it, e.g. gate_distance = 10.0")
        for key in ("gate_distance", "screening_length"):
            if getattr(self, key) is not None and self.table is not None and not self.repels:
                raise ValueError(f"'{key}' is for 1/r: set coulomb = true, or remove 'table'")
        if self.gate_distance is not None and not self.coulomb:
            raise ValueError("'gate_distance' needs coulomb = true: gates screen 1/r")
        return self


Share = Annotated[float, Field(ge=0, le=1)]


class RegimesSection(Section):
    """Thresholds of the regimes insulator, collective and metal."""

    transmission: Share = 0.7
    """least transmission when collective"""
    transverse: Share = 0.2
    """largest share of displacements across the field when collective"""
    polarization: Share = 0.1
    """largest mean displacement over the full one of an insulator"""
    hop_acceptance: Share = 0.01
    """accepted share of near hops up to which charge is frozen"""


class Config(Section):
    """A whole run file."""

    title: str = ""
    """of the diagram, for the record and figures"""
    structure: StructureSection
    wells: WellsSection = WellsSection()
    interaction: InteractionSection = InteractionSection()
    doping: DopingSection = DopingSection()
    disorder: DisorderSection | None = None
    defects: tuple[DefectSection, ...] = ()
    """charges at given positions, as tables [[defects]]"""
    scan: ScanSection
    sampling: SamplingSection = SamplingSection()
    protocol: ProtocolSection | None = None
    transport: TransportSection | None = None
    regimes: RegimesSection = RegimesSection()

    @model_validator(mode="after")
    def _series_fit(self) -> "Config":
        if self.scan.seed is not None and "seed" in self.sampling.model_fields_set:
            raise ValueError("give either 'scan.seed' or 'sampling.seed', not both")
        rungs = len(self.scan.temperature.ladder())
        if rungs * self.sampling.measurements > _MOST_MEASURED:
            raise ValueError(
                f"'sampling.measurements' = {self.sampling.measurements} at {rungs} temperatures "
                f"fit no memory: give at most {_MOST_MEASURED // rungs}"
            )
        return self

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not done to the letter, one line each for the user."""
        histories = (one for one in (self.protocol, self.transport) if one is not None)
        return (*self.sampling.notes, *(note for one in histories for note in one.notes))
