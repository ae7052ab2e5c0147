"""What the decoder knows of edge nodes from message to message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.sparkplug import (
    RebirthWanted,
    SparkplugDecoder,
    SparkplugOutcome,
    StateChanged,
)
from ingest.decoders.sparkplug.session import (
    MAX_KEPT_OF_NODE,
    MAX_WANTED,
    PATIENCE_US,
    Sessions,
)
from tests.unit.ingest.decoders.recorded import RECEIVED_US
from tests.unit.ingest.decoders.test_sparkplug_frames import (
    NOON_MS,
    birth_number_of,
    metric,
    payload,
    properties,
)
from twin.model import FaultReason, Message, Mode, Name

LEVEL = metric("level", alias=1, datatype=9, float=1.5, properties=properties(engUnit="m"))
FLOW = metric("flow", alias=2, datatype=2, int=65_535, properties=properties(engUnit="L/s"))
LEVEL_NOW = metric(alias=1, float=2.5)
FLOW_NOW = metric(alias=2, int=65_534)
NODE, DEVICE = Name("sparkplug", "g/n"), Name("sparkplug", "g/n/d")


class Talk:
    """A decoder, and messages of group g and node n to it."""

    def __init__(self, room: int = 10_000) -> None:
        self.decoder = SparkplugDecoder(Sessions(room))
        self.now_us = RECEIVED_US

    def say(
        self, rest: str, sent: bytes, mode: Mode = Mode.ACTUAL, source: str = "broker"
    ) -> SparkplugOutcome:
        topic = f"spBv1.0/g/{rest}"
        return self.decoder.take(Message(source, mode, topic, sent, self.now_us))

    def node_birth(self, number: int = 0, *metrics: bytes) -> SparkplugOutcome:
        return self.say("NBIRTH/n", payload(birth_number_of(number), *metrics, seq=0))

    def node_death(self, number: int) -> SparkplugOutcome:
        return self.say("NDEATH/n", payload(birth_number_of(number)))

    def data(self, seq: int | None, *metrics: bytes) -> SparkplugOutcome:
        return self.say("NDATA/n", payload(*(metrics or [LEVEL_NOW]), seq=seq))


def _values(outcome: SparkplugOutcome) -> list[tuple[str, float, str]]:
    return [(one.native, one.value, one.unit) for one in outcome.decoded.natives]


def _why(outcome: SparkplugOutcome) -> list[str]:
    return [wanted.why for wanted in outcome.rebirths]


def test_a_birth_names_the_aliases_types_and_units_of_later_data() -> None:
    talk = Talk()
    assert _values(talk.node_birth(0, LEVEL, FLOW)) == [("level", 1.5, "m"), ("flow", -1, "L/s")]
    outcome = talk.data(1, LEVEL_NOW, FLOW_NOW)
    assert _values(outcome) == [("level", 2.5, "m"), ("flow", -2, "L/s")]
    assert (outcome.rebirths, outcome.states, outcome.decoded.faults) == ((), (), [])
    assert outcome.decoded.vocabulary == "sparkplug"


def test_data_may_name_a_metric_of_the_birth_and_another_unit() -> None:
    talk = Talk()
    talk.node_birth(0, FLOW)
    assert _values(talk.data(1, metric("flow", int=65_535))) == [("flow", -1, "L/s")]
    other = metric("flow", int=7, properties=properties(engUnit="m3/h"))
    assert _values(talk.data(2, other)) == [("flow", 7, "m3/h")]


def test_an_alias_counts_for_the_device_whose_birth_gave_it_out() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    talk.say("DBIRTH/n/d", payload(metric("ph", alias=1, datatype=9, float=7.0), seq=1))
    outcome = talk.say("DDATA/n/d", payload(metric(alias=1, float=7.5), seq=2))
    assert _values(outcome) == [("ph", 7.5, "")]
    assert outcome.decoded.natives[0].device == DEVICE


def test_message_numbers_turn_from_255_to_0_over_node_and_devices() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    talk.say("DBIRTH/n/d", payload(LEVEL, seq=1))
    for seq in (*range(2, 256), 0, 1, 2):
        kind = "DDATA/n/d" if seq % 2 else "NDATA/n"
        assert talk.say(kind, payload(LEVEL_NOW, seq=seq)).rebirths == ()


def test_a_gap_in_the_numbers_wants_a_rebirth_and_its_values_are_taken() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    outcome = talk.data(5)
    assert outcome.rebirths == (RebirthWanted("g", "n", "message number 5: expected 1"),)
    assert _values(outcome) == [("level", 2.5, "m")]
    assert talk.data(9).rebirths == ()


@pytest.mark.parametrize("seq", [None, 0])
def test_a_message_again_or_without_a_number_is_no_gap(seq: int | None) -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    assert talk.data(seq).rebirths == ()
    assert talk.data(1).rebirths == ()


def test_data_before_a_birth_want_one_rebirth_and_are_parked() -> None:
    talk = Talk()
    outcome = talk.data(7)
    assert _why(outcome) == ["NDATA before the birth of its edge node"]
    (fault,) = outcome.decoded.faults
    assert fault.reason is FaultReason.UNDECODABLE
    assert fault.sentence == "alias 1: expected one that the birth gave to a metric"
    assert talk.data(8).rebirths == ()
    talk.node_birth(0, LEVEL)
    assert _values(talk.data(1)) == [("level", 2.5, "m")]


def test_data_before_a_birth_are_read_where_they_tell_their_names() -> None:
    outcome = Talk().data(7, metric("level", datatype=9, float=2.5))
    assert _values(outcome) == [("level", 2.5, "")]
    assert len(outcome.rebirths) == 1


def test_a_device_wants_a_rebirth_until_it_is_born_itself() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    outcome = talk.say("DDATA/n/d", payload(LEVEL_NOW, seq=1))
    assert _why(outcome) == ["DDATA before the birth of its device"]


def test_a_device_born_before_its_node_is_read_and_the_node_asked() -> None:
    outcome = Talk().say("DBIRTH/n/d", payload(LEVEL, seq=1))
    assert _values(outcome) == [("level", 1.5, "m")]
    assert _why(outcome) == ["DBIRTH before the birth of its edge node"]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (metric(alias=9, float=1.0), "alias 9: expected one that the birth gave to a metric"),
        (metric("new", datatype=9, float=1.0), "metric 'new' is not of the birth"),
    ],
)
def test_a_metric_that_is_not_of_the_birth_wants_a_rebirth(sent: bytes, why: str) -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    assert _why(talk.data(1, sent)) == [why]


def test_an_alias_given_out_twice_is_a_fault_and_means_nothing() -> None:
    talk = Talk()
    twice = metric("depth", alias=1, datatype=9, float=0.5)
    (fault,) = talk.node_birth(0, LEVEL, twice).decoded.faults
    assert fault.sentence.startswith("alias 1 of 'depth' and another metric")
    assert _values(talk.data(1)) == []


def test_a_rebirth_not_answered_is_wanted_again_after_ten_minutes() -> None:
    talk = Talk()
    assert len(talk.data(7).rebirths) == 1
    talk.now_us += PATIENCE_US - 1
    assert talk.data(8).rebirths == ()
    talk.now_us += 1
    assert len(talk.data(9).rebirths) == 1


def test_a_node_that_no_rebirth_helps_is_left_alone_for_the_rest_of_the_hour() -> None:
    talk = Talk()
    wanted = 0
    for _ in range(10):
        talk.node_birth(0)
        wanted += len(talk.data(1).rebirths)
    assert wanted == MAX_WANTED
    talk.now_us += 3_600_000_000
    assert len(talk.data(2).rebirths) == 1


def test_a_parked_message_offered_again_is_read_and_changes_nothing() -> None:
    talk = Talk()
    early_us = talk.now_us
    early_birth = payload(metric("depth", alias=1, datatype=9, float=0.5), seq=0, ms=NOON_MS - 2)
    early_data = payload(LEVEL_NOW, metric("level", float=3.5), seq=9, ms=NOON_MS - 1)
    talk.now_us += 60_000_000
    talk.node_birth(0, LEVEL)
    born_us, talk.now_us = talk.now_us, early_us
    assert _values(talk.say("NBIRTH/n", early_birth)) == [("depth", 0.5, "")]
    again = talk.say("NDATA/n", early_data)
    assert (_values(again), again.rebirths) == ([("level", 3.5, "m")], ())
    assert [fault.reason for fault in again.decoded.faults] == [FaultReason.UNDECODABLE]
    assert talk.say("NDEATH/n", payload(ms=NOON_MS - 1)).states == ()
    talk.now_us = born_us + 60_000_000
    outcome = talk.data(1)
    assert (_values(outcome), outcome.rebirths) == ([("level", 2.5, "m")], ())
    talk.now_us -= 1
    late = talk.data(1)
    assert (_values(late), late.rebirths) == ([("level", 2.5, "m")], ())


def test_a_birth_counts_though_our_clock_was_set_back() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    talk.now_us -= 3_600_000_000
    later = metric("depth", alias=1, datatype=9, float=0.5)
    talk.say("NBIRTH/n", payload(birth_number_of(1), later, seq=0, ms=NOON_MS + 1))
    data = payload(metric(alias=1, float=0.75), seq=1, ms=NOON_MS + 2)
    assert _values(talk.say("NDATA/n", data)) == [("depth", 0.75, "")]


def test_births_and_deaths_tell_who_is_there() -> None:
    talk = Talk()
    at_us = talk.now_us
    assert talk.node_birth(3, LEVEL).states == (StateChanged(NODE, online=True, at_us=at_us),)
    born = talk.say("DBIRTH/n/d", payload(LEVEL, seq=1)).states
    assert born == (StateChanged(DEVICE, online=True, at_us=at_us),)
    gone = talk.say("DDEATH/n/d", payload(seq=2)).states
    assert gone == (StateChanged(DEVICE, online=False, at_us=at_us),)
    assert len(talk.say("DBIRTH/n/d", payload(LEVEL, seq=3)).states) == 1
    assert talk.node_death(3).states == (
        StateChanged(DEVICE, online=False, at_us=at_us),
        StateChanged(NODE, online=False, at_us=at_us),
    )
    assert len(talk.data(4).rebirths) == 1


def test_the_death_of_an_earlier_connection_does_not_count() -> None:
    talk = Talk()
    talk.node_birth(3, LEVEL)
    assert talk.node_death(2).states == ()
    assert _values(talk.data(1)) == [("level", 2.5, "m")]


def test_a_death_without_a_number_is_a_fault_where_the_birth_had_one() -> None:
    talk = Talk()
    talk.node_birth(3)
    outcome = talk.say("NDEATH/n", payload())
    assert outcome.states == ()
    (fault,) = outcome.decoded.faults
    assert fault.sentence == "NDEATH without bdSeq: expected the one of its birth, 3"


def test_a_death_counts_where_no_birth_was_seen_or_it_had_no_number() -> None:
    assert len(Talk().node_death(5).states) == 1
    talk = Talk()
    talk.say("NBIRTH/n", payload(LEVEL, seq=0))
    assert len(talk.say("NDEATH/n", payload()).states) == 1


def test_a_rebirth_changes_no_state_but_devices_must_be_born_again() -> None:
    talk = Talk()
    talk.node_birth(3, LEVEL)
    talk.say("DBIRTH/n/d", payload(LEVEL, seq=1))
    assert talk.node_birth(3, LEVEL).states == ()
    early = talk.say("DDATA/n/d", payload(LEVEL_NOW, seq=1))
    assert (_values(early), len(early.rebirths)) == ([], 1)
    assert talk.say("DBIRTH/n/d", payload(LEVEL, seq=2)).states == ()


def test_a_birth_of_a_new_connection_parts_the_node_from_its_devices() -> None:
    talk = Talk()
    talk.node_birth(3, LEVEL)
    talk.say("DBIRTH/n/d", payload(LEVEL, seq=1))
    (gone,) = talk.node_birth(4, LEVEL).states
    assert (gone.device, gone.online) == (DEVICE, False)


@pytest.mark.parametrize("rest", ["NCMD/n", "DCMD/n/d"])
def test_commands_and_states_carry_no_readings_and_no_faults(rest: str) -> None:
    assert not Talk().say(rest, payload(LEVEL)).decoded.faults
    assert not Talk().say(rest, b"anything").decoded.natives


def test_nodes_of_one_name_are_apart_by_source_and_mode() -> None:
    talk = Talk()
    talk.node_birth(0, LEVEL)
    data = payload(LEVEL_NOW, seq=1)
    assert _values(talk.say("NDATA/n", data, mode=Mode.REPLAY)) == []
    assert _values(talk.say("NDATA/n", data, source="other")) == []
    assert len(_values(talk.say("NDATA/n", data))) == 1


def test_the_node_heard_longest_ago_is_forgotten_first() -> None:
    talk = Talk(room=10)
    births = payload(birth_number_of(0), LEVEL, FLOW, seq=0)
    talk.say("NBIRTH/one", births)
    talk.say("NBIRTH/two", births)
    talk.say("NDATA/one", payload(LEVEL_NOW, seq=1))
    talk.say("NBIRTH/three", births)
    assert len(_values(talk.say("NDATA/one", payload(LEVEL_NOW, seq=2)))) == 1
    assert _values(talk.say("NDATA/two", payload(LEVEL_NOW, seq=1))) == []


def test_a_node_too_large_to_be_kept_is_refused() -> None:
    talk = Talk(room=MAX_KEPT_OF_NODE * 2)
    talk.node_birth(0)
    many = payload(*[metric(f"m{number}", datatype=9, float=1.0) for number in range(9_999)])
    refused = [talk.say(f"DBIRTH/n/d{number}", many).decoded.faults for number in range(6)]
    assert [len(faults) for faults in refused] == [0, 0, 0, 0, 1, 1]
    assert refused[-1][0].reason is FaultReason.TOO_LARGE


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), max_size=60))
def test_what_is_counted_as_kept_is_what_is_kept(steps: list[tuple[int, int, int]]) -> None:
    sessions = Sessions(room=25)
    decoder = SparkplugDecoder(sessions)
    for kind, node, size in steps:
        metrics = [metric(f"m{number}", datatype=9, float=1.0) for number in range(size)]
        sent = payload(birth_number_of(size), *metrics, seq=size)
        topic = (f"NBIRTH/n{node}", f"DBIRTH/n{node}/d{size}", f"NDEATH/n{node}",
                 f"DDEATH/n{node}/d{size}")[kind]  # fmt: skip
        decoder.take(Message("b", Mode.ACTUAL, f"spBv1.0/g/{topic}", sent, RECEIVED_US))
    counted = [counted for _, counted in sessions._nodes.values()]
    assert sessions._kept == sum(counted)
    assert sessions._kept <= 25 or len(counted) == 1
    for session, seen in sessions._nodes.values():
        devices = sum(session._kept_of(device) for device in session._devices)
        own = session.definitions("")
        assert seen == session.kept == 1 + devices + (len(own.by_name) if own else 0)
