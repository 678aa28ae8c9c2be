"""The page of the validation says what its results say, and hides nothing."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "analysis" / "validation.py"


def script():
    spec = importlib.util.spec_from_file_location("validation_page", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(case, ours, z, agrees, note=""):
    return {
        "case": case, "reference": 1.5, "reference_error": 0.01, "source": "someone (1999)",
        "ours": ours, "error": 0.0023, "tolerance": None, "z": z, "note": note, "agrees": agrees,
    }  # fmt: skip


def test_rows_and_their_disagreements_are_on_the_page(tmp_path):
    rows = [row("good |z|", 1.5012, 0.1, True), row("bad", 1.6, 9.7, False, "too small a crystal")]
    exact = {**row("sum", 1.5, None, True), "tolerance": 1e-3, "error": 0.0}
    result = {
        "rows": [*rows, exact], "cpu_seconds": 61.0, "commit": "abc", "notes": {},
    }  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(result))
    page = script().page(tmp_path)
    assert r"| good \|z\| | 1.500 ± 0.010 | someone (1999) | 1.5012 ± 0.0023 | +0.1 | 61 |" in page
    assert "+9.7 **beyond**" in page
    assert "3 rows, 1 beyond" in page
    assert "too small a crystal" in page
    assert "Δ = 0e+00 (< 1e-03)" in page
    assert "1.0 core minutes" in page


def test_rows_of_all_tables_have_as_many_cells_as_their_heads():
    wrong, tables = [], 0
    for page in (SCRIPT.parents[1] / "docs").glob("*.md"):
        head = 0
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            tables += not head and bool(cells)
            head = (head or cells) if cells else 0
            wrong += [line] if cells != head else []
    assert not wrong
    assert tables > 50


def test_no_results_is_an_error_with_the_remedy(tmp_path):
    with pytest.raises(SystemExit, match="pytest -m validation"):
        script().page(tmp_path)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.1289, 4e-4, "0.12890 ± 0.00040"),
        (4.511524, 1e-6, "4.5115240 ± 0.0000010"),
        (1.5, 0.0, "1.5"),
        (123.4, 21.0, "123 ± 21"),
        (2.0, 0.0999, "2.00 ± 0.10"),
    ],
)
def test_numbers_have_the_digits_of_their_errors(value, error, shown):
    assert script().number(value, error) == shown
