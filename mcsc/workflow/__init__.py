"""Whole paths in one function each: run file to diagram or lowest states, and on from a diagram."""

from mcsc.workflow.finished_diagram import compare, redo_transitions
from mcsc.workflow.ground_search import ground_states
from mcsc.workflow.phase_diagram import merge_outcome, run, run_plan, tasks_folder

__all__ = [
    "compare",
    "ground_states",
    "merge_outcome",
    "redo_transitions",
    "run",
    "run_plan",
    "tasks_folder",
]
