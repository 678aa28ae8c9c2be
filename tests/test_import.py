"""What `import mcsc` brings: the accessor, names for people and type checkers, nothing heavy."""

import ast
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import mcsc

HEAVY = {"numba", "scipy", "ase", "matplotlib", "netCDF4"}


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_the_command_line_loads_no_heavy_library() -> None:
    called = "import sys; sys.argv[0] = '/usr/bin/mcsc'\nimport mcsc, mcsc.cli"
    assert not modules_after(called) & {*HEAVY, "xarray"}


def test_the_accessor_comes_with_xarray_in_either_order() -> None:
    check = "assert hasattr(xarray.Dataset, 'mcsc')"
    assert not modules_after(f"import mcsc\nimport xarray\n{check}") & HEAVY
    modules_after(f"import xarray\nimport mcsc\n{check}")


def test_no_room_takes_the_place_of_a_function() -> None:
    everything = pkgutil.walk_packages(mcsc.__path__, "mcsc.")
    names = [module.name for module in everything if ".dask_worker" not in module.name]
    modules_after(
        "\n".join(f"import {name}" for name in ["mcsc", *names]) + "\nfor name in mcsc.__all__:"
        "\n    assert name in ('plot', '__version__') or callable(getattr(mcsc, name)), name"
    )


def test_names_are_there_for_completion_and_type_checkers() -> None:
    assert dir(mcsc) == mcsc.__all__
    tree = ast.parse(Path(inspect.getfile(mcsc)).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        f"{node.module}.{alias.name}": alias.asname
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted([*declared.values(), "__version__"]) == mcsc.__all__
    for path, name in declared.items():
        room = path.removesuffix(f".{name}")
        assert getattr(mcsc, name) is getattr(sys.modules[room], name)
