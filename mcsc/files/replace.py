"""Files replaced in one step: whoever looks finds the old one or the new one, whole."""

import contextlib
import errno
import glob
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from mcsc.files.regular_file import NotRegularFile, require_regular

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file aside, to the disk, and put it in place; the old one stays if that fails.

    path: File to make or replace.
    write: Writes its contents into the open file it is given.

    Raises OSError if it cannot be written, in one line with the remedy; ``errno`` says why.
    """
    aside = path.with_name(
        f"{path.name}.{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    )
    try:
        require_regular(path)
        # exclusively: what someone else has put there is neither followed nor emptied
        opened = aside.open("xb")
        try:
            with opened as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except NotRegularFile:
        raise
    except OSError as error:
        raise cannot_write(path, error) from None


def cannot_write(path: Path, error: OSError) -> OSError:
    """The same error in one line that names the file and the remedy."""
    remedy = "; choose another output"
    if error.errno in _FULL:
        remedy = "; free some space and try again"
    elif error.errno in _CLOSED:
        remedy = "; make it writable or choose another output"
    said = OSError(f"{path}: cannot be written ({error.strerror or error}){remedy}")
    said.errno = error.errno
    return said


def require_writable(path: Path) -> None:
    """Make the folder of an output, and refuse one that takes no files before any work is done.

    Raises OSError: In one line that names the file and the remedy.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # not os.access: it grants the superuser folders in which nothing can be made, as /proc
        tempfile.TemporaryFile(dir=path.parent).close()
    except FileExistsError:
        raise cannot_write(path.parent, OSError(errno.EEXIST, "a file of this name")) from None
    except OSError as error:
        raise cannot_write(path, error) from None


def is_full(error: OSError) -> bool:
    """Whether it is for lack of space that something could not be written."""
    return error.errno in _FULL


def remove_leftovers(path: Path) -> None:
    """Remove what processes of this machine left aside of a file when they were killed."""
    for aside in _left(path.parent, f"{path.name}.{socket.gethostname()}.", ".tmp"):
        aside.unlink(missing_ok=True)


def _left(folder: Path, start: str, end: str = "") -> Iterator[Path]:
    """What is named by a start and the number of a process that is no more."""
    for path in folder.glob(f"{glob.escape(start)}*{end}"):
        pid = path.name.removeprefix(start).partition(".")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            yield path


@contextlib.contextmanager
def scratch_folder(size: int) -> Iterator[Path]:
    """A folder for a moment, in memory where that can be, with room for so many bytes.

    Raises OSError if there is no room.
    """
    folders = Path("/dev/shm"), Path(tempfile.gettempdir())
    roomy = [p for p in folders if os.access(p, os.W_OK) and shutil.disk_usage(p).free > size]
    if not roomy:
        raise cannot_write(folders[-1], OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    start = f"mcsc.{socket.gethostname()}."
    for left in _left(roomy[0], start):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{start}{os.getpid()}.", dir=roomy[0]) as folder:
        yield Path(folder)


def _lives(pid: int) -> bool:
    if sys.platform == "win32":  # there os.kill would end it
        return True
    try:
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
