"""Each comparison of a validation test is a row: asserted, and kept for docs/validation.md.

Rows go to ``tests/validation/results``, one file a test, also those that fail;
``python analysis/validation.py`` makes the page of them. Tests run on one core each: with ``-n 2``
two cores are full.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from math import hypot, isfinite
from pathlib import Path

import pytest

# pytest's importlib mode leaves the path alone
sys.path.insert(0, str(Path(__file__).parent))

from ladders import cpu_seconds
from whole_validation import RESULTS, commit

MOST = 3.0


@dataclass(frozen=True)
class Row:
    """One comparison; ``z`` is None where the reference is exact and ``tolerance`` decides."""

    case: str
    reference: float
    reference_error: float
    source: str
    ours: float
    error: float
    tolerance: float | None
    z: float | None
    note: str

    @property
    def agrees(self) -> bool:
        """Within 3 standard errors, or within the tolerance."""
        if self.z is not None:
            return abs(self.z) < MOST
        return abs(self.ours - self.reference) < (self.tolerance or 0.0)


@dataclass
class Rows:
    """The comparisons of one test, and what they cost."""

    rows: list[Row] = field(default_factory=list)
    evaluations: float = 0.0
    # core seconds of a run that was made before the test
    made_in: float = 0.0
    notes: dict[str, float] = field(default_factory=dict)

    def compare(
        self,
        case: str,
        ours: float,
        error: float,
        reference: float,
        reference_error: float = 0.0,
        *,
        source: str,
        note: str = "",
    ) -> None:
        """Our number with its standard error beside a published one with its own."""
        spread = hypot(error, reference_error)
        z = (ours - reference) / spread if isfinite(ours) and spread > 0 else float("inf")
        numbers = (float(number) for number in (reference, reference_error, ours, error, z))
        known, known_error, value, value_error, distance = numbers
        self.rows.append(
            Row(case, known, known_error, source, value, value_error, None, distance, note)
        )

    def exact(
        self,
        case: str,
        ours: float,
        reference: float,
        tolerance: float,
        *,
        source: str,
        note: str = "",
    ) -> None:
        """A number without a statistical error beside a reference known to ``tolerance``."""
        self.rows.append(Row(case, reference, 0.0, source, float(ours), 0.0, tolerance, None, note))


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> Iterator[Rows]:
    """Collects comparisons; when the test ends they are kept, then those that disagree fail it."""
    kept = Rows()
    begun, cpu = time.monotonic(), cpu_seconds()
    yield kept
    RESULTS.mkdir(exist_ok=True)
    result = {
        "test": request.node.name,
        "file": request.path.name,
        "rows": [{**asdict(row), "agrees": row.agrees} for row in kept.rows],
        "seconds": time.monotonic() - begun,
        "cpu_seconds": cpu_seconds() - cpu + kept.made_in,
        "evaluations": float(kept.evaluations),
        "notes": kept.notes,
        "commit": commit(),
        "date": time.strftime("%Y-%m-%d"),
    }
    path = RESULTS / f"{request.path.stem}.{request.node.name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False))
    assert kept.rows, "a validation test without a comparison"
    beyond = [row for row in kept.rows if not row.agrees]
    assert not beyond, "\n".join(
        f"{row.case}: {row.ours:.6g} ± {row.error:.2g}, reference {row.reference:.6g} ± "
        f"{row.reference_error:.2g} ({row.source})"
        for row in beyond
    )


@pytest.fixture(autouse=True)
def one_core() -> Iterator[None]:
    """Kernels of this process use one thread."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)
