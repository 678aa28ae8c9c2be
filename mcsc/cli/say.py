"""What the commands print outside of tables, and how they end when something is wrong."""

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcsc.text import escaped

# set by who wants to see where an error of the program comes from
TRACEBACK = "MCSC_TRACEBACK"
_LONGEST = 1000


def say(text: str, *, err: bool = False) -> None:
    """Print text on standard output or standard error."""
    print(escaped(text), file=sys.stderr if err else sys.stdout)


def complain(message: object) -> None:
    """Print what is wrong on standard error, every line after the name of the program."""
    for line in (str(message) or type(message).__name__).split("\n"):
        # a name may have any length, and the remedy is at the end
        if len(line) > _LONGEST:
            line = f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
        say(f"mcsc: {line}", err=True)


@contextmanager
def ended_in_a_line() -> Iterator[None]:
    """End what goes wrong in one line: code 2 for mistakes of users, 1 for those of the program.

    With :data:`TRACEBACK` in the environment errors of the program pass, to be seen.
    """
    for stream in (sys.stdout, sys.stderr):
        # a terminal that knows no Greek, or a name that is no Unicode, is no reason to fail
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            yield
    except ValueError as error:
        complain(error)
        sys.exit(2)
    except OSError as error:
        # what the operating system says begins with a number
        remedy = "; check the path and its permissions" if error.filename else ""
        name = error.filename or "standard output or input"
        complain(f"{name}: {error.strerror}{remedy}" if error.errno and error.strerror else error)
        sys.exit(2)
    except MemoryError as error:
        complain(f"not enough memory ({error}): take smaller sizes, fewer temperatures or workers")
        sys.exit(2)
    except KeyboardInterrupt:
        complain("stopped")
        sys.exit(130)
    except Exception as error:
        if TRACEBACK in os.environ:
            raise
        said = " ".join(str(error).split())
        complain(
            f"an error of the program, not yours: {type(error).__name__}: {said}. Please report "
            f"it with your command and files; {TRACEBACK}=1 in the environment shows where it is"
        )
        sys.exit(1)


@contextmanager
def about_file(file: Path) -> Iterator[None]:
    """Let what is wrong with a file, or a question to it, begin with its name.

    Anyone can write a file with a valid seal and anything in it.
    """
    try:
        yield
    except ValueError as error:
        start = "" if str(file) in str(error).partition(": ")[0] else f"{file}: "
        raise ValueError(f"{start}{error}") from None
    except (LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        if TRACEBACK in os.environ:
            raise
        raise ValueError(
            f"{file}: not as mcsc writes it, or an error of mcsc ({type(error).__name__}: "
            f"{' '.join(str(error).split())}); make it anew with: mcsc merge RUN_FILE -o {file}"
        ) from None


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    complain(f"warning: {' '.join(str(message).split())}")
