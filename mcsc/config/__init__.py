"""The run file: a TOML file read into a checked, frozen tree. It knows nothing of the physics."""

from mcsc.config.read import RunFileError, load
from mcsc.config.tree import Config, WellsSection

__all__ = ["Config", "RunFileError", "WellsSection", "load"]
