"""The first state of a ladder, the moves it makes, and what a checkpoint holds of it."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.chain.task import ALGORITHM, Task
from mcsc.kernels.rng import ALGORITHM as RNG_ALGORITHM
from mcsc.kernels.rng import stream
from mcsc.kernels.tables import State, Tables

IntArray = npt.NDArray[np.int64]


def random_state(task: Task, tables: Tables) -> State:
    """Carriers at the centres of randomly drawn wells, one replica a temperature.

    The draw is addressed like all random numbers: by seed, digest of the task and replica.
    """
    n_replicas, n, n_wells = len(task.temperatures), task.n_carriers, len(tables.first)
    words = task.digest_words()
    carriers = np.empty((n_replicas, n), np.int32)
    empty = np.empty((n_replicas, n_wells - n), np.int32)
    slot = np.empty((n_replicas, n_wells), np.int32)
    for r in range(n_replicas):
        # kernels use spawn keys 0 … R, the draw of the start those after
        sequence = np.random.SeedSequence([task.seed, *words], spawn_key=(n_replicas + 1 + r,))
        wells = np.random.Generator(np.random.PCG64(sequence)).permutation(n_wells)
        carriers[r], empty[r] = tables.first[wells[:n]], wells[n:]
        slot[r, wells[:n]] = np.arange(n)
        slot[r, wells[n:]] = -1 - np.arange(n_wells - n)
    return State(
        carriers=carriers,
        empty=empty,
        slot=slot,
        potential=np.zeros((n_replicas, len(tables.site))),
        energy=np.zeros(n_replicas),
        rng=np.stack([stream(task.seed, words, r) for r in range(n_replicas + 1)]),
        rung=np.arange(n_replicas, dtype=np.int32),
        replica=np.arange(n_replicas, dtype=np.int32),
        tally=np.zeros((n_replicas, 10), np.int64),
    )


def move_mix(task: Task, tables: Tables) -> IntArray:
    """Proposals of each move a sweep: one a carrier of every move that can do anything."""
    n = task.n_carriers
    displaced = int(tables.states.max()) > 1
    return np.array([n, n, n if displaced else 0], dtype=np.int64)


def save(path: Path, task: Task, step: int, state: State, sums: dict[str, Any]) -> None:
    """Write a checkpoint aside and rename it, so that a kill leaves the old or the new one."""
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    arrays = {f"state_{name}": array for name, array in state._asdict().items()}
    # the potential is rebuilt from the carriers at every step, in a chain that goes on too
    del arrays["state_potential"]
    arrays.update({f"sums_{name}": array for name, array in sums.items()})
    header = np.array([*_identity(task), str(step)])
    with aside.open("wb") as file:
        np.savez(file, header=header, **arrays)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def saved_step(path: Path, task: Task) -> int:
    """Step a checkpoint was written after; 0 where there is none that fits."""
    try:
        # np.load leaves a file open that is no zip archive
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            header = file["header"].tolist()
    # numpy raises whatever its zip and header parsers stumble over
    except Exception:
        return 0
    return int(header[3]) if header[:3] == _identity(task) else 0


def _identity(task: Task) -> list[str]:
    """What a checkpoint must agree with to be of use."""
    return [task.digest(), str(ALGORITHM), RNG_ALGORITHM]


def load(path: Path, task: Task, state: State) -> tuple[int, dict[str, Any]] | None:
    """Restore a checkpoint into ``state``; None where there is none that fits.

    A checkpoint that is broken or of another task is of no use and silently replaced: the task
    starts again and gives the same numbers.
    """
    try:
        # np.load leaves a file open that is no zip archive
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = arrays.pop("header").tolist()
        if header[:3] != _identity(task):
            return None
        stored = {n[6:]: a for n, a in arrays.items() if n.startswith("state_")}
        for name, array in stored.items():
            target = getattr(state, name)
            if target.shape != array.shape or target.dtype != array.dtype:
                return None
        for name, array in stored.items():
            getattr(state, name)[...] = array
        sums = {n[5:]: a for n, a in arrays.items() if n.startswith("sums_")}
        return int(header[3]), sums
    # numpy raises whatever its zip and header parsers stumble over
    except Exception:
        return None
