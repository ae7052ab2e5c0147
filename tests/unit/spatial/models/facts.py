"""What independent tools found in the recordings; empty where those are absent."""

import json
from functools import cache
from typing import Any

from tests.conftest import SHARED


@cache
def facts_of(part: str) -> dict[str, dict[str, Any]]:
    """Return the facts of a part of the recordings, by the path of the file."""
    path = SHARED / "data" / "FACTS.json"
    if not path.is_file():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[part]
    return found
