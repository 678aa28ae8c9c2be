"""Where the results of a run file come from, as global attributes."""

from pathlib import Path
from typing import Any

from mcsc.config import Config, material
from mcsc.files import netcdf, provenance
from mcsc.files.outputs import Replaced, replaceable
from mcsc.planning import Fillings, Plan


def origin(
    read: Plan | Fillings, *, source: str, seed: int, coulomb_temperature: float | None,
    n_tasks: int, n_finished: int, wall_time: float,
) -> dict[str, Any]:  # fmt: skip
    """As :func:`mcsc.files.provenance.attributes`, with all that a run file says of itself."""
    notes, structure = "\n".join(read.config.notes), read.structure
    found = provenance.attributes(
        title=read.config.title,
        run_file=read.path.name,
        text=read.text,
        settings=read.config.model_dump_json(),
        material=_material_files(read.config),
        seed=seed,
        coulomb_temperature=coulomb_temperature,
        coulomb_length=(structure.lattice_constant, structure.lattice_constant_meaning),
        units=read.units,
        source=source,
        n_tasks=n_tasks,
        n_finished=n_finished,
        wall_time=wall_time,
    )
    return {**found, "config_notes": notes} if notes else found


def replaced_by(
    read: Plan | Fillings, out: Path, kind: netcdf.Kind, *, overwrite: bool
) -> Replaced:
    """What becomes of a file at ``out`` when the results of a run file are written there.

    Raises
    ------
    mcsc.files.outputs.NotReplaced, OSError
        If they may not or cannot be, see :func:`mcsc.files.outputs.replaceable`.
    """
    name = {"run_file": read.path.name, "config_digest": provenance.text_digest(read.text)}
    return replaceable(out, kind, name, overwrite=overwrite)


def _material_files(config: Config) -> dict[str, str]:
    """The files of the material a run takes its numbers from: a later mcsc may ship others."""
    name = config.structure.material
    if name is None:
        return {}
    found = material(name)
    crystal = {"material_cif": found.cif} if found.cif else {}
    return {"material_toml": found.text, **crystal}
