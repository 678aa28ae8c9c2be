"""What a file says of where it comes from: run file, versions, commit, seed, time."""

import datetime
import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcsc.units import Units
from mcsc.version import VERSION

# the layout of groups, dimensions and names of a diagram
DIAGRAM_SCHEMA = 3


def attributes(
    *, title: str, text: str, settings: str, files: Mapping[str, str], seed: int,
    coulomb_temperature: float | None, coulomb_length: tuple[float, str], units: Units,
    source: str, n_tasks: int, n_finished: int,
    wall_time: float, run_file: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Global attributes that make the file explain itself: CF and ACDD names, and the run file.

    text, settings: The run file as written, and everything it comes to, defaults included, as JSON.
    coulomb_temperature: The unit of temperature, None where it varies with the grid.
    coulomb_length: The length a in it, and which length of the crystal that is.
    run_file: Name of the run file, without folders.
    files: Texts of further files that the run reads, by name of the attribute; may be empty.
    """
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    versions = ["python " + platform.python_version()]
    versions += [f"{name} {version(name)}" for name in ("numba", "numpy", "xarray", "netcdf4")]
    program = f"mcsc {VERSION}"
    # where it varies with the grid it is a variable
    scale = {"coulomb_temperature": coulomb_temperature, "coulomb_length": coulomb_length[0]}
    scale = {} if coulomb_temperature is None else scale
    return {
        "Conventions": "CF-1.11 ACDD-1.3",
        "title": title or "mcsc phase diagram",
        "summary": "Monte Carlo of localized carriers in the wells of a crystal, over temperature "
        "and doping. Carriers sit still in wells and repel: the static picture, a contested one.",
        "source": program,
        "history": f"{now} {program} run",
        "date_created": now,
        "structure_source": source,
        "units_system": units.name,
        **scale,
        "coulomb_temperature_comment": "e²/(4πε0 ε_r a k_B); a temperature divided by it is "
        f"reduced; a is coulomb_length, the {coulomb_length[1]}",
        **({"run_file": run_file} if run_file else {}),
        "config_toml": text,
        "config_complete_json": settings,
        **files,
        "config_digest": text_digest(text),
        "seed": seed,
        "versions": ", ".join(versions),
        "commit": _commit(),
        "machine": f"{platform.machine()} {platform.system()}",
        "wall_time_seconds": round(wall_time, 3),
        # of this process and of the workers that have ended, since it began
        "cpu_time_seconds": round(sum(os.times()[:4]), 1),
        "tasks": n_tasks,
        "tasks_finished": n_finished,
        "mcsc_schema": DIAGRAM_SCHEMA,
    }


def text_digest(text: str) -> str:
    """What tells one run file from another: a checksum of its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _commit() -> str:
    """Commit of the source tree this runs from, or a note that it is an installed release."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return "not run from a source tree"
    return found.stdout.strip()
