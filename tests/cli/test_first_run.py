"""What a newcomer types first: version, init, schema, diff, what a run will cost; and its log."""

import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from short_scans import SHORT, Listener, tasks
from watched import typed

import mcsc
from mcsc.chain import run
from mcsc.cli import cost as cli_cost
from mcsc.config import flattened, load, materials
from mcsc.config.reference import schema
from mcsc.execute import cost
from mcsc.execute.log import Logged, logged_to, record
from mcsc.kernels import _jit
from mcsc.planning import plan

# the module, whose name in the room is that of its function
cli_run = importlib.import_module("mcsc.cli.run")
REPOSITORY = Path(__file__).parents[2]


def test_version_and_module() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mcsc", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout == f"mcsc {mcsc.__version__}\n"
    for name, line in (
        ("CITATION.cff", f"\nversion: {mcsc.__version__}\n"),
        ("CHANGELOG.md", f"\n## {mcsc.__version__} "),
        ("distribution/conda/recipe.yaml", f'\n  version: "{mcsc.__version__}"\n'),
    ):
        assert line in (REPOSITORY / name).read_text(encoding="utf-8"), name


def test_the_conda_recipe_asks_for_what_the_package_needs() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    recipe = (REPOSITORY / "distribution/conda/recipe.yaml").read_text(encoding="utf-8")
    for needed in project["dependencies"]:
        assert (
            f"- {needed.replace('>=', ' >=').replace('matplotlib', 'matplotlib-base')}\n" in recipe
        )


@pytest.mark.parametrize(
    ("words", "name", "wells"),
    [(["La2CuO4"], "La2CuO4", 1), (["kagome"], "kagome", 3), (["CsV3Sb5", "--net", "V"], "x", 3)],
)
def test_init_writes_a_run_file_that_can_be_run(
    words: list[str], name: str, wells: int, tmp_path: Path
) -> None:
    result = typed("init", *words, "-o", f"{name}.toml", cwd=tmp_path)
    assert result.code == 0, result.err
    planned = plan(tmp_path / f"{name}.toml")
    assert f"{len(planned.tasks)} tasks" in result.out
    task = planned.tasks[0].task
    assert task.structure.n_wells == wells
    assert 100 < task.n_wells < 300
    again = typed("init", *words, "-o", f"{name}.toml", cwd=tmp_path)
    assert again.code == 2
    assert "is there already" in again.err


def known(tables: dict[str, Any], made: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether a schema has all keys of a table."""
    for choice in (made, *made.get("anyOf", [])):
        found = whole["$defs"][choice["$ref"].rsplit("/", 1)[1]] if "$ref" in choice else choice
        if found.get("additionalProperties", False) is not False:
            return True
        inner = found.get("properties", {})
        if tables.keys() <= inner.keys() and all(
            known(value, inner[key], whole) for key, value in tables.items() if type(value) is dict
        ):
            return True
    return False


def test_the_schema_knows_every_key_of_the_examples() -> None:
    made = schema()
    for path in sorted((REPOSITORY / "runs").rglob("*.toml")):
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
        assert known(tree, made, made), path.name
        tree["scan"]["tempreature"] = {}
        assert not known(tree, made, made)
    for name, value in (("depht", {}), ("states", [1])):
        assert not known({"scan": {"vary": {"wells": {name: value}}}}, made, made)
    size = made["$defs"]["ScanSection"]["properties"]["size"]["anyOf"]
    assert [item["type"] for item in (*size[0]["prefixItems"], *size[1:])] == [
        "integer", "integer", "integer", "array", "null",
    ]  # fmt: skip
    material = made["$defs"]["StructureSection"]["properties"]["material"]["anyOf"][0]
    assert material["enum"] == list(materials())
    assert json.loads(typed("schema").out) == json.loads(json.dumps(made))


def test_diff_names_what_differs(tmp_path: Path) -> None:
    text = (REPOSITORY / "runs" / "kagome.toml").read_text(encoding="utf-8")
    for name, seed in (("a", 1), ("b", 2)):
        (tmp_path / f"{name}.toml").write_text(text.replace("seed = 1", f"seed = {seed}"))
    result = typed("diff", "a.toml", "b.toml", cwd=tmp_path)
    assert result.code == 1
    assert result.out == "sampling.seed: 1 → 2\n"
    result = typed("diff", "a.toml", "a.toml", cwd=tmp_path)
    assert (result.code, result.out) == (0, "the same settings\n")
    assert typed("diff", "a.toml", "b.nc", cwd=tmp_path).code == 2
    assert "sampling.seed" in flattened(json.loads(load(tmp_path / "a.toml")[0].model_dump_json()))


def test_cost_is_scaled_from_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_SECONDS", 0.05)
    (task,) = tasks(carriers=[16])
    piece = cost._piece(task, report=lambda fraction: None)
    groups = run(task)
    # as many bytes as the whole run has
    stored = piece.fixed_bytes + piece.measurement_bytes * SHORT.measurements
    assert stored == pytest.approx(sum(group.nbytes for group in groups.values()), rel=0.02)
    assert 1e-10 < piece.seconds < 1e-3
    assert 0 < piece.shrunk <= 1
    assert 1e7 < piece.memory_bytes < 1e11
    # of a large crystal a smaller one is tried, as full
    monkeypatch.setattr(cost, "MOST_WELLS", task.n_wells // 3)
    smaller = cost._smaller(task)
    assert smaller.n_wells == task.n_wells // 4
    assert 4 * smaller.n_carriers == task.n_carriers


def test_a_dry_run_says_what_it_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def known_cost(left: list[Any]) -> cost.Cost:
        asked.append(len(left))
        return cost.Cost(7200.0, 1800.0, 3e8, 2e9, 5e8)

    monkeypatch.setattr(cli_cost, "measured_cost", known_cost)
    run_file = REPOSITORY / "runs" / "kagome.toml"
    result = typed("run", run_file, "--dry-run", "--workers", "2", cwd=tmp_path)
    assert result.code == 0, result.err
    assert "25 tasks, 25 to run" in result.out
    assert "about 2 hours of one core" in result.out
    assert "60 minutes with 2 workers" in result.out
    assert "memory: 600 MB for the workers, then 2.0 GB for the diagram; disk: 500 MB" in result.out
    assert asked == [25]
    assert not list(tmp_path.iterdir())
    said = json.loads(typed("status", run_file, "--json", cwd=tmp_path).out)
    assert said["rounds"][0]["tasks"] == 25
    assert said["rounds"][0]["finished"] == 0


def test_a_cache_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_CACHE", raising=False)
    monkeypatch.setattr(_jit, "_CACHE", None)
    (line,) = cli_run._compiling()
    assert "set NUMBA_CACHE_DIR" in line
    monkeypatch.setenv("MCSC_CACHE", "0")
    assert cli_run._compiling() == ()


def test_the_log_is_lines_of_json(tmp_path: Path) -> None:
    told, path = Listener(), tmp_path / "log.jsonl"
    with logged_to(path):
        logged = Logged(told)
        (task,) = tasks(carriers=[16])
        record("run", out="a.nc")
        logged.begin([task], "scan", "all")
        logged.update(task, 0.5)
        logged.update(task, 1.0)
        logged.say("mind\nthis")
    record("nobody hears this")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["run", "round", "task finished", "mind\nthis"]
    assert [line["level"] for line in lines] == ["info", "info", "info", "warning"]
    assert lines[2]["task"] == task.digest()
    # and it is passed on
    assert told.lines == ["mind\nthis"]
    assert told.fractions == {task.digest(): [0.5, 1.0]}
