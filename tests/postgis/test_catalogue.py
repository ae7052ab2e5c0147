"""The memory of devices follows the register, and forgets no more than it must."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import catalogue as catalogue_module
from data import register_changes
from data.catalogue import Catalogue, Device, SeriesKey
from data.registry import (
    ChangeRefusedError,
    ChangeSet,
    EndedName,
    EndedRelation,
    EntityChange,
    NewName,
    NewRelation,
    record,
)
from data.registry.lifecycle import Author, merge, reinstate, retire
from tests.emptying import SharedStore
from tests.postgis.register import (
    AREA,
    BUILDING,
    CAMERA,
    FREE_GAUGE,
    LEVEL_GAUGE,
    REACH,
    ROAD,
    fill_register,
)
from twin.model import Name

Connection = psycopg.Connection[tuple[Any, ...]]

LI = Author("li", "survey of May", "water bureau")
NEW_GAUGE = LEVEL_GAUGE + 10
OTHER_REACH = REACH + 1
GAUGE_1 = Name("mqtt", "gauge-1")
CAM_1 = Name("onvif", "cam01")
LEVEL = SeriesKey("level", "", "instant", 0, "actual")


class Memory:
    """A catalogue and the register that it follows."""

    def __init__(self, register: Connection) -> None:
        self.register = register
        self.catalogue = Catalogue()

    def refreshed(self) -> bool:
        """Refresh as before a batch; return whether a device was forgotten."""
        return self.catalogue.refresh(self.register)

    def device(self, name: Name) -> Device:
        """Resolve a name that is a device's."""
        self.refreshed()
        refused = self.catalogue.look_up(self.register, [name])
        assert refused == {}
        return self.catalogue.devices[name]

    def refusal(self, name: Name) -> str:
        """Resolve a name that is no device's."""
        self.refreshed()
        return self.catalogue.look_up(self.register, [name])[name]

    def say(self, *entities: EntityChange, **more: Any) -> None:  # noqa: ANN401 - of a change set
        """Record a change set."""
        record(self.register, ChangeSet("li", "a change", "desk", entities)._replace(**more))


@pytest.fixture
def memory(shared_store: SharedStore, connection: Connection) -> Memory:
    shared_store.fill(fill_register)
    return Memory(connection)


def code_name(code: int) -> Name:
    return Name("code", str(code))


def test_a_device_registered_now_is_resolved_at_the_next_batch(memory: Memory) -> None:
    by_code, by_name = code_name(NEW_GAUGE), Name("mqtt", "gauge-new")
    assert "expected a device of the register" in memory.refusal(by_code)
    assert "mqtt name 'gauge-new'" in memory.refusal(by_name)
    memory.say(EntityChange(NEW_GAUGE, "新水位计"), names=[NewName(NEW_GAUGE, *by_name)])
    assert memory.device(by_code).code == NEW_GAUGE
    assert memory.device(by_name).code == NEW_GAUGE


def test_a_name_that_moves_to_another_device_is_followed(memory: Memory) -> None:
    assert memory.device(GAUGE_1).code == LEVEL_GAUGE
    moved = {"ended_names": [EndedName(LEVEL_GAUGE, *GAUGE_1)]}
    memory.say(**moved, names=[NewName(FREE_GAUGE, *GAUGE_1)])
    assert memory.device(GAUGE_1).code == FREE_GAUGE
    memory.say(ended_names=[EndedName(FREE_GAUGE, *GAUGE_1)])
    assert "expected a device of the register" in memory.refusal(GAUGE_1)


def test_a_device_that_is_retired_is_refused_and_comes_back_reinstated(memory: Memory) -> None:
    memory.device(GAUGE_1)
    retire(memory.register, LI, [LEVEL_GAUGE])
    for name in (GAUGE_1, code_name(LEVEL_GAUGE)):
        assert memory.refusal(name) == f"device {LEVEL_GAUGE} is retired: expected one in use"
    reinstate(memory.register, LI, LEVEL_GAUGE)
    assert memory.device(GAUGE_1).code == LEVEL_GAUGE


def test_a_device_that_is_linked_anew_measures_the_other_thing(memory: Memory) -> None:
    assert memory.device(GAUGE_1).entity == REACH
    memory.catalogue.open_series(memory.register, [(memory.device(GAUGE_1), LEVEL)])
    old = memory.device(GAUGE_1).series[LEVEL]
    memory.say(
        EntityChange(OTHER_REACH, "二段"),
        ended_relations=[EndedRelation(LEVEL_GAUGE, "monitors", REACH)],
        relations=[NewRelation(LEVEL_GAUGE, "monitors", OTHER_REACH, "test")],
    )
    device = memory.device(GAUGE_1)
    assert (device.entity, device.series) == (OTHER_REACH, {})
    assert old not in memory.catalogue.series


def test_another_warning_level_of_what_is_measured_reaches_the_series(memory: Memory) -> None:
    memory.catalogue.open_series(memory.register, [(memory.device(GAUGE_1), LEVEL)])
    memory.say(EntityChange(REACH, properties={"warning_level_m": 2.5}))
    assert memory.refreshed()
    series = memory.device(GAUGE_1).series[LEVEL]
    assert memory.catalogue.series[series].properties["warning_level_m"] == 2.5


def test_a_merger_of_what_is_measured_moves_the_device(memory: Memory) -> None:
    memory.device(GAUGE_1)
    memory.say(EntityChange(OTHER_REACH, "二段", properties={"warning_level_m": 2.0}))
    merge(memory.register, LI, [REACH], OTHER_REACH)
    assert memory.device(GAUGE_1).entity == OTHER_REACH
    assert memory.device(GAUGE_1).properties == {"warning_level_m": 2.0}


def test_names_that_a_merger_moves_lead_to_the_device_that_stays(memory: Memory) -> None:
    memory.device(GAUGE_1)
    merge(memory.register, LI, [LEVEL_GAUGE], FREE_GAUGE)
    assert memory.device(GAUGE_1).code == FREE_GAUGE
    assert "is retired" in memory.refusal(code_name(LEVEL_GAUGE))


def test_a_target_that_retires_gives_way_to_the_next_and_takes_its_place_again(
    memory: Memory,
) -> None:
    memory.say(
        EntityChange(OTHER_REACH, "二段"),
        relations=[NewRelation(LEVEL_GAUGE, "monitors", OTHER_REACH, "test", 9.0)],
    )
    assert memory.device(GAUGE_1).entity == REACH
    memory.register.execute("UPDATE entity SET retired = true WHERE code = %s", (REACH,))
    memory.say(EntityChange(REACH, "旧一段"))
    assert memory.device(GAUGE_1).entity == OTHER_REACH
    memory.say(EntityChange(REACH, retired=False))
    assert memory.device(GAUGE_1).entity == REACH


def test_the_areas_that_a_camera_watches_are_followed(memory: Memory) -> None:
    assert memory.device(CAM_1).areas == (AREA,)
    memory.say(
        EntityChange(AREA + 1, "二区"),
        relations=[NewRelation(CAMERA, "watches", AREA + 1, "test")],
    )
    assert memory.device(CAM_1).areas == (AREA, AREA + 1)
    memory.say(ended_relations=[EndedRelation(CAMERA, "watches", AREA)])
    assert memory.device(CAM_1).areas == (AREA + 1,)


def test_all_names_of_a_device_keep_their_series(memory: Memory) -> None:
    memory.say(names=[NewName(LEVEL_GAUGE, "asset.water", "G-1")])
    names = [GAUGE_1, code_name(LEVEL_GAUGE), Name("asset.water", "G-1")]
    devices = [memory.device(name) for name in names]
    memory.catalogue.open_series(memory.register, [(devices[0], LEVEL)])
    memory.say(ended_names=[EndedName(LEVEL_GAUGE, "asset.water", "G-1")])
    for name in names[:2]:
        assert memory.device(name).series[LEVEL] in memory.catalogue.series
    assert "asset.water name" in memory.refusal(names[2])


def test_what_nobody_has_changed_stays_in_memory(memory: Memory) -> None:
    device = memory.device(GAUGE_1)
    memory.refusal(Name("mqtt", "nobody"))
    memory.say(EntityChange(BUILDING, height_m=30.0))
    memory.say(EntityChange(ROAD, properties={"width_m": 20.0}))
    assert memory.refreshed() is False
    assert memory.catalogue.devices[GAUGE_1] is device


def test_names_that_are_known_to_be_nobodys_are_not_asked_for_again(memory: Memory) -> None:
    names = [Name("mqtt", f"flood-{at}") for at in range(50)] + [code_name(BUILDING)]
    memory.refreshed()
    first = memory.catalogue.look_up(memory.register, names)
    assert len(first) == 51
    memory.register.close()
    assert memory.catalogue.look_up(memory.register, names) == first


def test_a_flood_of_names_does_not_fill_the_memory(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "_MOST_REFUSED", 10)
    memory.refreshed()
    for start in range(0, 100, 25):
        names = [Name("deveui", f"{at:016x}") for at in range(start, start + 25)]
        assert len(memory.catalogue.look_up(memory.register, names)) == 25
        assert len(memory.catalogue._refused) == 10
        assert len(memory.catalogue._canonical) <= 10
    assert memory.device(GAUGE_1).code == LEVEL_GAUGE


@pytest.mark.parametrize(
    ("scheme", "stored", "written"),
    [
        ("deveui", "A81758FFFE03CAFE", ["a81758fffe03cafe", "a8-17-58-ff-fe-03-ca-fe"]),
        ("hj212", "0123456789ABCDEF01234567", ["0123456789abcdef01234567"]),
        ("sl651", "0012345678", ["12345678"]),
        ("code", "", ["440311-8501-000001-6"]),
    ],
)
def test_every_written_form_of_a_name_is_resolved_and_forgotten(
    memory: Memory, scheme: str, stored: str, written: list[str]
) -> None:
    if stored:
        assert "expected a device" in memory.refusal(Name(scheme, written[0]))
        memory.say(names=[NewName(LEVEL_GAUGE, scheme, stored)])
    for value in written:
        assert memory.device(Name(scheme, value)).code == LEVEL_GAUGE
    retire(memory.register, LI, [LEVEL_GAUGE])
    for value in written:
        assert "is retired" in memory.refusal(Name(scheme, value))


def test_what_is_no_name_of_its_scheme_is_refused_in_a_sentence(memory: Memory) -> None:
    assert memory.refusal(Name("deveui", "xyz")).startswith("deveui name: ")
    assert memory.refusal(Name("fax", "1")).startswith("fax name: scheme 'fax'")


def test_a_name_begins_and_ends_to_mean_something_without_a_change_set(memory: Memory) -> None:
    ((now,),) = memory.register.execute("SELECT clock_timestamp()").fetchall()
    turn = now + timedelta(seconds=0.3)
    name = Name("mqtt", "changing")
    before = NewName(LEVEL_GAUGE, *name, valid_to=turn)
    memory.say(names=[before, NewName(FREE_GAUGE, *name, valid_from=turn)])
    memory.register.commit()
    assert memory.device(name).code == LEVEL_GAUGE
    deadline = time.monotonic() + 10
    while memory.device(name).code == LEVEL_GAUGE and time.monotonic() < deadline:
        memory.register.commit()
    assert memory.device(name).code == FREE_GAUGE


def test_a_revision_that_no_change_set_explains_makes_everything_forgotten(
    memory: Memory,
) -> None:
    memory.device(GAUGE_1)
    memory.register.execute("UPDATE registry_state SET revision = revision + 1")
    assert memory.refreshed()
    assert memory.catalogue.devices == {}


def test_too_many_changes_make_everything_forgotten(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_changes, "_MOST", 2)
    memory.device(GAUGE_1)
    memory.say(*(EntityChange(BUILDING + at, f"{at}") for at in range(3)))
    assert memory.refreshed()
    assert memory.catalogue.devices == {}


DEVICES = (LEVEL_GAUGE, FREE_GAUGE, NEW_GAUGE, CAMERA)
TARGETS = (REACH, OTHER_REACH)
NAMES = (GAUGE_1, Name("mqtt", "gauge-2"), Name("deveui", "A81758FFFE03CAFE"))
UNIVERSE = [
    *map(code_name, (*DEVICES, REACH)),
    *NAMES,
    *(Name(name.scheme, name.value.lower()) for name in NAMES[2:]),
]
Step = Callable[[Connection], object]


def changed(*entities: EntityChange, **more: Any) -> Step:  # noqa: ANN401 - of a change set
    change = ChangeSet("li", "a change", "desk", entities)._replace(**more)
    return lambda connection: record(connection, change)


def given_name(device: int, name: Name) -> Step:
    return changed(EntityChange(device), names=[NewName(device, *name)])


def ended_name(device: int, name: Name) -> Step:
    return changed(ended_names=[EndedName(device, *name)])


def linked(device: int, target: int) -> Step:
    relation = NewRelation(device, "monitors", target, "test")
    return changed(EntityChange(device), EntityChange(target), relations=[relation])


def unlinked(device: int, target: int) -> Step:
    return changed(ended_relations=[EndedRelation(device, "monitors", target)])


def watching(device: int) -> Step:
    return changed(relations=[NewRelation(device, "watches", AREA, "test")])


def limited(target: int, limit: int) -> Step:
    return changed(EntityChange(target, properties={"x_limit": limit}))


def retired(code: int) -> Step:
    return lambda connection: retire(connection, LI, [code])


def reinstated(code: int) -> Step:
    return lambda connection: reinstate(connection, LI, code)


def merged(code: int, into: int) -> Step:
    return lambda connection: merge(connection, LI, [code], into)


a_device, a_target = st.sampled_from(DEVICES), st.sampled_from(TARGETS)
a_name = st.sampled_from(NAMES)
a_step = st.one_of(
    st.builds(given_name, a_device, a_name),
    st.builds(ended_name, a_device, a_name),
    st.builds(linked, a_device, a_target),
    st.builds(unlinked, a_device, a_target),
    st.builds(watching, a_device),
    st.builds(limited, a_target, st.integers(0, 3)),
    st.builds(retired, a_device | a_target),
    st.builds(reinstated, a_device | a_target),
    st.builds(merged, a_device, a_device) | st.builds(merged, a_target, a_target),
)
a_round = st.tuples(st.lists(a_step, min_size=1, max_size=2), st.sets(st.sampled_from(UNIVERSE)))


@given(story=st.lists(a_round, min_size=3, max_size=8))
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_any_changes_memory_says_what_the_register_says(
    memory: Memory, story: list[tuple[list[Step], set[Name]]]
) -> None:
    register, followed = memory.register, Catalogue()
    try:
        assert known(followed, register, UNIVERSE) == known(Catalogue(), register, UNIVERSE)
        for changes, asked in story:
            for change in changes:
                attempt(register, change)
            assert known(followed, register, asked) == known(Catalogue(), register, asked)
        assert known(followed, register, UNIVERSE) == known(Catalogue(), register, UNIVERSE)
    finally:
        register.rollback()


def attempt(register: Connection, change: Step) -> None:
    """Make a change, unless the register refuses it."""
    with suppress(ChangeRefusedError, LookupError), register.transaction():
        change(register)


def known(catalogue: Catalogue, register: Connection, names: Iterable[Name]) -> object:
    """Return everything that a catalogue says of names."""
    catalogue.refresh(register)
    refused = catalogue.look_up(register, names)
    found = {name: catalogue.devices[name] for name in names if name in catalogue.devices}
    catalogue.open_series(register, [(device, LEVEL) for device in found.values()])
    numbers = {number for device in found.values() for number in device.series.values()}
    return refused, found, {number: catalogue.series[number] for number in numbers}
