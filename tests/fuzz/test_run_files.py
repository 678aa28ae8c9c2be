"""Run files with something wrong in them: a plan, or lines that name the file; nothing else, ever.

The first hundred are tried always, five hundred with ``-m validation``.
"""

import tomllib
from pathlib import Path
from random import Random

import pytest
from mutants import RUNS, WRONG, dumped, each_key, mutant, wronged
from watched import bounded

from mcsc.config import Config, RunFileError
from mcsc.planning import plan


def outcome(path: Path, contents: bytes) -> str:
    path.write_bytes(contents)
    try:
        with bounded():
            planned = plan(path)
            assert all(len(task.digest()) == 32 for task in planned.all_tasks[:3])
    except RunFileError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.startswith(f"{path}: ") for line in lines), error
        return "error"
    return "plan"


def test_unchanged_run_files_survive_the_mill(tmp_path: Path) -> None:
    for run in RUNS:
        text = dumped(tomllib.loads(run.read_text(encoding="utf-8")))
        assert outcome(tmp_path / run.name, text.encode()) == "plan"


@pytest.mark.parametrize(
    ("first", "last"), [(0, 100), pytest.param(100, 500, marks=pytest.mark.validation)]
)
def test_mutants_plan_or_are_told_why_not(tmp_path: Path, first: int, last: int) -> None:
    found = []
    for number in range(first, last):
        try:
            found.append(outcome(tmp_path / "run.toml", mutant(number)))
        except BaseException as error:
            raise AssertionError(f"mutant {number}: {type(error).__name__}: {error}") from error
    # the mill must neither spare nor break everything
    assert found.count("plan") > len(found) / 20
    assert found.count("error") > len(found) / 2


EVERY = [(path, value) for path in each_key(Config) for value in WRONG]


@pytest.mark.parametrize(
    "share", [0.06, pytest.param(1.0, marks=pytest.mark.validation)], ids=["some", "all"]
)
def test_every_key_with_what_is_wrong_for_it(tmp_path: Path, share: float) -> None:
    found = []
    for path, value in Random(15).sample(EVERY, round(share * len(EVERY))):
        try:
            found.append(outcome(tmp_path / "run.toml", wronged(path, value)))
        except BaseException as error:
            what = str(value)[:60] if not isinstance(value, int) else f"{value.bit_length()} bits"
            raise AssertionError(f"{'.'.join(path)} = {what}: {error!r}") from error
    assert len(found) > 200
    assert found.count("error") > 0.8 * len(found)


# found by longer runs of the same mill
FOUND = [
    ("scan", "doping", {"start": 0.5, "stop": 2.5, "num": 10**9}, "must be less than or equal"),
    ("scan", "size", [[10**9, 6, 2]], "must be less than or equal"),
    ("scan", "size", [[9999, 9999, 9999]], "too large, 2999100089997 states"),
    ("interaction", "relative_permittivity", 1e-308, "give 0 or a number between"),
    ("wells", "depth", {"beta": -1e308}, "give 0 or a number between"),
    ("scan", "field_direction", [1e308, 0.0, 0.0], "give 0 or a number between"),
    ("structure", "cif", "a" * 3000, "name too long"),
    ("sampling", "sweeps", 10**30, "must be less than or equal to 1000000000000"),
    ("sampling", "seed", 2**64, "'seed' = 18446744073709551616 is too large: give at most 1844"),
    ("sampling", "measurements", 10**7, "at 24 temperatures fit no memory: give at most 4166666"),
    ("protocol", "repeats", 10**9, "must be less than or equal to 10000"),
    ("protocol", "measurements", 10**9, "are too many: give at most"),
    ("doping", "sign", True, "must be 1 or -1"),
    ("wells", "depth", {"alpha": 1e18, "beta": 1e18}, "depth.alpha = 1e.18: more than 1e.08 times"),
    ("wells", "state_energy", -1e14, "state_energy = -100000000000000: more than .* give at most"),
    ("wells", "star_energy", 1e14, "star_energy = 100000000000000: more than"),
    ("protocol", "field", [0.0, 1e20], "protocol.field = 1e.20: more than"),
    ("interaction", "relative_permittivity", 1e-12, "permittivity = 1e-12: .* give at least"),
    ("scan", "field_direction", [], "field_direction = ..: is empty"),
    ("scan", "field_direction", {}, "field_direction: must be a list"),
    ("structure", "b", 1e6, "b becomes 1.82e.05 times that of the crystal"),
    ("structure", "cif", "", "is empty: give a name"),
    ("structure", "cif", "a\x1b[31mb", "holds the control character '.x1b': remove it"),
    ("doping", "counts", "a\u2028b", "holds the control character"),
    ("structure", "material", "\x9b31m", "'.x9b31m': no such material"),
    ("scan", "temperature", {"values": [0.1] * 20_000}, "'values' has 20000 entries"),
    ("wells", "depth", {"a\0": 1.0}, "holds the control character"),
    ("scan", "vary", {"interaction": {"relative_permittivity": [5e-324, 1.0]}}, "between"),
    ("scan", "vary", {"wells": {"depth": {"beta": [0.001 * i for i in range(9999)]}}}, "tasks"),
    ("protocol", "doping", [1.0, 1.0], "repeats a value"),
]


@pytest.mark.parametrize(("section", "key", "value", "message"), FOUND)
def test_found_by_the_mill(
    tmp_path: Path, section: str, key: str, value: object, message: str
) -> None:
    in_units_of_their_own = section in ("protocol", "interaction")
    name = "kagome-protocols.toml" if in_units_of_their_own else "kagome.toml"
    (source,) = (run for run in RUNS if run.name == name)
    tree = tomllib.loads(source.read_text(encoding="utf-8"))
    tree.setdefault(section, {})[key] = value
    path = tmp_path / "run.toml"
    path.write_text(dumped(tree))
    with bounded(), pytest.raises(RunFileError, match=message):
        plan(path)


def test_a_whole_file_may_be_a_number(tmp_path: Path) -> None:
    assert outcome(tmp_path / "run.toml", b"title = 1e400\n") == "error"
    # Python does not write out what has thousands of digits, nor read it unless it is hexadecimal
    assert outcome(tmp_path / "run.toml", b"title = " + b"9" * 9999) == "error"
    assert outcome(tmp_path / "run.toml", b"title = 0x" + b"9" * 9999) == "error"
    assert outcome(tmp_path / "run.toml", b"x = " + b"[" * 5000 + b"]" * 5000) == "error"
    assert outcome(tmp_path / "run.toml", b"scan = 1e308") == "error"
