"""To which node a point belongs."""

import numpy as np
import pytest
from shapely.geometry import box

from spatial.networks.catchments import Catchments
from spatial.networks.spots import spot
from tests.unit.spatial.networks.drawing import drawn

PLACES = {"a": (0.0, 0.0), "b": (100.0, 0.0), "o": (200.0, 0.0)}
OUTLINES = Catchments(
    key=np.array(["s"], object),
    node=np.array([2]),
    shape=np.array([box(-30, 1, 30, 30)], object),
    area_m2=np.array([np.nan]),
)


@pytest.mark.parametrize(
    ("x", "y", "node", "method", "distance_m"),
    [
        (1, 2, "a", "node", np.hypot(1, 2)),
        (200, 3, "o", "node", 3),
        (150, 4, "b", "pipe", 4),
        (8, 20, "b", "outline", 0),
        (80, 20, "b", "nearest inlet", np.hypot(20, 20)),
    ],
)
def test_a_point_has_the_node_it_is_at_or_drains_to(
    x: float, y: float, node: str, method: str, distance_m: float
) -> None:
    network = drawn([("a", "b"), ("b", "o")], kinds={"o": "outfall"}, places=PLACES)
    found = spot(network, OUTLINES, x, y)
    assert (network.node_key[found.node], found.method) == (node, method)
    assert found.distance_m == pytest.approx(distance_m)
    assert (found.link >= 0) == (method == "pipe")


def test_a_point_far_from_everything_has_none() -> None:
    network = drawn([("a", "b")], places=PLACES)
    assert spot(network, Catchments(), 0, 300).node == -1
    assert spot(drawn([]), Catchments(), 0, 0).method == ""
