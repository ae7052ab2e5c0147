"""The demo district: the same from the same seed, and a place where water runs downhill."""

import hashlib
from collections import Counter
from functools import cache

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.district import District, DistrictTooSmallError, make_district
from data.demo.geography import outline
from data.demo.hydraulics import full_bore
from data.demo.network import NodeKind
from data.reference import entity_classes, link_rules, relation_kinds
from data.registry import EntityChange

SMALL = 4_000


@cache
def district(size: int = SMALL, seed: int = 5) -> District:
    return make_district(size=size, seed=seed)


def fingerprint(made: District) -> str:
    digest = hashlib.sha256()
    for entity in made.entities:
        digest.update(f"{entity.code} {entity.name} {entity.height_m} {entity.properties}".encode())
        digest.update(repr(shapely.to_wkb(shape_of(entity))).encode())
    digest.update(repr((made.names, made.relations, made.devices)).encode())
    for name in made.network.__slots__:
        digest.update(getattr(made.network, name).tobytes())
    return digest.hexdigest()


def classes(made: District) -> Counter[str]:
    return Counter(str(entity.code)[6:10] for entity in made.entities)


def shape_of(entity: EntityChange) -> BaseGeometry:
    assert isinstance(entity.geometry, BaseGeometry)
    return entity.geometry


def shapes(made: District) -> dict[int, BaseGeometry]:
    return {
        entity.code: shape_of(entity) for entity in made.entities if entity.geometry is not None
    }


def test_the_same_seed_gives_the_same_district() -> None:
    again = make_district(size=SMALL, seed=5)
    assert fingerprint(again) == fingerprint(district())


def test_another_seed_gives_another_district() -> None:
    assert fingerprint(district(seed=6)) != fingerprint(district())


@pytest.mark.parametrize("size", [SMALL, 30_000])
def test_the_size_is_the_number_of_entities(size: int) -> None:
    assert len(district(size).entities) == pytest.approx(size, rel=0.02)


def test_the_default_district_has_the_promised_amounts() -> None:
    made = district(30_000)
    counted = classes(made)
    assert 25 <= counted["8202"] <= 40
    assert counted["0103"] == pytest.approx(1_200, rel=0.05)
    assert counted["8601"] == pytest.approx(400, rel=0.05)
    assert len(made.devices) - counted["8601"] == pytest.approx(900, rel=0.05)
    assert counted["8101"] > 15_000
    strays = sum(1 for device in made.devices if device.target == 0 and device.klass != "8511")
    assert 0.01 < strays / len(made.devices) < 0.03


def test_somebody_comes_when_something_happens_and_somebody_lives_there() -> None:
    made = district(30_000)
    counted = classes(made)
    stations = counted["8704"]
    assert stations == 10
    assert [counted[klass] for klass in ("8902", "8903", "8904")] == [20, 20, 10]
    of_station = {r.origin: r.target for r in made.relations if str(r.target)[6:10] == "8704"}
    assert len(of_station) == 50
    assert len(set(of_station.values())) == stations
    residents = [e.properties["residents"] for e in made.entities if str(e.code)[6:10] == "8101"]
    assert 0.8e6 < sum(int(str(each)) for each in residents) < 1.3e6


def test_no_go_zones_river_land_and_key_areas_are_drawn() -> None:
    made = district(30_000)
    counted = classes(made)
    assert counted["8806"] == 12
    assert counted["8807"] == counted["8202"]
    assert counted["8808"] == len(made.sub_districts)
    where = shapes(made)
    for number in range(1, counted["8807"] + 1):
        land, reach = (where[int(f"440311{klass}{number:06}")] for klass in ("8807", "8202"))
        assert land.covers(reach)


def test_stations_stand_clear_of_buildings_and_water() -> None:
    made = district(30_000)
    of: dict[str, list[BaseGeometry]] = {klass: [] for klass in ("8704", "8101", "8202", "8203")}
    for entity in made.entities:
        of.get(str(entity.code)[6:10], []).append(shape_of(entity))
    tree = shapely.STRtree(np.array(of["8101"] + of["8202"] + of["8203"], object))
    assert len(tree.query(np.array(of["8704"], object), "intersects")[0]) == 0


def test_a_size_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(DistrictTooSmallError, match="1999"):
        make_district(size=1_999)


def test_codes_are_unique_of_known_classes_and_numbered_from_one() -> None:
    made = district()
    codes = [entity.code for entity in made.entities]
    assert len(set(codes)) == len(codes)
    assert all(code // 10**10 == 440311 for code in codes)
    assert set(classes(made)) <= set(entity_classes())
    for klass, count in classes(made).items():
        serials = sorted(code % 10**6 for code in codes if str(code)[6:10] == klass)
        assert serials == list(range(1, count + 1))


def test_every_entity_has_a_name_and_a_valid_place() -> None:
    made = district()
    assert all(entity.name for entity in made.entities)
    geometry = np.array([entity.geometry for entity in made.entities], object)
    assert not shapely.is_missing(geometry).any()
    assert not shapely.is_empty(geometry).any()
    assert shapely.is_valid(geometry).all()


def test_sub_districts_tile_the_district() -> None:
    areas = [shape_of(area) for area in district().sub_districts]
    assert [area.name for area in district().sub_districts][:2] == ["光明街道", "公明街道"]
    assert shapely.coverage_is_valid(np.array(areas, object))
    assert shapely.union_all(areas).symmetric_difference(outline()).area < 1.0
    assert 120e6 < outline().area < 170e6


def test_names_are_unique_and_belong_to_entities() -> None:
    made = district()
    known = set(shapes(made))
    assert len({(name.scheme, name.value) for name in made.names}) == len(made.names)
    assert {name.code for name in made.names} <= known
    by_value = {name.value: name.code for name in made.names}
    assert by_value["440311001"] == made.sub_districts[0].code
    assert by_value["gm-8502-000001"] == 4403118502000001
    assert by_value["gm-cam-000001"] == 4403118601000001


def test_relations_join_entities_and_never_tell_what_a_sensor_watches() -> None:
    made = district()
    known = set(shapes(made))
    kinds = {relation.kind for relation in made.relations}
    assert kinds == {"part_of", "flows_to", "drains_to"}
    assert kinds <= set(relation_kinds())
    assert {relation.target for relation in made.relations} <= known
    assert {relation.origin for relation in made.relations} <= known
    assert not {relation.origin for relation in made.relations} & {d.code for d in made.devices}


def test_every_gauge_level_stands_in_the_order_of_danger() -> None:
    reaches = [e for e in district().entities if str(e.code)[6:10] == "8202"]
    for reach in reaches:
        levels = [
            float(str(reach.properties[f"{name}_level_m"]))
            for name in ("bed", "warning", "guaranteed", "historic_max", "bank")
        ]
        assert levels == sorted(levels)
        assert reach.properties["target_class"] in {"IV", "V"}


def test_warning_depths_differ_between_road_sections() -> None:
    sections = [e for e in district().entities if str(e.code)[6:10] == "8402"]
    depths = {float(str(section.properties["warning_depth_m"])) for section in sections}
    assert len(depths) > 3
    assert 0.15 <= min(depths) < max(depths) <= 0.27


def test_no_building_stands_in_the_water() -> None:
    made = district(30_000)
    of: dict[str, list[object]] = {klass: [] for klass in ("8101", "8202", "8203")}
    for entity in made.entities:
        of.get(str(entity.code)[6:10], []).append(entity.geometry)
    tree = shapely.STRtree(np.array(of["8202"] + of["8203"], object))
    assert len(tree.query(np.array(of["8101"], object), "intersects")[0]) == 0


@pytest.mark.parametrize("size", [SMALL, 30_000])
def test_every_true_link_is_possible_and_near(size: int) -> None:
    made = district(size)
    limit = {(rule.sensor_class, rule.target_class): rule.max_distance_m for rule in link_rules()}
    where = shapes(made)
    for device in made.devices:
        if device.target:
            allowed = limit[device.klass, str(device.target)[6:10]]
            away = where[device.target].distance(shapely.Point(device.x, device.y))
            assert away <= allowed / 3, device


def test_the_network_is_a_forest_that_ends_in_outlets() -> None:
    network = district(30_000).network
    below = np.full(len(network.node_code), -1)
    assert len(np.unique(network.link_from)) == len(network.link_from)
    below[network.link_from] = network.link_to
    here = np.arange(len(below))
    for _ in range(len(below)):
        moving = below[here] >= 0
        if not moving.any():
            break
        here = np.where(moving, below[here], here)
    assert (network.node_kind[here] == NodeKind.OUTLET).all()


def test_water_runs_downhill_through_pipes_that_grow() -> None:
    network = district(30_000).network
    upper, lower = network.link_from, network.link_to
    assert (network.invert_m[upper] > network.invert_m[lower]).mean() > 0.99
    assert (network.ground_m > network.invert_m).all()
    pipes = network.link_code > 0
    onward = np.zeros(len(network.node_code))
    onward[upper] = network.link_full_depth_m
    assert (onward[lower[pipes]] >= network.link_full_depth_m[pipes]).mean() > 0.95
    for name in ("storage_m2", "ponding_m2"):
        assert (getattr(network, name) > 0).all()


def test_roads_that_flood_are_sections_of_the_district() -> None:
    made = district(30_000)
    sections = {code for code in shapes(made) if str(code)[6:10] == "8402"}
    roads = set(made.network.road_code.tolist()) - {0}
    assert roads <= sections
    assert len(roads) > 50


def test_each_device_in_the_water_names_the_node_that_it_measures() -> None:
    made = district(30_000)
    network = made.network
    seen = Counter[str]()
    for device in made.devices:
        if device.node < 0:
            continue
        seen[device.klass] += 1
        measured = {
            "8502": network.road_code[device.node],
            "8506": network.link_code[device.link] if device.link >= 0 else -1,
        }.get(device.klass, network.node_code[device.node])
        if device.klass not in {"8505", "8507"}:
            assert measured == device.target
    assert set(seen) == {"8501", "8502", "8504", "8505", "8506", "8507"}


def test_the_capacity_of_a_full_pipe_follows_manning() -> None:
    # 1 m concrete pipe at 1 in 1000, n 0.013: 0.758 m3/s in the usual tables.
    assert full_bore(np.array([1.0]), np.array([0.001])) == pytest.approx([0.758], rel=0.005)
