"""The alerts of a simulated storm, judged by the shipped rules, with their true causes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from alerts.backtesting import Backtest, Occurrence
from alerts.incidents.grouping import Found, group
from alerts.incidents.linking import Linking
from alerts.incidents.members import STANDS_US, Members
from alerts.incidents.sites import Ground, Place, Site, Thing
from alerts.past_readings import Readings
from alerts.rule_files import shipped_rules
from alerts.rules import LadderRule
from data.demo.district import District, make_district
from data.demo.network import DemoDevice, DrainageNetwork
from data.demo.storm import StormRun
from data.demo.storm.causes import TrueCauses, true_causes
from data.demo.storm.incidents import INTRUSION_MINUTES
from data.demo.storm.rain import RainCell
from data.reference.causes import cause_links, family_of, family_order
from spatial.networks.catchments import Catchments
from spatial.networks.graph import Graph
from spatial.networks.network import Network
from twin.model import Mode, SeriesInfo

START_US = 1_780_272_000_000_000
MINUTES = 181
MINUTE_US = 60_000_000


class Alert(NamedTuple):
    """An alert as grouping needs it, with the truth about it."""

    entity: int
    device: int
    quantity: str
    domain: str
    level: int
    from_us: int
    to_us: int
    cause: str


class Rehearsed(NamedTuple):
    """What came of a storm."""

    alerts: list[Alert]
    members: Members
    found: Found

    @property
    def f1(self) -> float:
        """Pairwise F1 of the groups against the true causes."""
        return pairwise_f1(self.found.group.tolist(), [alert.cause for alert in self.alerts])


def rehearse_storm(seed: int, *, size: int = 6_000, cells: Sequence[RainCell] = ()) -> Rehearsed:
    """Make a district and a storm of a seed, judge its readings and group the alerts."""
    district = make_district(size=size, seed=seed)
    run = StormRun(
        network=district.network,
        devices=tuple(district.devices),
        seed=seed,
        start_us=START_US,
        cells=tuple(cells),
    )
    alerts = list(alerts_of(run, district))
    ground = ground_of(district)
    things = things_of(district)
    places = ground.places([Site(a.entity, a.device) for a in alerts], things)
    members = Members.of([_row(n, a, places) for n, a in enumerate(alerts, start=1)])
    linking = Linking(cause_links(), family_order(), ground.neighbours)
    return Rehearsed(alerts, members, group(members, linking))


def alerts_of(run: StormRun, district: District) -> Iterator[Alert]:
    """Yield what the shipped rules would have raised, with the true cause of each."""
    rules = {r.rule.id: r.rule for r in shipped_rules() if isinstance(r.rule, LadderRule)}
    truth = true_causes(run)
    series = _readings(run)
    devices = {device.code: device for device in run.devices}
    backtest = Backtest(rules.values())
    seen_by: dict[tuple[int, str], int] = {}
    properties = {entity.code: entity.properties or {} for entity in district.entities}
    for number, ((device, quantity), (times, values)) in enumerate(series.items(), start=1):
        entity = devices[device].target or device
        seen_by.setdefault((entity, quantity), device)
        info = SeriesInfo(
            number, entity, str(entity)[6:10], device, quantity, "", "instant", 0,
            Mode.ACTUAL, "", properties.get(entity, {}),
        )  # fmt: skip
        good = np.ones(len(values), np.bool_)
        backtest.judge(info, Readings(np.array(times, np.int64), np.array(values), good))
    for one in backtest.occurrences():
        rule = rules[one.group.rule]
        quantity = _quantity(rule, one, seen_by)
        yield _alert(one, seen_by[one.group.entity, quantity], (quantity, rule.domain), truth)
    intrusion = run.incidents.intrusion
    if intrusion is not None:
        first, last = (run.start_us + minute * MINUTE_US for minute in INTRUSION_MINUTES)
        told = (intrusion.target, intrusion.device, "", "safety", 3, first, last)
        yield Alert(*told, truth.of(intrusion.device, "", first))


def _quantity(rule: LadderRule, one: Occurrence, seen_by: dict[tuple[int, str], int]) -> str:
    asked: str | None = getattr(rule, "quantity", None)
    if asked is not None and (one.group.entity, asked) in seen_by:
        return asked
    return next(quantity for entity, quantity in seen_by if entity == one.group.entity)


def _alert(one: Occurrence, device: int, told: tuple[str, str], truth: TrueCauses) -> Alert:
    quantity, domain = told
    cause = truth.of(device, quantity, one.from_us)
    alone = f"{one.group.rule} {one.group.entity}"
    end = STANDS_US if one.to_us is None else one.to_us
    level = int(one.level)
    return Alert(
        one.group.entity, device, quantity, domain, level, one.from_us, end, cause or alone
    )


def _readings(run: StormRun) -> dict[tuple[int, str], tuple[list[int], list[float]]]:
    series: dict[tuple[int, str], tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    for step in islice(run, MINUTES):
        for device, payload in step.readings.items():
            at = int(payload["ts"]) * 1000
            for quantity, value in payload.items():
                if quantity != "ts":
                    times, values = series[device, quantity]
                    times.append(at)
                    values.append(value)
    return series


def ground_of(district: District) -> Ground:
    """Return the ground that the register would give, without a store."""
    graph = Graph.of(network_of(district.network))
    heads = {r.origin: r.target for r in district.relations if r.kind == "drains_to"}
    land = [e for e in district.entities if str(e.code)[6:10] == "8303"]
    nodes = [graph.positions.get(str(heads.get(e.code)), -1) for e in land]
    catchments = Catchments(
        key=np.array([str(e.code) for e in land], object),
        node=np.array(nodes, np.int64),
        shape=np.array([e.geometry for e in land], object),
        area_m2=np.full(len(land), np.nan),
    )
    gauges = {d.code: (d.x, d.y) for d in district.devices if d.klass in ("8503", "8511")}
    return Ground.of(graph, catchments, gauges)


def network_of(network: DrainageNetwork) -> Network:
    """Return the true network as the register has it; its outlet has no code."""
    count, unknown = len(network.node_code), np.full(len(network.link_code), np.nan)
    return Network(
        node_key=np.array(
            [str(c or f"outlet {n}") for n, c in enumerate(network.node_code)], object
        ),
        node_kind=np.full(count, "junction", object),
        node_x=network.node_x,
        node_y=network.node_y,
        node_invert_m=network.invert_m,
        node_ground_m=network.ground_m,
        link_key=np.array([str(n) for n in range(len(unknown))], object),
        link_kind=np.full(len(unknown), "conduit", object),
        link_from=network.link_from,
        link_to=network.link_to,
        link_directed=np.ones(len(unknown), np.bool_),
        link_length_m=network.link_length_m,
        link_diameter_m=unknown,
        link_invert_from_m=unknown,
        link_invert_to_m=unknown,
        link_travel_s=network.link_length_m / 1.0,
    )


def things_of(district: District) -> dict[int, Thing]:
    """Return what the register knows of everything."""
    network = district.network
    above = {
        int(c): int(network.node_code[n])
        for c, n in zip(network.link_code, network.link_from, strict=True)
        if c
    }
    heads = {r.origin: r.target for r in district.relations if r.kind == "drains_to"}
    monitored = {d.code: d.target for d in district.devices}
    things = {}
    for entity in district.entities:
        klass = str(entity.code)[6:10]
        shape = entity.geometry
        point = shape.representative_point() if isinstance(shape, BaseGeometry) else None
        x, y = (np.nan, np.nan) if point is None else (point.x, point.y)
        node = above.get(entity.code, 0) if klass == "8301" else heads.get(entity.code, 0)
        whole = monitored.get(entity.code, entity.code)
        building = whole if str(whole)[6:10] == "8101" else -1
        things[entity.code] = Thing(klass, x, y, node, building)
    return things


def _row(number: int, alert: Alert, places: dict[Site, Place]) -> tuple[float, ...]:
    place = places[Site(alert.entity, alert.device)]
    family = family_order()[family_of(alert.quantity, place.klass, alert.domain)]
    head = (number, 0, family, alert.level, alert.entity, alert.from_us, alert.to_us)
    return (*head, *place[1:])


def pairwise_f1(found: Sequence[object], true: Sequence[object]) -> float:
    """Return F1 over pairs of alerts: together in what was found, together in truth."""
    _, one = np.unique(np.array([str(each) for each in found]), return_inverse=True)
    _, other = np.unique(np.array([str(each) for each in true]), return_inverse=True)
    both = np.unique(np.column_stack([one, other]), axis=0, return_counts=True)[1]
    hits, said, there = (_pairs(counts) for counts in (both, np.bincount(one), np.bincount(other)))
    return 1.0 if said + there == 0 else 2 * hits / (said + there)


def _pairs(counts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    return int((counts * (counts - 1) // 2).sum())


__all__ = ["Alert", "DemoDevice", "Rehearsed", "pairwise_f1", "rehearse_storm"]
