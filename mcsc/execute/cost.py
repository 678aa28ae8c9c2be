"""What tasks will cost: core hours, memory and disk, from a short piece of them run here."""

import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from mcsc.chain import Task, distinct, run
from mcsc.execute.calls import called
from mcsc.execute.taskfile import store, task_path
from mcsc.files.tree import groups_of

# measurements of a piece, and seconds that the longer of two takes about
_MEASUREMENTS, _SECONDS = 32, 1.5
# kinds of tasks that are tried at most: the dearest
_KINDS = 3
# reading, analysing and writing hold some copies of all results
_COPIES = 3.0
# wells of a piece: larger crystals are tried at about this size, for tables and snapshots alone
# would take longer than a question may
MOST_WELLS = 1 << 15
# powers of the wells that the time of a proposal grows with beyond, in block visits and else, where
# an accepted move changes all potentials: docs/performance.md
_GROWTH = (0.16, 1.0)


@dataclass(frozen=True)
class Cost:
    """What tasks take.

    core_seconds: Of one core, all tasks together.
    longest: Seconds of the longest task on one core: no number of workers is faster.
    worker_bytes, merge_bytes: Memory of one worker, and of the process that makes the diagram of
        all.
    disk_bytes: Of the files of the tasks and of the diagram.
    """

    core_seconds: float
    longest: float
    worker_bytes: float
    merge_bytes: float
    disk_bytes: float


def measured_cost(tasks: Sequence[Task]) -> Cost:
    """Run a piece of each kind of task for a second or two, and scale it up.

    Kinds differ by the number of wells, the ensemble and the number of temperatures; of more than
    three the dearest are tried, large crystals as smaller ones (:data:`MOST_WELLS`). Compiled
    kernels are made on the way if they are not there.
    """
    kinds: dict[tuple[object, ...], list[Task]] = {}
    for task in distinct(tasks):
        key = (task.n_wells, type(task.ensemble).__name__, len(task.temperatures))
        kinds.setdefault(key, []).append(task)
    if not kinds:
        return Cost(0.0, 0.0, 0.0, 0.0, 0.0)
    ranked = sorted(kinds.values(), key=lambda these: -sum(t.proposals for t in these))
    tried = [max(these, key=lambda t: t.proposals) for these in ranked[:_KINDS]]
    pieces = called(_piece, tried, 1, 1)
    of_kind = pieces + pieces[:1] * (len(ranked) - len(pieces))
    seconds = [
        piece.seconds * task.proposals
        for these, piece in zip(ranked, of_kind, strict=True)
        for task in these
    ]
    stored = [
        piece.fixed_bytes + piece.measurement_bytes * task.sampling.measurements
        for these, piece in zip(ranked, of_kind, strict=True)
        for task in these
    ]
    shrunk = max(piece.shrunk for piece in pieces)
    return Cost(
        sum(seconds),
        max(seconds),
        max(piece.memory_bytes for piece in pieces) + 2 * max(stored),
        max(piece.memory_bytes for piece in pieces) + _COPIES * sum(stored),
        2 * shrunk * sum(stored),
    )


@dataclass(frozen=True)
class _Piece:
    """Seconds a proposal, bytes of results, and by how much a file is smaller than they are."""

    seconds: float
    fixed_bytes: float
    measurement_bytes: float
    memory_bytes: float
    shrunk: float


def _piece(asked: Task, /, *, report: Callable[[float], None]) -> _Piece:
    task = _smaller(asked)
    # of a window every number of carriers has to be measured
    least = _MEASUREMENTS * (
        1 if task.window is None else 2 * (1 + task.window[1] - task.window[0])
    )
    short = _shortened(task, least)
    # compiles and loads
    run(short)
    longer, (first, tree) = short, _timed(short)
    seconds = first / short.proposals
    more = min(int(_SECONDS / max(first, 1e-3)), task.sampling.measurements // least, 64)
    if more >= 2:
        # what every run takes, however short, is in both
        longer = _shortened(task, least * more)
        second, tree = _timed(longer)
        seconds = max(second - first, 0.1 * second) / (longer.proposals - short.proposals)
    report(1.0)
    fixed, growing = _bytes(tree)
    with tempfile.TemporaryDirectory() as folder:
        store(Path(folder), longer, tree)
        size = task_path(Path(folder), longer).stat().st_size
    shrunk = min(size / max(fixed + growing, 1), 1.0)
    scale = asked.n_wells / task.n_wells
    return _Piece(
        seconds * scale ** _GROWTH[not asked.by_blocks],
        fixed * scale,
        growing / longer.sampling.measurements,
        _memory() + (asked.n_wells - task.n_wells) * _bytes_a_well(asked),
        shrunk,
    )


def _smaller(task: Task) -> Task:
    """The same wells in a crystal of fewer cells where there are many; with ions as it is."""
    size = list(task.size)
    while task.structure.n_wells * math.prod(size) > MOST_WELLS and max(size) > 1:
        longest = size.index(max(size))
        size[longest] = -(-size[longest] // 2)
    share = math.prod(size) / math.prod(task.size)
    if share == 1.0 or task.dopants is not None or task.window is not None:
        return task
    carriers = round(share * task.n_carriers)
    x, y, z = size
    return replace(task, size=(x, y, z), n_carriers=carriers, continues=None)


def _bytes_a_well(task: Task) -> float:
    """Of potentials, wells and tables: 100 with four replicas of one state a well, as measured."""
    n_wells = task.structure.n_wells
    states = sum(len(well.displacements) for well in task.structure.wells)
    return task.n_replicas * (8 * states / n_wells + 1) + 32 * states**2 / n_wells + 32


def _timed(task: Task) -> tuple[float, xr.DataTree]:
    # of one core, whatever else runs
    begun = time.process_time()
    tree = run(task)
    return time.process_time() - begun, tree


def _shortened(task: Task, measurements: int) -> Task:
    """The same ladder with fewer measurements as far apart, and as much less warm-up."""
    sampling = task.sampling
    sweeps = measurements * sampling.spacing
    warmup = round(sampling.warmup * sweeps / sampling.sweeps)
    short = replace(sampling, sweeps=sweeps, warmup=warmup, measurements=measurements)
    return replace(task, sampling=short, continues=None, protocol=None)


def _bytes(tree: xr.DataTree) -> tuple[float, float]:
    """Bytes of results that stay, and of those with a number for each measurement."""
    fixed = growing = 0.0
    for dataset in groups_of(tree).values():
        for item in dataset.variables.values():
            if "measurement" in item.dims:
                growing += item.nbytes
            else:
                fixed += item.nbytes
    return fixed, growing


def _memory() -> float:
    """Most bytes of memory that this process has had; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1.0 if sys.platform == "darwin" else 1024.0)
