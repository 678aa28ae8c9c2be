"""The file of a phase diagram: written in one step, believed only after a check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from mcsc.files import netcdf
from mcsc.files.outputs import replaceable
from mcsc.files.provenance import DIAGRAM_SCHEMA
from mcsc.files.tree import groups_of

KIND = netcdf.Kind(
    "a diagram",
    "mcsc_schema",
    DIAGRAM_SCHEMA,
    "make one with 'mcsc run'; an older one holds its run file in the attribute config_toml",
)


def save(
    path: Path, tree: xr.DataTree, attributes: Mapping[str, Any], *, overwrite: bool = False
) -> None:
    """Write a diagram in one step; the one before is replaced when the new one is complete.

    overwrite: Replace also a diagram of another run file.

    Raises mcsc.files.outputs.NotReplaced if something else is there, see
        :func:`mcsc.files.outputs.replaceable`.
    """
    replaced = replaceable(path, KIND, attributes, overwrite=overwrite)
    replaced.keep()
    described = {KIND.attribute: KIND.schema, **attributes}
    netcdf.write(replaced.target, tree, described)


def averaged(tree: xr.DataTree) -> xr.DataTree:
    """The diagram with averages in place of its samples of disorder, if it has any.

    Root and ``domes`` are then those of the averages; domes of the averaged T_collective are not
    sought, ``domes_collective`` and ``domes_excess`` are left out. Other groups stay as they are.
    """
    if "disorder_average" not in tree:
        return tree
    groups = groups_of(tree)
    average = groups["disorder_average"]
    left = ("domes_collective", "domes_excess")
    kept = {name: group for name, group in groups.items() if name not in left}
    kept["/"] = average.assign_attrs({**groups["/"].attrs, **average.attrs})
    return xr.DataTree.from_dict({**kept, "domes": groups["domes_disorder_average"]})


def load(path: str | Path) -> xr.DataTree:
    """Read a diagram as one tree, checked.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    mcsc.files.netcdf.BrokenFile
        If it is damaged, or not a diagram of this version of mcsc.

    Examples
    --------
    >>> import mcsc
    >>> tree = mcsc.load("short.nc")
    >>> tree["T_charge"].dims, tree["health/converged"].dims
    (('doping',), ('doping', 'temperature'))
    """
    try:
        return netcdf.read(Path(path), KIND).map_over_datasets(xr.decode_cf)
    except netcdf.OtherSchema:
        raise
    except netcdf.BrokenFile as error:
        if not Path(path).is_file():
            raise
        if Path(path).suffix == ".toml":
            remedy = "of a run file, give the diagram that 'mcsc run' has written"
        else:
            remedy = "remove it; finished tasks are written anew with: mcsc merge RUN_FILE -o "
            remedy += str(path)
        raise netcdf.BrokenFile(f"{error}; {remedy}") from None
