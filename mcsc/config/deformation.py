"""Keys of the structure that stretch its cell: lattice constants, strain, pressure."""

from typing import Annotated

from pydantic import Field, model_validator

from mcsc.config.section import PositiveFloat, Section, Vector

Strain = Annotated[float, Field(gt=-1, le=10)]


class DeformationSection(Section):
    """Deformations of the cell; fractional coordinates are kept."""

    a: PositiveFloat | None = None
    """length of the first lattice vector in place of that of the file, Å; vectors as long as it
    in the file follow it"""
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
