"""Claims on tasks: no two runs work on the same one, however many share a folder.

A claim is a lock on one byte of the file ``lock`` of the folder, the one that the digest of the
task says. One file serves any number of tasks and machines, and the system lets go of the claims
of a process that is killed.
"""

import contextlib
import errno
import os
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mcsc.chain import Task
from mcsc.files.regular_file import open_unfollowed

# what file systems answer that have no locks
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


@contextlib.contextmanager
def claimed(folder: Path, tasks: Sequence[Task], say: Callable[[str], None]) -> Iterator[bool]:
    """Hold tasks of a folder for this process.

    Yields: Whether they are held; not so where the file system has no locks, of which ``say`` is
        told.

    Raises OSError if another run holds any of them, or ``lock`` is no file: nothing is held then.
    """
    # a link could lead to a file of someone else, which is neither opened nor emptied
    with os.fdopen(open_unfollowed(folder / "lock"), "r+b") as file:
        taken, supported = 0, True
        for task in tasks:
            try:
                supported = _lock_byte(file.fileno(), int(task.digest()[:15], 16))
            except (BlockingIOError, PermissionError):
                taken += 1
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
                supported = False
            if not supported:
                break
        if taken:
            which = "these tasks" if taken == len(tasks) else f"{taken} of these tasks"
            raise OSError(
                f"{folder}: another run is using this folder and works on {which}; wait for it "
                "or choose another output"
            )
        if not supported:
            say(f"{folder}: no file locks here; take care that no other run uses this folder")
        yield supported


def _lock_byte(descriptor: int, number: int) -> bool:
    """Lock one byte of an open file; False where the system knows no such locks."""
    if sys.platform == "win32":  # tried on no Windows yet
        import msvcrt

        # its positions have 31 bits: two tasks of one byte are taken for one, once in a billion
        os.lseek(descriptor, number % 0x7FFFFFFF, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        return True
    import fcntl

    if hasattr(fcntl, "F_OFD_SETLK"):
        # belongs to the open file, so that two runs of one process exclude each other too
        order = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, order)
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number, os.SEEK_SET)
    return True
