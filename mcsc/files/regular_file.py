"""Regular files only: pipes, devices and folders in their place are named, and nothing waits."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "is a folder"), (stat.S_ISFIFO, "is a pipe"), (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"), (stat.S_ISSOCK, "is a socket"),
)  # fmt: skip
# a pipe is not waited for; POSIX only
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class NotRegularFile(OSError):
    """Something else than a file, or more of it than fits into memory; one line for the user."""


def require_regular(path: Path) -> None:
    """Refuse what is there and no regular file; a missing one passes.

    Raises NotRegularFile: In one line that names it.
    Raises OSError if it may not be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    _require(path, mode)


def read_regular(path: Path, largest: int | None = None) -> bytes:
    """Contents of a regular file.

    path: The file.
    largest: Bytes it may have at most; as many as fit into memory by default.

    Raises NotRegularFile for a folder, pipe, device or socket, and for a file that is too large.
    Raises OSError if it is missing or may not be read.
    """
    # opening some devices has consequences
    _require(path, path.stat().st_mode)
    with os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb") as file:
        found = os.fstat(file.fileno())
        _require(path, found.st_mode)
        if found.st_size > memory():
            raise NotRegularFile(
                f"{path}: {found.st_size / 1e9:.1f} GB are more than this machine has memory"
            )
        if largest is None:
            return file.read()
        content = file.read(largest + 1)
    if len(content) > largest:
        limit = f"{largest >> 20} MiB"
        raise NotRegularFile(f"{path}: larger than {limit}, and a small file belongs here")
    return content


def open_unfollowed(path: Path) -> int:
    """Descriptor of a file to read and write, made if missing; links are not followed.

    Raises NotRegularFile for a link, folder, pipe, device or socket.
    Raises OSError if it cannot be opened.
    """
    if path.is_symlink():
        raise NotRegularFile(f"{path}: is a link, and a file belongs here; remove it")
    require_regular(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _AT_ONCE | _NO_LINK, 0o666)
    try:
        _require(path, os.fstat(descriptor).st_mode)
    except NotRegularFile:
        os.close(descriptor)
        raise
    return descriptor


def memory() -> int:
    """Bytes of memory of this machine; very many where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 1 << 62


def _require(path: Path, mode: int) -> None:
    for is_kind, name in _KINDS:
        if is_kind(mode):
            raise NotRegularFile(f"{path}: {name}, and a file belongs here")
