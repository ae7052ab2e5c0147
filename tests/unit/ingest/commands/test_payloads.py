"""Commands and answers over MQTT: what is sent, what is read, what is refused."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.commands import Answer, Event
from ingest.commands.payloads import (
    UnreadableAnswerError,
    command_payload,
    command_topic,
    read_answer,
)
from tests.unit.ingest.commands.orders import DEVICE, NOW, order

TOPIC = f"citytwin/v1/{DEVICE}/commands/answers"


def test_a_device_is_told_what_to_do_and_until_when_it_may_begin() -> None:
    sent = order("set_opening", opening=0.5)
    assert command_topic(sent.address) == f"citytwin/v1/{DEVICE}/commands"
    assert orjson.loads(command_payload(sent, "abc", NOW)) == {
        "id": "abc",
        "name": "set_opening",
        "parameters": {"opening": 0.5},
        "issued_at": "2026-05-01T04:00:00.123+00:00",
        "expires_at": "2026-05-01T04:01:00.123+00:00",
    }


def test_an_answer_is_read_with_what_it_reports() -> None:
    payload = {
        "id": "abc",
        "state": "executed",
        "sentence": "闸门已开",
        "reported": {"gate_opening": 0.5, "open": True, "mode": "remote"},
    }
    assert read_answer(TOPIC, json.dumps(payload).encode(), NOW) == Answer(
        "mqtt",
        str(DEVICE),
        "abc",
        Event.EXECUTE,
        "闸门已开",
        {"gate_opening": 0.5, "open": True, "mode": "remote"},
        NOW,
    )


def test_an_answer_without_words_gets_ours_and_a_long_one_is_cut() -> None:
    short = read_answer(TOPIC, b'{"id": "abc", "state": "accepted"}', NOW)
    assert short.sentence == "says accepted"
    long = read_answer(
        TOPIC, json.dumps({"id": "a", "state": "refused", "sentence": "x\0" * 999}).encode(), NOW
    )
    assert len(long.sentence) == 500
    assert "\0" not in long.sentence


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "answer is not JSON"),
        (b"[1]", "answer is a list: expected an object"),
        (b'{"state": "accepted"}', "id null: expected that of the command"),
        (b'{"id": "", "state": "done"}', "state 'done': expected one of accepted, executed, ref"),
        (b'{"id": "a\\u0000", "state": "accepted"}', "expected that of the command"),
        (b'{"id": "a", "state": ["accepted"]}', "state a list: expected one of"),
        (b'{"id": "a", "state": "refused", "sentence": 1}', "sentence 1: expected a text"),
        (b'{"id": "a", "state": "executed", "reported": [1]}', "reported is a list"),
        (b'{"id": "a", "state": "executed", "reported": {"x": {}}}', "'x' is an object"),
        (b'{"id": "a", "state": "executed", "reported": {"": 1}}', "expected a short name"),
        (b" " * 16_385, "answer of 16385 bytes"),
    ],
)
def test_what_answers_no_command_is_refused_in_a_sentence(payload: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=sentence):
        read_answer(TOPIC, payload, NOW)


@given(st.text(), st.binary() | st.recursive(st.none() | st.text(), st.lists).map(orjson.dumps))
def test_whatever_comes_is_read_or_refused(topic: str, payload: bytes) -> None:
    for address in (topic, TOPIC):
        with pytest.raises(UnreadableAnswerError):
            read_answer(address, payload, NOW)
