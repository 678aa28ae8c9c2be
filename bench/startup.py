"""Seconds until something happens, in fresh processes: help, the first sweep, one thread or two.

The first sweep with a cold cache compiles every kernel; what it is measured against are the times
promised in the documentation. Threads are compared by the wall clock: leave the machine alone.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from timing import Row, Rows

FIRST_SWEEP = """
from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.chain.mix import move_mix
from mcsc.kernels import ladder
from mcsc.structure import textbook
from mcsc.units import REDUCED
import numpy as np
task = Task(textbook("cubic"), (4, 4, 4), 32, (0.1, 0.2))
tables, _ = kernel_tables(task.build())
state = random_state(task, tables)
ladder.recompute(tables, state)
ladder.anneal(tables, state, np.array([10.0, 5.0]), move_mix(task, tables), 1)
"""
THREADS = """
import sys, time
import numba
from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels import ladder
from mcsc.kernels.move_table import Mix
from mcsc.structure import textbook
from mcsc.units import REDUCED
import numpy as np
task = Task(textbook("cubic"), (10, 10, 10), 500, tuple(np.linspace(0.1, 0.2, 16)))
tables, _ = kernel_tables(task.build())
state = random_state(task, tables)
ladder.recompute(tables, state)
betas, mix = 1 / np.array(task.temperatures), Mix(near_hop=500, far_hop=500)
ladder.anneal(tables, state, betas, mix, 200)
buffers = np.empty((40, 16, 500), np.int32), np.empty((40, 16))
for _ in range(int(sys.argv[1])):
    # by turns: the clock of a machine wanders
    for threads in sys.argv[2:]:
        numba.set_num_threads(int(threads))
        begun = time.perf_counter()
        ladder.run(tables, state, betas, mix, 5, 0, 4, *buffers)
        print(threads, time.perf_counter() - begun)
"""
PROMISED = {"help": 0.3, "first sweep, warm cache": 2.0, "first sweep, cold cache": 25.0}


def cases(repeats) -> Rows:
    """Rows of the table."""
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as folder:
        # numba's own compiled functions stay where they are
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        commands = {
            "help": ([sys.executable, "-m", "mcsc", "--help"], None, repeats),
            "first sweep, warm cache": ([*python, FIRST_SWEEP], environment, repeats),
            "first sweep, cold cache": (
                [*python, FIRST_SWEEP], {**os.environ, "MCSC_CACHE": "0"}, 1,
            ),
        }  # fmt: skip
        for case, (command, variables, times) in commands.items():
            if variables is environment:
                _seconds(command, variables)
            took = statistics.median(_seconds(command, variables) for _ in range(times))
            yield Row(case, took, "s", PROMISED[case], "promised")
        # a run of several processes each: where in memory they lie makes a difference
        turns = [
            (*_ladders((1, 2), 1, repeats, environment), *_ladders((1,), 2, repeats, environment))
            for _ in range(3)
        ]
        one, two, both = (statistics.median(took) for took in zip(*turns, strict=True))
        yield Row("ladder of 16, two threads", two, "s", one, "one thread")
        note = "what two cores of this machine give at most; scans run tasks so"
        yield Row("ladders of 16, two processes", both / 2, "s", one, "one process", note)


def _seconds(command, variables):
    begun = time.perf_counter()
    subprocess.run(command, env=variables, check=True, capture_output=True)
    return time.perf_counter() - begun


def _ladders(threads, processes, repeats, environment):
    """Median seconds of a block of sweeps of a ladder on so many threads, in processes at once."""
    command = [sys.executable, "-c", THREADS, *map(str, (repeats, *threads))]
    variables = {**environment, "NUMBA_NUM_THREADS": str(max(threads))}
    running = [
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    lines = [line.split() for one in running for line in one.communicate()[0].splitlines()]
    if any(one.returncode for one in running):
        sys.exit("a ladder failed")
    return [statistics.median(float(s) for on, s in lines if int(on) == n) for n in threads]
