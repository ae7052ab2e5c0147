"""What a ``[[stations]]`` table may say."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ingest.stations import Hj212Config, StationConfig

SETTINGS = TypeAdapter[StationConfig](StationConfig)


def hj212(**said: object) -> Hj212Config:
    read = SETTINGS.validate_python({"name": "a", "protocol": "hj212", "port": 1, **said})
    assert isinstance(read, Hj212Config)
    return read


def test_nothing_is_set_in_devices_unless_it_is_said() -> None:
    read = hj212()
    assert not read.set_clock
    assert (read.realtime_interval_s, read.minute_interval_min, read.timeout_s) == (None,) * 3
    assert (read.decoder, read.minute_s) == ("hj212", 600)


def test_minute_data_are_read_as_they_are_set_or_said() -> None:
    assert hj212(minute_interval_min=5).minute_s == 300
    assert hj212(minute_data_min=1).minute_s == 60
    assert hj212(minute_data_min=1).minute_interval_min is None
    assert hj212(minute_data_min=1).decoder != hj212(minute_data_min=5).decoder
    assert hj212(minute_data_min=10).decoder == "hj212"


@pytest.mark.parametrize(
    "said",
    [
        {"minute_interval_min": 7},
        {"realtime_interval_s": 29},
        {"timeout_s": 5},
        {"resends": 3},
        {"minute_interval_min": 5, "minute_data_min": 10},
        {"answers": True},
        {"name": "../elsewhere"},
        {"name": ".."},
        {"port": 70_000},
        {"protocol": "modbus"},
    ],
)
def test_what_no_device_or_folder_takes_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        hj212(**said)


def test_wishes_of_hj212_are_none_of_sl651() -> None:
    with pytest.raises(ValidationError):
        SETTINGS.validate_python({"name": "a", "protocol": "sl651", "port": 1, "set_clock": True})
