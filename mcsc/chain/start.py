"""The first state of a ladder, its annealing, and what a checkpoint holds of it."""

import io
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from mcsc.chain.task import ALGORITHM, Task
from mcsc.files.regular_file import read_regular
from mcsc.files.replace import replace_file
from mcsc.kernels.ladder import TALLY_COLUMNS
from mcsc.kernels.rng import ALGORITHM as RNG_ALGORITHM
from mcsc.kernels.rng import streams
from mcsc.kernels.tables import State, Tables, potential_length, scratch_length

# the arrays and series that a checkpoint holds
_LAYOUT = 7


def random_state(task: Task, tables: Tables) -> State:
    """Carriers at the centres of randomly drawn wells, in every replica of a task.

    The draw is addressed like all random numbers: by seed, digest of the task and replica.
    """
    state = blank_state(task, tables, task.n_replicas)
    place_at_random(task, tables, state, 0)
    return state


def blank_state(task: Task, tables: Tables, n_replicas: int) -> State:
    """Replicas with their random streams and room for their carriers, which are not placed yet.

    Returns
    -------
    ``carriers``, ``empty`` and ``slot`` are zero, ``number`` is that of the task, and every replica
    is on the rung of its own number.
    """
    n, n_wells, words = task.n_carriers, len(tables.first), task.digest_words()
    fixed = task.chemical_potential is None
    room = (n, n_wells - n) if fixed else (n_wells, n_wells)
    return State(
        carriers=np.zeros((n_replicas, room[0]), np.int32),
        number=np.full(n_replicas, n, np.int32),
        empty=np.zeros((n_replicas, room[1]), np.int32),
        slot=np.zeros((n_replicas, n_wells), np.int32),
        potential=np.zeros((n_replicas, potential_length(len(tables.site)))),
        energy=np.zeros(n_replicas),
        rng=streams(task.seed, words, n_replicas + 1),
        rung=np.arange(n_replicas, dtype=np.int32),
        replica=np.arange(n_replicas, dtype=np.int32),
        tally=np.zeros((n_replicas, TALLY_COLUMNS), np.int64),
        scratch=np.zeros((n_replicas, scratch_length(tables))),
    )


def place_at_random(task: Task, tables: Tables, state: State, start: int) -> None:
    """Put the carriers of every replica at the centres of wells drawn for its start number.

    Potential and energy are not touched: recompute them.
    """
    n_replicas, n, n_wells = task.n_replicas, task.n_carriers, len(tables.first)
    words = task.digest_words()
    for r in range(n_replicas):
        # kernels use spawn keys 0 … R, the draws of the starts those after
        key = (1 + start) * n_replicas + 1 + r
        sequence = np.random.SeedSequence([task.seed, *words], spawn_key=(key,))
        wells = np.random.Generator(np.random.PCG64(sequence)).permutation(n_wells)
        state.carriers[r, :n], state.empty[r, : n_wells - n] = tables.first[wells[:n]], wells[n:]
        state.slot[r, wells[:n]] = np.arange(n)
        state.slot[r, wells[n:]] = -1 - np.arange(n_wells - n)


def place_as_in(tables: Tables, state: State, snapshot: npt.NDArray[np.integer[Any]]) -> None:
    """Put the carriers of every replica where a snapshot has them at its temperature.

    Parameters
    ----------
    snapshot
        (R, W) state of each well, −1 empty, as in the group ``samples`` of a finished task.

    Potential and energy are not touched: recompute them.
    """
    distance = int(tables.shape[3])
    for r, states in enumerate(snapshot.astype(np.int32)):
        filled, empty = np.nonzero(states >= 0)[0], np.nonzero(states < 0)[0]
        n = len(filled)
        state.number[r] = n
        state.carriers[r, :n] = tables.first[filled] + distance * states[filled]
        state.empty[r, : len(empty)] = empty
        state.slot[r, filled] = np.arange(n)
        state.slot[r, empty] = -1 - np.arange(len(empty))


def annealing_betas(task: Task, stage: int) -> npt.NDArray[np.float64]:
    """Inverse temperatures of all replicas at a stage of the annealing.

    Every replica follows the ladder down from the hottest rung and stays at its own; from stage
    T − 1 on, all are there.

    Returns
    -------
    (R,) 1/(k_B T), repeats of the whole ladder one after the other, per energy.
    """
    n = len(task.temperatures)
    betas = 1.0 / (task.units.boltzmann * np.array(task.temperatures))
    ladder = betas[np.maximum(np.arange(n), n - 1 - stage)]
    return np.tile(ladder, task.n_replicas // n)


def save(path: Path, task: Task, step: int, state: State, sums: dict[str, Any]) -> None:
    """Write a checkpoint in one step, so that a kill or a full disk leaves the old or the new one.

    Raises
    ------
    OSError
        If it cannot be written, see :func:`mcsc.files.replace.replace_file`.
    """
    arrays = {f"state_{name}": array for name, array in state._asdict().items()}
    # the potential is rebuilt from the carriers at every step, in a chain that goes on too
    del arrays["state_potential"], arrays["state_scratch"]
    arrays.update({f"sums_{name}": array for name, array in sums.items()})
    header = np.array([*_identity(task), str(step)])
    replace_file(path, lambda file: np.savez(file, header=header, **arrays))


def _archive(path: Path) -> Any:
    """The arrays of a checkpoint; refused if they are not stored as :func:`save` stores them.

    What is packed, or says it is longer than the bytes that are there, could fill the memory.
    """
    data = io.BytesIO(read_regular(path))
    with zipfile.ZipFile(data) as packed:
        for part in packed.infolist():
            if part.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{part.filename} is packed")
            with packed.open(part) as stored:
                _require_whole(stored, part.file_size)
    data.seek(0)
    return np.load(data, allow_pickle=False)


def _require_whole(stored: IO[bytes], size: int) -> None:
    """Refuse an array whose header asks for more than so many bytes."""
    version = npy.read_magic(stored)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(stored)
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError("an array is longer than its bytes")


def saved_step(path: Path, task: Task) -> int:
    """Step a checkpoint was written after; 0 where there is none that fits."""
    try:
        with _archive(path) as file:
            header = file["header"].tolist()
    # numpy raises whatever its zip and header parsers stumble over
    except Exception:
        return 0
    return int(header[3]) if header[:3] == _identity(task) else 0


def _identity(task: Task) -> list[str]:
    """What a checkpoint must agree with to be of use."""
    return [task.digest(), f"{ALGORITHM}, layout {_LAYOUT}", RNG_ALGORITHM]


def load(path: Path, task: Task, state: State) -> tuple[int, dict[str, Any]] | None:
    """Restore a checkpoint into ``state``; None where there is none that fits.

    A checkpoint that is broken or of another task is of no use and silently replaced: the task
    starts again and gives the same numbers.
    """
    try:
        with _archive(path) as file:
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
