"""mcsc: Monte Carlo of localized carriers in the polyhedral wells of layered crystals.

Four nouns: a ``Structure`` has wells, a ``Model`` their energies, a ``Task`` is one temperature
ladder, and a phase diagram is an xarray ``DataTree``, with the accessor ``mcsc`` on it and on its
datasets::

    import mcsc
    tree = mcsc.run("runs/kagome.toml", "phase_diagram.nc")
    tree["domes"], tree["T_charge"], tree["health/converged"]
    mcsc.summary_figure(tree)

Names are loaded when first used: importing the package compiles nothing.
"""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcsc import plot as plot
    from mcsc.chain import Task as Task
    from mcsc.diagram import load as load
    from mcsc.model import Interactions as Interactions
    from mcsc.model import Model as Model
    from mcsc.model import build_model as build_model
    from mcsc.planning import plan as plan
    from mcsc.plot import summary_figure as summary_figure
    from mcsc.structure import Structure as Structure
    from mcsc.structure import slab as slab
    from mcsc.structure import textbook as textbook
    from mcsc.structure import wells_at as wells_at
    from mcsc.structure import wells_of_net as wells_of_net
    from mcsc.structure import with_states as with_states
    from mcsc.structure.crystal import read_crystal as read_crystal
    from mcsc.transitions import analyse as analyse
    from mcsc.transitions import find_domes as find_domes
    from mcsc.workflow import compare as compare
    from mcsc.workflow import ground as ground
    from mcsc.workflow import run as run
    from mcsc.workflow import sample as sample
    from mcsc.workflow import transport as transport

    __version__: str

# no room may be called like one of these: importing it would put it in the place of the function
_NAMES = {
    "chain": ["Task"], "diagram": ["load"], "model": ["Interactions", "Model", "build_model"],
    "planning": ["plan"], "plot": ["summary_figure"],
    "structure": ["Structure", "slab", "textbook", "wells_at", "wells_of_net", "with_states"],
    "transitions": ["analyse", "find_domes"], "structure.crystal": ["read_crystal"],
    "workflow": ["compare", "ground", "run", "sample", "transport"],
}  # fmt: skip
_ROOMS = {name: room for room, names in _NAMES.items() for name in names}

__all__ = sorted([*_ROOMS, "__version__", "plot"])

if not TYPE_CHECKING:  # a type checker then finds names that are none

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return importlib.import_module("mcsc.version").VERSION
        if name == "plot":
            return importlib.import_module("mcsc.plot")
        if name in _ROOMS:
            return getattr(importlib.import_module(f"mcsc.{_ROOMS[name]}"), name)
        raise AttributeError(f"module 'mcsc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


# xarray takes a third of a second: `mcsc --help` does without, everyone else wants the accessor
if Path("".join(sys.argv[:1])).stem not in ("mcsc", "-m"):
    importlib.import_module("mcsc.report.accessor")
