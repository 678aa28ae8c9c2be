"""The command ``mcsc ground``: lowest energies found, superlattices, hull and staircase."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcsc.cli.say import say

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

# columns of a state
_PATTERN = ("superlattice", "stacking", "wavevector", "|ρ|²/N²", "group")


def ground(
    file: Annotated[Path, typer.Argument(help="Run file (TOML); see runs/ for examples.")],
    size: Annotated[
        tuple[int, int, int] | None,
        typer.Option(help="One supercell, e.g. 6 6 2; by default all of the run file."),
    ] = None,
    doping: Annotated[
        list[float] | None,
        typer.Option(help="A doping; give it again for more. By default all of the run file."),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--every", help="Every number of carriers the smallest supercell can hold."),
    ] = False,
    chains: Annotated[int, typer.Option(min=1, help="Independent chains for each filling.")] = 4,
    population: Annotated[
        int, typer.Option(min=1, help="Replicas of a chain, resampled as it cools.")
    ] = 16,
    sweeps: Annotated[
        int, typer.Option(min=1, max=10**12, help="Sweeps of the annealing of a replica.")
    ] = 6144,
    workers: Annotated[
        int,
        typer.Option(min=1, help="Worker processes that share out fillings, supercells and cores."),
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**64 - 1, help="Seed; by default that of the run file."),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            min=0, help="Also list competitors so much higher per carrier, in the table's unit."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="netCDF4 file to write, with every state.")
    ] = None,
    draw: Annotated[
        Path | None,
        typer.Option(help="Figure of hull, staircase and lowest states (png, pdf, svg)."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace also a file of another run file.")
    ] = False,
) -> None:
    """Search for the lowest energy at each doping, and name the superlattice of the carriers.

    Independent chains are annealed from random positions, and each descends until no move lowers
    the energy. A chain is a population of replicas that are resampled as they cool and exchange
    layers. All smaller supercells that fit into the given one are searched too, and their states
    repeated in it. 'found' counts the chains on the whole supercell that end in the lowest state,
    then those on the smallest one that holds it. If both are few, search longer (--sweeps), with
    more replicas (--population) or more chains (--chains). Nothing proves that no state lies lower,
    or that a larger supercell would not hold a better one: run several sizes. The numbers are the
    same with any --workers; several pay with many fillings.

    'stable' fillings are corners of the convex hull of the energies over filling, from the empty to
    the full lattice, with the compensating charge of the carriers on the wells. Each is a step of
    the staircase x(μ), between 'from μ' and 'to μ'. A filling 'on a tie line' is as low as a
    mixture of its two stable neighbours; any other separates into these two.

    Fields are ignored, and of varied keys the first value is used.
    """
    # read when numba starts its threads: those that wait must not spin on cores that others use
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from mcsc import workflow
    from mcsc.execute import Execution
    from mcsc.execute.display import Display
    from mcsc.files import netcdf
    from mcsc.files.outputs import require_figure
    from mcsc.ground_states import KIND, Annealing
    from mcsc.planning import fillings

    given = tuple(doping) if doping else None
    if given and every:
        raise ValueError("--doping and --every: give one of them")
    # before the search, not after it
    if draw is not None:
        require_figure(draw)
    chosen = fillings(file, size=size, doping=given, every=every, seed=seed)
    if out is not None:
        workflow.replaced_by(chosen, out, KIND, overwrite=overwrite)
    annealing = Annealing(chains=chains, population=population, sweeps=sweeps)
    with Display() as progress:
        execution = Execution(workers, progress=progress)
        tree = workflow.ground_states(chosen, annealing, execution)
    if json:
        print_json(tree)
    else:
        print_ground(tree, gap)
        if chosen.left_out:
            say(f"at {chosen.left_out}: the search goes over fillings only")
    # with --json, standard output is for the JSON alone
    if out is not None:
        replaced = workflow.replaced_by(chosen, out, KIND, overwrite=overwrite)
        replaced.keep()
        netcdf.write(replaced.target, tree, {})
        say(f"wrote {out}", err=json)
    if draw is not None:
        from mcsc.plot import ground_figure, save_figure

        save_figure(ground_figure(tree), draw)
        say(f"wrote {draw}", err=json)


def print_ground(tree: "xr.DataTree", gap: float | None) -> None:
    """Print the lowest state of every filling, competitors on request, and the hull."""
    from mcsc.cli.console import console_of
    from mcsc.files.tree import group

    root = _along_layers(group(tree), group(tree, "structure"))
    console = console_of()
    unit = root["energy"].attrs["units"]
    shown = "" if unit == "1" else f" ({unit})"
    console.print(_lowest(root, shown))
    if gap is not None:
        console.print(_competitors(root, gap, shown))
    console.print(_stable(group(tree, "hull"), shown))
    # one of many chains found it, also on the smallest supercell
    doubtful = (root["chains_there"][:, 0] == 1) & (root["chains"] > 1)
    few = [f"{x:g}" for x in root["doping"].values[doubtful.values]]
    if few:
        console.unbroken(
            f"found once only at x = {', '.join(few)}: search longer (--sweeps), or with "
            "more replicas (--population)"
        )


def _along_layers(root: Any, structure: Any) -> Any:
    """The root with superlattices in units of vectors along the layers, whatever the cell."""
    import numpy as np

    from mcsc.lattice import layer_frame
    from mcsc.plot.wells import stored_structure

    back = np.linalg.inv(layer_frame(stored_structure(structure, displaced=False)))
    vectors = root["superlattice_vectors"]
    turned = np.rint(vectors.values @ back).astype(np.int64)
    return root.assign(superlattice_vectors=vectors.copy(data=turned))


def _lowest(root: Any, unit: str) -> "Table":
    from mcsc.cli.console import table_of

    several = root.sizes["size"] > 1
    table = table_of(
        "lowest states found, energies per carrier", "doping", f"energy{unit}", *_PATTERN, "found",
        "next above", *["cells"] * several, f"above hull{unit}",
    )  # fmt: skip
    for i in range(root.sizes["doping"]):
        at = root.isel(doping=i)
        gap = float(at["gap"][1])
        table.add_row(
            f"{float(at['doping']):.6g}", f"{float(at['energy'][0]):.8g}",
            *_pattern(at.isel(competitor=0)), _found(at), f"{gap:.3g}" if gap == gap else "-",
            *(["×".join(map(str, at["cells"].values))] if several else []), _stability(at),
        )  # fmt: skip
    return table


def _stability(at: Any) -> str:
    """What the hull says of a filling: its energy above it where it separates."""
    if at["stable"]:
        return "stable"
    return "on a tie line" if at["on_tie_line"] else f"{float(at['above_hull']):.3g}"


def _pattern(state: Any) -> list[str]:
    """Superlattice, stacking, strongest wave with its weight, and space group of one state."""
    from mcsc.plot.style import shown_wavevector

    p, q, layers = state["superlattice_vectors"].values[2].tolist()
    period = int(state["stacking_period"])
    stacking = "straight" if period == 1 else f"period {period}"
    if p or q:
        stacking = f"{stacking}, ({p},{q}) in {layers}"
    weight = float(state["wavevector_weight"][0])
    return [
        str(state["superlattice"].values),
        stacking,
        shown_wavevector(state["wavevector"].values[0]) if weight == weight else "-",
        f"{weight:.3g}" if weight == weight else "-",
        str(state["space_group"].values) or "-",
    ]


def _found(at: Any) -> str:
    """Chains that found the lowest state of all, and the smaller supercell that holds it."""
    of, smallest = int(at["chains"]), at["found_on"].values[0]
    shown = f"{int(at['chains_found'][0])}/{of}"
    if (smallest == at["cells"].values).all():
        return shown
    return f"{shown}; {'×'.join(map(str, smallest))}: {int(at['chains_there'][0])}/{of}"


def _competitors(root: Any, gap: float, unit: str) -> "Table":
    from mcsc.cli.console import table_of

    title = f"competitors up to {gap:g}{unit} a carrier above"
    table = table_of(title, "doping", f"above{unit}", *_PATTERN, "found")
    for i in range(root.sizes["doping"]):
        for j in range(1, root.sizes["competitor"]):
            one = root.isel(doping=i, competitor=j)
            if float(one["gap"]) <= gap:
                table.add_row(
                    f"{float(one['doping']):.6g}", f"{float(one['gap']):.3g}", *_pattern(one),
                    _found(root.isel(doping=i, competitor=[j])),
                )  # fmt: skip
    return table


def _stable(hull: Any, unit: str) -> "Table":
    from mcsc.cli.console import table_of

    table = table_of(
        "stable fillings: the staircase x(μ)", "carriers per cell", f"from μ{unit}", f"to μ{unit}",
        "width",
    )  # fmt: skip
    for k in range(hull.sizes["filling"]):
        at = hull.isel(filling=k)
        if at["stable"]:
            low, high = (
                round(float(at[f"chemical_potential_{end}"]), 9) + 0.0 for end in ("low", "high")
            )
            width = "" if high - low == float("inf") else f"{high - low:.4g}"
            table.add_row(f"{float(at['filling']):.6g}", f"{low:.6g}", f"{high:.6g}", width)
    return table


def print_json(tree: "xr.DataTree") -> None:
    """Print everything but the configurations; missing numbers are null."""
    import json

    from mcsc.files.tree import group

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        finite = not isinstance(value, float) or abs(value) < float("inf")
        return value if finite else None

    content = {}
    for name in ("/", "hull"):
        variables = group(tree, name).variables
        content["fillings" if name == "/" else name] = {
            str(key): {
                "dims": list(map(str, item.dims)),
                "units": item.attrs.get("units", "1"),
                "values": plain(item.values.tolist()),
            }
            for key, item in variables.items()
        }
    print(json.dumps(content, indent=1))
