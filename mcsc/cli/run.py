"""The commands that make a diagram: run, merge, status."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcsc.cli.say import complain, say
from mcsc.text import command

if TYPE_CHECKING:
    import xarray as xr

    from mcsc.execute import Progress
    from mcsc.planning import Outcome, Plan, Round

RunFile = Annotated[Path, typer.Argument(help="Run file (TOML); see runs/ for examples.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="The phase diagram, by default NAME.nc for a run file NAME.toml; its tasks are in "
        "NAME.tasks/.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace also the diagram of another run file.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Also print the tables of 'mcsc transitions'.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON, nothing else.")]


def run(
    file: RunFile,
    out: Out = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; all cores by default.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of each worker; by default its share.")
    ] = None,
    checkpoint: Annotated[
        float, typer.Option(min=0, help="Seconds between checkpoints of a task.")
    ] = 20.0,
    grace: Annotated[
        float,
        typer.Option(min=0, help="Seconds that workers have to save when the run is stopped."),
    ] = 30.0,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run the tasks on a dask cluster: tcp://HOST:PORT of its scheduler, or local to "
            "start one here. Workers that see OUT.tasks/ under the same path write there and go "
            "on from checkpoints; others send their results back through the scheduler.",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="For job arrays: run only the I-th of N equal shares of the tasks, and write no "
            "diagram. When all shares are finished: mcsc merge.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only say what it would cost: tasks, core hours, memory, disk."
        ),
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl", help="Append what happens to this file, a line of JSON each."
        ),
    ] = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Run a scan and write its phase diagram with transitions and domes.

    It can be stopped with Ctrl-C or killed at any time: run the same command again and it goes on
    from the finished tasks and checkpoints, with the same result to the last bit. If the grid was
    changed, only what is new is run. A second Ctrl-C does not wait for workers to save.

    On clusters: docs/cluster.md.
    """
    from mcsc import workflow
    from mcsc.execute import Execution, Interrupted, run_tasks, share
    from mcsc.execute.display import Display
    from mcsc.execute.log import Logged, logged_to, record
    from mcsc.files.replace import require_writable
    from mcsc.planning import plan

    if dry_run:
        from mcsc.cli.cost import print_cost

        folder = workflow.tasks_folder(out or workflow.default_output(file))
        planned = plan(file)
        with Display() as waiting:
            _, begun = _rounds(planned, folder, waiting)
        print_cost(begun[-1], folder, workers, more=planned.has_rounds)
        return
    display = Display()
    progress = Logged(display)
    execution = Execution(workers, threads, scheduler, grace, checkpoint, progress)
    if out is not None and out.is_dir():
        raise ValueError(f"{out}: is a folder; give --out the name of a file, e.g. {out}.nc")
    mine = None if task is None else _share(task)
    planned = plan(file)
    for note in (*planned.config.notes, *_compiling()):
        complain(f"{file}: {note}")
    out = _output(planned, out, overwrite)
    folder = workflow.tasks_folder(out)
    try:
        with logged_to(log), display:
            record("run", run_file=str(file), out=str(out), share=task)
            if mine is None:
                tree = workflow.run_plan(planned, out, execution, overwrite=overwrite)
                record("wrote", out=str(out))
            else:
                require_writable(folder / "lock")
                _, begun = _rounds(planned, folder, progress)
                tasks = share(begun[-1].tasks, *mine)
                progress.begin(tasks, begun[-1].title, begun[-1].why)
                run_tasks(tasks, folder, execution)
    except Interrupted as stopped:
        complain(stopped)
        sys.exit(130)
    if mine is None:
        _print_found(tree, out, verbose=verbose, json=json)
    else:
        more = "; it says whether another round of shares has to be run" * planned.has_rounds
        say(
            f"share {task} is finished: {len(tasks)} of {len(begun[-1].tasks)} tasks; when all "
            f"shares are, write the diagram with: {command('merge', file, '-o', out)}{more}"
        )


def merge(
    file: RunFile,
    out: Out = None,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Write it also if tasks are missing: their points are NaN."),
    ] = False,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Write the phase diagram of finished tasks, as after a job array; nothing is run.

    The tasks are those of OUT.tasks/. If some are missing, they are named and nothing is written,
    unless --partial is given.
    """
    from mcsc import workflow
    from mcsc.execute import task_path
    from mcsc.execute.display import Display
    from mcsc.planning import LONGER, plan

    planned = plan(file)
    # of another run file it may be if only tasks are missing, which is said first
    out = _output(planned, out, overwrite=True)
    folder = workflow.tasks_folder(out)
    with Display() as display:
        outcome, begun = _rounds(planned, folder, display)
    missing = begun[-1].unfinished(folder, complain)
    if missing:
        total = len(begun[-1].tasks)
        shown = "; ".join(missing[:5]) + ("; …" if len(missing) > 5 else "")
        which = f" of round {len(begun)}, {begun[-1].title}," if len(begun) > 1 else ""
        what = f"{folder}: {len(missing)} of {total} tasks{which} are not finished: {shown}"
        again = command("run", file, "-o", out)
        if not any(task_path(folder, task).is_file() for task in outcome.tasks):
            raise ValueError(f"{folder}: no task is finished: run {again}")
        if not partial:
            raise ValueError(
                f"{what}. Finish them with {again}, or merge the others with --partial"
            )
        left = "shorter than asked for" if begun[-1].title == LONGER else "NaN"
        complain(f"{what}. Their points are {left}")
    _output(planned, out, overwrite)
    with Display() as display:
        tree = workflow.merge_outcome(outcome, out, display, overwrite=overwrite)
    _print_found(tree, out, verbose=verbose, json=json)


def status(
    file: RunFile,
    out: Out = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="Measure what is left to run: core hours, memory, disk.")
    ] = False,
    json: Json = False,
) -> None:
    """Show which tasks of a run are finished, under way or waiting.

    For a run that chooses points by itself, it also says which round this is in, and why.
    """
    from mcsc.cli.cost import print_cost, print_tasks, status_json
    from mcsc.execute.display import Display
    from mcsc.planning import plan
    from mcsc.workflow import default_output, tasks_folder

    folder = tasks_folder(out or default_output(file))
    planned = plan(file)
    with Display() as display:
        outcome, begun = _rounds(planned, folder, display)
    if json:
        say(status_json(outcome, begun, folder, measure=cost))
        return
    for number, now in enumerate(begun, start=1):
        if len(begun) > 1 or now.title != "scan":
            say(f"round {number}, {now.title}: {now.why}")
        print_tasks(now, folder)
    if outcome.complete and len(begun) > 1:
        say("no round is left")
    if cost:
        print_cost(begun[-1], folder, more=planned.has_rounds)


def _compiling() -> tuple[str, ...]:
    """A line where compiled kernels cannot be kept, which nobody asked for."""
    from mcsc.kernels import _jit

    if _jit._CACHE is not None or os.environ.get("MCSC_CACHE") == "0":
        return ()
    wanted = _jit.wanted_folder()
    why = "this user has no home folder" if wanted is None else f"{wanted} cannot be written"
    return (
        f"compiled kernels are not kept, because {why}: every process compiles them anew, about a "
        "minute; set NUMBA_CACHE_DIR to a folder of yours",
    )


def _print_found(tree: "xr.DataTree", out: Path, *, verbose: bool, json: bool) -> None:
    """What a run has found, in a few lines, with its whole tables, or as JSON."""
    from mcsc.cli.summary import summary_lines, width_here
    from mcsc.report.findings import findings

    found = findings(tree)
    if json:
        say(found.to_json())
        return
    if verbose:
        from mcsc.cli.console import print_tables

        print_tables(tree)
    for line in summary_lines(found, out, width_here()):
        say(line)
    if "transport" in tree.children:
        say(f"currents of carriers: {command('plot', out, '--transport')}")


def _output(planned: "Plan", out: Path | None, overwrite: bool) -> Path:
    """The diagram to write, refused if something else is there; what is kept of it is said."""
    from mcsc import diagram, workflow

    chosen = out or workflow.default_output(planned.path)
    replaced = workflow.replaced_by(planned, chosen, diagram.KIND, overwrite=overwrite)
    if replaced.kept is not None:
        complain(
            f"{chosen}: of an earlier text of {planned.path.name}; it is kept as "
            f"{replaced.kept.name}"
        )
    return chosen


def _rounds(planned: "Plan", folder: Path, progress: "Progress") -> tuple["Outcome", list["Round"]]:
    """The rounds of a run up to the first with unfinished tasks; nothing is run."""
    from mcsc import planning

    begun: list[Round] = []
    return planning.follow(planned, folder, begun.append, progress), begun


def _share(text: str) -> tuple[int, int]:
    """The numbers of I/N."""
    index, slash, number = text.partition("/")
    if slash and index.isdecimal() and number.isdecimal() and 1 <= int(index) <= int(number):
        return int(index), int(number)
    raise ValueError(
        f"--task {text}: give I/N with I from 1 to N, e.g. 3/8; in a Slurm array submitted with "
        "--array=1-8: $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
    )
