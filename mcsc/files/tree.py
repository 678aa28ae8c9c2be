"""A diagram as one tree, and its groups as datasets that stand alone.

In a tree a group inherits the coordinates of the root, so that none of the same name may have other
values: what histories of fields go through has names of its own there, as in a file.
"""

from collections.abc import Mapping

import xarray as xr

from mcsc.variables import HISTORY_AXES

Place = tuple[int, ...]
"""Indices on the axes of a scan but temperature: where one ladder stands."""
Groups = dict[str, xr.Dataset]
"""Datasets by name, ``/`` the root: of a task, or of a diagram before it is a tree."""


def tree_of(groups: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """One tree of groups by name, ``/`` the root."""
    return xr.DataTree.from_dict(dict(groups))


def groups_of(tree: xr.DataTree) -> Groups:
    """The groups of a tree by name, ``/`` the root, each with the coordinates along its dimensions.

    A tree gives a group all coordinates of the root, those of dimensions that it has not as well.
    """
    nodes = {"/": tree} | {str(name): node for name, node in tree.children.items()}
    return {name: alone(node) for name, node in nodes.items()}


def alone(node: xr.DataTree) -> xr.Dataset:
    """One group, with the coordinates along its dimensions."""
    own, whole = node.to_dataset(inherit=False), node.to_dataset()
    unused = [name for name, item in whole.coords.items() if not set(item.dims) <= set(own.dims)]
    return whole.drop_vars(unused)


def as_in_a_tree(history: xr.Dataset, prefix: str = "protocol") -> xr.Dataset:
    """Histories of fields with names of their own for their axes: ``protocol_field``."""
    return _renamed(history, {name: f"{prefix}_{name}" for name in HISTORY_AXES})


def as_in_a_task(history: xr.Dataset, prefix: str = "protocol") -> xr.Dataset:
    """Histories of fields with the names of their axes in a task: ``field``, ``doping``."""
    return _renamed(history, {f"{prefix}_{name}": name for name in HISTORY_AXES})


def _renamed(dataset: xr.Dataset, names: Mapping[str, str]) -> xr.Dataset:
    there = {*dataset.variables, *dataset.dims}
    return dataset.rename({name: new for name, new in names.items() if name in there})
