"""Accidents of coordinates: what seems to have happened to points that lie elsewhere."""

from spatial.accidents.against import compare_outlines, compare_pairs
from spatial.accidents.finding import Accident, Bounds, Finding
from spatial.accidents.points import find_accidents

__all__ = [
    "Accident",
    "Bounds",
    "Finding",
    "compare_outlines",
    "compare_pairs",
    "find_accidents",
]
