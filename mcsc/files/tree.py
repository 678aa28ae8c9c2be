"""A task or a diagram as one tree, and its groups as datasets that stand alone.

In a tree a group inherits the coordinates of the root, so that none of the same name may have other
values: what histories of fields go through has names of its own there, as in a file.
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from mcsc.variables import HISTORY_AXES

Place = tuple[int, ...]
"""Indices on the axes of a scan but temperature: where one ladder stands."""


def group(tree: xr.DataTree, name: str = "/") -> xr.Dataset:
    """One group of a tree, ``/`` the root, with the coordinates along its dimensions.

    A tree gives a group all coordinates of the root, those of dimensions that it has not as well.

    Raises ValueError if the tree has no such group.
    """
    if name == "/":
        return tree.to_dataset()
    if name not in tree.children:
        raise ValueError(
            f"the diagram has no group '{name}', only {', '.join(map(str, tree.children))}: "
            "load all groups of a complete file with mcsc.diagram.load"
        )
    own, whole = tree.children[name].to_dataset(inherit=False), tree.children[name].to_dataset()
    unused = [key for key, item in whole.coords.items() if not set(item.dims) <= set(own.dims)]
    return whole.drop_vars(unused)


def parts(diagram: xr.Dataset | xr.DataTree, *names: str) -> tuple[Any, ...]:
    """The root of a diagram and some of its groups, None for those that it has not."""
    if isinstance(diagram, xr.Dataset):
        return diagram, *(None for _ in names)
    return group(diagram), *(group(diagram, n) if n in diagram.children else None for n in names)


def groups_of(tree: xr.DataTree) -> dict[str, xr.Dataset]:
    """All groups of a tree by name, for loops over them."""
    return {name: group(tree, name) for name in ("/", *map(str, tree.children))}


def with_groups(tree: xr.DataTree, groups: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """The tree with these groups in place of those of the same names, or beside them."""
    return xr.DataTree.from_dict({**groups_of(tree), **groups})


def as_in_a_tree(history: xr.Dataset, prefix: str = "protocol") -> xr.Dataset:
    """Histories of fields with names of their own for their axes: ``protocol_field``."""
    return _renamed(history, {name: f"{prefix}_{name}" for name in HISTORY_AXES})


def as_in_a_task(history: xr.Dataset, prefix: str = "protocol") -> xr.Dataset:
    """Histories of fields with the names of their axes in a task: ``field``, ``doping``."""
    return _renamed(history, {f"{prefix}_{name}": name for name in HISTORY_AXES})


def _renamed(dataset: xr.Dataset, names: Mapping[str, str]) -> xr.Dataset:
    there = {*dataset.variables, *dataset.dims}
    return dataset.rename({name: new for name, new in names.items() if name in there})
