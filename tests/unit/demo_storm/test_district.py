"""The default district in the storm: what the demonstration needs must really happen there."""

from functools import cache
from itertools import islice

import numpy as np

from data.demo.district import District, make_district
from data.demo.network import NodeKind
from data.demo.storm import Step, StormRun, StormTruth, storm_truth
from data.demo.storm.truth import AMMONIA_LIMIT_MG_L, FLOOD_DEPTH_M
from data.reference import quantities

AFTER_THE_STORM = range(170, 181)


@cache
def district() -> District:
    return make_district()


@cache
def run() -> StormRun:
    return StormRun(
        network=district().network, devices=tuple(district().devices), seed=1, start_us=0
    )


@cache
def truth() -> StormTruth:
    return storm_truth(run())


@cache
def steps() -> list[Step]:
    return list(islice(run(), AFTER_THE_STORM.stop))


@cache
def warning_m() -> dict[int, float]:
    return {
        entity.code: float(str(entity.properties["warning_level_m"]))
        for entity in district().entities
        if "warning_level_m" in entity.properties
    }


def test_at_least_three_watched_roads_flood_in_the_first_hour() -> None:
    watched = [e for e in truth().floods if e.device and e.first_minute <= 60]
    assert len(watched) >= 3
    assert len(truth().floods) < len(run().stage.roads) / 4
    assert max(e.highest for e in watched) >= 0.40


def test_a_station_sees_the_release_by_minute_35_and_within_its_range() -> None:
    assert min(e.first_minute for e in truth().pollution) <= 35
    assert max(e.highest for e in truth().pollution) <= quantities()["ammonia_nitrogen"].soft_max


def test_some_rivers_rise_over_their_warning_levels_and_fall_again() -> None:
    rises = [level for level in truth().levels if level.entity in warning_m()]
    over = [level for level in rises if level.highest_m > warning_m()[level.entity]]
    assert len(over) >= 3
    assert all(level.usual_m < warning_m()[level.entity] - 0.3 for level in rises)
    for device in district().devices:
        if device.klass == "8501" and device.target in warning_m():
            late = [steps()[minute].readings[device.code]["level"] for minute in AFTER_THE_STORM]
            assert max(late) < warning_m()[device.target]


def test_roads_and_stations_are_quiet_after_the_storm() -> None:
    for minute in AFTER_THE_STORM:
        for payload in steps()[minute].readings.values():
            assert payload.get("ammonia_nitrogen", 0) < AMMONIA_LIMIT_MG_L
        assert max(steps()[minute].road_depth_m.values(), default=0) < FLOOD_DEPTH_M


def test_the_district_keeps_its_mass() -> None:
    before = steps()[0].water.total_m3()
    for step in steps():
        water = step.water
        error = before + water.entered_m3 - water.left_m3 - water.total_m3()
        assert abs(error) <= 1e-9 * before
        assert water.stored_m3.min() >= 0


def test_every_sensor_reports_and_every_incident_has_its_place() -> None:
    silent = {d.code for d in district().devices} - steps()[0].readings.keys()
    assert {d.klass for d in district().devices if d.code in silent} <= {"8601"}
    assert None not in (truth().leak, truth().slide, truth().intrusion, truth().release)


def test_rivers_flow_in_dry_weather() -> None:
    reaches = run().network.node_kind == NodeKind.REACH
    water = steps()[0].water
    depth = run().stage.basin.depth_m(water.stored_m3)[reaches]
    assert (water.link_m3s[reaches] > 0.1).all()
    assert 0.1 < np.quantile(depth, 0.1) < depth.max() < 1.5
