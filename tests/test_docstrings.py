"""The examples in the docstrings of public names, run."""

import doctest
from pathlib import Path

import matplotlib as mpl
import pytest

import mcsc

# the first writes the diagram that others open
NAMES = ["run", *sorted({*mcsc.__all__} - {"run", "plot", "__version__"})]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.mark.xdist_group("examples")
@pytest.mark.filterwarnings("ignore:not converged")
def test_examples_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("Agg")
    monkeypatch.chdir(folder)
    without, wrong = [], []
    for name in NAMES:
        found = doctest.DocTestFinder(exclude_empty=True).find(getattr(mcsc, name), name)
        examples = [test for test in found if test.examples]
        if not any(test.name == name for test in examples):
            without.append(name)
        for test in examples:
            results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
            wrong += [test.name] * bool(results.failed)
    assert without == [] and wrong == []
