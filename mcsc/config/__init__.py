"""The run file: a TOML file read into a checked, frozen tree. It knows nothing of the physics."""

from mcsc.config.read import RunFileError, load, varied
from mcsc.config.tree import Config, InteractionSection, StructureSection, WellsSection

__all__ = [
    "Config",
    "InteractionSection",
    "RunFileError",
    "StructureSection",
    "WellsSection",
    "load",
    "varied",
]
