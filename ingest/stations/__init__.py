"""TCP servers for stations that speak HJ 212-2017 or SL 651-2014 (docs/stations.md)."""

from ingest.stations.config import Hj212Config, Sl651Config, StationConfig
from ingest.stations.open_files import allow_connections
from ingest.stations.server import CannotListenError, StationServer

__all__ = [
    "CannotListenError",
    "Hj212Config",
    "Sl651Config",
    "StationConfig",
    "StationServer",
    "allow_connections",
]
