"""Changes one place of a JSON document, which changed bytes alone would mostly make unreadable."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from fuzz.inputs import SEPARATOR

_LEAVES: Final[tuple[object, ...]] = (
    None, True, False, 0, -1, 2**31, 2**53 + 1, -(2**63), 2**63, 2**64, 10**400, -0.0, 1e-320,
    1e308, -1e308, "", " ", "0", "1e999", "NaN", "-Infinity", "\0", "\ud800", "水位", "x" * 300,
    "9" * 5000, "AAAA", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60-14:00",
    "2026-04-30T12:00:00Z", [], {}, [[]], [{}], {"": 0}, [0] * 40,
)  # fmt: skip

_MOST_BRACKETS: Final = 200


class _Place(NamedTuple):
    """A member of an object or an element of a list."""

    holder: Any
    key: Any


def changed_document(sent: bytes, seed: int) -> bytes | None:
    """Return an input with one place of one JSON payload changed.

    Returns:
        None where the payload that the seed chose is not JSON, holds nothing, or may be too deep
        for us to walk.
    """
    chance = random.Random(seed)  # noqa: S311 -- the same seed must change the same place
    parts = sent.split(SEPARATOR)
    chosen = chance.randrange(len(parts))
    topic, nul, payload = parts[chosen].rpartition(b"\0")
    if payload.count(b"[") + payload.count(b"{") > _MOST_BRACKETS:
        return None
    try:
        document = json.loads(payload)
    except ValueError:
        return None
    if not (places := list(_places(document))):
        return None
    chance.choice(_CHANGES)(places, chance)
    escaped = chance.choice((True, False))
    payload = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    parts[chosen] = topic + nul + payload
    return SEPARATOR.join(parts)


def _places(value: object) -> Iterator[_Place]:
    if isinstance(value, dict | list):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield _Place(value, key)
            yield from _places(inner)


def _put_leaf(places: list[_Place], chance: random.Random) -> None:
    holder, key = chance.choice(places)
    # A fresh one, or a later change would change the list of leaves.
    holder[key] = json.loads(json.dumps(chance.choice(_LEAVES)))


def _copy(places: list[_Place], chance: random.Random) -> None:
    source, target = chance.choice(places), chance.choice(places)
    target.holder[target.key] = json.loads(json.dumps(source.holder[source.key]))


def _drop(places: list[_Place], chance: random.Random) -> None:
    holder, key = chance.choice(places)
    del holder[key]


def _wrap(places: list[_Place], chance: random.Random) -> None:
    holder, key = chance.choice(places)
    holder[key] = [holder[key]] if chance.choice((True, False)) else {key: holder[key]}


def _repeat(places: list[_Place], chance: random.Random) -> None:
    holder, key = chance.choice(places)
    if isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[f"{key}_2"] = holder[key]


def _rename(places: list[_Place], chance: random.Random) -> None:
    holder, key = chance.choice(places)
    names = [place.key for place in places if isinstance(place.key, str)]
    if isinstance(holder, dict) and names:
        holder[chance.choice([*names, "", "\0", "x" * 300])] = holder.pop(key)


_CHANGES: Final[tuple[Callable[[list[_Place], random.Random], None], ...]] = (
    _put_leaf, _put_leaf, _copy, _drop, _wrap, _repeat, _rename,
)  # fmt: skip
