"""The file of a phase diagram: written in one step, believed only after a check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from mcsc.diagram.merge import Groups
from mcsc.files import netcdf
from mcsc.files.outputs import replaceable
from mcsc.files.provenance import DIAGRAM_SCHEMA
from mcsc.variables import PROTOCOL_AXES

KIND = netcdf.Kind(
    "a diagram",
    "mcsc_schema",
    DIAGRAM_SCHEMA,
    "make one with 'mcsc run'; an older one holds its run file in the attribute config_toml",
)


def save(
    path: Path, groups: Groups, attributes: Mapping[str, Any], *, overwrite: bool = False
) -> None:
    """Write a diagram in one step; the one before is replaced when the new one is complete.

    Parameters
    ----------
    overwrite
        Replace also a diagram of another run file.

    Raises
    ------
    mcsc.files.outputs.NotReplaced
        If something else is there, see :func:`mcsc.files.outputs.replaceable`.
    """
    replaced = replaceable(path, KIND, attributes, overwrite=overwrite)
    replaced.keep()
    described = {KIND.attribute: KIND.schema, **attributes}
    netcdf.write(replaced.target, _renamed(groups, PROTOCOL_AXES), described)


def averaged(groups: Mapping[str, xr.Dataset]) -> Groups:
    """The diagram with averages in place of its samples of disorder, if it has any.

    Root and ``domes`` are then those of the averages; domes of the averaged T_collective are not
    sought, ``domes_collective`` is left out. Other groups stay as they are.
    """
    if "disorder_average" not in groups:
        return dict(groups)
    average = groups["disorder_average"]
    kept = {name: group for name, group in groups.items() if name != "domes_collective"}
    root = average.assign_attrs({**groups["/"].attrs, **average.attrs})
    return {**kept, "/": root, "domes": groups["domes_disorder_average"]}


def load(path: str | Path) -> Groups:
    """Read all groups of a diagram, checked.

    Axes of the group ``protocols`` are ``field`` and ``doping``, as in a new diagram; in the file
    they are :data:`mcsc.variables.PROTOCOL_AXES`.

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
        groups = netcdf.read(Path(path), KIND)
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
    decoded = {name: xr.decode_cf(dataset) for name, dataset in groups.items()}
    return _renamed(decoded, {there: here for here, there in PROTOCOL_AXES.items()})


def _renamed(groups: Groups, names: Mapping[str, str]) -> Groups:
    """Groups with other names of what protocols has for itself."""
    if "protocols" not in groups:
        return groups
    own = groups["protocols"]
    found = {name: new for name, new in names.items() if name in own.variables}
    return {**groups, "protocols": own.rename(found)}
