"""The digest of a task: everything that decides its numbers, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.chain import Sampling, Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels.rng import WORDS, stream
from mcsc.model import Dopants, Interactions, ShortRangeTerm
from mcsc.structure import textbook
from mcsc.units import REDUCED


def structure(kind="a", depth=0.1, energy=0.02, shift=0.3, centre=0.0, edge=5.0, name="test"):
    found = crystal(
        np.diag([edge, 5.0, 6.0]),
        make_well(kind, (centre, 0, 0), [(0, 0, 0), (shift, 0, 0)], [0, energy], depth),
    )
    return replace(found, name=name)


TERM = ShortRangeTerm(("a", "a"), 0.1, distance=5.0)
TASK = Task(structure(), (3, 2, 2), 4, (100.0, 200.0))
IONS = Dopants(((0.5, 0.5, 0.5),))
OTHERS = {
    "cell": replace(TASK, structure=structure(edge=5.0001)),
    "centre": replace(TASK, structure=structure(centre=0.0001)),
    "kind": replace(TASK, structure=structure(kind="b")),
    "depth": replace(TASK, structure=structure(depth=0.1001)),
    "state energy": replace(TASK, structure=structure(energy=0.0201)),
    "displacement": replace(TASK, structure=structure(shift=0.3001)),
    "size": replace(TASK, size=(2, 3, 2)),
    "carriers": replace(TASK, n_carriers=5),
    "one temperature": replace(TASK, temperatures=(100.0, 200.0001)),
    "more temperatures": replace(TASK, temperatures=(100.0, 200.0, 300.0)),
    "coulomb": replace(TASK, interactions=Interactions(coulomb=False)),
    "permittivity": replace(TASK, interactions=Interactions(relative_permittivity=1.0001)),
    "screening": replace(TASK, interactions=Interactions(screening_length=1e6)),
    "short range": replace(TASK, interactions=Interactions(short_range=(TERM,))),
    "short-range energy": replace(
        TASK, interactions=Interactions(short_range=(replace(TERM, energy=0.1001),))
    ),
    "two terms": replace(TASK, interactions=Interactions(short_range=(TERM, TERM))),
    "field": replace(TASK, field=1e-6),
    "weak field": replace(TASK, field=1e-10),
    "weaker field": replace(TASK, field=9.99e-11),
    "weak field elsewhere": replace(TASK, field=1e-10, field_direction=(0.0, 1.0, 0.0)),
    "field direction": replace(TASK, field_direction=(0.0, 1.0, 0.0)),
    "units": replace(TASK, structure=replace(TASK.structure, units=REDUCED)),
    "sweeps": replace(TASK, sampling=Sampling(sweeps=40960)),
    "warmup": replace(TASK, sampling=Sampling(warmup=4097)),
    "measurements": replace(TASK, sampling=Sampling(measurements=1024)),
    "exchange": replace(TASK, sampling=Sampling(exchange_interval=4)),
    "seed": replace(TASK, seed=1),
    "dopants": replace(TASK, dopants=IONS),
    "other dopants": replace(TASK, dopants=replace(IONS, positions=((0.5, 0.5, 0.501),))),
    "their charge": replace(TASK, dopants=replace(IONS, charge=-0.999)),
    "sample": replace(TASK, dopants=replace(IONS, sample=2)),
    "a sample without dopants": replace(TASK, dopants=replace(IONS, positions=())),
}


def test_every_parameter_changes_the_digest():
    digests = {name: task.digest() for name, task in OTHERS.items()}
    digests["original"] = TASK.digest()
    assert len(set(digests.values())) == len(digests)


def test_names_and_rounding_do_not_change_the_digest():
    assert replace(TASK, structure=structure(name="other")).digest() == TASK.digest()
    assert replace(TASK, structure=structure(edge=5.0 + 1e-14)).digest() == TASK.digest()
    assert replace(TASK, structure=structure(centre=-0.0)).digest() == TASK.digest()
    tilted = replace(TASK, field=0.1, field_direction=(0.6, 1e-18, 0.8))
    same = replace(TASK, field=0.1 + 1e-16, field_direction=(0.6 + 1e-16, 0.0, 0.8))
    assert same.digest() == tilted.digest()
    assert Task(structure(), (3, 2, 2), 4, (100.0, 200.0)).digest() == TASK.digest()


def test_the_digest_is_the_same_on_every_machine():
    """A fixed value: a change of it makes every finished task file of a user worthless."""
    assert TASK.digest() == TASK.digest().lower()
    assert len(TASK.digest()) == 32
    assert [f"{word:08x}" for word in TASK.digest_words()] == [
        TASK.digest()[i : i + 8] for i in range(0, 32, 8)
    ]


@pytest.mark.parametrize("name", OTHERS)
def test_streams_of_other_tasks_are_unrelated(name):
    other = OTHERS[name]
    one, two = (stream(t.seed, t.digest_words(), 0) for t in (TASK, other))
    assert not (one == two).any()


def test_streams_of_replicas_differ_and_do_not_depend_on_their_number():
    tables, _ = kernel_tables(TASK.build())
    state = random_state(TASK, tables)
    assert len({tuple(row) for row in state.rng.tolist()}) == 3
    assert (state.carriers[0] != state.carriers[1]).any()
    rows = [stream(0, TASK.digest_words(), r).tolist() for r in range(3)]
    assert rows == state.rng[:, :WORDS].tolist()


def test_a_random_start_fills_wells_evenly():
    task = replace(TASK, temperatures=tuple(np.linspace(100.0, 200.0, 3000)))
    tables, _ = kernel_tables(task.build())
    state = random_state(task, tables)
    filled = np.bincount(tables.well[state.carriers].reshape(-1), minlength=12)
    # 4 of 12 wells in each of 3000 replicas
    z = (filled - 1000) / np.sqrt(3000 * (1 / 3) * (2 / 3))
    assert np.abs(z).max() < 4
    assert (tables.first[tables.well[state.carriers]] == state.carriers).all()


@pytest.mark.parametrize(
    "field", [{"field": -0.1}, {"field": np.inf}, {"field_direction": (1.0, 1.0, 0.0)}]
)
def test_a_field_is_a_strength_and_a_unit_vector(field):
    with pytest.raises(ValueError, match=r"field = .*give a strength of 0 or more and a direction"):
        replace(TASK, **field)


def test_the_field_of_the_model_is_strength_times_direction():
    task = replace(TASK, field=0.5, field_direction=(0.0, 0.6, 0.8))
    np.testing.assert_array_equal(task.build().field, [0.0, 0.3, 0.4])


def test_a_pair_energy_that_dwarfs_all_others_is_refused():
    far = ShortRangeTerm(("site", "site"), 1e6, shell=1)
    task = Task(textbook("cubic"), (2, 2, 2), 4, (1.0, 2.0))
    with pytest.raises(ValueError, match=r"term site-site: energy 1e.06 is more"):
        replace(task, interactions=Interactions(short_range=(far,)))
    # as high as excludes a pair, and heat baths keep every digit
    replace(task, interactions=Interactions(short_range=(replace(far, energy=1e3),)))
    replace(task, interactions=Interactions(coulomb=False, short_range=(far,)), n_carriers=8)


def test_replicas_share_no_line_of_memory():
    tables, _ = kernel_tables(TASK.build())
    state = random_state(TASK, tables)
    for rows, written in ((state.rng, WORDS), (state.potential, len(tables.site))):
        assert rows.strides[0] - written * rows.itemsize >= 64
