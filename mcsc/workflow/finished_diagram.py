"""What is asked of a finished diagram: transitions anew, and measured facts beside it."""

import json
from dataclasses import replace
from pathlib import Path

import xarray as xr

from mcsc import diagram, transitions
from mcsc.diagram import Comparison
from mcsc.diagram.measured import measured_curves, measured_facts
from mcsc.files.outputs import replaceable
from mcsc.version import VERSION


def redo_transitions(
    path: Path, settings: transitions.Settings, out: Path | None = None, *, overwrite: bool = False
) -> xr.DataTree:
    """Analyse a diagram again with other settings.

    path: The diagram. It is only read.
    settings: Of the analysis; thresholds of the regimes stay those of the diagram.
    out: Where to store the result, perhaps in ``path``; nowhere by default.
    overwrite: Replace there also the diagram of another run file.

    Returns: The diagram, analysed again.

    Raises mcsc.files.netcdf.BrokenFile, FileNotFoundError if there is no readable diagram.
    Raises mcsc.files.outputs.NotReplaced, OSError if it may not or cannot be written there, see
        :func:`mcsc.files.outputs.replaceable`.
    """
    tree = diagram.load(path)
    attributes = tree.to_dataset().attrs
    if out is not None:
        replaceable(out, diagram.KIND, attributes, overwrite=overwrite)
    settings = replace(settings, regimes=transitions.stored_thresholds(tree.to_dataset()))
    line = f"{attributes['history']}\nmcsc {VERSION} transitions {settings}"
    analysed = transitions.analyse(tree, settings)
    if out is not None:
        diagram.save(out, analysed, {**attributes, "history": line}, overwrite=overwrite)
    return analysed


def compare(
    tree: xr.DataTree, material_name: str | None = None, along: str = "doping"
) -> Comparison:
    """A diagram beside what was measured on its material.

    Parameters
    ----------
    tree
        A whole diagram, see :func:`mcsc.diagram.load`.
    material_name
        A shipped material; by default that of the run file.
    along
        ``"doping"`` or another axis of the diagram, such as ``"pressure"``.

    Raises
    ------
    ValueError
        If there is no such material or axis, or the diagram is in reduced units.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.compare(mcsc.load("short.nc"))
    La2CuO4: 10 measured facts beside the model
      over: holes per formula unit
      domes: measured 1 in La2-xSrxCuO4, 2 in La2-xBaxCuO4; of T_charge 0
    """
    if material_name is None:
        settings = json.loads(tree.attrs.get("config_complete_json", "{}"))
        structure = settings.get("structure", {})
        material_name = structure.get("material") or structure.get("cif")
    if material_name is None:
        raise ValueError("this diagram names no material: give one, e.g. --material La2CuO4")
    facts, curves = measured_facts(material_name), measured_curves(material_name)
    return diagram.compare(material_name, facts, diagram.averaged(tree), along, curves)
