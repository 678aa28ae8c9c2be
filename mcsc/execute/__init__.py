"""Where tasks run: processes of this machine or a dask cluster; files, claims, progress, a stop."""

from mcsc.execute.execution import SILENT, Execution, Progress
from mcsc.execute.taskfile import Complain, checkpoint_path, finished, finished_whole, task_path
from mcsc.execute.tasks import Interrupted, run_tasks, share
