"""Short scans that can be compared bit by bit, and someone who listens to them."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from mcsc.chain import Sampling, Task
from mcsc.execute import Progress, finished
from mcsc.files import netcdf
from mcsc.structure import textbook

SHORT = Sampling(sweeps=128, warmup=64, measurements=64, exchange_interval=1)
# long enough to be interrupted
LONG = dataclasses.replace(SHORT, sweeps=64 * 1024)


def tasks(sampling: Sampling = SHORT, carriers: Sequence[int] = (16, 32)) -> list[Task]:
    cubic = textbook("cubic")
    return [Task(cubic, (4, 4, 4), n, (0.1, 0.15, 0.2), sampling=sampling) for n in carriers]


def contents(folder: Path, wanted: list[Task]) -> list[str]:
    found = [finished(folder, task) for task in wanted]
    assert all(groups is not None for groups in found)
    return [netcdf.digest(groups) for groups in found if groups is not None]


class Listener(Progress):
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fractions: dict[str, list[float]] = {}

    def update(self, task: Task, fraction: float) -> None:
        self.fractions.setdefault(task.digest(), []).append(fraction)

    def say(self, line: str) -> None:
        self.lines.append(line)
