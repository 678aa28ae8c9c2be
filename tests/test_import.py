"""Importing is quick: nothing compiles, xarray and numba stay out until they are needed."""

import subprocess
import sys


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_the_command_line_loads_no_heavy_library() -> None:
    loaded = modules_after("import mcsc, mcsc.cli")
    assert not loaded & {"numba", "xarray", "scipy", "ase", "matplotlib", "netCDF4"}


def test_the_accessor_comes_with_xarray_in_either_order() -> None:
    check = "assert hasattr(xarray.Dataset, 'mcsc')"
    modules_after(f"import mcsc\nimport xarray\n{check}")
    modules_after(f"import xarray\nimport mcsc\n{check}")


def test_public_names_resolve() -> None:
    import mcsc

    assert len(mcsc.__all__) <= 12
    for name in mcsc.__all__:
        assert getattr(mcsc, name) is not None
