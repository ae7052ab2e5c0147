"""Whatever happens: looking only where something changed gives what looking at everything gives."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from data.links import Slot, fix, release, run_links
from data.links.following import link_portion, note_changes
from data.registry import KEEP, ChangeSet, EndedRelation, EntityChange, NewRelation, record
from data.registry.lifecycle import Author, merge, reinstate, retire
from tests.postgis.links.town import at, box, code, line

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "so it is", "test")
SENSORS = ("8501", "8502", "8503", "8509", "8509", "8512", "8601", "8601", "8511")
THINGS = ("8202", "8203", "8402", "8303", "8101", "8102", "8103", "8802", "0117", "0208")
KINDS = ("monitors", "watches", "located_in", "mounted_on", "covers")
SIDE_M = 90.0
FAR_M = 900.0
"""Two quarters so far apart that what happens in one is nothing to the other."""


class Step(NamedTuple):
    """One thing that happens; what the numbers mean is the deed's to say."""

    deed: str
    one: int
    other: int
    x: float
    y: float


def shape_of(step: Step) -> BaseGeometry | None:
    """Return a geometry of any kind around the place of a step."""
    x, y = step.x, step.y
    west, south, east, north = x - 12, y - 9, x + 14, y + 11
    around = box(west, south, east, north)
    kinds: tuple[Callable[[], BaseGeometry | None], ...] = (
        lambda: at(x, y),
        lambda: line((west, south), (x, north), (east, south)),
        lambda: around,
        lambda: around.difference(box(x - 5, y - 5, x + 5, y + 5)),
        lambda: shapely.MultiPolygon([box(west, south, x - 1, north), box(x + 1, y, east, north)]),
        lambda: shapely.MultiLineString([line((west, y), (x, y)), line((x, y + 3), (east, y))]),
        lambda: shapely.GeometryCollection([at(x, y), line((west, y), (x, north))]),
        lambda: shapely.Polygon(
            [at(*place).coords[0] for place in ((x, y), (east, north), (east, y), (x, north))]
        ),
        shapely.Polygon,
        lambda: None,
    )
    return kinds[step.other % len(kinds)]()


def _facts(device: int, number: int) -> dict[str, object]:
    """Return what the register says of a device at first."""
    if str(device)[6:10] == "8601":
        return {"view_range_m": 60, "view_angle_deg": 90, "direction_deg": 100 * number % 360}
    return {"mounting_level_m": 1.0 + number % 5}


class Town:
    """Devices and objects in the register, and what can happen to them."""

    def __init__(self, connection: Connection) -> None:
        self.store = connection
        self.devices = [code(klass, number) for number, klass in enumerate(SENSORS, 1)]
        self.things = [code(klass, serial) for klass in THINGS for serial in (1, 2)]

    def begin(self) -> None:
        chance = np.random.default_rng(7)
        places = chance.uniform(0, SIDE_M, (len(self.devices) + len(self.things), 2)).tolist()
        devices = [
            EntityChange(device, "d", at(*place), properties=_facts(device, number))
            for number, (device, place) in enumerate(zip(self.devices, places, strict=False))
        ]
        things = [
            EntityChange(thing, "t", shape_of(Step("", 0, number % 8, *place)), 20.0)
            for number, (thing, place) in enumerate(
                zip(self.things, places[len(devices) :], strict=True)
            )
        ]
        storeys = [
            EntityChange(
                code("8102", 1 + number),
                geometry=box(0, 0, SIDE_M, SIDE_M),
                height_m=3.0,
                properties={"elevation_m": 3.0 * number},
            )
            for number in range(2)
        ]
        room = EntityChange(code("8103", 1), geometry=box(0, 0, SIDE_M, SIDE_M), height_m=None)
        relations = [NewRelation(code("8103", 1), "part_of", code("8102", 1), "declared")]
        self.say(*devices, *things, relations=relations)
        self.say(*storeys, room)

    def say(self, *entities: EntityChange, **more: Any) -> None:  # noqa: ANN401 - of a change set
        # Whether a class has such a property is not what is tried here.
        record(self.store, ChangeSet(*LI, entities, **more), checked=True)

    def take(self, step: Step) -> None:
        getattr(self, f"deed_{step.deed}")(step)

    def retired(self, entity: int) -> bool:
        found = self.store.execute("SELECT retired FROM entity WHERE code = %s", (entity,))
        return bool(found.fetchall()[0][0])

    def device(self, step: Step) -> int:
        return self.devices[step.one % len(self.devices)]

    def thing(self, step: Step) -> int:
        return self.things[step.one % len(self.things)]

    def slot(self, step: Step) -> Slot:
        return Slot(self.device(step), KINDS[step.other % len(KINDS)])

    def deed_run(self, _step: Step) -> None:
        run_links(self.store)

    def deed_note(self, _step: Step) -> None:
        note_changes(self.store)

    def deed_portion(self, step: Step) -> None:
        link_portion(self.store, 1 + step.one % 5)

    def deed_move_device(self, step: Step) -> None:
        self.say(EntityChange(self.device(step), geometry=at(step.x, step.y)))

    def deed_shape_device(self, step: Step) -> None:
        self.say(EntityChange(self.device(step), geometry=shape_of(step)))

    def deed_shape_thing(self, step: Step) -> None:
        self.say(EntityChange(self.thing(step), geometry=shape_of(step)))

    def deed_new_device(self, step: Step) -> None:
        klass = SENSORS[step.one % len(SENSORS)]
        self.devices.append(code(klass, len(self.devices) + 10))
        self.say(EntityChange(self.devices[-1], "d", at(step.x, step.y)))

    def deed_new_thing(self, step: Step) -> None:
        klass = THINGS[step.one % len(THINGS)]
        self.things.append(code(klass, len(self.things) + 10))
        self.say(EntityChange(self.things[-1], "t", shape_of(step)))

    def deed_height(self, step: Step) -> None:
        level = None if step.other % 4 == 0 else step.y / 10
        self.say(EntityChange(self.device(step), properties={"mounting_level_m": level}))

    def deed_view(self, step: Step) -> None:
        name = ("view_range_m", "view_angle_deg", "direction_deg", "mounting_height_m")[
            step.other % 4
        ]
        camera = [device for device in self.devices if str(device)[6:10] == "8601"][step.one % 2]
        value = None if step.one % 9 == 0 else step.y
        self.say(EntityChange(camera, properties={name: value}))

    def deed_building(self, step: Step) -> None:
        building = code("8101", step.one % 2 + 1)
        height = None if step.other % 5 == 0 else step.y / 3
        self.say(EntityChange(building, geometry=shape_of(step), height_m=height))

    def deed_storey(self, step: Step) -> None:
        level = None if step.other % 4 == 0 else step.y / 10
        storey = code("8102", step.one % 2 + 1)
        height = KEEP if step.other % 3 else 3.0 + step.one % 2
        self.say(EntityChange(storey, height_m=height, properties={"elevation_m": level}))

    def deed_room(self, step: Step) -> None:
        room, storey = code("8103", 1), code("8102", step.one % 2 + 1)
        if not (self.retired(room) or self.retired(storey)):
            relation = NewRelation(room, "part_of", storey, "declared")
            self.say(relations=[relation])

    def deed_validity(self, step: Step) -> None:
        instants = [None, *(datetime(2020 + year, 1, 1, tzinfo=UTC) for year in range(4))]
        start, end = instants[step.one % 5], instants[step.other % 5]
        entity = self.device(step) if step.y < SIDE_M / 2 else self.thing(step)
        self.say(EntityChange(entity, valid_from=start, valid_to=end))

    def deed_stage(self, step: Step) -> None:
        stage = ("in use", "demolished")[step.other % 2]
        entity = self.device(step) if step.y < SIDE_M / 2 else self.thing(step)
        self.say(EntityChange(entity, stage=stage))

    def deed_retire(self, step: Step) -> None:
        entity = self.device(step) if step.y < SIDE_M / 4 else self.thing(step)
        if self.retired(entity):
            if not self.store.execute(
                "SELECT FROM entity_forward WHERE old_code = %s", (entity,)
            ).fetchone():
                reinstate(self.store, LI, entity)
        else:
            retire(self.store, LI, [entity])

    def deed_merge(self, step: Step) -> None:
        one = self.thing(step)
        same = [
            thing
            for thing in self.things
            if str(thing)[6:10] == str(one)[6:10] and thing != one and not self.retired(thing)
        ]
        if same and not self.retired(one):
            merge(self.store, LI, [one], same[step.other % len(same)])

    def deed_said(self, step: Step) -> None:
        slot, thing = self.slot(step), self.things[int(step.x) % len(self.things)]
        if not self.retired(thing) and not self.retired(slot.device):
            self.say(relations=[NewRelation(*slot, thing, "import x")])

    def deed_unsaid(self, step: Step) -> None:
        slot = self.slot(step)
        rows = self.store.execute(
            "SELECT target FROM relation WHERE origin = %s AND kind = %s AND method = 'import x'"
            " AND superseded_in IS NULL",
            slot,
        )
        self.say(ended_relations=[EndedRelation(*slot, target) for (target,) in rows.fetchall()])

    def deed_fix(self, step: Step) -> None:
        slot = self.slot(step)
        thing = None if step.y < SIDE_M / 3 else self.things[int(step.x) % len(self.things)]
        if not self.retired(slot.device) and (thing is None or not self.retired(thing)):
            fix(self.store, LI, slot, thing)

    def deed_release(self, _step: Step) -> None:
        open_ones = self.store.execute(
            "SELECT origin, kind FROM link_fix WHERE released_in IS NULL ORDER BY id"
        ).fetchall()
        if open_ones:
            release(self.store, LI, Slot(*open_ones[0]))


DEEDS = tuple(name.removeprefix("deed_") for name in vars(Town) if name.startswith("deed_"))
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(DEEDS),
        st.integers(0, 40),
        st.integers(0, 40),
        st.floats(0, SIDE_M) | st.floats(FAR_M, FAR_M + SIDE_M),
        st.floats(0, SIDE_M),
    ),
    min_size=1,
    max_size=14,
)


@pytest.fixture
def store(connection: Connection) -> Iterator[Connection]:
    """The town in a transaction that is never committed; each example begins where it stands."""
    Town(connection).begin()
    yield connection
    connection.rollback()


@pytest.fixture
def linked(store: Connection) -> Connection:
    """The town with every link that it has at first."""
    run_links(store)
    return store


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_only_what_changed_gives_what_everything_gives(
    linked: Connection, steps: list[Step]
) -> None:
    with linked.transaction(force_rollback=True):
        this = Town(linked)
        for step in steps:
            this.take(step)
        run_links(this.store)
        again = run_links(this.store, everything=True)
    assert (again.change_set, sum(again.written)) == (None, 0)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, most=st.integers(1, 9))
def test_following_in_portions_gives_what_everything_gives(
    store: Connection, steps: list[Step], most: int
) -> None:
    with store.transaction(force_rollback=True):
        this = Town(store)
        for step in steps:
            this.take(step)
        note_changes(this.store)
        while link_portion(this.store, most).devices:
            pass
        again = run_links(this.store, everything=True)
    assert (again.change_set, sum(again.written)) == (None, 0)
