"""A newcomer's notebook and the examples, in a fresh interpreter without a main guard."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))

# runs cells as a notebook does, and shows what the last line of each is
KERNEL = """
import ast, sys
with open(sys.argv[1], encoding="utf-8") as notebook:
    cells = notebook.read().split("# %%")
for cell in cells:
    body = ast.parse(cell).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"))
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval")) if last else None
    if value is not None:
        names = [name for name in ("_repr_png_", "_repr_html_") if hasattr(value, name)]
        shown = {name: picture for name in names if (picture := getattr(value, name)())}
        assert all(picture[:4] in (b"\\x89PNG", "<tab", "<div") for picture in shown.values())
        print("shown:", type(value).__name__, *shown)
        print(repr(value))
"""

NEWCOMER = """
import tomllib
import mcsc
structure = mcsc.with_states(mcsc.textbook("square", 2.0), "vertices", length=0.1)
structure
# %%
run = {
    "title": "a first scan",
    "structure": {"lattice": "square", "layer_spacing": 2.0},
    "wells": {"states": "vertices", "displacement_length": 0.1},
    "scan": {
        "size": [4, 4, 1],
        "doping": [0.25, 0.5],
        "temperature": {"start": 0.08, "stop": 0.4, "num": 5},
    },
    "sampling": {"sweeps": 512, "warmup": 128, "measurements": 128},
}
mcsc.plan(run)
# %%
tree = mcsc.run(run, workers=2)
tree["charge_order"]
# %%
again = mcsc.load("run.nc")
assert again["charge_order"].identical(tree["charge_order"])
assert tomllib.loads(again.attrs["config_toml"]) == run
assert again["health/converged"].dims == ("doping", "temperature")
mcsc.summary_figure(again)
# %%
again.to_dataset().mcsc.plot()
# %%
mcsc.plot.real_space(again, doping=0.5, temperature=0.08)
# %%
atoms = again["samples"].mcsc.to_ase(doping=0.5, temperature=0.08)
assert len(atoms) == 8
again.to_dataset().mcsc.domes()
# %%
mcsc.analyse(again)["domes"].dims
# %%
lowest = mcsc.ground(run, chains=4, sweeps=96)
mcsc.plot.ground_figure(lowest)
"""


def shown_by(notebook: Path, folder: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", KERNEL, str(notebook)],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def test_a_newcomers_notebook(tmp_path: Path) -> None:
    (tmp_path / "notebook.py").write_text(NEWCOMER, encoding="utf-8")
    shown = shown_by(tmp_path / "notebook.py", tmp_path)
    for line in (
        "shown: Structure _repr_html_\nStructure square: 1 well a cell\n",
        "shown: Plan _repr_html_\nPlan of run.dict: 2 ladders of square\n",
        "shown: DataArray _repr_html_\n",
        "shown: Page _repr_png_\n",
    ):
        assert line in shown


# the build of the site executes them, too
@pytest.mark.validation
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, tmp_path: Path) -> None:
    said = {
        "ladder": "specific heat peaks at T = 0.1",
        "own_crystal": "wells: 1 × octahedron",
        "own_observable": "full_neighbours_stderr",
    }
    assert said[path.stem] in shown_by(path, tmp_path)


def test_the_readme_shows_the_shortest() -> None:
    readme = (EXAMPLES[0].parents[1] / "README.md").read_text(encoding="utf-8")
    cell = EXAMPLES[0].read_text(encoding="utf-8").split("# %%")[1]
    code = cell[cell.index("import") : cell.index("order =")]
    assert f"```python\n{code}```" in readme
    assert all(f"(examples/{path.name})" in readme for path in EXAMPLES)
