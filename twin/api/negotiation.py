"""Which form of an answer a caller prefers (RFC 9110, 12.5.1)."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Header

Accept = Annotated[str, Header(include_in_schema=False)]
Form = TypeVar("Form", bound=str)

_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE | re.ASCII)


def preferred(accept: str, media_types: Mapping[Form, str]) -> Form:
    """Return the form that Accept prefers.

    Of equal wishes the first form counts, and if we have none of them, too.
    """
    weights = {name: _weight(accept, media_type) for name, media_type in media_types.items()}
    return max(weights, key=lambda name: weights[name])


def _weight(accept: str, media_type: str) -> float:
    """Return how much a media type is wanted; the most specific range says it."""
    ranges = dict(map(_range, accept.split(",")))
    kind = media_type.partition("/")[0]
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def _range(text: str) -> tuple[str, float]:
    name, *parameters = text.split(";")
    weights = [found for found in map(_WEIGHT.fullmatch, parameters) if found]
    return name.strip().lower(), float(weights[0][1]) if weights else 1.0
