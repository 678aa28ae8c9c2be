"""The run file: a TOML file read into a checked, frozen tree. It knows nothing of the physics."""

from mcsc.config.doping import DopantSection, DopingSection
from mcsc.config.grid import ProtocolSection, TransportSection
from mcsc.config.material import Material, MaterialError, material, materials
from mcsc.config.read import RunFile, RunFileError, load, mistake_at, path_of, varied
from mcsc.config.section import flattened
from mcsc.config.structure import StructureSection
from mcsc.config.tree import Config, InteractionSection, WellsSection
