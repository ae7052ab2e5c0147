"""A storey or space holds what hangs between its base and its top, at the same time."""

import numpy as np
import pytest
import shapely

from spatial.links import Entities, explain, link
from tests.unit.spatial.links.linking import RULES, code, entities, linked_at, shapes, targets

HERE = shapely.Point(5, 5)
FLOOR = shapely.box(0, 0, 10, 10)


def house() -> Entities:
    """A building of two storeys, with a room in the upper one."""
    found = entities(("8101", FLOOR), ("8102", FLOOR), ("8102", FLOOR), ("8103", FLOOR))
    base, top = np.array([np.nan, 0.0, 3.0, 3.0]), np.array([np.nan, 3.0, 6.0, 6.0])
    return found._replace(base_m=base, top_m=top)


@pytest.mark.parametrize(
    ("height", "klass", "serial"),
    [
        (0.0, "8102", 2),
        (2.999, "8102", 2),
        (3.0, "8103", 4),
        (5.9, "8103", 4),
        (6.0, "8101", 1),
        (-0.1, "8101", 1),
        (np.nan, "8101", 1),
    ],
)
def test_a_device_is_in_the_space_or_storey_of_its_height_else_in_the_building(
    height: float, klass: str, serial: int
) -> None:
    assert targets(linked_at(height, ("8509", HERE), house()), "located_in") == [
        code(klass, serial)
    ]


def test_a_storey_without_a_top_is_open_above() -> None:
    storey = entities(("8102", FLOOR))._replace(base_m=np.array([3.0]))
    assert targets(linked_at(99.0, ("8509", HERE), storey), "located_in") == [code("8102", 1)]
    assert targets(linked_at(2.0, ("8509", HERE), storey), "located_in") == []


def test_the_explanation_says_which_heights_do_not_fit() -> None:
    device = entities(("8509", HERE))._replace(base_m=np.array([1.0]))
    found = {one.target: one for one in explain(device, house(), RULES) if not one.taken}
    assert found[code("8103", 4)].sentence == (
        "is from 3 m below 6 m high, and the device is at 1 m"
    )


def test_what_is_not_there_at_the_same_time_is_no_candidate() -> None:
    device = entities(("8509", HERE))._replace(valid_from=np.array([100]))
    gone = entities(("8101", FLOOR))._replace(valid_to=np.array([100]))
    links = link(device, gone, RULES)
    assert len(links.found.device) == 0
    assert links.unlinked[0].reason == ("nearest 8101 is not there at the same time as the device")


def test_a_link_is_valid_while_both_are_there() -> None:
    device = entities(("8509", HERE))._replace(valid_from=np.array([100]), valid_to=np.array([500]))
    house = entities(("8101", FLOOR))._replace(valid_from=np.array([50]), valid_to=np.array([300]))
    found = link(device, house, RULES).found
    assert (set(found.valid_from.tolist()), set(found.valid_to.tolist())) == ({100}, {300})


def test_a_view_covers_areas_lines_and_points() -> None:
    camera = entities(("8601", shapely.Point(0, 0)))
    things = entities(
        ("8402", shapely.box(0, 0, 20, 10)),
        ("8402", shapely.LineString([(0, 5), (40, 5)])),
        ("8402", shapely.Point(3, 3)),
        ("8402", shapely.Point(30, 3)),
    )
    links = link(camera, things, RULES, views=shapes(shapely.box(0, 0, 10, 10)))
    found = links.found
    seen = found.taken(found.relation == links.relations.index("covers"))
    shares = dict(zip(seen.target.tolist(), seen.share.tolist(), strict=True))
    assert shares == {code("8402", 1): 0.5, code("8402", 2): 0.25, code("8402", 3): 1.0}
    assert seen.confidence.tolist() == seen.share.tolist()
