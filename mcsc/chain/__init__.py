"""One task, one Dataset: a temperature ladder sampled, checkpointed, resumed and summed up."""

from mcsc.chain.run import Stopped, fraction_done, run
from mcsc.chain.task import Interactions, Sampling, Task

__all__ = ["Interactions", "Sampling", "Stopped", "Task", "fraction_done", "run"]
