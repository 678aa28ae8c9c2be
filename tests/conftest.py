"""Make the shared modules of this folder importable, and keep numba's threads polite."""

import os
import sys
from pathlib import Path

import pytest

# pytest's importlib mode leaves the path alone
sys.path.insert(0, str(Path(__file__).parent))
# on a busy machine threads that spin between short parallel regions make the tests crawl
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# and so do those of small matrices; numpy is imported later
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# errors of the program are to be seen, not told in a line
os.environ.setdefault("MCSC_TRACEBACK", "1")

from spectra import (  # noqa: F401
    infinite_range_blume_capel,
    infinite_range_ising,
    ising4,
    lattice_ising,
    spectrum,
    three_spin_ising,
)
from whole_validation import pytest_sessionfinish, pytest_sessionstart  # noqa: F401

TESTS = Path(__file__).parent
# compiles most of the kernels
FIRST = ("chain",)
WITHOUT_KERNELS = ("estimators", "interactions", "lattice", "structure")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the second half with tests that need no kernels: each of two processes gets a half.

    Else both would compile the same kernels at the same time, instead of one for both.
    """

    def among(folders: tuple[str, ...], item: pytest.Item) -> bool:
        return item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in folders

    free = [item for item in items if among(WITHOUT_KERNELS, item)]
    others = [item for item in items if not among(WITHOUT_KERNELS, item)]
    others.sort(key=lambda item: not among(FIRST, item))
    half = len(items) // 2
    items[:] = others[:half] + free + others[half:]
