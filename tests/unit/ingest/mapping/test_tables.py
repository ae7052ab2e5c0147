"""A mapping is checked when it is read, and each mistake is a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.reference.device_types import sentences_of
from ingest.mapping.topics import pattern_of
from ingest.mqtt_source import matches
from tests.unit.ingest.mapping.tables import HEAD, LEVEL, config_of
from twin.model import Mode


def mistakes_of(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        config_of(text)
    return "; ".join(sentences_of(refused.value))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD, "field 'readings' is missing"),
        (HEAD + LEVEL + "colour = 1\n", "unknown field 'readings.0.colour'"),
        (HEAD + LEVEL.replace('quantity = "level"', 'quantity = "levl"'), "quantity 'levl'"),
        (HEAD + LEVEL + 'unit = "kPa"\n', "unit 'kPa': expected one that becomes 'm' of level"),
        (HEAD + LEVEL + 'statistic = "median"\n', "statistic 'median': expected one of instant"),
        (HEAD + LEVEL + 'statistic = "mean"\n', "statistic 'mean': expected its period_s"),
        (HEAD + LEVEL + "period_s = 60\n", "period_s 60 of an instant: expected a statistic"),
        (HEAD + LEVEL + 'channel = "{gate}"\n', "topic 'plant/{station}/data' has no level {gate}"),
        (HEAD + 'each = "a["\n' + LEVEL, "each: expression 'a[': "),
        (HEAD + 'each = "a..b"\n' + LEVEL, "(at character 3)"),
        (HEAD + 'each = "$.a..b"\n' + LEVEL, "(at character 5)"),
        (HEAD + 'each = ""\n' + LEVEL, "cannot be empty"),
        (HEAD + "each = 1\n" + LEVEL, "expression 1: expected a text, e.g. 'data.level'"),
        (HEAD + 'each = "a.twice(@)"\n' + LEVEL, "function 'twice', expected one of abs, avg"),
        (HEAD.replace("asset.water", "telepathy") + LEVEL, "device.scheme: scheme 'telepathy'"),
        (
            HEAD.replace('text = "PS-{station}"', 'text = "a", expression = "b"') + LEVEL,
            "device: expected expression or text, one of the two",
        ),
        (HEAD.replace("plant/{station}/data", "plant/#/data") + LEVEL, "level '#', expected plain"),
        (
            HEAD.replace("plant/{station}/data", "{a}/{a}") + LEVEL,
            "'a' stands twice, expected once",
        ),
        (HEAD.replace('"plant/{station}/data"', "") + LEVEL, "topics"),
        (
            HEAD + 'time = { expression = "t", format = "noon" }\n' + LEVEL,
            "format 'noon': expected",
        ),
        (HEAD + 'time = { expression = "t", zone = "Mars" }\n' + LEVEL, "zone 'Mars': expected"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(text: str, sentence: str) -> None:
    assert sentence in mistakes_of(text)


def test_it_becomes_a_source_with_a_decoder_of_its_own() -> None:
    text = (
        'mode = "exercise"\ndevice_rate_per_s = 500\n'
        + HEAD.replace("]", ', "old/+/{station}/#"]')
        + LEVEL
    )
    source = config_of(text).source()
    assert source.filters == ("plant/+/data", "old/+/+/#")
    assert source.device_rate_per_s == 500
    assert (source.name, source.decoder, source.mode) == ("pumps", "mapping:pumps", Mode.EXERCISE)


def test_named_levels_are_read_from_the_topic() -> None:
    pattern = pattern_of("old/+/{station}/#")
    assert pattern.read("old/x/7/a/b") == {"station": "7"}
    assert pattern.read("old/x/7") == {"station": "7"}
    assert pattern.read("new/x/7") is None


_levels = st.lists(st.sampled_from(["a", "b", "+", "{n}", ".", "$x", ""]), min_size=1, max_size=4)


@given(_levels, st.booleans(), st.lists(st.sampled_from(["a", "b", ".", "", "ab"]), max_size=5))
def test_a_pattern_takes_the_topics_that_its_filter_takes(
    levels: list[str],
    rest: bool,  # noqa: FBT001 - drawn by hypothesis
    topic: list[str],
) -> None:
    named = [f"{{n{place}}}" if level == "{n}" else level for place, level in enumerate(levels)]
    pattern = pattern_of("/".join([*named, "#"] if rest else named))
    spoken = "/".join(topic)
    assert (pattern.read(spoken) is not None) == matches(pattern.filter, spoken)
