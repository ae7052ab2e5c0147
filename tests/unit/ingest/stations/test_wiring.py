"""Servers as the settings name them: each by its own name, with a decoder that fits."""

import resource
from pathlib import Path
from typing import Any

import pytest

from ingest.config import PipelineConfig, SourceConfig
from ingest.inbox import Inbox
from ingest.stations import Hj212Config, Sl651Config
from tests.unit.ingest.stations.frames import NOW_US, upload
from twin.api.config import WebConfig
from twin.app.settings import Settings, SettingsError
from twin.app.station_servers import station_decoders, station_servers
from twin.model import Message, Mode

SOURCE = SourceConfig(name="gas", filters=("gas/#",), decoder="json")


def settings(folder: Path, *stations: Any) -> Settings:  # noqa: ANN401 - either protocol
    return Settings(
        state_dir=folder,
        store_url="",
        accounts={},
        ingest=PipelineConfig(),
        web=WebConfig(),
        stations=stations,
    )


def loggers(name: str, **said: Any) -> Hj212Config:  # noqa: ANN401 - settings
    return Hj212Config(name=name, protocol="hj212", port=0, **said)


def test_each_server_is_made_with_its_protocol(tmp_path: Path) -> None:
    river = Sl651Config(name="river", protocol="sl651", port=0)
    made = station_servers(settings(tmp_path, loggers("a"), river), Inbox(), [SOURCE])
    assert [server.protocol for server in made] == ["hj212", "sl651"]
    for server in made:
        server.stop()


def test_as_many_files_may_be_open_as_the_servers_have_connections(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        two = (loggers("a", connections=1000), loggers("b", connections=500))
        station_servers(settings(tmp_path, *two), Inbox(), [])
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1756
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("names", [("a", "a"), ("gas",)])
def test_a_name_that_another_one_has_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="expected a name that no other one has"):
        station_servers(settings(tmp_path, *map(loggers, names)), Inbox(), [SOURCE])


def test_minute_data_of_a_server_are_read_with_its_interval(tmp_path: Path) -> None:
    fast = loggers("fast", minute_data_min=5)
    decoders = station_decoders(settings(tmp_path, loggers("plain"), fast))
    assert list(decoders) == [fast.decoder]
    payload = upload(command="2051", kind="Avg")
    message = Message("fast", Mode.ACTUAL, "hj212/fast", payload, NOW_US)
    (found,) = decoders[fast.decoder].decode(message).natives
    assert found.period_s == 300
