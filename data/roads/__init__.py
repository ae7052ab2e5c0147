"""Roads as a network: what is reached from stations, who is nearest, what lies too far."""

from data.roads import answers
from data.roads.building import RoadNetwork, ready
from data.roads.closures import Closure, Mode, UnknownPlaceError, closures
from data.roads.coverage import Asked, Coverage, coverage
from data.roads.nearest import Nearest, Wanted, nearest, place_of_alert
from data.roads.reach import Reach, reach
from data.roads.spots import Place, places

__all__ = [
    "Asked",
    "Closure",
    "Coverage",
    "Mode",
    "Nearest",
    "Place",
    "Reach",
    "RoadNetwork",
    "UnknownPlaceError",
    "Wanted",
    "answers",
    "closures",
    "coverage",
    "nearest",
    "place_of_alert",
    "places",
    "reach",
    "ready",
]
