"""mcsc: Monte Carlo of localized carriers in the polyhedral wells of layered crystals.

Four nouns: a ``Structure`` has wells, a ``Model`` their energies, a ``Task`` is one temperature
ladder, and a phase diagram is an xarray ``Dataset``, with the accessor ``ds.mcsc``::

    import mcsc
    groups = mcsc.run("runs/kagome.toml", "phase_diagram.nc")
    groups["domes"]

Names are loaded when first used: importing the package is quick and compiles nothing.
"""

import importlib
from typing import Any

from mcsc._on_import import after_import

_PUBLIC = {
    "Model": "mcsc.model",
    "Structure": "mcsc.structure",
    "Task": "mcsc.chain",
    "analyse": "mcsc.transitions",
    "build_model": "mcsc.model",
    "find_domes": "mcsc.transitions",
    "load": "mcsc.diagram",
    "plan": "mcsc.planning",
    "run": "mcsc.workflow",
    "summary_figure": "mcsc.plot",
    "textbook": "mcsc.structure",
}

__all__ = sorted([*_PUBLIC, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("mcsc.files.provenance").own_version()
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'mcsc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


# the accessor needs xarray, which takes a second to import: register it when the user loads xarray
after_import("xarray", lambda: importlib.import_module("mcsc.accessor"))
