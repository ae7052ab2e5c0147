"""Wires the servers for stations that the settings name."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from ingest.config import SourceConfig
from ingest.decoders import DECODERS, Decoder
from ingest.decoders.hj212 import Hj212Decoder
from ingest.decoders.sl651 import Sl651Decoder
from ingest.inbox import Inbox
from ingest.stations import Hj212Config, StationConfig, StationServer, allow_connections
from twin.app.settings import Settings, SettingsError

_log = structlog.get_logger()


def station_servers(
    settings: Settings, inbox: Inbox, sources: Iterable[SourceConfig]
) -> list[StationServer]:
    """Return the servers, not yet started.

    Args:
        settings: name them.
        inbox: takes their messages.
        sources: all other sources.

    Raises:
        SettingsError: two of them, or one and a source, have the same name.
    """
    taken = {source.name for source in sources}
    for station in settings.stations:
        if station.name in taken:
            raise SettingsError(f"stations {station.name!r}: expected a name that no other one has")
        taken.add(station.name)
    folder = settings.state_dir / "spool"
    if settings.stations:
        allow_connections(sum(station.connections for station in settings.stations))
    _warn_of_strays(folder, {station.name for station in settings.stations})
    return [StationServer(each, inbox, folder / each.name) for each in settings.stations]


def station_decoders(settings: Settings) -> Mapping[str, Decoder]:
    """Return the decoders that only servers have: of other minute data, of whole transmissions."""
    return {
        station.decoder: _decoder(station)
        for station in settings.stations
        if station.decoder not in DECODERS
    }


def _decoder(station: StationConfig) -> Decoder:
    if isinstance(station, Hj212Config):
        return Hj212Decoder(station.minute_s)
    return Sl651Decoder(whole=True)


def _warn_of_strays(folder: Path, names: set[str]) -> None:
    for spool in folder.iterdir() if folder.is_dir() else ():
        if spool.name not in names:
            _log.warning("a spool of no server that is configured", folder=str(spool))
