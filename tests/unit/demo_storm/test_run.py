import json
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from data.demo.network import DemoDevice, NodeKind
from data.demo.storm import SensorSiteError, Step, StormRun, StormTruth, storm_truth, write_truth
from data.demo.storm.incidents import leak_lel
from data.demo.storm.sensors import BACKGROUND_AMMONIA_MG_L
from data.demo.storm.truth import AMMONIA_LIMIT_MG_L, FLOOD_DEPTH_M, GAS_LIMIT_LEL
from data.reference import quantities
from tests.unit.demo_storm.town import code, make_devices, make_town

START_US = 1_780_272_000_000_000
TOWN = make_town()
DEVICES = make_devices(TOWN)
RUN = StormRun(network=TOWN, devices=DEVICES, seed=7, start_us=START_US)
CALM = StormRun(network=TOWN, devices=DEVICES, seed=7, start_us=START_US, calm=True)


@cache
def steps() -> list[Step]:
    return list(islice(RUN, 241))


@cache
def truth() -> StormTruth:
    return storm_truth(RUN)


def course(device: int, quantity: str) -> list[float]:
    return [step.readings[device][quantity] for step in steps()]


def of_class(klass: str) -> list[int]:
    return [device.code for device in DEVICES if device.klass == klass]


def test_the_same_seed_gives_the_same_readings() -> None:
    again = StormRun(network=TOWN, devices=DEVICES[::-1], seed=7, start_us=START_US)
    for first, second in zip(steps()[:60], again, strict=False):
        assert first.readings == second.readings
        assert first.events == second.events


def test_another_seed_gives_other_noise_over_the_same_water() -> None:
    other = next(iter(replace(RUN, seed=8)))
    assert other.readings != steps()[0].readings
    assert other.water.total_m3() == steps()[0].water.total_m3()


def test_every_device_but_the_cameras_reports_every_minute_at_its_own_second() -> None:
    expected = {device.code for device in DEVICES if device.klass != "8601"}
    for step in steps()[:3]:
        assert step.readings.keys() == expected
        seconds = {payload["ts"] - step.at_us // 1000 for payload in step.readings.values()}
        assert len(seconds) > 10
        assert min(seconds) >= 0
        assert max(seconds) < 60_000


def test_every_value_is_a_known_quantity_within_its_soft_limits() -> None:
    table = quantities()
    for step in steps()[::10]:
        for payload in step.readings.values():
            for name, value in payload.items():
                row = table[name] if name != "ts" else None
                assert row is None or row.soft_min <= value <= row.soft_max, (name, value)


def test_the_true_floods_are_those_of_the_steps() -> None:
    seen: dict[int, list[tuple[int, float]]] = {}
    for step in steps()[: truth().horizon_min + 1]:
        for road, depth in step.road_depth_m.items():
            if depth >= FLOOD_DEPTH_M:
                seen.setdefault(road, []).append((step.minute, depth))
    told = {e.entity: (e.first_minute, e.last_minute, e.highest) for e in truth().floods}
    assert told == {r: (d[0][0], d[-1][0], max(x for _, x in d)) for r, d in seen.items()}
    assert len(told) >= 3


def test_road_gauges_say_what_their_road_truly_has() -> None:
    for device in DEVICES:
        if device.klass == "8502":
            true = [step.road_depth_m.get(device.target, 0.0) for step in steps()]
            np.testing.assert_allclose(course(device.code, "depth"), true, atol=0.012)


def test_the_true_pollution_is_that_of_the_steps() -> None:
    nodes = {device.code: device.node for device in DEVICES}
    for station in of_class("8505"):
        added = [step.water.concentration_mg_l()[nodes[station]] for step in steps()[:181]]
        over = [m for m, c in enumerate(added) if c + BACKGROUND_AMMONIA_MG_L >= AMMONIA_LIMIT_MG_L]
        told = [e for e in truth().pollution if e.device == station]
        assert [(e.first_minute, e.last_minute) for e in told] == (
            [(over[0], over[-1])] if over else []
        )


def test_the_expected_station_sees_the_release_within_25_minutes() -> None:
    release = truth().release
    assert release is not None
    seen = course(release.station, "ammonia_nitrogen")
    assert max(seen[: release.from_minute]) < 0.6
    assert max(seen[: release.from_minute + 26]) > AMMONIA_LIMIT_MG_L


def test_the_leak_is_seen_and_ends() -> None:
    leak = truth().leak
    assert leak is not None
    seen = np.array(course(leak.device, "combustible_gas"))
    over = np.flatnonzero(seen >= GAS_LIMIT_LEL)
    assert abs(over[0] - leak.first_minute) <= 1
    assert abs(over[-1] - leak.last_minute) <= 1
    assert leak_lel(20) == leak.highest == 45
    assert seen[150:].max() < 5


def test_the_camera_sees_somebody_come_and_go() -> None:
    told = [(step.minute, event) for step in steps() for event in step.events]
    assert [minute for minute, _ in told] == [20, 40]
    first = told[0][1]
    assert first.camera == of_class("8601")[0]
    assert first.topic == "RuleEngine/FieldDetector/ObjectsInside/&1/1/Zone1"
    assert first.payload["UtcTime"] == "2026-06-01T00:20:00.000Z"
    assert [event.payload["Data"] for _, event in told] == [
        {"IsInside": "true", "ObjectId": "15"},
        {"IsInside": "false", "ObjectId": "15"},
    ]


def test_a_slope_speeds_up_after_heavy_rain() -> None:
    slide = truth().slide
    assert slide is not None
    rates = course(slide.device, "displacement_rate")
    assert max(rates[:10]) < 1
    assert max(rates[30:120]) > 20
    assert course(slide.device, "displacement")[-1] > course(slide.device, "displacement")[0] + 1


def test_rain_rivers_and_pumps_follow_the_storm() -> None:
    rain, running = (
        course(of_class("8503")[0], "rain_intensity"),
        course(of_class("8507")[0], "running"),
    )
    assert rain[0] == running[0] == rain[150] == 0
    assert rain[35] > 80
    assert running[35] == 1
    for level in truth().levels:
        assert level.highest_m > level.usual_m


def test_after_the_storm_every_alarm_can_clear() -> None:
    for step in steps()[181:]:
        assert_quiet(step)


def test_calm_weather_raises_nothing() -> None:
    for step in islice(CALM, 61):
        assert_quiet(step)
        assert not step.events
        assert not step.road_depth_m


def assert_quiet(step: Step) -> None:
    limits = {"ammonia_nitrogen": 2, "combustible_gas": 10, "displacement_rate": 1.5}
    for device in DEVICES:
        payload = step.readings.get(device.code, {})
        assert all(payload.get(name, 0) < limit for name, limit in limits.items())
        assert device.klass != "8502" or payload["depth"] < FLOOD_DEPTH_M


def test_a_calm_run_has_an_empty_truth() -> None:
    calm = storm_truth(CALM)
    assert (calm.release, calm.leak, calm.intrusion, calm.slide) == (None,) * 4
    assert calm.floods == calm.pollution == ()


def test_longer_steps_skip_minutes_and_keep_events() -> None:
    coarse = list(islice(replace(RUN, step_s=180), 16))
    assert [step.minute for step in coarse] == list(range(0, 48, 3))
    assert coarse[5].readings == steps()[15].readings
    assert sum(len(step.events) for step in coarse) == 2


@pytest.mark.parametrize("step_s", [0, 90, -60])
def test_a_step_that_is_no_whole_minute_is_refused(step_s: int) -> None:
    with pytest.raises(ValueError, match=f"{step_s}"):
        replace(RUN, step_s=step_s)


def test_a_gauge_without_a_node_measures_the_nearest_reach() -> None:
    stray = DemoDevice(code=code("8501", 999), klass="8501", x=9.0, y=1001.0, target=0)
    reach = np.flatnonzero((TOWN.node_y == 1000) & (TOWN.node_kind == NodeKind.REACH))[0]
    step = next(iter(replace(RUN, devices=(*DEVICES, stray))))
    told = step.readings[stray.code]["level"], step.readings[code("8501", 100 + reach)]["level"]
    assert told[0] == pytest.approx(told[1], abs=0.03)


def test_a_gauge_in_a_network_without_rivers_is_refused() -> None:
    dry = replace(TOWN, node_kind=np.zeros_like(TOWN.node_kind))
    gauge = DemoDevice(code=code("8501", 1), klass="8501", x=0.0, y=0.0, target=0)
    with pytest.raises(SensorSiteError, match="reach"):
        next(iter(StormRun(network=dry, devices=(gauge,), seed=1, start_us=0)))


def test_the_truth_is_written_as_json_with_codes_as_text(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(truth(), path)
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["release"]["station"] == str(truth().release.station)  # type: ignore[union-attr]
    assert told["floods"][0]["entity"] == str(truth().floods[0].entity)
    assert told["links"] == {str(d.code): str(d.target) for d in DEVICES}
    assert told["horizon_min"] == 180


def test_a_simulated_minute_of_a_default_district_costs_less_than_50_ms() -> None:
    town = make_town(170)
    devices = make_devices(town)
    assert len(town.node_code) > 1_190
    assert len(devices) > 900
    minutes = iter(StormRun(network=town, devices=devices, seed=1, start_us=START_US))
    next(minutes)
    before = process_time()
    for _ in range(20):
        next(minutes)
    assert (process_time() - before) / 20 < 0.05
