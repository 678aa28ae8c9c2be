"""The JSON Schema of run files, made from the sections that they are checked by."""

from typing import Any

from mcsc.config.material import materials
from mcsc.config.tree import Config


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a run file.

    It holds what a key may be by itself; what keys say together is checked when the file is read.

    Examples
    --------
    >>> from mcsc.config.schema import schema
    >>> schema()["properties"]["title"]["type"]
    'string'
    """
    made = Config.model_json_schema()
    name = made["$defs"]["StructureSection"]["properties"]["material"]
    # names of others are refused
    name["anyOf"][0] |= {"enum": list(materials())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "run file of mcsc",
    }
