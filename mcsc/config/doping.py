"""The sections of a run file that say where the carriers come from and how disordered that is."""

from typing import Annotated

from pydantic import Field, model_validator

from mcsc.config.section import Count, Name, PositiveFloat, Section, Sign, Vector


class DopantSection(Section):
    """The ions that bring the carriers into the crystal."""

    site: Name | None = None
    """species of the crystal whose sites the dopants share"""
    positions: tuple[Vector, ...] | None = None
    """in place of 'site': positions in one primitive cell that dopants share, in units of its
    vectors"""
    species: str | None = None
    """species of the dopant, for the record"""
    charge: float = -1.0
    """charge against the crystal without it, in units of a carrier's: -1 attracts carriers"""
    per_carrier: PositiveFloat = 1.0
    """dopants for each carrier by which a doping differs from the parent"""

    @model_validator(mode="after")
    def _sites(self) -> "DopantSection":
        if (self.site is None) == (self.positions is None):
            raise ValueError("give either 'site', a species of the crystal, or 'positions'")
        if self.positions is not None and not self.positions:
            raise ValueError("'positions' is empty: give at least one, e.g. [[0.5, 0.5, 0.5]]")
        if self.charge == 0:
            raise ValueError("'charge' is zero: give that of the ion, e.g. -1.0")
        return self


class DefectSection(Section):
    """A charge at a given position, the same in every task: one in each supercell."""

    position: Vector
    """in units of the cell vectors; whole parts count cells from the first one of the supercell,
    so that [2.5, 0.5, 0.0] is amid the third cell along the first vector; along 'open_axis' of a
    slab the unit is the vector of the crystal, of a built-in lattice its constant"""
    charge: float
    """in units of a carrier's: -1 attracts carriers"""

    @model_validator(mode="after")
    def _charged(self) -> "DefectSection":
        if self.charge == 0:
            raise ValueError("'charge' is zero: give that of the defect, e.g. -1.0")
        return self


class DopingSection(Section):
    """What ``scan.doping`` counts: carriers of a cell = formula_units (parent + sign x)."""

    parent: Annotated[float, Field(ge=0)] = 0.0
    """carriers per formula unit at x = 0"""
    sign: Sign = 1
    """whether x adds carriers to the parent (1) or removes them (-1)"""
    formula_units: PositiveFloat = 1.0
    """formula units in a primitive cell, or other units that x counts by"""
    counts: str | None = None
    """what x counts in words, "holes per formula unit" for example"""
    reference_potential: float | None = None
    """of an intercalated species in its metal, eV: with it a diagram that knows the chemical
    potential has the voltage V = -(mu - reference_potential)/e against that metal"""
    dopant: DopantSection | None = None
    """the ions that bring the carriers; used by [disorder]"""

    def carriers_per_cell(self, x: float) -> float:
        """Carriers of a primitive cell at a doping."""
        return self.formula_units * (self.parent + self.sign * x)

    def at_carriers(self, carriers_per_cell: float) -> float:
        """The doping with so many carriers in a primitive cell."""
        return self.sign * (carriers_per_cell / self.formula_units - self.parent)


class DisorderSection(Section):
    """Quenched dopants at randomly drawn sites; without this section they are a uniform charge."""

    samples: Count = 8
    """independent draws of the sites, one ladder each"""
    seed: Annotated[int, Field(ge=0)] = 1
    """of the draws; the chains have their own in sampling.seed"""
