"""The tasks at every place of a diagram, and what their finished files say together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain import Task
from mcsc.chain.join import joined
from mcsc.execute import finished, finished_whole
from mcsc.files.tree import Place, group, with_groups
from mcsc.planning.plan import Plan
from mcsc.planning.windows import number_of_annealings
from mcsc.transitions import Settings, Thresholds, Transition, charge_order, collective

Annealings = tuple[tuple[Task, ...], ...]
"""Independent annealings of one ladder, each with the tasks that continue it one another."""


@dataclass(frozen=True)
class Analysis:
    """The transitions of one place of a diagram, all sizes taken together.

    charge, displaced: Charge order and uniform displacement.
    in_field: Whether there is a field, which makes the second one count.
    converged: Whether every temperature of every size is.
    """

    charge: Transition
    displaced: Transition
    in_field: bool
    converged: bool


def annealings_of(planned: Plan) -> dict[Place, Annealings]:
    """The first tasks at every place: as many annealings as the run file asks for."""
    n = number_of_annealings(planned.config)
    return {at.place: tuple((_annealed(at.task, k),) for k in range(n)) for at in planned.tasks}


def _annealed(task: Task, annealing: int) -> Task:
    """An independent annealing of a task, and of the one that it begins from."""
    first = task.continues and _annealed(task.continues, annealing)
    return replace(task, annealing=annealing, continues=first)


def begun_from(places: Mapping[Place, Annealings]) -> dict[Place, Annealings]:
    """What the first tasks of places begin from, where they do not anneal."""
    found: dict[Place, Annealings] = {}
    for place, annealings in places.items():
        found[place] = tuple((one.continues,) for one, *_ in annealings if one.continues)
    return found


def with_more(annealings: Annealings, n: int, emphasis: tuple[int, ...] = ()) -> Annealings:
    """So many annealings of a window, of which those that are new visit numbers as is wanted."""
    first = replace(annealings[0][0], emphasis=emphasis)
    more = ((replace(first, annealing=k),) for k in range(len(annealings), n))
    return (*annealings, *more)


def read(
    folder: Path, annealings: Annealings, *, last: bool, below: Annealings = ()
) -> xr.DataTree | None:
    """The finished tasks of one ladder together, as far as all of its annealings are.

    With ``last`` only those of each annealing that were run last: what they continue was their
    warm-up. None where one has not even begun. Annealings of the window ``below``, which ends at
    the first number of this one, count too, but for ln Z, which they know among their own numbers.
    """
    parts: list[list[xr.DataTree]] = []
    for tasks in annealings:
        parts.append([])
        for task in tasks:
            if (found := finished(folder, task)) is None:
                break
            parts[-1].append(found)
    length = min(map(len, parts))
    if not length:
        return None
    begin = length - 1 if last else 0
    (first, *_), *_ = (tasks[begin:] for tasks in annealings)
    rows = [row[begin:length] for row in parts]
    for (task,) in below:
        if (tree := finished(folder, replace(task, n_carriers=first.n_carriers))) is not None:
            series = group(tree, "series")
            known = series.assign(log_partition=np.nan * series["log_partition"])
            rows.append([with_groups(tree, {"series": known})])
    if below:
        # windows of other lengths share out their measurements among more numbers or fewer
        count = min(group(tree, "series").sizes["measurement"] for (tree,) in rows)
        rows = [[tree.isel(measurement=slice(count), missing_dims="ignore")] for (tree,) in rows]
    return joined(first, rows)


def over_window(
    folder: Path, annealings: Annealings, known: dict[str, FloatArray]
) -> tuple[FloatArray, ...]:
    """What the finished annealings of a window know, ln Z, mean energy and visits, (n, T, R) each.

    known: All that was read before, by the digest of its task, to which the rest is added.
    """
    digests = [task.digest() for (task,) in annealings]
    for (task,), digest in zip(annealings, digests, strict=True):
        if digest in known or (tree := finished_whole(folder, task)) is None:
            continue
        series, health = group(tree, "series").isel(annealing=0), group(tree, "health")
        values = series["log_partition"], series["mean_energy"], health["visits"]
        known[digest] = np.stack([v.transpose("carriers", "temperature") for v in values])
    found = [known[digest] for digest in digests if digest in known]
    log_partition, energy, visits = np.stack(found, axis=-1)
    return log_partition, energy, visits


def settings_of(planned: Plan) -> Settings:
    """How the transitions of a run file are looked for: with its own thresholds of the regimes."""
    return Settings(regimes=Thresholds(**planned.config.regimes.model_dump()))


@dataclass
class Analyses:
    """Transitions of places, computed once for each length of their ladders."""

    planned: Plan
    folder: Path
    known: dict[tuple[str, ...], Analysis] = field(default_factory=dict)

    def at(self, sizes: list[Annealings]) -> Analysis | None:
        """The transitions of a place, from its ladders of all sizes, the smallest first."""
        key = tuple(tasks[-1].digest() for annealings in sizes for tasks in annealings)
        if key not in self.known:
            read_one = partial(read, self.folder, last=self.planned.config.sampling.doublings > 0)
            whole = [found for one in sizes if (found := read_one(one)) is not None]
            if len(whole) < len(sizes):
                return None
            ladders = [
                group(tree, "series").assign(converged=tree["health/converged"]) for tree in whole
            ]
            boltzmann, settings = self.planned.units.boltzmann, settings_of(self.planned)
            self.known[key] = Analysis(
                charge=charge_order(ladders, boltzmann, settings),
                displaced=collective(ladders, boltzmann, settings),
                in_field=any(task.field for one in sizes for tasks in one for task in tasks),
                converged=all(bool((one["converged"] == 1).all()) for one in ladders),
            )
        return self.known[key]
