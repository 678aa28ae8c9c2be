"""Shares of a scan for the jobs of an array."""

from collections.abc import Sequence

from mcsc.chain import Task


def share(tasks: Sequence[Task], index: int, number: int) -> list[Task]:
    """The tasks of one of several jobs, which all have about the same work.

    The longest tasks are dealt out first, each to the job that has least so far. It does not
    depend on what is finished: the shares of one number have no task in common and leave none out.

    Parameters
    ----------
    tasks
        All tasks, in any order.
    index, number
        Which share, counted from 1, and of how many.

    Raises
    ------
    ValueError
        If there is no such share.
    """
    if not 1 <= index <= number:
        raise ValueError(f"share {index}/{number}: shares are counted from 1 to {number}")
    loads, mine = [0.0] * number, []
    for task in sorted(tasks, key=lambda task: (-task.proposals, task.digest())):
        least = loads.index(min(loads))
        loads[least] += task.proposals
        if least == index - 1:
            mine.append(task)
    return mine
