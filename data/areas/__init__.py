"""Areas: what is in, near, above and below them, what is out of place, whom an alert concerns."""

from data.areas.affected import AffectedArea, affected_area
from data.areas.contents import (
    Choice,
    Content,
    UnknownAreaError,
    area_around,
    area_of,
    contents,
)
from data.areas.encroachments import encroachments
from data.areas.found_inside import FoundInside
from data.areas.inside import Wanted, inside
from data.areas.summary import Summary, summary

__all__ = [
    "AffectedArea",
    "Choice",
    "Content",
    "FoundInside",
    "Summary",
    "UnknownAreaError",
    "Wanted",
    "affected_area",
    "area_around",
    "area_of",
    "contents",
    "encroachments",
    "inside",
    "summary",
]
