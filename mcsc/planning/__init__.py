"""From a run file to what is to be run: axes, wells, carriers, and further rounds.

The grid of ladders is a function of the run file alone. Scans that decide for themselves what to
run next go through rounds of ordinary tasks: every round is a function of the run file and of the
finished tasks of the rounds before, so that whatever is stopped, killed or run elsewhere, the same
rounds follow with the same bits. What cannot be run is refused by a
:class:`mcsc.config.RunFileError` of one line.

======================================================  ==========================================
``plan`` of ``axes``, ``variants``, ``fillings``        the grid and its tasks, or fillings alone
``wells``, ``supercells``, ``carriers``, ``dopants``    what a task is made of
``checks``                                              what cannot be run
``follow`` of ``rounds``, ``ladders``                   rounds one after the other, and their files
``pilots``, ``placement``, ``flow``                     where temperatures have to be
``longer_runs``, ``more_dopings``                       what is added, and when that ends
``stacks``                                              what a ladder has not found by itself
======================================================  ==========================================
"""

from mcsc.planning.axes import place_name
from mcsc.planning.carriers import dopings_that_fit, with_measured_doping, with_reference
from mcsc.planning.fillings import Fillings, fillings
from mcsc.planning.follow import follow
from mcsc.planning.ladders import settings_of
from mcsc.planning.placement import Placement, place_temperatures
from mcsc.planning.plan import GridTask, Plan, plan, replanned
from mcsc.planning.rounds import LONGER, Outcome, Round, results, task_name
from mcsc.planning.wells import build_structure, crystal_file, crystal_wells
