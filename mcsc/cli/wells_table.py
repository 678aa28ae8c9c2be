"""Tables and JSON of wells, and of what a crystal offers."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from mcsc.cli.console import console_of
from mcsc.structure import Proposal, Structure
from mcsc.structure.crystal.species import formula_of
from mcsc.units import REDUCED

if TYPE_CHECKING:
    from ase import Atoms


def print_wells(structure: Structure, *, as_json: bool) -> None:
    """Print the wells of one cell."""
    rows = [_well_row(structure, i) for i in range(structure.n_wells)]
    if as_json:
        content = {
            "name": structure.name, "source": structure.source, "cell": structure.cell.tolist(),
            "ions": list(structure.ions), "ion_positions": structure.ion_positions.tolist(),
            "mixed_sites": structure.mixed_sites, "wells": rows,
        }  # fmt: skip
        print(json.dumps(content))
        return
    unit = "a" if structure.units == REDUCED else "Å"
    table = Table(title=f"{structure.name}: {structure.n_wells} wells a cell", title_justify="left")
    for name, justify in (
        ("kind", "left"), ("orbit", "right"), ("in orbit", "right"),
        ("centre (fractional)", "left"), ("cage", "left"), (f"centre to cage ({unit})", "left"),
        ("distortion", "right"), ("depth", "right"), ("states", "right"),
        (f"displacement ({unit})", "right"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        measure = row["distortion"]
        table.add_row(
            row["kind"], str(row["orbit"]), str(row["in_orbit"]),
            "  ".join(f"{x:.4f}" for x in row["centre_fractional"]), row["cage"] or "-",
            _shells(row["distances"]), "-" if measure is None else f"{measure:.3f}",
            f"{row['depth']:.6g}", str(row["states"]), f"{row['displacement']:.4f}",
        )  # fmt: skip
    console = console_of()
    console.print(table)
    for name, n in structure.mixed_sites.items():
        console.print(f"mixed site: {n} {name}; charges count as averages")
    if structure.source:
        console.print(f"source: {structure.source}")


def _shells(distances: list[float]) -> str:
    """Distances with how often each occurs; only the ends where there are many."""
    if not distances:
        return "-"
    rising = np.sort(distances)
    # equal up to the digits of a refinement
    shells = np.split(rising, np.flatnonzero(np.diff(rising) > 1e-3) + 1)
    if len(shells) == 1:
        return f"{rising.mean():.4f}"
    if len(shells) > 3:
        return f"{rising[0]:.4f} to {rising[-1]:.4f}"
    return "  ".join(f"{len(shell)}×{shell.mean():.4f}" for shell in shells)


def _well_row(structure: Structure, i: int) -> dict[str, Any]:
    well = structure.wells[i]
    species, counts = np.unique(well.cage_species, return_counts=True)
    fractional = (well.centre @ np.linalg.inv(structure.cell)) % 1.0
    fractional[np.isclose(fractional, 1.0, atol=1e-6)] = 0.0
    return {
        "kind": well.kind,
        "orbit": well.orbit,
        "in_orbit": sum(other.orbit == well.orbit for other in structure.wells),
        "centre": well.centre.tolist(),
        "centre_fractional": (np.round(fractional, 9) + 0.0).tolist(),
        "cage": " ".join(f"{n} {s}" for s, n in zip(species, counts, strict=True)),
        "cage_species": list(well.cage_species),
        "cage_positions": well.cage.tolist(),
        "distances": well.distances.tolist(),
        # JSON has no NaN
        "distortion": well.distortion if np.isfinite(well.distortion) else None,
        "depth": well.depth,
        "states": well.n_states,
        "state_energies": well.state_energies.tolist(),
        "displacements": well.displacements.tolist(),
        "displacement": float(np.linalg.norm(well.displacements, axis=1).max()),
    }


def print_proposals(crystal: "Atoms", found: list[Proposal], *, as_json: bool) -> None:
    """Print what each species would give as the centre of cages or as a net, one a line."""
    source = str(crystal.info.get("source", ""))
    if as_json:
        print(json.dumps({"source": source, "proposals": [asdict(item) for item in found]}))
        return
    console = console_of()
    console.print(
        f"{formula_of(crystal)}: choose one of these; counts are those of the primitive cell"
    )
    for item in found:
        if item.kinds:
            wells = ", ".join(f"{n} {kind}" for kind, n in item.kinds.items())
            what = f"{wells} of {' '.join(item.cage)}"
        else:
            what = f"none: {item.reason}"
        console.unbroken(f"--{item.key} {item.value:6} {what}")
    if source:
        console.print(f"source: {source}")
