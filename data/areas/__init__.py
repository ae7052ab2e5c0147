"""Areas: what is in them, near them, above and below them, and whom an alert concerns."""

from data.areas.affected import AffectedArea, affected_area
from data.areas.contents import (
    Choice,
    Content,
    UnknownAreaError,
    area_around,
    area_of,
    contents,
)
from data.areas.summary import Summary, summary

__all__ = [
    "AffectedArea",
    "Choice",
    "Content",
    "Summary",
    "UnknownAreaError",
    "affected_area",
    "area_around",
    "area_of",
    "contents",
    "summary",
]
