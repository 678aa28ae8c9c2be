"""Crystals: read from files or shipped, refused where they are not one ordered crystal.

``read_crystal`` takes CIF and POSCAR files and the names of shipped materials, and gives ase Atoms;
``primitive_cell`` reduces them to a primitive cell that keeps the plane of layers::

    crystal = primitive_cell(read_crystal("La2CuO4"))
"""

from mcsc.structure.crystal.primitive import primitive_cell
from mcsc.structure.crystal.read import crystal_text, read_crystal, shipped_materials
