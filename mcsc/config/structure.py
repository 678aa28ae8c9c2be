"""The section [structure] of a run file: where the wells are, and how the cell is deformed."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from mcsc.config.section import Name, PositiveFloat, Section, Vector

Strain = Annotated[float, Field(gt=-1, le=10)]
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
