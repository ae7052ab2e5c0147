"""What travels between the web process and ingest: topics, declarations, outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.config import default_sources
from ingest.handed_in import (
    MAX_FAULTS_TOLD,
    BadOutcomesError,
    BodyKind,
    Declaration,
    Outcome,
    declaration_in,
    pack,
    topic_of,
    unpack,
)
from ingest.mqtt_source import matches
from twin.model import Fault, FaultReason, Mode

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=80)


@given(st.sampled_from(Mode), st.sampled_from(BodyKind), _texts, _texts)
def test_a_topic_says_who_and_why_and_belongs_to_one_answered_source(
    mode: Mode, kind: BodyKind, actor: str, reason: str
) -> None:
    for revise in (None, reason):
        topic = topic_of(mode, kind, actor, revise)
        declared = None if revise is None else Declaration(actor, reason)
        assert declaration_in(topic) == declared
        assert topic.isascii()
        assert not set(topic) & set("+#")
        found = [s for s in default_sources() if any(matches(f, topic) for f in s.filters)]
        assert [(source.mode, source.answered) for source in found] == [(mode, True)]


@pytest.mark.parametrize(
    "topic",
    [
        "citytwin/v1/4403118501000001/telemetry",
        "citytwin/v1/4403118501000001/onvif-ej/revise/surveyed",
        "cam01/onvif-ej/v1/http/json/me/revise/surveyed",
        "citytwin/v1/http/json/me",
        "citytwin/v1/http/json/me/revise/",
        "x/citytwin/v1/http/json/me/revise/surveyed",
    ],
)
def test_no_other_topic_declares_a_correction(topic: str) -> None:
    assert declaration_in(topic) is None


_faults = st.lists(st.builds(Fault, st.sampled_from(FaultReason), st.text(max_size=20)), max_size=5)
_outcomes = st.lists(
    st.builds(
        Outcome,
        st.binary(min_size=16, max_size=16),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        _faults,
    ),
    max_size=4,
)


@given(_outcomes)
def test_outcomes_come_back_as_they_were(outcomes: list[Outcome]) -> None:
    for read, sent in zip(unpack(pack(outcomes)), outcomes, strict=True):
        assert read[:3] == sent[:3]
        assert [fault.reason for fault in read.faults] == [fault.reason for fault in sent.faults]


def test_the_faults_of_an_outcome_are_bounded_and_the_rest_counted() -> None:
    faults = [Fault(FaultReason.BAD_VALUE, f"row {number}") for number in range(1000)]
    (outcome,) = unpack(pack([Outcome(bytes(16), 0, 0, faults)]))
    assert len(outcome.faults) == MAX_FAULTS_TOLD + 1
    assert outcome.faults[-1].sentence == "and 980 more faults in this message"


@given(st.binary(max_size=60))
def test_anything_else_is_no_outcome(payload: bytes) -> None:
    try:
        unpack(payload)
    except BadOutcomesError as error:
        assert "expected a list of them" in str(error)  # noqa: PT017 - most bytes are none
    else:
        assert payload.strip() in {b"[]", b"{}", b'""'}
