"""A gate, a pump and stations in the small district, and commands to them."""

from collections.abc import Callable  # noqa: TC003 - as everywhere in this house
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from shapely.geometry import Point

from data.commands import (
    Answer,
    Asked,
    Event,
    Order,
    Value,
    Wish,
    approve,
    read_commands,
    request,
)
from data.commands.states import DESIRED_AND_REPORTED, in_agreement
from data.reference.device_types import shipped_types
from data.registry import ChangeSet, EntityChange, NewName, record
from ingest.commands import CommandDelivery, Handover, Report, Reports
from tests.postgis.register import X, Y

GATE = 4403118599000001
PUMP = 4403118507000001
AIR_STATION = 4403118511000001
RIVER_STATION = 4403118501000009
MN = "010000A8900016F000169DC0"
STATION = "0012345678"
NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)

Connection = psycopg.Connection[tuple[Any, ...]]


def add_commanded(connection: Connection) -> None:
    """Record the devices and commit."""
    entities = [
        EntityChange(GATE, "茅洲河水闸", Point(X, Y)),
        EntityChange(PUMP, "松白路泵站", Point(X + 10, Y)),
        EntityChange(AIR_STATION, "光明空气站", Point(X + 20, Y)),
        EntityChange(RIVER_STATION, "茅洲河遥测站", Point(X + 30, Y)),
    ]
    names = [NewName(AIR_STATION, "hj212", MN), NewName(RIVER_STATION, "sl651", STATION)]
    record(connection, ChangeSet("test", "devices to command", "test", entities, names))
    connection.commit()


def ask(
    connection: Connection,
    name: str = "open",
    device: int = GATE,
    *,
    by: str = "li",
    now: datetime = NOW,
    **parameters: Value,
) -> Asked:
    """Ask for a command that is good for ten minutes."""
    wish = Wish(device, name, parameters, "storm", 600)
    return request(connection, wish, actor=by, now=now, types=shipped_types())


def told(connection: Connection, number: int) -> dict[str, Any]:
    """Return a command with its steps."""
    (found,) = read_commands(connection, id=number)
    return found


def events(connection: Connection, number: int) -> list[str]:
    """Return what has happened to a command."""
    return [step["event"] for step in told(connection, number)["steps"]]


def said(sent: tuple[Order, str], event: Event, at: datetime, **reported: Value) -> Answer:
    """Return the answer of the device that a command was sent to."""
    order, reference = sent
    return Answer(order.protocol, order.address, reference, event, "so", reported, at)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Wire:
    """A carrier that keeps what left, and is there or not."""

    def __init__(self, protocol: str = "mqtt") -> None:
        self.protocol = protocol
        self.left: list[tuple[Order, str]] = []
        self.is_there = True
        self.handover = Handover(left=True, sentence="the wire has it")
        self.just_before: Callable[[], object] = lambda: None

    def reaches(self, _order: Order) -> bool:
        return self.is_there

    def reference(self, order: Order, _now: datetime) -> str:
        return f"reference-{order.id}"

    def send(self, order: Order, reference: str, _now: datetime) -> Handover:
        self.just_before()
        if self.handover.left is not False:
            self.left.append((order, reference))
        return self.handover


class Post:
    """The delivery of commands with a clock and wires that a test holds."""

    def __init__(self, database_url: str, store: Connection) -> None:
        self.store = store
        self.clock = Clock()
        self.wire = Wire()
        self.stations = Wire("hj212")
        self.hydrology = Wire("sl651")
        self.reports = Reports()
        self.confirmed: list[Event] = []
        carriers = [self.wire, self.stations, self.hydrology]
        self.delivery = CommandDelivery(database_url, [], carriers, self.reports, self.clock)

    def once(self) -> None:
        self.delivery.once(self.store)

    def answer(self, event: Event, **reported: Any) -> None:  # noqa: ANN401 - of any type
        """Have the device of the last command that left answer."""
        answer = said(self.wire.left[-1], event, self.clock.now, **reported)
        self.reports.put(Report(answer, lambda: self.confirmed.append(event)))
        self.once()

    def approved(self, name: str = "open", device: int = GATE, **parameters: Any) -> int:  # noqa: ANN401
        """Return the number of a command that may be sent."""
        number = ask(self.store, name, device, now=self.clock.now, **parameters).id
        if told(self.store, number)["state"] == "requested":
            approve(self.store, number, actor="wang", note="", now=self.clock.now)
        return number

    def state(self, number: int) -> str:
        return str(told(self.store, number)["state"])


def desired(store: Connection, device: int = GATE) -> dict[str, tuple[Any, Any, bool | None]]:
    """Return what a device shall be like, what it says, and whether both agree, by name."""
    with store.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(DESIRED_AND_REPORTED, {"device": device}).fetchall()
    return {row["name"]: (row["desired"], row["reported"], in_agreement(row)) for row in rows}
