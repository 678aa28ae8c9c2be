"""Where tasks run: processes of this machine or a dask cluster; files, claims, progress, a stop."""

from mcsc.execute.execute import Interrupted, scan
from mcsc.execute.shares import share
from mcsc.execute.taskfile import checkpoint_path, finished, task_path

__all__ = ["Interrupted", "checkpoint_path", "finished", "scan", "share", "task_path"]
