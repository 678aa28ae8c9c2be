"""One task, one Dataset: a temperature ladder sampled, checkpointed, resumed and summed up.

A task with a :class:`FieldProtocol` follows a history of fields instead of sampling equilibrium,
one with :class:`Transport` the carriers in continuous time.
"""

from mcsc.chain.run import Stopped, fraction_done, run
from mcsc.chain.task import Task, distinct
from mcsc.sampling import FieldProtocol, Sampling, Transport
