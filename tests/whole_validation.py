"""How long a run of the whole validation took, kept beside its rows for docs/validation.md.

With several processes the one that distributes the tests loads no conftest of theirs: the hooks are
imported by that of all tests.
"""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

RESULTS = Path(__file__).parent / "validation" / "results"
_BEGUN: pytest.StashKey[float] = pytest.StashKey()


def commit() -> str:
    """Commit of the tree, with a mark if it has changes on top."""
    command = ["git", "-C", str(RESULTS.parent), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Note when the run began."""
    session.config.stash[_BEGUN] = time.monotonic()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how long a run of the whole validation took; its workers report to the controller."""
    config = session.config
    paths = [str(path).rstrip("/") for path in config.args]
    whole = config.option.markexpr == "validation" and not config.option.keyword
    # of some of the tests it says nothing
    whole = whole and all(path.endswith(("tests", "validation")) for path in paths)
    whole = whole and not config.option.collectonly
    if hasattr(config, "workerinput") or not whole or _BEGUN not in config.stash:
        return
    RESULTS.mkdir(exist_ok=True)
    run = {
        "seconds": time.monotonic() - config.stash[_BEGUN],
        "workers": int(getattr(config.option, "numprocesses", None) or 1),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "passed": int(exitstatus) == 0,
        "commit": commit(),
    }
    (RESULTS / "session.json").write_text(json.dumps(run, indent=1))
