"""A device that sends unknown names all day is parked once for them, and counted."""

from prometheus_client import REGISTRY

from ingest.unknown_names import UnknownNames

DAY_US = 86_400_000_000
NAMES = frozenset({"z1", "z2"})


def counted() -> float:
    labels = {"vocabulary": "hj212"}
    return REGISTRY.get_sample_value("citytwin_messages_with_unknown_names_total", labels) or 0.0


def asked(memory: UnknownNames, names: frozenset[str] = NAMES, day: int = 20_000) -> bool:
    return memory.worth_parking(7, names, "hj212", day * DAY_US)


def test_a_set_of_names_is_parked_once_a_day() -> None:
    memory = UnknownNames()
    assert asked(memory)
    assert not asked(memory)
    memory.adopt()
    assert not asked(memory)
    assert asked(memory, day=20_001)


def test_other_names_and_other_devices_are_parked_too() -> None:
    memory = UnknownNames()
    assert asked(memory)
    assert asked(memory, frozenset({"z3"}))
    assert memory.worth_parking(8, NAMES, "hj212", 20_000 * DAY_US)


def test_a_device_of_ever_other_names_is_parked_twenty_times() -> None:
    memory = UnknownNames()
    assert sum(asked(memory, frozenset({f"z{number}"})) for number in range(100)) == 20


def test_a_batch_that_was_not_committed_counts_for_nothing() -> None:
    memory, before = UnknownNames(), counted()
    memory.begin()
    assert asked(memory)
    memory.begin()
    assert asked(memory)
    memory.adopt()
    assert counted() == before + 1


def test_every_message_is_counted() -> None:
    memory, before = UnknownNames(), counted()
    for _ in range(5):
        asked(memory)
    memory.adopt()
    assert counted() == before + 5
