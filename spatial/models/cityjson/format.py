"""CityJSON in the roll call: known by its members, read by what stands in this folder."""

import re
from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import Model, ModelFormat, Progress

_TYPES = (b'"CityJSON"', b'"CityJSONFeature"')
# Members that stand in no GeoJSON, where the type comes after what the head shows.
_OWN = (b'"CityObjects"', b'"geometry-templates"', b'"vertices"')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:,]', re.DOTALL)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BEFORE_JSON = b"\xef\xbb\xbf\x1e \t\r\n"


def _recognises(head: bytes, _suffix: str) -> bool:
    if head.startswith(_UTF_16):
        head = head.replace(b"\0", b"")[2:]
    start = head.lstrip(_BEFORE_JSON)
    if not start.startswith(b"{") or not any(name in start for name in (*_TYPES, *_OWN)):
        return False
    members = _members(start)
    if b'"type"' in members:
        return members[b'"type"'] in _TYPES
    return any(name in members for name in _OWN)


def _members(head: bytes) -> dict[bytes, bytes]:
    """Return the outermost members that the head shows, and the first token of each value."""
    members: dict[bytes, bytes] = {}
    depth, name, expecting = 0, b"", True
    for token in _TOKEN.finditer(head):
        text = token[0]
        if depth == 1 and text not in b"{}[]:,":
            if expecting:
                name, expecting = text, False
                members[name] = b""
            elif not members[name]:
                members[name] = text
        depth += (text in b"{[") - (text in b"}]")
        if depth == 0:
            break
        expecting = expecting or (depth == 1 and text == b",")
    return members


def _inspect(path: Path, progress: Progress) -> Inspection:
    from spatial.models.cityjson.opening import inspect  # noqa: PLC0415 - shapely takes 0.3 s

    return inspect(path, progress)


def _open(path: Path) -> Model:
    from spatial.models.cityjson.opening import opened  # noqa: PLC0415 - as above

    return opened(path)


CITYJSON = ModelFormat(
    "CityJSON", (".json", ".jsonl", ".cityjson", ".cityjsonl"), _recognises, _inspect, _open
)
