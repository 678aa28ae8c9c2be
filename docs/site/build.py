"""Build the pages of this repository into a static site with search and a reference of functions.

Run:  python docs/site/build.py OUT      (pip install '.[site]' first)

Pages are the texts of the repository as they stand, the run files, a reference of all public names
from their docstrings, and the examples and tutorials, which are executed: what they print and draw
is shown. Broken links and unknown names end it.
"""

import argparse
import ast
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from operator import attrgetter
from pathlib import Path
from typing import Any

from matplotlib import pyplot

import mcsc
import mcsc.observables
import mcsc.plot
import mcsc.report.accessor
import mcsc.structure

REPOSITORY = Path(__file__).parents[2]
TEXTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
FILES = ("LICENSE", "CITATION.cff")
# in the order in which they are read
TUTORIALS = (
    "examples/ladder.py",
    "docs/site/tutorials/phase_diagram.py",
    "docs/site/tutorials/wells_of_a_crystal.py",
    "examples/own_crystal.py",
    "docs/site/tutorials/lowest_states.py",
    "examples/own_observable.py",
)
CONFIG = """
site_name: mcsc
site_description: Monte Carlo of localized carriers in the wells of crystals
docs_dir: {pages}
site_dir: {out}
use_directory_urls: false
theme:
  name: material
  font: false
  palette:
    - {{ media: "(prefers-color-scheme: light)", scheme: default, primary: indigo }}
    - {{ media: "(prefers-color-scheme: dark)", scheme: slate, primary: indigo }}
  features: [navigation.indexes, toc.follow, search.highlight, content.code.copy]
hooks: [hook.py]
extra_css: [wide.css]
plugins:
  - search
  - mkdocstrings:
      handlers:
        python:
          paths: [{repository}]
          options:
            docstring_style: numpy
            show_source: false
            show_root_heading: true
            heading_level: 3
            show_bases: false
            inherited_members: true
            show_root_full_path: false
            show_symbol_type_heading: true
            members_order: source
            separate_signature: true
            filters: ["!^_"]
markdown_extensions: [admonition, attr_list, tables, toc, pymdownx.highlight, pymdownx.superfences]
validation: {{ links: {{ anchors: warn, unrecognized_links: warn, absolute_links: warn }} }}
nav:
  - mcsc: README.md
  - Tutorials: {tutorials}
  - Run files:
      - Keys: docs/run-file.md
      - Examples: runs/index.md
      - Crystals: docs/crystal-files.md
      - Materials: docs/materials.md
      - On clusters: docs/cluster.md
  - Results:
      - Variables of a diagram: docs/diagram.md
      - Claims: docs/claims.md
      - Comparison: docs/comparison.md
      - Validation: docs/validation.md
      - Calibration: docs/calibration.md
      - Performance: docs/performance.md
  - Crystals of carriers:
      - Moiré lattices: docs/moire.md
      - Sodium and its voltage: docs/intercalation.md
      - The checkerboard: docs/checkerboard.md
      - Large crystals: docs/large-crystals.md
      - Two phases: docs/coexistence.md
  - Reference: reference.md
  - Inside:
      - Architecture: ARCHITECTURE.md
      - Contributing: CONTRIBUTING.md
      - Changelog: CHANGELOG.md
"""

# where a reader finds the names of the reference
SECTIONS = {
    "Running": ["run", "sample", "ground", "transport", "plan", "compare"],
    "Diagrams": [
        "load", "analyse", "find_domes",
        "report.accessor.TreeAccessor", "report.accessor.DatasetAccessor",
    ],
    "Crystals and their wells": [
        "read_crystal", "structure.proposals", "wells_at", "wells_of_net", "textbook", "slab",
        "with_states", "Structure",
    ],
    "Models": ["Interactions", "build_model", "Model", "Task"],
    "Observables of one's own": ["observables.Observable", "observables.Series"],
}  # fmt: skip

# docstrings name things as Sphinx does
HOOK = r"""
import re
def on_page_content(html, **_):
    return re.sub(r":(?:class|func|data|mod|meth|attr):\s*((?:<[^>]+>)*)~?", r"\1", html)
"""

# tables of many words have the width of the window, text that of a line one can read
WIDE = """
.md-grid { max-width: 92rem }
.md-typeset table:not([class]) th { min-width: 3rem }
.md-typeset p, .md-typeset ul, .md-typeset ol, .md-typeset pre { max-width: 46rem }
.md-typeset table p { max-width: none }
"""


def main(arguments: list[str]) -> None:
    """Write all pages into a folder of their own, then let mkdocs make a site of them."""
    parser = argparse.ArgumentParser(description="build the site")
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        pages.mkdir()
        stage(pages)
        (pages / "wide.css").write_text(WIDE, encoding="utf-8")
        (Path(folder) / "hook.py").write_text(HOOK, encoding="utf-8")
        tutorials = [tutorial(REPOSITORY / path, pages) for path in TUTORIALS]
        tutorials.insert(0, gallery(pages, tutorials))
        config = CONFIG.format(
            pages=pages, out=options.out.resolve(), repository=REPOSITORY, tutorials=tutorials
        )
        (Path(folder) / "mkdocs.yml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
        # of its own accord it speaks of its successor
        quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        sys.exit(subprocess.run(command, cwd=folder, env=quiet, check=False).returncode)


def stage(pages: Path) -> None:
    """Texts of the repository where links between them hold, and the pages that are made."""
    for name in (*TEXTS, *FILES):
        shutil.copy(REPOSITORY / name, pages / name)
    for folder in ("docs", "runs", "examples", "distribution"):
        shutil.copytree(
            REPOSITORY / folder, pages / folder, ignore=shutil.ignore_patterns("site", "*.pyc")
        )
    listed = ["# Run files\n"]
    for path in sorted((REPOSITORY / "runs").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        listed.append(f"## {path.name}\n\n```toml\n{text}```\n")
    (pages / "runs" / "index.md").write_text("\n".join(listed), encoding="utf-8")
    (pages / "distribution" / "index.md").write_text(
        "# Container and conda recipe\n\n[Containerfile](Containerfile), "
        "[recipe.yaml](conda/recipe.yaml)\n",
        encoding="utf-8",
    )
    for page in pages.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        # a folder has no page of its own, but for its list
        text = re.sub(r"\]\(((?:\.\./)?(?:runs|distribution)/)\)", r"](\1index.md)", text)
        if "\n## " not in text:  # no list of contents: its place is the page's
            text = f"---\nhide: [toc]\n---\n{text}"
        page.write_text(text, encoding="utf-8")
    (pages / "reference.md").write_text(reference(), encoding="utf-8")


def reference() -> str:
    """A heading for every public name; mkdocstrings fills in its docstring."""
    left = set(mcsc.__all__) - {"plot", "__version__"} - set(mcsc.plot.__all__)
    parts = ["# Reference\n", "What `import mcsc` offers, by what it is for.\n"]
    for title, names in SECTIONS.items():
        parts.append(f"## {title}\n")
        for name in names:
            found = attrgetter(name)(mcsc)
            parts.append(f"::: {found.__module__}.{found.__name__}\n")
        left -= set(names)
    if left:
        sys.exit(f"docs/site/build.py: SECTIONS has no place for {', '.join(sorted(left))}")
    parts.append("## Figures\n\nAll of them are in `mcsc.plot`, and return a matplotlib figure.\n")
    for name in mcsc.plot.__all__:
        parts.append(f"::: {getattr(mcsc.plot, name).__module__}.{name}\n")
    return "\n".join(parts)


def tutorial(script: Path, pages: Path) -> str:
    """An example as a page: comments as text, code, and what it prints and draws."""
    lines = [f"# {script.stem.replace('_', ' ').capitalize()}\n"]
    names: dict[str, Any] = {}
    folder = pages / "tutorials"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work, contextlib.chdir(work):
        cells = script.read_text(encoding="utf-8").split("# %%")
        for number, cell in enumerate(filter(str.strip, cells)):
            body = cell.strip().splitlines()
            words = [line for line in body if line.startswith("#")]
            code = "\n".join(body[len(words) :]) if body[: len(words)] == words else cell.strip()
            if body[: len(words)] == words:
                lines.append(" ".join(line.lstrip("# ") for line in words) + "\n")
            lines.append(f"```python\n{code}\n```\n")
            said, picture = executed(code, names)
            if said:
                lines.append(f"```text\n{said}```\n")
            if picture is not None:
                file = folder / f"{script.stem}-{number}.png"
                file.write_bytes(picture)
                lines.append(f"![what the cell draws]({file.name})\n")
    (folder / f"{script.stem}.md").write_text("\n".join(lines), encoding="utf-8")
    return f"tutorials/{script.stem}.md"


def gallery(pages: Path, tutorials: list[str]) -> str:
    """A page with the first words and a picture of every tutorial; one without ends the build."""
    lines = ["# Tutorials\n", "Each runs in seconds; all of it is executed for this page.\n"]
    for name in tutorials:
        page = pages / name
        title, words = page.read_text(encoding="utf-8").split("\n\n")[:2]
        title = title.removeprefix("# ")
        drawn = sorted(page.parent.glob(f"{page.stem}-*.png"))
        if not drawn:
            sys.exit(f"docs/site/build.py: {name} draws nothing for the gallery")
        lines.append(f"## [{title}]({page.name})\n\n{words}\n")
        lines.append(f"[![{title}]({drawn[0].name}){{ width=420 }}]({page.name})\n")
    (pages / "tutorials" / "index.md").write_text("\n".join(lines), encoding="utf-8")
    return "tutorials/index.md"


def executed(code: str, names: dict[str, Any]) -> tuple[str, bytes | None]:
    """Run a cell as a notebook does: what it prints, with the value of its last line."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, picture = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
        if value is not None and hasattr(value, "_repr_png_"):
            picture = value._repr_png_()
        elif pyplot.get_fignums():
            drawn = io.BytesIO()
            pyplot.savefig(drawn, format="png", bbox_inches="tight")
            picture = drawn.getvalue()
        elif value is not None:
            print(repr(value))
        pyplot.close("all")
    return printed.getvalue(), picture


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    main(sys.argv[1:])
