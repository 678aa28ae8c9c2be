"""Make a fixture of every format, with its number: python tests/files/formats/make.py

NAME.vN.nc.xz is of the mcsc whose format has the number N, packed because small netCDF files are
mostly overhead; one that is there is never replaced. After a change of a format its number rises,
this is run once more, and tests/files/test_formats.py says of the files of before whether they
still open or are named as older ones.
"""

import lzma
import tempfile
from pathlib import Path

from mcsc import diagram, workflow
from mcsc.chain import Stopped, Task, run
from mcsc.chain.checkpoint import LAYOUT
from mcsc.execute import task_path, taskfile
from mcsc.execute.work import work
from mcsc.files import netcdf
from mcsc.ground_states import KIND as GROUND
from mcsc.planning import Round, follow, plan

HERE = Path(__file__).parent
SAMPLING = """
[sampling]
sweeps = 2048
warmup = 256
measurements = 64
exchange_interval = 1
"""
RUNS = {
    # two sizes and a dome
    "sizes": """
[structure]
lattice = "cubic"
[scan]
doping = [0.25, 0.5]
temperature = { values = [0.1, 0.12, 0.14, 0.17] }
size = [[4, 4, 4], [4, 4, 8]]
"""
    + SAMPLING.replace("= 64", "= 128"),
    # histories of the field
    "protocol": """
[structure]
lattice = "cubic"
[wells]
states = "vertices"
displacement_length = 0.05
[scan]
doping = [0.5]
temperature = { values = [0.1, 0.2] }
size = [4, 4, 4]
[protocol]
doping = [0.5]
field = [0.0, 0.2]
sweeps = 16
measurements = 8
"""
    + SAMPLING,
    "disorder": """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[doping]
dopant = { positions = [[0.3333333333, 0.6666666667, 0.3]], charge = -0.5 }
[disorder]
samples = 2
[scan]
doping = [0.5]
temperature = { values = [0.1, 0.2] }
size = [3, 3, 2]
"""
    + SAMPLING,
    # one task
    "plain": """
[structure]
lattice = "cubic"
[scan]
doping = [0.5]
temperature = { values = [0.1, 0.12, 0.14, 0.17] }
size = [4, 4, 4]
"""
    + SAMPLING,
}


def written(folder: Path, name: str) -> Path:
    """Run file of a fixture."""
    path = folder / f"{name}.toml"
    path.write_text(RUNS[name])
    return path


def the_task(folder: Path) -> Task:
    """The only one of the run file ``plain``."""
    (task,) = plan(written(folder, "plain")).all_tasks
    return task


def keep(made: Path, name: str) -> None:
    """Put a file among the fixtures, unless it is there."""
    target = HERE / f"{name}.xz"
    if not target.exists():
        target.write_bytes(lzma.compress(made.read_bytes(), preset=9))
        print(f"{name}: {target.stat().st_size / 1000:.0f} kB")


def make(folder: Path) -> None:
    """Make all of them in an empty folder."""
    for name in RUNS:
        out = folder / f"{name}.nc"
        tasks = workflow.tasks_folder(out)
        tasks.mkdir()

        def run_round(now: Round, tasks: Path = tasks) -> None:
            for task in now.tasks:
                work(task, tasks, 1e9, lambda done: None, print, lambda: False)

        outcome = follow(plan(written(folder, name)), tasks, run_round)
        workflow.merge_outcome(outcome, out)
        if name != "plain":
            keep(out, f"{name}.v{diagram.KIND.schema}.nc")
    task = the_task(folder)
    keep(task_path(folder / "plain.tasks", task), f"task.v{taskfile.SCHEMA}.nc")
    steps = iter(range(10))
    try:
        run(task, folder / "checkpoint", stop=lambda: next(steps) == 9)
    except Stopped:
        keep(folder / "checkpoint", f"checkpoint.v{LAYOUT}")
    ground = workflow.ground(folder / "plain.toml", size=(4, 4, 4), chains=4, sweeps=192)
    netcdf.write(folder / "ground.nc", ground, {})
    keep(folder / "ground.nc", f"ground.v{GROUND.schema}.nc")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
