"""Make the shared modules of this folder importable, and keep numba's threads polite."""

import os
import sys
from pathlib import Path

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
