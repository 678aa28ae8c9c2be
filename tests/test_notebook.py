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


def shown_by(notebook: Path, folder: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", KERNEL, str(notebook)],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


@pytest.mark.parametrize("path", [EXAMPLES[0], EXAMPLES[2]], ids=lambda path: path.stem)
def test_examples(path: Path, tmp_path: Path) -> None:
    said = {
        "ladder": "specific heat peaks at T = 0.1",
        "own_observable": "shown: bool\nTrue\n",
    }
    assert said[path.stem] in shown_by(path, tmp_path)


def test_the_readme_shows_the_shortest() -> None:
    readme = (EXAMPLES[0].parents[1] / "README.md").read_text(encoding="utf-8")
    cell = EXAMPLES[0].read_text(encoding="utf-8").split("# %%")[1]
    code = cell[cell.index("import") : cell.index("order =")]
    assert f"```python\n{code}```" in readme
    assert all(f"(examples/{path.name})" in readme for path in EXAMPLES)
