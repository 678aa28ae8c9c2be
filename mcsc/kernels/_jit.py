"""The one place that calls numba: how kernels are compiled and where the machine code is kept.

Compiled kernels are cached under the user's cache folder in a directory named after the digest of
this package's sources, because numba itself does not notice an edit in a module that a cached
kernel calls. ``NUMBA_CACHE_DIR`` moves the base, ``MCSC_CACHE=0`` turns caching off.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numba.extending
from numba import get_num_threads, prange

__all__ = ["SOURCES_DIGEST", "get_num_threads", "kernel", "prange", "take"]


def _sources_digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


SOURCES_DIGEST = _sources_digest()


def _cache_folder() -> Path | None:
    if os.environ.get("MCSC_CACHE") == "0":
        return None
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "mcsc" / SOURCES_DIGEST
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_CACHE = _cache_folder()
# numba's annotations allow neither options chosen at run time nor its own configuration
njit: Any = numba.njit
settings: Any = numba.config
intrinsic: Any = numba.extending.intrinsic


def kernel(*, parallel: bool = False, inline: str = "never") -> Callable[[Any], Any]:
    """Decorator that compiles a function with the policy of this project.

    No fastmath: the same bits must come out on every machine of one kind. ``error_model="numpy"``
    leaves division unchecked so that loops vectorise; the GIL is released.

    Parameters
    ----------
    parallel
        Whether ``prange`` is shared among threads.
    inline
        ``"always"`` writes the function into its callers before they are compiled, ``"llvm"``
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
