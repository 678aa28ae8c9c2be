"""Where the results of a run file come from, as global attributes."""

from pathlib import Path
from typing import Any

from mcsc import planning
from mcsc.config import material
from mcsc.files import netcdf, provenance
from mcsc.files.outputs import Replaced, replaceable
from mcsc.planning import Fillings, Plan
from mcsc.structure.crystal import crystal_text


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
        files=_files(read),
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

    Raises mcsc.files.outputs.NotReplaced, OSError if they may not or cannot be, see
        :func:`mcsc.files.outputs.replaceable`.
    """
    name = {"run_file": read.path.name, "config_digest": provenance.text_digest(read.text)}
    return replaceable(out, kind, name, overwrite=overwrite)


def _files(read: Plan | Fillings) -> dict[str, str]:
    """What a run reads besides its run file, so that it can be run again from its diagram alone.

    Rows of pair energies, the crystal, and the file of a material: a later mcsc may ship others.
    """
    section, rows = read.config.structure, read.variant.task.interactions.table
    found = {"interaction_table": "".join(f"{r!r}, {u!r}\n" for r, u in rows)} if rows else {}
    crystal = planning.crystal_file(read.path.parent, section)
    if section.material is not None:
        found["material_toml"] = material(section.material).text
    if crystal is not None:
        name = "crystal_file" if section.material is None else "material_cif"
        _, found[name] = crystal_text(crystal)
    return found
