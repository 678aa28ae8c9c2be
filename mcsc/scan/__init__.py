"""From a run file to task files: the grid of ladders, run on all cores, resumable at any time."""

from mcsc.scan.carriers import dopings_that_fit
from mcsc.scan.chemical_potential import with_measured_doping
from mcsc.scan.execute import Interrupted, scan
from mcsc.scan.fillings import Fillings, fillings
from mcsc.scan.place import place_name
from mcsc.scan.plan import GridTask, Plan, plan, replanned
from mcsc.scan.shares import share
from mcsc.scan.taskfile import checkpoint_path, finished, task_path
from mcsc.scan.wells import build_structure, crystal_wells

__all__ = [
    "Fillings",
    "GridTask",
    "Interrupted",
    "Plan",
    "build_structure",
    "checkpoint_path",
    "crystal_wells",
    "dopings_that_fit",
    "fillings",
    "finished",
    "place_name",
    "plan",
    "replanned",
    "scan",
    "share",
    "task_path",
    "with_measured_doping",
]
