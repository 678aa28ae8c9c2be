"""The one place that calls numba: how kernels are compiled and where the machine code is kept.

Compiled kernels are cached under the user's cache folder in a directory named after the digest of
this package's sources, because numba itself does not notice an edit in a module that a cached
kernel calls. ``NUMBA_CACHE_DIR`` moves the base, ``MCSC_CACHE=0`` turns caching off.

Machine code in the cache is run, so the folder has to be one that nobody else can write, nor any
folder above it, by which it could be exchanged. Where it is not, code is kept in a private folder
of this process and its workers until they end, and that is said once.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numba.extending
import numpy as np
from numba import get_num_threads, prange
from numba.core import cgutils

__all__ = ["SOURCES_DIGEST", "address", "call", "get_num_threads", "kernel", "prange", "take"]


# the private folder of the process that started this one
_PRIVATE = "MCSC_PRIVATE_CACHE"
# seconds
_LONG = 90 * 86400.0


def _sources_digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


SOURCES_DIGEST = _sources_digest()


def wanted_folder() -> Path | None:
    """Where code of all versions is kept; None for a user without a home, as in a container."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    with contextlib.suppress(RuntimeError):
        return (Path(base) if base else Path.home() / ".cache") / "mcsc"
    return None


def _cache_folder() -> Path | None:
    wanted = wanted_folder()
    if os.environ.get("MCSC_CACHE") == "0" or wanted is None:
        return None
    private, folder = os.environ.get(_PRIVATE), wanted / SOURCES_DIGEST
    try:
        if private and _writable_by_others(Path(private)) is None:
            return Path(private)
        # what is made here is private, whatever the umask
        for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        open_to = _writable_by_others(folder)
        if open_to is not None:
            return _private_folder(open_to)
        tempfile.TemporaryFile(dir=folder).close()
        _forget_others(folder)
    except OSError:
        return None
    return folder


def _forget_others(folder: Path) -> None:
    """Remove code that no version has used for long: each leaves some hundred megabytes."""
    os.utime(folder)
    for other in folder.parent.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - other.stat().st_mtime > _LONG and len(other.name) == len(folder.name):
                shutil.rmtree(other, ignore_errors=True)


def _writable_by_others(folder: Path) -> Path | None:
    """What another user can change of a folder: a file in it, or a way to it; None if nothing.

    In a folder with the sticky bit, as /tmp, others cannot exchange what is not theirs. Root can
    do all.
    """
    if not hasattr(os, "getuid"):  # Windows keeps the folders of users apart by itself
        return None
    # of a link both the folder that holds it and what it leads to count
    for place in dict.fromkeys((folder.absolute(), folder.resolve())):
        for step in place.parents:
            found = step.lstat()
            if _is_open(found) and not (found.st_mode & stat.S_ISVTX and _is_trusted(found)):
                return step
    if _is_open(folder.stat()):
        return folder
    for path in folder.rglob("*"):
        # another process may just have renamed what it was writing
        with contextlib.suppress(FileNotFoundError):
            if _is_open(path.lstat()):
                return path
    return None


def _is_open(found: os.stat_result) -> bool:
    """Whether others than this user and root can write there."""
    if stat.S_ISLNK(found.st_mode):
        return not _is_trusted(found)
    shared = found.st_mode & stat.S_IWOTH
    shared |= found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid)
    return bool(shared) or not _is_trusted(found)


def _is_trusted(found: os.stat_result) -> bool:
    return found.st_uid in (0, os.getuid())


def _is_own_group(gid: int) -> bool:
    """Whether a group is that of this user alone, as many systems give one to everybody."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _private_folder(shared: Path) -> Path:
    """A folder of this process alone, for its workers too; it goes when the process ends."""
    folder = tempfile.mkdtemp(prefix="mcsc.")
    os.environ[_PRIVATE] = folder
    atexit.register(_remove, folder, os.getpid())
    print(
        f"mcsc: {str(shared)!a}: other users can write here, so compiled code is not kept in "
        "it and is compiled anew; make it private (chmod go-w), or set NUMBA_CACHE_DIR to a folder "
        "that is, or MCSC_CACHE=0",
        file=sys.stderr,
    )
    return Path(folder)


def _remove(folder: str, owner: int) -> None:
    # a forked process inherits the request
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


_CACHE = _cache_folder()
# numba's annotations allow neither options chosen at run time nor its own configuration
njit: Any = numba.njit
settings: Any = numba.config
intrinsic: Any = numba.extending.intrinsic


def kernel(*, parallel: bool = False, inline: str = "never") -> Callable[[Any], Any]:
    """Decorator that compiles a function with the policy of this project.

    No fastmath: the same bits must come out on every machine of one kind. ``error_model="numpy"``
    leaves division unchecked so that loops vectorise; the GIL is released.

    parallel: Whether ``prange`` is shared among threads.
    inline: ``"always"`` writes the function into its callers before they are compiled, ``"llvm"``
        afterwards: that compiles faster, and takes no references of the arrays handed over.
    """

    def decorate(function: Any) -> Any:
        before = settings.CACHE_DIR
        # numba fixes a function's cache path when it is decorated
        settings.CACHE_DIR = str(_CACHE) if _CACHE else before
        try:
            return njit(
                cache=_CACHE is not None,
                nogil=True,
                error_model="numpy",
                parallel=parallel,
                # nothing calls kernels by their address, and compiling takes a tenth less
                no_cfunc_wrapper=True,
                inline="never" if inline == "llvm" else inline,
                forceinline=inline == "llvm",
            )(function)
        finally:
            settings.CACHE_DIR = before

    return decorate


@intrinsic
def take(_: Any, counter: Any) -> Any:
    """Raise ``counter[0]``, an array of int64, by one and return what it was, in one step.

    However many threads do so at once, each gets a number of its own.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.atomic_rmw(
            "add", array.data, context.get_constant(numba.int64, 1), "monotonic"
        )

    return numba.int64(counter), codegen


def address(function: Any, *arguments: Any) -> int:
    """Where the machine code of a kernel stands for arguments of these types, for :func:`call`.

    A kernel that calls another one holds all of its code, and a parallel loop holds it three times,
    optimised anew each time. By its address it is compiled once, whatever calls it.
    """
    key = function, _layout(arguments)
    if key not in _ADDRESSES:
        types = tuple(function.typeof_pyval(one) for one in arguments)
        function.compile(types)
        found = function.overloads[types]
        _ADDRESSES[key] = found.library.get_pointer_to_function(found.fndesc.llvm_func_name)
    return _ADDRESSES[key]


_ADDRESSES: dict[Any, int] = {}


def _layout(one: Any) -> Any:
    """What numba's type of an argument depends on; to ask for that takes half a millisecond."""
    if isinstance(one, tuple):
        return (type(one), *map(_layout, one))
    if isinstance(one, np.ndarray):
        return one.dtype.char, one.ndim, one.flags.c_contiguous, one.flags.writeable
    return type(one)


@intrinsic
def call(_: Any, where: Any, arguments: Any) -> Any:
    """Call the kernel at an :func:`address`, one that returns nothing, with a tuple of arguments.

    Nothing checks that their types are those of the address.
    """
    types, nothing = tuple(arguments.types), numba.types.none

    def codegen(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        convention = context.call_conv
        code = convention.get_function_type(nothing, types)
        callee = builder.inttoptr(given[0], code.as_pointer())
        handed = cgutils.unpack_tuple(builder, given[1])
        status, _ = convention.call_function(builder, callee, nothing, types, handed)
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return nothing(where, arguments), codegen
