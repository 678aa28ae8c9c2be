"""The job script of docs/cluster.md, run by a shell with stand-ins for the batch system."""

import os
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"


def job_script() -> str:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"<!-- job script -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize(("code", "requeued"), [(0, False), (130, True), (2, False)])
def test_the_job_script_requeues_what_was_stopped(
    tmp_path: Path, code: int, requeued: bool
) -> None:
    (tmp_path / "scan.sh").write_text(job_script())
    stands_in = {
        "srun": 'shift; exec "$@"',
        "mcsc": f'echo "$@" > arguments; exit {code}',
        "scontrol": 'echo "$@" > requeued',
    }
    for name, body in stands_in.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SLURM_CPUS_PER_TASK": "16",
        "SLURM_ARRAY_TASK_ID": "3",
        "SLURM_ARRAY_TASK_COUNT": "8",
        "SLURM_JOB_ID": "4711",
    }
    result = subprocess.run(["bash", "scan.sh"], cwd=tmp_path, env=environment)
    assert result.returncode == code
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[:2] == ["run", "scan.toml"]
    assert arguments[-2:] == ["--task", "3/8"]
    assert (tmp_path / "requeued").exists() == requeued
    if requeued:
        assert (tmp_path / "requeued").read_text().split() == ["requeue", "4711"]


def test_every_option_of_the_page_is_one() -> None:
    from typer.testing import CliRunner

    from mcsc.cli import app

    text = PAGE.read_text(encoding="utf-8")
    helps = "".join(
        CliRunner().invoke(app, [verb, "--help"], env={"COLUMNS": "200"}).output
        for verb in ("run", "merge")
    )
    ours = ("scheduler", "task", "checkpoint", "grace", "threads", "partial")
    for option in ours:
        assert f"--{option}" in text
        assert f"--{option}" in helps
