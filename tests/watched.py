"""A command that is watched: how it ends, what it prints and which files it touches."""

import hashlib
import io
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcsc.cli import main

# many times what any command takes, on a busy machine too
SECONDS = 60


class Hangs(BaseException):
    """Not an Exception, so that nothing catches it."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise if it takes too long."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and all that it printed."""

    code: int
    out: str
    err: str


def typed(*arguments: object, cwd: Path | None = None) -> Ended:
    """Run a command in this process: an interpreter of its own would start for a second."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["mcsc", *map(str, arguments)])
        patch.chdir(cwd or Path.cwd())
        with pytest.raises(SystemExit) as end:
            main()
    return Ended(int(end.value.code or 0), out.getvalue(), err.getvalue())


def watched(arguments: list[str]) -> Ended:
    """As :func:`typed`; a hang is a failure."""
    with bounded():
        return typed(*arguments)


def in_order(ended: Ended) -> bool:
    """Whether a command did its work, or said in lines of its own why not; nothing raw in them."""
    text = ended.out + ended.err
    raw = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}
    lines = ended.err.splitlines()
    told = bool(lines) and all(line.startswith("mcsc: ") for line in lines)
    return not raw and "Traceback" not in text and (ended.code == 0 or (ended.code == 2 and told))


def fingerprints(folder: Path) -> dict[str, str]:
    """Contents of all files of a folder, by path; what is no file by its kind."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else str(path.lstat().st_mode)
        )
        for path in sorted(folder.rglob("*"))
    }
