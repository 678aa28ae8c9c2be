"""What ``mcsc diff`` prints: settings and numbers in which two run files or diagrams differ."""

import json
import math
from pathlib import Path
from typing import Any

from mcsc.cli.say import say
from mcsc.config import flattened, load
from mcsc.text import concise

# errors by which two numbers have to differ to be shown
_SIGMA = 3.0
_MOST = 20


def print_difference(first: Path, second: Path) -> bool:
    """Print in what two files differ; whether they do.

    Raises ValueError if one is a run file and the other a diagram, or either cannot be read.
    """
    run_files = [path.suffix == ".toml" for path in (first, second)]
    if run_files[0] != run_files[1]:
        raise ValueError(f"{first}, {second}: give two run files, or two diagrams")
    if all(run_files):
        settings = [json.loads(c.model_dump_json()) for c, _ in map(load, (first, second))]
        return _settings(*settings)
    from mcsc import diagram
    from mcsc.report.findings import findings

    trees = [diagram.load(path) for path in (first, second)]
    settings = [json.loads(str(t.attrs.get("config_complete_json", "{}"))) for t in trees]
    differ = _settings(*settings)
    found = [{(t.line, t.place): t for t in findings(tree).transitions} for tree in trees]
    return _transitions(*found) or differ


def _settings(first: dict[str, Any], second: dict[str, Any]) -> bool:
    flat = [flattened(first), flattened(second)]
    keys = [k for k in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(k) != flat[1].get(k)]
    for key in keys:
        say(f"{key}: {_shown(flat[0].get(key))} → {_shown(flat[1].get(key))}")
    if not keys:
        say("the same settings")
    return bool(keys)


def _shown(value: Any) -> str:
    text = "not given" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 60 else f"{text[:57]}..."


def _transitions(first: dict[Any, Any], second: dict[Any, Any]) -> bool:
    """Transition temperatures at the places of both that differ by more than their errors."""
    common = [key for key in first if key in second]
    lines, compared = [], 0
    for key in common:
        a, b = first[key], second[key]
        if a.temperature is None and b.temperature is None:
            continue
        compared += 1
        if a.temperature is None or b.temperature is None:
            lines.append(f"{key[0]} at {key[1]}: {_temperature(a)} → {_temperature(b)}")
            continue
        apart = abs(a.temperature - b.temperature) / math.hypot(a.stderr or 0, b.stderr or 0, 1e-99)
        if apart > _SIGMA:
            text = f"{key[0]} at {key[1]}: {_temperature(a)} → {_temperature(b)}"
            lines.append(f"{text}, {apart:.1f} statistical errors apart")
    for line in lines[:_MOST]:
        say(line)
    more = f"; {len(lines) - _MOST} more are not shown" if len(lines) > _MOST else ""
    say(
        f"transition temperatures at {compared} of {len(common)} common places: {len(lines)} "
        f"differ by more than {_SIGMA:g} errors or are found in one only{more}"
    )
    return bool(lines)


def _temperature(found: Any) -> str:
    if found.temperature is None:
        return "none"
    return concise(found.temperature, found.stderr or 0.0)
