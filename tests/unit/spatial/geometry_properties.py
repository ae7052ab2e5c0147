"""What holds of every spatial function, whatever geometries it is given."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.accidents.against import compare_outlines
from spatial.counties import NOWHERE, CountyIndex
from spatial.crs import (
    WGS84,
    CheckCoordinatesError,
    move_vertices,
    transform_shapes,
    transform_table,
)
from spatial.feature_tables import as_geojson, as_geoparquet, framed
from spatial.fields_of_view import covered_share, covers, fields_of_view
from spatial.files import Target, mending, placing, wkb
from spatial.files.geojson_shapes import wkb_of
from spatial.files.sieve import Sieve
from spatial.links import SIDES, Entities, explain, link, link_tables
from spatial.links.along import is_line, locate
from spatial.links.covering import shares
from spatial.models import Element, Model
from spatial.models import placing as models_placing
from spatial.models.osm.elements import element
from spatial.models.osm.objects import Draft
from spatial.models.osm.tally import Tally
from spatial.models.surfaces import tangles, uniting
from spatial.networks.catchments import (
    NEAREST,
    OUTLINE,
    Catchments,
    drainage_area,
    drains_to,
)
from spatial.networks.frame_columns import FrameRefusedError
from spatial.networks.graph import Graph
from spatial.networks.network import Network
from spatial.networks.spots import NODE, PIPE, spot
from spatial.offsets import Offset
from spatial.offsets.shapes import convert_series, convert_shapes
from spatial.soundness import areal, mended, somewhere, stands
from tests.unit.spatial.kinds import column
from tests.unit.spatial.links.linking import RULES, code
from tests.unit.spatial.networks.drawing import drawn

Given = list[BaseGeometry | None]
CRS = "EPSG:4547"
X, Y = 493_000.0, 2_516_000.0
_SLIVER_M2 = 1e-4


def _rounded(shapes: NDArray[np.object_]) -> list[str | None]:
    return [None if one is None else shapely.to_wkt(one, 3) for one in shapes.tolist()]


def vertices_are_moved(given: Given) -> None:
    shapes = column(given)
    moved = move_vertices(shapes, lambda x, y: (x + 1, y - 1))
    assert (shapely.get_type_id(moved) == shapely.get_type_id(shapes)).all()
    assert (shapely.has_z(moved) == shapely.has_z(shapes)).all()
    before, after = shapely.get_coordinates(shapes), shapely.get_coordinates(moved)
    assert np.array_equal(after, before + np.array([1, -1]), equal_nan=True)


def shapes_are_transformed_or_refused(given: Given) -> None:
    shapes = column(given)
    table = gpd.GeoDataFrame({"name": range(len(given))}, geometry=shapes, crs=CRS)
    if not all(one is None or one.is_empty or _near(one) for one in given):
        with pytest.raises(CheckCoordinatesError):
            transform_shapes(shapes, CRS, WGS84)
        with pytest.raises(CheckCoordinatesError):
            transform_table(table, WGS84)
    moved = transform_shapes(shapes, CRS, WGS84, anywhere=True)
    assert (shapely.is_missing(moved) == shapely.is_missing(shapes)).all()
    assert (shapely.get_num_coordinates(moved) == shapely.get_num_coordinates(shapes)).all()
    there = transform_table(table, WGS84, anywhere=True)
    assert list(there["name"]) == list(range(len(given)))
    assert there.crs == WGS84


def offsets_go_there_and_back(given: Given) -> None:
    shapes = transform_shapes(column([one for one in given if _near(one)]), CRS, WGS84)
    there = convert_shapes(shapes, Offset.WGS84, Offset.GCJ02)
    back = convert_series(gpd.GeoSeries(there), Offset.GCJ02, Offset.WGS84)
    assert (shapely.get_type_id(there) == shapely.get_type_id(shapes)).all()
    assert np.allclose(
        shapely.get_coordinates(back.to_numpy()), shapely.get_coordinates(shapes), atol=1e-8
    )
    everything = convert_shapes(column(given), Offset.BD09, Offset.WGS84)
    assert len(everything) == len(given)


def counties_are_found(given: Given) -> None:
    west, east = shapely.box(113.8, 22.6, 113.94, 22.9), shapely.box(113.94, 22.6, 114.1, 22.9)
    index = CountyIndex(["440311", "440309"], [west, east], CRS)
    shapes = column(given)
    found = index.county_of_shapes(shapes)
    assert set(found.tolist()) <= {"440311", "440309", NOWHERE}
    assert (found[~somewhere(shapes)] == NOWHERE).all()
    away = index.boundary_distance_of_shapes_m(shapes, 500.0)
    assert ((away <= 500) | np.isinf(away)).all()
    assert (away >= 0).all()


def outlines_agree_with_themselves(given: Given) -> None:
    sound = [one for one in given if _near(one)]
    degrees = transform_shapes(column(sound), CRS, WGS84)
    assert compare_outlines(degrees, WGS84, degrees) == []
    assert isinstance(compare_outlines(column(given), CRS, degrees), list)
    assert isinstance(compare_outlines(degrees, WGS84, column(given)), list)


def fields_of_view_are_valid(given: Given) -> None:
    shapes = column(given)
    usual = {"range_m": 60.0, "horizontal_deg": 70.0, "azimuth_deg": 20.0, "height_m": 6.0}
    cameras = gpd.GeoDataFrame([usual] * len(given), geometry=shapes, crs=CRS)
    heights = np.resize([20.0, 3.0, np.nan, 0.0, np.inf], len(given))
    buildings = gpd.GeoDataFrame({"height_m": heights}, geometry=shapes, crs=CRS)
    middle = gpd.GeoDataFrame([usual], geometry=[shapely.Point(X, Y)], crs=CRS)
    for asked in (cameras, middle):
        found = fields_of_view(asked, buildings)
        free = fields_of_view(asked)
        assert found.geometry.is_valid.all()
        assert found["hidden"].between(0, 1).all()
        assert (found["area_m2"] <= free["area_m2"] + 1e-6).all()
        assert (found["reason"] == free["reason"]).all()
    point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    sees = np.array(fields_of_view(cameras)["reason"] == "")
    assert (sees == (point & somewhere(shapes))).all()


def what_fields_cover_is_a_share(given: Given) -> None:
    table = gpd.GeoDataFrame(geometry=column(given), crs=CRS)
    single = covers(table, table)
    together = covered_share(table, table)
    assert single["share"].between(0, 1, inclusive="right").all()
    assert together.between(0, 1).all()
    best = single.groupby("target")["share"].max().reindex(table.index, fill_value=0.0)
    # So far from the origin a float knows no less than a ten-millionth of a millimetre.
    sliver = shapely.area(mended(column(given))) < _SLIVER_M2
    assert ((together >= best - 1e-6) | sliver).all()


def places_are_located_along_lines(given: Given) -> None:
    lines = column(given)
    places = column([shapely.Point(X + 3, Y + 4)] * len(given))
    found = locate(places, lines)
    known = is_line(lines) & somewhere(lines)
    assert (np.isfinite(found.distance_m) == known).all()
    assert (found.distance_m[known] >= 0).all()
    assert (found.distance_m[known] <= shapely.length(lines[known]) + 0.001).all()
    assert [SIDES[side] is not None for side in found.side.tolist()] == known.tolist()
    onto = column([shapely.LineString([(X, Y), (X + 9, Y)])] * len(given))
    spots = locate(stands(lines), onto)
    assert (np.isfinite(spots.distance_m) == somewhere(lines)).all()


def things_are_linked_to_things(given: Given) -> None:
    shapes = column(given)
    kinds = ("8402", "8202", "8101", "8802", "8103")
    codes = [code(kinds[at % len(kinds)], at + 1) for at in range(len(given))]
    sensors = [code(("8502", "8505", "8509", "8601")[at % 4], at + 1) for at in range(len(given))]
    devices = Entities.placed(np.array(sensors, np.int64), shapes)
    objects = Entities.placed(np.array(codes, np.int64), shapes)
    views = column([shapely.box(X - 50, Y - 50, X + 50, Y + 50)] * len(given))
    links = link(devices, objects, RULES, views=views)
    found = links.found
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert np.isfinite(found.distance_m).all()
    assert set(found.device.tolist()) | {row.device for row in links.unlinked} == set(sensors)
    for one in explain(devices.taken(np.array([0])), objects, RULES, views[:1]):
        assert one.sentence
    tables = [
        gpd.GeoDataFrame({"code": each}, geometry=shapes, crs=CRS) for each in (sensors, codes)
    ]
    rows = link_tables(tables[0], tables[1], RULES, views=views)
    assert len(rows) == len(found.device) + len(links.unlinked)


def views_of_anything_show_a_share_of_anything(given: Given) -> None:
    share = shares(column(given), column(given[::-1]))
    assert ((share >= 0) & (share <= 1)).all()


def _network() -> Network:
    places = {"a": (X, Y), "b": (X + 100, Y), "o": (X + 200, Y)}
    return drawn([("a", "b"), ("b", "o")], kinds={"o": "outfall"}, places=places)


def points_and_land_drain(given: Given) -> None:
    network, count = _network(), len(given)
    outlines = Catchments(
        key=column([None] * count),
        node=np.resize([0, 1, 2], count),
        shape=column(given),
        area_m2=np.full(count, 5.0),
    )
    x, y = np.array([X, X + 50, np.nan, 1e300]), np.array([Y, Y + 5, Y, Y])
    drained = drains_to(network, outlines, x, y)
    assert ((drained.method == "") == np.isnan(drained.distance_m)).all()
    assert (drained.method[2:] == "").all()
    for east, north in ((X + 1, Y), (X + 50, Y + 2), (X + 3, Y + 300)):
        assert spot(network, outlines, east, north).method in {NODE, PIPE, OUTLINE, NEAREST, ""}
    for node in range(3):
        area = drainage_area(Graph.of(network), outlines, node, 20.0)
        assert np.isfinite(area.area_m2)
        assert 0 <= area.outlined_m2 <= area.area_m2 + 1e-3
        assert area.shape.is_valid
        assert area.area_m2 == pytest.approx(area.shape.area)


def networks_are_made_of_tables_or_refused(given: Given) -> None:
    keys = [str(at) for at in range(len(given))]
    nodes = gpd.GeoDataFrame({"key": keys}, geometry=column(given), crs=CRS)
    ends = {"key": keys, "from": keys, "to": keys[::-1]}
    links = gpd.GeoDataFrame(ends, geometry=column(given), crs=CRS)
    spots = nodes.set_geometry(stands(column(given)), crs=CRS)
    for some, others in ((nodes, links), (spots, links), (spots, links.drop(columns="geometry"))):
        with suppress(FrameRefusedError):
            network = Network.from_frames(some, others)
            placed = np.isfinite(network.node_x + network.node_y)
            assert placed.tolist() == (~shapely.is_missing(some.geometry) & ~some.is_empty).tolist()
            assert list(network.to_frames().nodes["key"]) == keys
    assert len(Network.from_frames(spots, links.drop(columns="geometry"))) == len(given)


def shapes_are_made_sound(given: Given) -> None:
    shapes = column(given)
    there, sound, areas, spots = (
        somewhere(shapes),
        mended(shapes),
        areal(mended(shapes)),
        stands(shapes),
    )
    assert ((~shapely.is_missing(sound)) == there).all()
    assert shapely.is_valid(sound[there]).all()
    assert not shapely.has_z(sound).any()
    assert (shapely.is_missing(spots) == ~there).all()
    assert (shapely.get_type_id(spots[there]) == shapely.GeometryType.POINT).all()
    solid = areas[~shapely.is_missing(areas)]
    assert np.isin(shapely.get_type_id(solid), [3, 6]).all()
    assert np.allclose(shapely.area(solid), shapely.area(sound[~shapely.is_missing(areas)]))
    alone = shapely.intersection(sound[there], sound[there])
    assert np.allclose(shapely.area(alone), shapely.area(sound[there]))
    assert np.allclose(shapely.length(alone), shapely.length(sound[there]))


def shapes_of_files_are_mended_or_refused(given: Given) -> None:
    """Where these are called, ``place`` has refused what is not finite."""
    shapes, sieve = column([one for one in given if _near(one)]), Sieve(np.arange(1, 1000))
    mending.refuse_in_one_line(shapes, sieve)
    mending.mend(shapes, np.asarray(shapely.is_valid(shapes)), sieve)
    kept = shapes[sieve.passed()[: len(shapes)]]
    assert shapely.is_valid(kept[~shapely.is_missing(kept)]).all()


def bytes_of_shapes_are_placed_or_refused(given: Given) -> None:
    written = column([])
    written = np.array([*shapely.to_wkb(column(given)), None], dtype=object)[:-1]
    sieve = Sieve(np.arange(1, len(given) + 1))
    assert len(wkb.kinds(written)) == len(given)
    read, _ = wkb.shapes(written, sieve)
    assert (shapely.is_missing(read) <= (~sieve.passed() | (written == None))).all()  # noqa: E711
    sieve = Sieve(np.arange(1, len(given) + 1))
    found, warnings = placing.place(written, CRS, Target(4526, 4), sieve)
    assert all(isinstance(sentence, str) for sentence in warnings)
    kept = found[~shapely.is_missing(found)]
    assert shapely.is_valid(kept).all()
    assert not shapely.has_z(kept).any()
    assert np.isfinite(shapely.get_coordinates(kept)).all()
    assert shapely.is_missing(found[~sieve.passed()]).all()


def geojson_is_read_as_it_was_written(given: Given) -> None:
    for one in given:
        if one is None or not np.isfinite(shapely.get_coordinates(one, include_z=one.has_z)).all():
            continue
        told = json.loads(shapely.to_geojson(one))
        if one.geom_type == "LinearRing":
            continue
        found = wkb_of(told)
        assert found is not None
        assert _rounded(column([shapely.from_wkb(found)])) == _rounded(column([one]))


def tables_are_written_as_geojson_and_geoparquet(given: Given) -> None:
    shapes = column(given)
    frame = framed([{"name": str(at)} for at in range(len(given))], shapes, {"name": "text"}, CRS)
    document = json.loads(as_geojson(frame), parse_constant=_no_constant)
    assert [one["properties"]["name"] for one in document["features"]] == [*frame["name"]]
    drawn_ = [one["geometry"] is not None for one in document["features"]]
    there = [one is not None and (one.is_empty or _near(one)) for one in given]
    assert all(drawn_[at] for at, known in enumerate(there) if known)
    assert not any(drawn_[at] for at, one in enumerate(given) if one is None)
    assert as_geoparquet(frame)[:4] == b"PAR1"


def _no_constant(text: str) -> float:
    raise AssertionError(f"{text} is no JSON")


def elements_of_models_are_placed_or_refused(given: Given) -> None:
    elements = [
        Element(key=str(at), native_class="Thing", shape=one) for at, one in enumerate(given)
    ]
    model = Model(format="test", schema=None, crs=CRS, elements=lambda _: iter(elements))
    taken, refused = 0, 0
    for batch in models_placing.placed(Path("any"), model, None, Target(4526, 4)):
        shapes = column(list(batch.shapes))
        assert shapely.is_valid(shapes[~shapely.is_missing(shapes)]).all()
        taken, refused = taken + len(batch.elements), refused + len(batch.refused)
    assert taken + refused == len(given)


def features_of_osm_are_counted(given: Given) -> None:
    tally = Tally()
    drafts = [Draft(f"way/{at}", {"building": "yes"}) for at in range(len(given))]
    # Of an extract no others are made.
    kinds = {"Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
    kept = [at for at, one in enumerate(given) if one is None or one.geom_type in kinds]
    tally.add([drafts[at] for at in kept], column([given[at] for at in kept]))
    for draft, one in zip(drafts, given, strict=True):
        assert element(draft, one).shape is one


def tangled_polygons_are_told_and_united(given: Given) -> None:
    """Polygons of models come here, which their readers have checked to be finite."""
    parts = shapely.get_parts(shapely.get_parts(column([one for one in given if _near(one)])))
    polygons = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON)]
    polygons = polygons[~shapely.is_empty(polygons)]
    told = [tangles.is_tangled(polygon) for polygon in polygons]
    assert len(told) == len(polygons)
    assert tangles.are_tangled(polygons) in {True, False}
    sound = uniting.mended(polygons)
    assert shapely.is_valid(sound[~shapely.is_missing(sound)]).all()
    owners = np.sort(np.arange(len(polygons)) % 3)
    united, hulled = uniting.united(polygons, owners, 3)
    assert len(united) == 3
    assert (hulled < 3).all()
    there = united[~shapely.is_missing(united)]
    assert shapely.is_valid(there).all()


def _near(shape: BaseGeometry | None) -> bool:
    """Tell whether a shape lies where the district is."""
    if shape is None or shape.is_empty:
        return False
    places = shapely.get_coordinates(shape)
    return bool((np.abs(places - [X, Y]) < 10_000).all())  # NaN is not


PROPERTIES: tuple[Callable[[Given], None], ...] = (
    vertices_are_moved,
    shapes_are_transformed_or_refused,
    offsets_go_there_and_back,
    counties_are_found,
    outlines_agree_with_themselves,
    fields_of_view_are_valid,
    what_fields_cover_is_a_share,
    places_are_located_along_lines,
    things_are_linked_to_things,
    views_of_anything_show_a_share_of_anything,
    points_and_land_drain,
    networks_are_made_of_tables_or_refused,
    shapes_are_made_sound,
    shapes_of_files_are_mended_or_refused,
    bytes_of_shapes_are_placed_or_refused,
    geojson_is_read_as_it_was_written,
    tables_are_written_as_geojson_and_geoparquet,
    elements_of_models_are_placed_or_refused,
    features_of_osm_are_counted,
    tangled_polygons_are_told_and_united,
)
