"""One finished task, one file: written aside and renamed, believed only after a check."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import xarray as xr

from mcsc.chain import Task
from mcsc.execute.execution import Progress
from mcsc.files import netcdf

# the layout of the groups and variables of a task file
SCHEMA = 4
KIND = netcdf.Kind("a task file", "mcsc_task_schema", SCHEMA, "the task is run again")


Complain = Callable[[str], None]


def task_path(folder: Path, task: Task) -> Path:
    """File of a finished task; its name is the digest of the task."""
    return folder / f"{task.digest()}.nc"


def checkpoint_path(folder: Path, task: Task) -> Path:
    """Checkpoint of a task under way."""
    return folder / f"{task.digest()}.checkpoint"


def store(folder: Path, task: Task, tree: xr.DataTree) -> None:
    """Write the file of a finished task."""
    attributes = {"task_digest": task.digest(), KIND.attribute: SCHEMA}
    netcdf.write(task_path(folder, task), tree, attributes)


def finished(
    folder: Path, task: Task, complain: Complain = lambda line: None
) -> xr.DataTree | None:
    """Results of a finished task, or None where it has to be run (again).

    Those of a window are the ones at the number of carriers of the task.

    complain: Told of a file that is corrupt or belongs to something else: it is not used.
    """
    tree = finished_whole(folder, task, complain)
    if tree is None or task.window is None:
        return tree
    return tree.isel(carriers=task.n_carriers - task.window[0], missing_dims="ignore")


def finished_whole(
    folder: Path, task: Task, complain: Complain = lambda line: None
) -> xr.DataTree | None:
    """As :func:`finished`, of a window all numbers of carriers, along ``carriers``."""
    path = task_path(folder, task)
    try:
        if task.window is None:
            tree = netcdf.read(path, KIND)
        else:
            tree = _read(path, path.stat().st_mtime_ns if path.is_file() else 0)
    except FileNotFoundError:
        return None
    except netcdf.BrokenFile as error:
        said = isinstance(error, netcdf.OtherSchema)
        complain(f"{error}" if said else f"{error}; {KIND.remedy}")
        return None
    if str(tree.attrs.get("task_digest")) != task.digest():
        complain(f"{path}: holds the results of another task; this one is run again")
        return None
    return tree


# a window of carriers is asked for once for each of its numbers, and each annealing of it and of
# the one below
@lru_cache(maxsize=128)
def _read(path: Path, changed: int) -> xr.DataTree:
    """What a file holds as it was at some time, which nobody changes."""
    return netcdf.read(path, KIND)


def unfinished(
    tasks: Iterable[Task], folder: Path, progress: Progress, complain: Complain = lambda line: None
) -> list[Task]:
    """Tasks that have to be run, see :func:`finished`; of the others ``progress`` is told."""
    found = []
    for task in tasks:
        if finished(folder, task, complain) is None:
            found.append(task)
        else:
            progress.update(task, 1.0)
    return found
