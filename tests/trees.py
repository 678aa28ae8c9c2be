"""Trees of groups that a test makes or changes as datasets by name."""

from collections.abc import Mapping

import xarray as xr

from mcsc.files.tree import groups_of
from mcsc.transitions import Settings, analyse

Groups = xr.DataTree | Mapping[str, xr.Dataset]


def tree_of(groups: Groups) -> xr.DataTree:
    return groups if isinstance(groups, xr.DataTree) else xr.DataTree.from_dict(dict(groups))


def analysed(groups: Groups, settings: Settings | None = None) -> dict[str, xr.Dataset]:
    """As :func:`mcsc.analyse`, from groups to groups."""
    return groups_of(analyse(tree_of(groups), settings))
