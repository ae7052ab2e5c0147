"""Commands to Sparkplug devices: which they take, and how they are marked and answered."""

from data.commands import Event, read_addressee
from data.reference.device_types import shipped_types
from data.registry import ChangeSet, EntityChange, NewName, record
from ingest.commands import CommandDelivery, Report
from tests.postgis.commands.commanded import Connection, Post, Wire, said

TYPED, PLAIN = 4403118599000011, 4403118599000012


def add_devices(store: Connection) -> None:
    """Record a gate whose type says what commands write, and a device without a type."""
    entities = [
        EntityChange(TYPED, "gate", properties={"device_type": "sparkplug-gate"}),
        EntityChange(PLAIN, "PLC"),
    ]
    names = [NewName(TYPED, "sparkplug", "g/n/gate"), NewName(PLAIN, "sparkplug", "g/n/plain")]
    with store.transaction():
        record(store, ChangeSet("test", "PLCs", "test", entities, names))


def test_a_device_takes_what_its_type_writes_and_without_one_nothing(store: Connection) -> None:
    add_devices(store)
    to = read_addressee(store, TYPED, shipped_types())
    assert (to.addresses, set(to.kinds)) == ({"sparkplug": "g/n/gate"}, {"set_opening"})
    carriage = to.kind("set_opening").carriage
    assert (carriage["metric"], carriage["factor"]) == ("Gate/Setpoint", 1000.0)
    assert read_addressee(store, PLAIN, shipped_types()).kinds == {}


def test_a_device_has_one_command_at_a_time(
    database_url: str, store: Connection, post: Post
) -> None:
    add_devices(store)
    wire = Wire("sparkplug")
    delivery = CommandDelivery(database_url, [], [wire], post.reports, post.clock)
    numbers = [post.approved("set_opening", TYPED, opening=metres) for metres in (0.5, 0.6)]
    delivery.once(store)
    delivery.once(store)
    assert [order.id for order, _ in wire.left] == numbers[:1]
    post.reports.put(Report(said(wire.left[0], Event.EXECUTE, post.clock.now)))
    delivery.once(store)
    assert [order.id for order, _ in wire.left] == numbers
    assert [post.state(number) for number in numbers] == ["executed", "sent"]
