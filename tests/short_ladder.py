"""A short ladder of carriers that hop and are displaced: every usual move is made."""

import numba
from exact import crystal

from mcsc.chain import Sampling, Task, run
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED

KAGOME = textbook("kagome-wells", 1.7)
STATES = crystal(
    KAGOME.cell, *(with_states(w, "vertices", 0.05) for w in KAGOME.wells), units=REDUCED
)
TASK = Task(
    STATES,
    (2, 2, 2),
    9,
    (0.1, 0.15, 0.2, 0.3),
    field=0.2,
    sampling=Sampling(sweeps=640, warmup=160, measurements=128, exchange_interval=5),
    seed=3,
)


def results_on_threads(task):
    """What a task gives on one thread and on two."""
    before = numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            yield run(task)
    finally:
        numba.set_num_threads(before)
