"""The sections of a run file and what each key may be."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from mcsc.config.doping import DefectSection, DisorderSection, DopingSection
from mcsc.config.grid import ProtocolSection, ScanSection, TransportSection
from mcsc.config.sampling import SamplingSection
from mcsc.config.section import Name, PositiveFloat, Section, Sign, Vector

Strain = Annotated[float, Field(gt=-1, le=10)]

# numbers of one series of a task, 0.8 GB
_MOST_MEASURED = 10**8
# keys that say which cages, and so need to know around what
OF_CENTRE = ("cage", "coordination", "cage_radius", "void_radius")


class DeformationSection(Section):
    """Deformations of the cell; fractional coordinates are kept."""

    a: PositiveFloat | None = None
    """length of the first lattice vector in place of that of the file, Å; vectors as long as it
    in the file follow it; of a built-in lattice its constant, with energies in eV and temperatures
    in K"""
    b: PositiveFloat | None = None
    """the same of the second, Å"""
    c: PositiveFloat | None = None
    """the same of the third, Å"""
    strain_a: Strain = 0.0
    """relative elongation of the first lattice vector, and no other"""
    strain_b: Strain = 0.0
    """the same of the second"""
    strain_c: Strain = 0.0
    """the same of the third"""
    pressure: float = 0.0
    """hydrostatic pressure, GPa; needs bulk_modulus or compressibility"""
    bulk_modulus: PositiveFloat | None = None
    """B at zero pressure, GPa: V/V0 = (1 + B'P/B)^(-1/B')"""
    bulk_modulus_derivative: Annotated[float, Field(ge=0)] | None = None
    """B' = dB/dP; 4 by default"""
    compressibility: Vector | None = None
    """in place of bulk_modulus: -d ln a_i/dP of each lattice vector, 1/GPa"""

    @model_validator(mode="after")
    def _deformation(self) -> "DeformationSection":
        if self.bulk_modulus is not None and self.compressibility is not None:
            raise ValueError("give either 'bulk_modulus' or 'compressibility'")
        if self.bulk_modulus is None and self.bulk_modulus_derivative is not None:
            raise ValueError("'bulk_modulus_derivative' needs 'bulk_modulus': add it")
        if self.pressure and self.bulk_modulus is None and self.compressibility is None:
            raise ValueError(
                "'pressure' needs 'bulk_modulus' or 'compressibility', both with GPa: add one"
            )
        lengths = any(length is not None for length in (self.a, self.b, self.c))
        if lengths and (self.strain_a or self.strain_b or self.strain_c):
            raise ValueError(
                "give either lattice constants, 'a' to 'c', or 'strain_a' to 'strain_c'"
            )
        return self


class StructureSection(DeformationSection):
    """Where the wells are: cages or a net of a crystal, or a textbook lattice."""

    material: Name | None = None
    """name of a shipped material, whose tables are the defaults of this run file"""
    cif: Name | None = None
    """name of a shipped crystal, or path of a CIF file"""
    poscar: Name | None = None
    """path of a POSCAR or CONTCAR file"""
    block: Name | None = None
    """name of the data block of a CIF that holds several crystals"""
    net: Name | None = None
    """species whose planar net, in any plane, forms the wells; they are those of the primitive
    cell"""
    centre: str | tuple[str, ...] | tuple[Vector, ...] | None = None
    """what the wells are around: a species, several, fractional positions, or "voids", the
    positions farthest from all ions; wells are those of the primitive cell"""
    cage: str | tuple[str, ...] | None = None
    """species of the cages; by default the nearest other species of each centre"""
    coordination: Annotated[int, Field(ge=3)] | None = None
    """ions of each cage, the nearest; by default from the geometry"""
    cage_radius: PositiveFloat | None = None
    """largest distance of an ion of a cage, Å, in place of the rule"""
    void_radius: PositiveFloat | None = None
    """least distance of a void from all ions, Å; 3/4 of the largest by default"""
    lattice: Name | None = None
    """name of a built-in lattice, in reduced units unless 'a' or 'layer_constants' are given"""
    layer_spacing: PositiveFloat | None = None
    """distance of the layers of a planar built-in lattice over its constant"""
    layer_constants: tuple[float, float] | None = None
    """in place of 'a': lattice constants of two layers on each other, Å, of which a built-in
    lattice is the moiré pattern, e.g. [3.28, 3.15]"""
    twist_angle: Annotated[float, Field(ge=0, le=30)] = 0.0
    """by which these layers are turned against each other, degrees"""
    second_well: Vector | None = None
    """of lattice = "moire": where the second orbital of a cell is, in cells along both vectors, and
    its height, Å (reduced: lattice constants); [1/3, 2/3, 0] by default. Its energy against the
    first is wells.depth.second"""
    open_axis: Literal["a", "b", "c"] | None = None
    """vector of the given cell without images, e.g. "c": a slab along the other two, as many
    primitive cells thick as 'size' says, summed in two dimensions, with its compensating charge in
    sheets through the wells; a single layer of a built-in lattice has no 'layer_spacing'"""

    @field_validator("centre", "cage", mode="before")
    @classmethod
    def _species_or_positions(cls, value: Any, info: ValidationInfo) -> Any:
        """One position may be written without the outer brackets; other mistakes in one line."""
        items = value if isinstance(value, tuple) else (value,)
        numbers = [isinstance(item, int | float) and item is not True for item in items]
        positions = info.field_name == "centre"
        if positions and len(items) == 3 and all(numbers):
            return (items,)
        if all(isinstance(item, str) and item.strip() for item in items):
            return value
        if positions and items and all(isinstance(i, tuple) and len(i) == 3 for i in items):
            return items
        also = ', fractional positions, e.g. [[0.5, 0.5, 0.0]], or "voids"' if positions else ""
        raise ValueError(f'give a species, e.g. "O", several, e.g. ["O", "F"]{also}')

    @model_validator(mode="after")
    def _one_source(self) -> "StructureSection":
        if sum(source is not None for source in (self.cif, self.poscar, self.lattice)) != 1:
            raise ValueError(
                "give either 'cif' (with 'net' or 'centre'), 'lattice' or 'material'; 'poscar' "
                "stands for 'cif'"
            )
        if self.lattice is None:
            return self._of_crystal()
        for key in ("pressure", "b", "c"):
            if getattr(self, key):
                raise ValueError(
                    f"'{key}' needs a crystal: a built-in lattice has one constant 'a'; it can be "
                    "strained by 'strain_a' to 'strain_c'"
                )
        if self.a is not None and self.layer_constants is not None:
            raise ValueError("give either 'a' or 'layer_constants', of which it follows")
        if self.twist_angle and self.layer_constants is None:
            raise ValueError("'twist_angle' needs 'layer_constants', e.g. [3.28, 3.15]: add it")
        for key in ("net", *OF_CENTRE, "centre", "block"):
            if getattr(self, key) is not None:
                raise ValueError(f"'{key}' belongs to 'cif': remove it or replace 'lattice'")
        return self

    def _of_crystal(self) -> "StructureSection":
        if self.block is not None and self.cif is None:
            raise ValueError("'block' belongs to 'cif': a POSCAR holds one crystal; remove it")
        for key in ("layer_spacing", "layer_constants", "second_well", "twist_angle"):
            if getattr(self, key):
                raise ValueError(f"'{key}' belongs to 'lattice': a crystal has its own")
        if (self.net is None) == (self.centre is None):
            raise ValueError(
                "give 'net', the species whose planar net forms the wells, e.g. 'V', or 'centre', "
                "what they are around, e.g. 'Cu'; not both"
            )
        for key in OF_CENTRE:
            if self.net is not None and getattr(self, key) is not None:
                raise ValueError(f"'{key}' belongs to 'centre': remove it or replace 'net'")
        if self.void_radius is not None and self.centre != "voids":
            raise ValueError("'void_radius' belongs to centre = \"voids\": remove it")
        if self.coordination is not None and self.cage_radius is not None:
            raise ValueError("give either 'coordination' or 'cage_radius': each sets the cage")
        for key in ("centre", "cage"):
            if getattr(self, key) == ():
                raise ValueError(f"'{key}' is empty: give at least one species, or leave it out")
        return self


class WellsSection(Section):
    """What a carrier can do inside a well."""

    states: Literal["centre", "vertices", "diagonals", "faces", "sixfold"] = "centre"
    """where carriers can be: at the centre alone, or also displaced towards the vertices or
    faces of the cage, along four diagonals, or in six directions"""
    displacement: PositiveFloat = 0.1
    """length of the displacements over the centre-to-cage distance"""
    displacement_length: PositiveFloat | None = None
    """one length for all kinds of wells, Å (built-in lattices: lattice constants)"""
    state_energy: float = 0.0
    """energy of a displaced state above the centre"""
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
    """charges at given places, as tables [[defects]]"""
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
