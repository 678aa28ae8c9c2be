"""Scans that decide for themselves what to run next, in rounds of ordinary tasks.

Every round is a function of the run file and of the finished tasks of the rounds before: whatever
is stopped, killed or run elsewhere, the same rounds follow with the same bits.
"""

from mcsc.rounds.follow import follow
from mcsc.rounds.ladders import settings_of
from mcsc.rounds.outcome import LONGER, Outcome, Round, results, task_name
from mcsc.rounds.placement import Placement, place_temperatures

__all__ = [
    "LONGER",
    "Outcome",
    "Placement",
    "Round",
    "follow",
    "place_temperatures",
    "results",
    "settings_of",
    "task_name",
]
