"""Checkpoints of a chain: its state and its record, written in one step and never misread."""

import io
import math
import zipfile
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import numpy.lib.format as npy

from mcsc.chain.digest import ALGORITHM
from mcsc.chain.record import Record
from mcsc.chain.task import Task
from mcsc.files.regular_file import read_regular
from mcsc.files.replace import replace_file
from mcsc.kernels.block_tables import BlockState
from mcsc.kernels.rng import ALGORITHM as RNG_ALGORITHM
from mcsc.kernels.tables import State

R = TypeVar("R", bound=Record)

# the arrays that a checkpoint holds
LAYOUT = 12


def save(path: Path, task: Task, step: int, state: State | BlockState, record: Record) -> None:
    """Write a checkpoint in one step, so that a kill or a full disk leaves the old or the new one.

    Raises OSError if it cannot be written, see :func:`mcsc.files.replace.replace_file`.
    """
    arrays = {f"state_{name}": array for name, array in state._asdict().items()}
    # the potential is rebuilt from the carriers at every step, in a chain that goes on too
    del arrays["state_potential"], arrays["state_scratch"]
    arrays.update({f"record_{name}": array for name, array in record.arrays().items()})
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


def unfit(path: Path) -> str:
    """Why a checkpoint of a task cannot be gone on from, in words."""
    try:
        with _archive(path) as file:
            layout = int(file["header"].tolist()[1].rpartition("layout ")[2])
    # numpy raises whatever its zip and header parsers stumble over
    except Exception:
        return "damaged"
    return "damaged" if layout == LAYOUT else f"of layout {layout}, this mcsc reads {LAYOUT}"


def _identity(task: Task) -> list[str]:
    """What a checkpoint must agree with to be of use."""
    return [task.digest(), f"{ALGORITHM}, layout {LAYOUT}", RNG_ALGORITHM]


def load(path: Path, task: Task, state: State | BlockState, kind: type[R]) -> tuple[int, R] | None:
    """Restore a checkpoint: ``state`` in place, the step it was written after and the record.

    A checkpoint that is broken or of another task is of no use and silently replaced: the task
    starts again and gives the same numbers. None where there is none that fits.
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
        record = kind()
        record.restore({n[7:]: a for n, a in arrays.items() if n.startswith("record_")})
        for name, array in stored.items():
            getattr(state, name)[...] = array
        return int(header[3]), record
    # numpy raises whatever its zip and header parsers stumble over
    except Exception:
        return None
