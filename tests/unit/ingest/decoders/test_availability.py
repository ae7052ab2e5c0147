"""What devices, bridges and last wills say of who is there."""

import pytest

from ingest.decoders import DECODERS
from tests.unit.ingest.decoders.recorded import message_of


@pytest.mark.parametrize(
    ("decoder", "topic", "payload", "device", "online"),
    [
        ("zigbee2mqtt", "zigbee2mqtt/leak/availability", b"online", "zigbee2mqtt/leak", True),
        ("zigbee2mqtt", "z/a/b/availability", b'{"state": "offline"}', "z/a/b", False),
        ("tasmota", "tele/kiosk_7/LWT", b"Offline", "kiosk_7", False),
        ("tasmota", "kiosk_7/tele/LWT", b"Online", "kiosk_7", True),
        ("shelly", "shellyplus1-08b6/online", b"false", "shellyplus1-08b6", False),
        ("shelly", "shellies/shellyplug-s-C1/online", b"true", "shellyplug-s-C1", True),
    ],
)
def test_a_device_is_told_to_come_or_go(
    decoder: str, topic: str, payload: bytes, device: str, *, online: bool
) -> None:
    decoded = DECODERS[decoder].decode(message_of(topic, payload))
    (presence,) = decoded.presences
    assert (presence.device, presence.online) == (("mqtt", device), online)
    assert not (decoded.readings)
    assert not (decoded.natives)
    assert not (decoded.faults)


@pytest.mark.parametrize(
    "payload", [b"", b"perhaps", b"{", b'{"state": {}}', b'{"other": 1}', b"\xff", b"o" * 1000]
)
def test_what_is_no_such_word_says_nothing(payload: bytes) -> None:
    for decoder, topic in (
        ("zigbee2mqtt", "zigbee2mqtt/leak/availability"),
        ("tasmota", "tele/kiosk_7/LWT"),
        ("shelly", "shellyplus1-08b6/online"),
    ):
        assert not any(DECODERS[decoder].decode(message_of(topic, payload)))
