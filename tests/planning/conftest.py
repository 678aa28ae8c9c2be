"""Exactly known spectra, as the estimators of transitions are tested with."""

import importlib.util
from pathlib import Path

import pytest

_SOURCE = Path(__file__).parents[1] / "transitions/conftest.py"


@pytest.fixture(scope="session")
def infinite_range_ising():
    """Function of the number of spins; see the tests of transitions."""
    spec = importlib.util.spec_from_file_location("spectra", _SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module._infinite_range_ising
