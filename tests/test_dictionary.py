"""A run file as nested dictionary: the same text, the same checks, the same words."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

import mcsc
from mcsc.config import RunFileError, load
from mcsc.config.read import toml_text

RUNS = sorted((Path(__file__).parents[1] / "runs").glob("*.toml"))
SMALL = {
    "structure": {"lattice": "square", "layer_spacing": 2.0},
    "scan": {"size": [4, 4, 1], "doping": [0.25], "temperature": {"values": [0.2, 0.4]}},
    "sampling": {"sweeps": 128, "warmup": 32, "measurements": 64},
}


def changed(section: str, **keys: object) -> dict:
    return {**SMALL, section: {**SMALL.get(section, {}), **keys}}


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_every_run_file_is_the_dictionary_it_holds(path: Path) -> None:
    tree = tomllib.loads(path.read_text(encoding="utf-8"))
    assert tomllib.loads(toml_text(tree)) == tree
    assert load(tree)[0] == load(path)[0]


def test_numbers_of_numpy_paths_and_odd_texts() -> None:
    tree = {
        "a b": 'quotes " and \\ and \x7f and \n and é',
        "array": np.linspace(0, 1, 3),
        "number": np.float64(0.1),
        "count": np.int64(3),
        "file": Path("a.cif"),
        "flag": True,
        "inner": {"tables": [{"kinds": ("a", "b")}], "": {"deep": 1e-7}},
    }
    assert tomllib.loads(toml_text(tree)) == {
        **tree,
        "array": [0.0, 0.5, 1.0],
        "file": "a.cif",
        "inner": {"tables": [{"kinds": ["a", "b"]}], "": {"deep": 1e-7}},
    }


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (changed("scan", dopin=1), "run.dict: scan.dopin: unknown key; did you mean 'doping'?"),
        ({**SMALL, "title": 3}, "run.dict: title = 3: must be text in quotes"),
        (changed("scan", doping=[0.3]), "run.dict: scan.doping = 0.3: 4.8 carriers on 4x4x1"),
        (changed("sampling", seed=None), "run.dict: sampling.seed = None: leave the key out"),
        (changed("sampling", seed={1}), "run.dict: sampling.seed: a set; give a text, a number"),
        (changed("sampling", seed=float("nan")), "run.dict: sampling.seed = nan: "),
        ({**SMALL, 3: 4}, "run.dict: key 3: is no text; put it in quotes"),
        (changed("structure", cif="absent.cif", lattice=None), "structure.lattice = None: leave"),
        (changed("sampling", seed=10**5000), "run.dict: "),
    ],
)
def test_mistakes_are_one_line(tree: dict, message: str) -> None:
    with pytest.raises(RunFileError) as caught:
        mcsc.plan(tree)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_dictionary_that_holds_itself_is_no_run_file() -> None:
    endless = dict(SMALL)
    endless["scan"] = endless
    with pytest.raises(RunFileError, match="nested too deeply"):
        mcsc.plan(endless)


def test_the_text_of_a_dictionary_is_a_run_file_with_the_same_tasks(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(mcsc.plan(SMALL).text, encoding="utf-8")
    tasks = [mcsc.plan(source).all_tasks for source in (path, SMALL)]
    assert [task.digest() for task in tasks[0]] == [task.digest() for task in tasks[1]]
