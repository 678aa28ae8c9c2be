"""Whole paths in one function each: run file to diagram or lowest states, and on from a diagram."""

from mcsc.workflow.currents import transport
from mcsc.workflow.finished_diagram import compare, redo_transitions
from mcsc.workflow.ground_search import ground, ground_states
from mcsc.workflow.one_ladder import sample
from mcsc.workflow.origin import replaced_by
from mcsc.workflow.phase_diagram import default_output, merge_outcome, run, run_plan, tasks_folder
