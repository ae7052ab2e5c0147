"""What the servers for stations count about themselves, for Prometheus."""

from prometheus_client import Counter, Gauge

CONNECTIONS = Gauge("citytwin_station_connections", "Open connections of stations", ["server"])
REFUSED = Counter(
    "citytwin_station_refused", "Frames and connections not taken, by reason", ["server", "reason"]
)
CONFIRMED = Counter("citytwin_station_confirmations", "Confirmations sent to stations", ["server"])
SET_UP = Counter(
    "citytwin_station_set_up",
    "Requests that set stations up, by result",
    ["server", "setting", "result"],
)
SPOOL_BYTES = Gauge("citytwin_spool_bytes", "Bytes of frames on disk", ["server"])
SPOOL_MESSAGES = Gauge("citytwin_spool_messages", "Frames on disk, not yet stored", ["server"])
