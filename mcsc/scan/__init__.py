"""From a run file to task files: the grid of ladders, run on all cores, resumable at any time."""

from mcsc.scan.execute import Interrupted, scan
from mcsc.scan.plan import GridTask, Plan, build_structure, plan
from mcsc.scan.taskfile import checkpoint_path, finished, task_path

__all__ = [
    "GridTask",
    "Interrupted",
    "Plan",
    "build_structure",
    "checkpoint_path",
    "finished",
    "plan",
    "scan",
    "task_path",
]
