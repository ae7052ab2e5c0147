"""What the cases cannot say of SenML: sizes, names, units, and whatever bytes may come."""

import json
import math
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import MAX_FAULTS
from ingest.decoders.senml import SenmlDecoder
from ingest.decoders.senml.cbor_pack import LABELS, REFUSED_TAGS, SELF_DESCRIBED
from ingest.decoders.senml.names import BadNameError, split_name
from ingest.decoders.senml.packs import MAX_RECORDS
from ingest.decoders.senml.resolving import FIRST_ABSOLUTE_S
from ingest.decoders.senml.units import sum_unit, unit_codes
from tests.unit.ingest.decoders.recorded import RECEIVED_US, message_of
from twin.model import Decoded, FaultReason, Mode, NativeReading, Statistic

NUMBERS = {label: number for number, label in LABELS.items()}
NOON_S = 1_777_550_400
PACK: list[dict[str, Any]] = [
    {"bn": "urn:dev:ow:10e2073a01080063:", "bt": NOON_S, "bver": 10, "bv": 1, "bs": 2, "bu": "A"},
    {"n": "temperature", "u": "Cel", "v": 23.5, "t": -60, "ut": 300},
    {"n": "current", "v": 0.25, "s": 1e6},
    {"n": "cover_open", "u": "/", "vb": True},
    {"n": "label", "vs": "machine room"},
]


def _decode(payload: bytes, mode: Mode = Mode.ACTUAL) -> Decoded:
    return SenmlDecoder().decode(message_of("", payload, mode))


def _in_json(pack: list[dict[str, Any]]) -> bytes:
    return json.dumps(pack).encode()


def _in_cbor(pack: list[dict[str, Any]]) -> bytes:
    records = [{NUMBERS.get(label, label): one[label] for label in one} for one in pack]
    return cbor2.dumps(records)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_xml(pack: list[dict[str, Any]]) -> bytes:
    rows = (" ".join(f'{label}="{_written(one[label])}"' for label in one) for one in pack)
    records = "".join(f"<senml {row}/>" for row in rows)
    return f'<sensml xmlns="urn:ietf:params:xml:ns:senml">{records}</sensml>'.encode()


def _reading(**fields: object) -> NativeReading:
    (native,) = _decode(_in_json([{"n": "tank2/level", "u": "m", "v": 1.5} | fields])).natives
    return native


def test_json_cbor_and_xml_of_one_pack_say_the_same() -> None:
    decoded = _decode(_in_json(PACK))
    assert [native.value for native in decoded.natives] == [24.5, 1.25, 1_000_002.0, 1.0]
    assert _decode(_in_cbor(PACK)) == _decode(_in_xml(PACK)) == decoded
    assert _decode(SELF_DESCRIBED + _in_cbor(PACK)) == decoded
    assert _decode(b"\xef\xbb\xbf \n" + _in_json(PACK)) == decoded


def test_text_labels_are_read_in_cbor_too_and_foreign_numbers_are_passed_over() -> None:
    payload = cbor2.dumps([{"n": "tank2/level", "v": 2, 77: "x", -9: 5, 1: "m"}])
    (native,) = _decode(payload).natives
    assert (native.native, native.value, native.unit) == ("level", 2.0, "m")


@pytest.mark.parametrize("tag", REFUSED_TAGS)
def test_no_tag_of_cbor_builds_anything_but_numbers(tag: int) -> None:
    head = bytes([0xD9]) + tag.to_bytes(2, "big")
    for content in (b"\x61[", b"\x41\x01", b"\x82\x01\x02", b"\x00", b"\xa0"):
        (fault,) = _decode(b"\x81\xa2\x00\x61a\x02" + head + content).faults
        assert fault.reason is FaultReason.UNDECODABLE
        assert f"tag {tag}" in fault.sentence


def test_deep_cbor_is_refused() -> None:
    (fault,) = _decode(b"\x81" * 100_000).faults
    assert "depth" in fault.sentence


def test_a_pack_has_at_most_ten_thousand_records_and_a_mebibyte() -> None:
    one = {"n": "a/b", "v": 1}
    assert len(_decode(_in_json([one] * MAX_RECORDS)).natives) == MAX_RECORDS
    (fault,) = _decode(_in_json([one] * (MAX_RECORDS + 1))).faults
    assert (fault.reason, "10001 records" in fault.sentence) == (FaultReason.TOO_LARGE, True)
    for start in (b"[", b"<", b"\x81"):
        (fault,) = _decode(start.ljust(MAX_PAYLOAD_BYTES + 1)).faults
        assert fault.reason is FaultReason.TOO_LARGE


def test_the_faults_of_a_pack_are_bounded_and_the_rest_counted() -> None:
    decoded = _decode(_in_json([{"n": "a/b", "v": "x"}] * 100 + [{"n": "a/b", "v": 1}]))
    assert len(decoded.faults) == MAX_FAULTS + 1
    assert len(decoded.natives) == 1


def test_times_below_two_to_the_28_count_from_arrival() -> None:
    assert _reading().observed_us is None
    assert _reading(t=0, bt=0).observed_us is None
    assert _reading(t=-0.5).observed_us == RECEIVED_US - 500_000
    assert _reading(bt=NOON_S, t=1.5).observed_us == NOON_S * 1_000_000 + 1_500_000
    for seconds, absolute in ((FIRST_ABSOLUTE_S, True), (FIRST_ABSOLUTE_S - 1, False)):
        pack = _in_json([{"n": "a/b", "v": 1, "t": seconds}])
        (native,) = _decode(pack, Mode.REPLAY).natives
        assert native.observed_us == seconds * 1_000_000 + (0 if absolute else RECEIVED_US)


def test_a_base_holds_until_the_next_of_its_kind() -> None:
    pack = [
        {"bn": "a/", "bu": "m", "n": "x", "v": 1},
        {"n": "y", "v": 2},
        {"bn": "b/", "n": "x", "u": "Cel", "v": 3},
        {"bu": "", "n": "y", "v": 4},
    ]
    said = [(one.device.value, one.native, one.unit) for one in _decode(_in_json(pack)).natives]
    assert said == [("a", "x", "m"), ("a", "y", "m"), ("b", "x", "Cel"), ("b", "y", "")]


def test_a_sum_is_a_counter_in_units_times_seconds() -> None:
    value, total = _decode(_in_json([{"n": "a/power", "u": "W", "v": 5, "s": 60}])).natives
    assert (value.statistic, value.unit) == (Statistic.INSTANT, "W")
    assert (total.statistic, total.unit, total.channel) == (Statistic.COUNTER, "W.s", "")
    assert [sum_unit(unit) for unit in ("m3/s", "L/s", "1", "1/s")] == ["m3", "L", "s", "1"]


@pytest.mark.parametrize(
    ("base", "own", "device", "native"),
    [
        ("urn:dev:ow:10e2073a01080063:", "voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
        ("", "urn:dev:ow:10e2073a01080063:voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
        ("urn:dev:ow:10e2073a01080063", "_voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
        ("", "urn:dev:ow:10e2073a01080063_voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
        ("urn:dev:ow:", "10e2073a01080063", "urn:dev:ow:10e2073a01080063", ""),
        ("urn:dev:ow:10e2073a01080063", "", "urn:dev:ow:10e2073a01080063", ""),
        ("urn:dev:os:32473-12_1/", "level", "urn:dev:os:32473-12_1", "level"),
        ("urn:uuid:0b5f0c1e-6f3a", "", "urn:uuid:0b5f0c1e-6f3a", ""),
        ("2001:db8::1/", "temperature", "2001:db8::1", "temperature"),
        ("2001:db8::", "3", "2001:db8::3", ""),
        ("", "00:24:be:ff:fe:80", "00:24:be:ff:fe:80", ""),
        ("", "0024befffe80:level", "0024befffe80", "level"),
        ("district/", "pump7/power", "district/pump7", "power"),
        ("pump7/power", "", "pump7", "power"),
        ("pump7.", "power", "pump7", "power"),
        ("pump-7", "power", "pump-7", "power"),
        ("pump7/", "", "pump7", ""),
        ("", "pump7", "pump7", ""),
    ],
)  # fmt: skip
def test_device_and_measurement_of_a_name(base: str, own: str, device: str, native: str) -> None:
    assert split_name(base, own) == (device, native)


@given(st.text("aZ09-:./_", max_size=12), st.text("aZ09-:./_", max_size=12))
def test_every_allowed_name_has_a_device(base: str, own: str) -> None:
    try:
        device, native = split_name(base, own)
    except BadNameError:
        assert not (base + own)[:1].isalnum()
        return
    assert device
    assert (base + own).startswith(device)
    assert native in base + own


@pytest.mark.parametrize("name", ["", " a", "a b", "-a", "a\n", "é", "a" * 201, "a%", "٣"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(BadNameError, match="expected 1 to 200"):
        split_name("", name)


def test_units_of_the_registry_are_ours_or_kept_and_percent_is_a_ratio() -> None:
    codes = unit_codes()
    assert codes["%"] == codes["/"] == codes["count"] == codes["pH"] == "1"
    assert codes["%RH"] == codes["%EL"] == codes["/100"] == "%"
    assert codes["lat"] == codes["lon"] == "deg"
    assert (codes["l"], codes["l/s"], codes["kWh"]) == ("L", "L/s", "kW.h")
    assert _reading(u="furlong").unit == "furlong"


def test_the_vocabulary_names_our_quantities_in_units_that_become_theirs() -> None:
    terms = vocabulary("senml").values()
    for term in terms:
        assert term.name_zh
        assert term.name_en
        assert term.mark in {"verified", "partly", "project"}
        if term.quantity:
            units().convert(1.0, term.unit, quantities()[term.quantity].unit)
    assert {term.native for term in terms} >= quantities().keys()
    assert not vocabulary("senml")["temperature"].quantity


def _assert_sound(decoded: Decoded) -> None:
    assert bool(decoded.natives) == (decoded.vocabulary == "senml")
    for native in decoded.natives:
        assert math.isfinite(native.value)
        assert native.native
        assert native.device.value.isprintable()
        assert native.unit.isprintable()
    for fault in decoded.faults:
        assert "expected" in fault.sentence or "more faults" in fault.sentence
        assert len(fault.sentence) < 400


_leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=6)
_values = _leaves | st.floats() | st.lists(_leaves, max_size=2) | st.binary(max_size=4)
_labels = st.sampled_from([*NUMBERS, "x_", "bx_", "l"])
_packs = st.lists(st.dictionaries(_labels, _values, max_size=6) | _values, max_size=4)


@settings(max_examples=300)
@given(st.sampled_from([b"", b"[", b"<", b"<sensml", b"\x81\xa2", b"\xd9"]), st.binary())
@example(b"\x81\xa1", b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01\x00")
@example(b"<", b"sensml>" + b"<a>" * 1000)
def test_any_bytes_are_survived(start: bytes, rest: bytes) -> None:
    _assert_sound(_decode(start + rest))


@settings(max_examples=300)
@given(_packs, st.sampled_from(Mode))
def test_any_pack_gives_sound_readings_or_sentences(pack: list[Any], mode: Mode) -> None:
    records = [
        {NUMBERS.get(label, label): one[label] for label in one} if isinstance(one, dict) else one
        for one in pack
    ]
    _assert_sound(_decode(cbor2.dumps(records), mode))


@settings(max_examples=300)
@given(
    st.sampled_from([_in_json(PACK), _in_cbor(PACK), _in_xml(PACK)]),
    st.integers(0, 400),
    st.binary(max_size=4),
    st.integers(0, 4),
)
def test_a_pack_with_changed_bytes_is_survived(
    payload: bytes, at: int, put: bytes, instead_of: int
) -> None:
    _assert_sound(_decode(payload[:at] + put + payload[at + instead_of :]))


@pytest.mark.parametrize("payload", [_in_json(PACK), _in_cbor(PACK), _in_xml(PACK)])
def test_a_pack_cut_anywhere_is_refused_whole(payload: bytes) -> None:
    for end in range(len(payload)):
        decoded = _decode(payload[:end])
        assert not decoded.natives
        assert len(decoded.faults) == 1
