"""The real extract beside the checkout."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from spatial.models import Element, inspect, silent
from spatial.models.osm.format import OSM_PBF


@pytest.fixture(scope="module")
def helsinki(shared: Path) -> Path:
    return shared / "data/gis/Helsinki.osm.pbf"


@pytest.fixture(scope="module")
def elements(helsinki: Path) -> list[Element]:
    assert OSM_PBF.open is not None
    found = OSM_PBF.open(helsinki).elements(silent)
    return [each for each in found if isinstance(each, Element)]


def test_helsinki_is_counted_by_kind(helsinki: Path) -> None:
    found = inspect(helsinki)
    assert (found.format, found.error, found.crs) == ("OSM PBF", None, "EPSG:4326")
    assert found.schema == "OsmSchema-V0.6, DenseNodes; written by 0.47"
    assert found.counts == {
        "LineString": 3671,
        "MultiLineString": 1,
        "None": 403,
        "Point": 8045,
        "Polygon": 1102,
    }
    assert found.bounds == pytest.approx((24.93518, 60.16416, 24.95341, 60.17911), abs=1e-5)
    assert found.warnings[0] == "170 ways are cut where their nodes are not in the file"
    assert found.warnings[-1] == "260 objects will be refused in all"


def test_points_are_those_of_gdal_and_areas_are_better(
    helsinki: Path, elements: list[Element]
) -> None:
    """GDAL closes rings that the extract has cut, and gives areas that cannot be read."""
    _, _, points, _ = pyogrio.raw.read(helsinki, layer="points")
    shapes = np.array([each.shape for each in elements], dtype=object)
    kinds = Counter(shapely.get_type_id(shapes).tolist())
    assert kinds[shapely.GeometryType.POINT] == len(points)
    areas = shapes[shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON]
    assert shapely.is_valid(areas).all()


def test_what_is_there_is_known(elements: list[Element]) -> None:
    classes = Counter(each.klass for each in elements)
    assert classes["8101"] == 482
    assert classes["8402"] > 2000
    keys = [each.key for each in elements]
    assert len(keys) == len(set(keys))


def test_roads_make_one_network(elements: list[Element]) -> None:
    """Nearly every drivable way shares a node with another one."""
    roads = [each for each in elements if each.klass == "8402" and "@nodes" in each.properties]
    shared = Counter[int]()
    for road in roads:
        shared.update({node for part in _parts(road) for node in part})
    joined = [road for road in roads if any(shared[n] > 1 for part in _parts(road) for n in part)]
    assert len(joined) > 0.95 * len(roads)


def _parts(road: Element) -> list[list[int]]:
    parts = road.properties["@nodes"]
    assert isinstance(parts, list)
    return parts
