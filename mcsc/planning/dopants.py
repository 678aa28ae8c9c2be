"""The quenched dopants of a run file: how many, on which sites, one draw for each sample."""

from pathlib import Path

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.config import Config, RunFileError, mistake_at
from mcsc.lattice import Supercell
from mcsc.model import Dopants, Interactions, dopant_potential, draw_dopants, normal_of
from mcsc.structure import Structure
from mcsc.structure.crystal.species import shares_of


def check_dopants(path: Path, config: Config, structure: Structure) -> None:
    """Refuse a disorder that cannot be drawn, or ions that would sit on carriers."""
    _check_defects(path, config, structure)
    if config.disorder is None:
        return
    if config.doping.dopant is None:
        raise RunFileError(
            f"{path}: disorder: no dopants to place; add them, e.g. "
            '[doping] dopant = { site = "La", charge = -1.0 }, or remove [disorder]'
        )
    if not config.interaction.repels:
        raise RunFileError(
            f"{path}: disorder: dopants act through the Coulomb potential; set "
            "interaction.coulomb = true, or remove [disorder]"
        )
    every = tuple(map(tuple, _sites(path, config, structure).tolist()))
    with mistake_at(f"{path}: doping.dopant.{_key(config)}: "):
        dopant_potential(structure, (1, 1, 1), Dopants(every))


def given_defects(config: Config, structure: Structure, cells: Supercell) -> Dopants | None:
    """The charges at given positions on a supercell; None where the run file gives none.

    Positions are in units of the cell that the supercell is sampled in, that of ``structure``.
    """
    if not config.defects:
        return None
    positions = np.array([one.position for one in config.defects]) @ np.linalg.inv(cells.change)
    positions = np.round(_in_slab(structure, positions), 12)
    # the same position in the repeated supercell, which a slab does not repeat across it
    across = np.arange(3) == (-1 if structure.slab is None else structure.slab.axis)
    positions = np.where(across, positions, positions % np.array(cells.size))
    return Dopants(
        tuple((x, y, z) for x, y, z in positions.tolist()),
        tuple(one.charge for one in config.defects),
    )


def _in_slab(structure: Structure, positions: FloatArray) -> FloatArray:
    """Positions in units of the vectors of the crystal in those of a slab cut out of it."""
    if structure.slab is None:
        return positions
    axis, crystal = structure.slab.axis, np.array(structure.cell)
    normal = normal_of(crystal, axis)
    # across the slab one step of the crystal, which may be skewed, in place of the empty space
    crystal[axis] += structure.slab.step - crystal[axis] @ normal * normal
    return np.asarray(positions @ crystal @ np.linalg.inv(structure.cell))


def _check_defects(path: Path, config: Config, structure: Structure) -> None:
    for i, one in enumerate(config.defects):
        if not config.interaction.repels:
            raise RunFileError(
                f"{path}: defects.{i}: they act through the Coulomb potential; set "
                "interaction.coulomb = true, or remove [[defects]]"
            )
        with mistake_at(f"{path}: defects.{i}.position: "):
            x, y, z = _in_slab(structure, np.array(one.position)).tolist()
            dopant_potential(structure, (1, 1, 1), Dopants(((x, y, z),)))


def check_between_gates(
    path: Path, config: Config, structure: Structure, cells: Supercell, among: Interactions
) -> None:
    """Refuse defects and sites of dopants that are not between the gates of a slab."""
    if among.gate_distance == np.inf:
        return
    sampled = cells.sampled(structure)
    charges = {"defects": given_defects(config, sampled, cells)}
    if config.disorder is not None:
        positions = _sites(path, config, structure) @ np.linalg.inv(cells.change)
        charges["disorder"] = Dopants(tuple((x, y, z) for x, y, z in positions.tolist()))
    for section, ions in charges.items():
        with mistake_at(f"{path}: {section}, interaction."):
            if ions is not None:
                among.dopant_energy(sampled, cells.size, ions)


def sampled_dopants(
    path: Path, config: Config, structure: Structure, cells: Supercell, n_carriers: int, sample: int
) -> Dopants | None:
    """Dopants of one sample on a supercell; None where the run file asks for no disorder.

    One, or ``per_carrier``, for each carrier by which the supercell differs from the parent; none,
    but still samples that run independently, at the parent. Positions are in units of the cell that
    the supercell is sampled in.
    """
    section, dopant = config.disorder, config.doping.dopant
    if section is None or dopant is None:
        return None
    parent = config.doping.carriers_per_cell(0.0) * cells.n_cells
    number = round(dopant.per_carrier * abs(n_carriers - parent))
    sites = _sites(path, config, structure) @ np.linalg.inv(cells.change)
    charge, seed, sampled = dopant.charge, section.seed, cells.sampled(structure)
    with mistake_at(f"{path}: doping.dopant.{_key(config)}: "):
        return draw_dopants(
            sampled, cells.size, sites, number, charge=charge, seed=seed, sample=sample
        ).with_others(given_defects(config, sampled, cells))


def _key(config: Config) -> str:
    dopant = config.doping.dopant
    return "site" if dopant is not None and dopant.site is not None else "positions"


def _sites(path: Path, config: Config, structure: Structure) -> FloatArray:
    """(n, 3) sites of one primitive cell that dopants share, in units of its vectors.

    Of a slab those of all cells of the crystal that it is made of.
    """
    dopant = config.doping.dopant
    assert dopant is not None
    if dopant.positions is not None:
        positions = np.array(dopant.positions)
        if structure.slab is None:
            return positions
        across = np.eye(3)[structure.slab.axis]
        stacked = [positions + k * across for k in range(structure.slab.cells)]
        return _in_slab(structure, np.concatenate(stacked))
    fitting = [i for i, name in enumerate(structure.ions) if dopant.site in shares_of(name)]
    if not fitting:
        known = ", ".join(sorted({s for name in structure.ions for s in shares_of(name)}))
        remedy = f"choose one of {known}" if known else "it has no ions: give 'positions' instead"
        raise RunFileError(
            f"{path}: doping.dopant.site = '{dopant.site}': no such ion in {structure.name}; "
            f"{remedy}"
        )
    return np.asarray(structure.ion_positions[fitting] @ np.linalg.inv(structure.cell))
