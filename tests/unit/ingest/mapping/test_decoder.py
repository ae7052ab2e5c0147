"""Any JSON is read by its mapping; what cannot be read is a sentence and harms nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mapping import MappedDecoder
from tests.unit.ingest.mapping.tables import HEAD, LEVEL, NOON_US, config_of, message_of, read
from twin.model import FaultReason, Name, Reading, Statistic

STATION = Name("asset.water", "PS-7")


def sentence_of(text: str, payload: str, topic: str = "plant/7/data") -> str:
    decoded = read(text, payload, topic)
    assert not decoded.readings
    (fault,) = decoded.faults
    return fault.sentence


def test_an_expression_finds_a_value_and_the_topic_names_the_device() -> None:
    decoded = read(HEAD + LEVEL, '{"level": 1.5}')
    assert decoded.readings == [Reading(STATION, "level", 1.5, None)]
    assert not decoded.faults


def test_a_unit_becomes_the_stored_one_and_a_statistic_keeps_its_period() -> None:
    text = HEAD + LEVEL + 'unit = "cm"\nstatistic = "mean"\nperiod_s = 600\nchannel = "{station}"\n'
    (reading,) = read(text, '{"level": 150}').readings
    assert reading == Reading(STATION, "level", 1.5, None, "7", Statistic.MEAN, 600)


def test_rows_of_a_list_are_read_one_by_one_and_see_the_whole_message() -> None:
    text = """
    name = "gauges"
    topics = ["gauges"]
    each = "points[]"
    device = { scheme = "mqtt", expression = "id" }
    time = { expression = "$.ts", format = "epoch_s" }
    [[readings]]
    expression = "v"
    quantity = "depth"
    """
    sent = {"ts": 1777550300, "points": [{"id": "a", "v": 1}, {"id": "b", "v": "x"}, {"id": 9}]}
    decoded = read(text, json.dumps(sent), "gauges")
    assert decoded.readings == [Reading(Name("mqtt", "a"), "depth", 1.0, 1_777_550_300_000_000)]
    (fault,) = decoded.faults
    assert fault.reason is FaultReason.BAD_VALUE
    assert fault.sentence.startswith("row 2: depth: 'x' of 'v': expected a number, true or false")


def test_pairs_of_name_and_value_are_found_by_a_filter() -> None:
    text = HEAD + LEVEL.replace('"level"', "\"[?tag == 'LV'].v | [0]\"", 1)
    (reading,) = read(text, '[{"tag": "Q", "v": 3}, {"tag": "LV", "v": 2}]').readings
    assert reading.value == 2.0


@pytest.mark.parametrize(
    ("sent", "value"), [('"run"', 1.0), ('"stop"', 0.0), ("true", 1.0), ("2", 0.5)]
)
def test_words_have_the_numbers_that_the_mapping_gives_them(sent: str, value: float) -> None:
    text = HEAD + '[[readings]]\nexpression = "s"\nquantity = "running"\n'
    text += 'values = { run = 1, stop = 0, true = 1, "2" = 0.5 }\n'
    (reading,) = read(text, f'{{"s": {sent}}}').readings
    assert reading.value == value


def test_a_word_without_a_number_is_told_with_those_that_have_one() -> None:
    text = HEAD + '[[readings]]\nexpression = "s"\nquantity = "running"\nvalues = { run = 1 }\n'
    assert sentence_of(text, '{"s": "halt"}') == "running: 'halt': expected one of run"


def test_truth_is_one_and_zero() -> None:
    text = HEAD + '[[readings]]\nexpression = "s"\nquantity = "running"\n'
    assert [r.value for r in read(text, '{"s": true}').readings] == [1.0]


@pytest.mark.parametrize(
    ("told", "sent", "observed_us"),
    [
        ('format = "epoch_ms"', "1777550400123", NOON_US + 123_000),
        ('format = "epoch_us"', "1777550400000001", NOON_US + 1),
        ('format = "rfc3339"', '"2026-04-30T12:00:00Z"', NOON_US),
        ('format = "rfc3339"', '"2026-04-30 20:00:00"', NOON_US),
        ('format = "%d.%m.%Y %H:%M"', '"30.04.2026 20:00"', NOON_US),
        ('format = "%d.%m.%Y %H:%M"\nzone = "Z"', '"30.04.2026 12:00"', NOON_US),
        ('format = "%Y%m%d%H%M%S"', "20260430200000", NOON_US),
        ('format = "epoch_s"', "null", None),
    ],
)
def test_times_are_read_in_their_format_and_zone(
    told: str, sent: str, observed_us: int | None
) -> None:
    table = "{ expression = 'at', " + told.replace("\n", ", ") + " }"
    text = f"{HEAD}time = {table}\n{LEVEL}"
    (reading,) = read(text, f'{{"at": {sent}, "level": 1}}').readings
    assert reading.observed_us == observed_us


@pytest.mark.parametrize(
    ("told", "sent", "sentence"),
    [
        ("epoch_ms", '"x"', "time 'x': expected a number, epoch_ms"),
        ("epoch_ms", "1e300", "time '1e+300': expected a number, epoch_ms"),
        ("epoch_s", "0", "expected 2000-01-01 or later"),
        ("rfc3339", "true", "time true: expected a text as rfc3339"),
        ("%H:%M", '"noon"', "expected the format '%H:%M'"),
    ],
)
def test_a_time_that_cannot_be_read_never_becomes_the_arrival(
    told: str, sent: str, sentence: str
) -> None:
    text = f"{HEAD}time = {{ expression = 'at', format = '{told}' }}\n{LEVEL}"
    decoded = read(text, f'{{"at": {sent}, "level": 1}}')
    assert not decoded.readings
    assert decoded.faults[0].reason is FaultReason.BAD_TIME
    assert sentence in decoded.faults[0].sentence


def test_a_row_without_a_device_is_told() -> None:
    text = HEAD.replace('text = "PS-{station}"', 'expression = "id"') + LEVEL
    assert (
        sentence_of(text, '{"level": 1}') == "device null: expected a name of 1 to 200 characters"
    )


def test_a_message_without_any_value_is_told_with_what_was_tried() -> None:
    assert sentence_of(HEAD + LEVEL, '{"status": "ok"}') == (
        "none of 'level' found a value in 1 rows: expected one at least"
    )


def test_a_function_that_cannot_take_its_value_is_told() -> None:
    text = HEAD + LEVEL.replace('"level"', '"abs(level)"', 1)
    assert sentence_of(text, '{"level": "x"}').startswith("level: expression 'abs(level)': in func")


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ("{", "payload is not JSON"),
        ('{"points": 1}', "each 'points' gave 1: expected a list"),
        (json.dumps({"points": [0] * 10_001}), "10001 rows: expected at most 10000"),
    ],
)
def test_what_has_no_rows_is_told(payload: str, sentence: str) -> None:
    text = HEAD + 'each = "points"\n' + LEVEL
    assert sentence_of(text, payload).startswith(sentence)


def test_a_message_offered_again_after_its_mapping_took_other_topics_is_told() -> None:
    sentence = sentence_of(HEAD + LEVEL, '{"level": 1}', "works/7/data")
    assert sentence == (
        "topic 'works/7/data': expected one of mapping 'pumps': 'plant/{station}/data'"
    )


@pytest.mark.parametrize("level", ["x" * 65, "a\x01b"])
def test_a_level_of_the_topic_that_can_be_no_channel_is_told(level: str) -> None:
    text = HEAD.replace('text = "PS-{station}"', 'text = "PS"') + LEVEL + 'channel = "{station}"\n'
    sentence = sentence_of(text, '{"level": 1}', f"plant/{level}/data")
    assert sentence.startswith("level: channel '")
    assert sentence.endswith("expected at most 64 printable characters")


@pytest.mark.parametrize("function", ["to_string(v)", "contains(v, v)", "sum(v)", "max(v)"])
def test_a_message_too_deep_for_a_function_is_told_and_breaks_nothing(function: str) -> None:
    deep = '{"v": ' + "[" * 1000 + "]" * 1000 + "}"
    assert "too deep" in sentence_of(HEAD + LEVEL.replace('"level"', f'"{function}"', 1), deep)


def test_a_large_value_that_a_function_cannot_take_is_shown_in_part() -> None:
    text = HEAD + LEVEL.replace('"level"', '"abs(v)"', 1)
    assert len(sentence_of(text, json.dumps({"v": ["x" * 1000] * 100}))) < 300


def test_a_value_that_cannot_be_stored_is_told() -> None:
    text = HEAD + LEVEL + 'unit = "km"\n'
    assert "expected a number that can be stored in m" in sentence_of(text, '{"level": 1e308}')


def test_the_steps_are_what_each_expression_gave() -> None:
    text = HEAD + 'each = "points"\n' + LEVEL
    decoder = MappedDecoder(config_of(text))
    steps = list(decoder.steps(message_of('{"points": [{"level": 1}, {}]}')))
    assert [tuple(step) for step in steps] == [
        (1, "level", "level", 1),
        (2, "level", "level", None),
    ]


_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_leaves |= st.sampled_from(["1e999", "-1e999", "nan", "9" * 4000, "0x", "1777550400000"])
_documents = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["level", "points", "ts", "id", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)
_FULL = (
    'name = "all"\ntopics = ["a/{station}/#"]\neach = "points || [@]"\n'
    'device = { scheme = "mqtt", expression = "id" }\n'
    'time = { expression = "ts", format = "epoch_ms" }\n'
    + LEVEL
    + '[[readings]]\nexpression = "ceil(to_number(x))"\nquantity = "depth"\nunit = "cm"\n'
)


@given(st.binary(max_size=60) | _documents.map(lambda said: json.dumps(said).encode()))
def test_no_message_breaks_the_decoder(payload: bytes) -> None:
    decoded = read(_FULL, payload, "a/1/b")
    for fault in decoded.faults:
        assert "expected" in fault.sentence or "expression" in fault.sentence
        assert len(fault.sentence) < 500
    for reading in decoded.readings:
        assert abs(reading.value) < float("inf")
