"""Devices that announced themselves at the broker, as a file that ``twin import`` takes."""

import csv
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import uuid4

from ingest.config import SourceConfig
from ingest.discovered_devices import DiscoveredDevice, Discovery, discovered_devices
from ingest.mqtt_source import matches
from ingest.retained import RetainedReader
from twin.app.ingesting import sources_of
from twin.app.settings import Settings
from twin.model import Message, Mode

MAP_SUFFIX: Final = ".toml"
ENTITY_CLASS: Final = "8599"
"""What a value tells of its device is not enough to say more; whoever knows it corrects it."""

_QUIET_S: Final = 1.0
_COLUMNS: Final = ("device", "name", "class", "maker", "model", "device_settings", "longitude",
                   "latitude", "quantities", "topics")  # fmt: skip

_MAP: Final = """\
# Devices that announced themselves by Home Assistant's MQTT discovery. Correct the file before the
# import: the class, the name, and device_settings as JSON.
model = "homeassistant-discovery"
source = "Home Assistant discovery"
reason = "they announced themselves"

# Once longitude and latitude are filled in for every device:
# [place]
# x = "longitude"
# y = "latitude"
# crs = "EPSG:4326"

[key]
scheme = "x.homeassistant"
column = "device"

[class]
column = "class"

[fields]
name = "name"

[properties]
x_maker = "maker"
x_model = "model"
device_settings = "device_settings"
"""


def discover(settings: Settings, prefix: str, most_s: float) -> Discovery:
    """Return what devices have announced below a prefix, as the broker keeps it.

    Args:
        settings: where the broker is.
        prefix: of the discovery topics, usually ``homeassistant``.
        most_s: to wait in all.

    Raises:
        NotConfirmedError: the broker does not answer.
    """
    filters = (f"{prefix}/+/+/config", f"{prefix}/+/+/+/config")
    client_id = f"citytwin-discovery-{uuid4().hex[:8]}"
    reader = RetainedReader(settings.accounts["ingest"], client_id, filters)
    kept = reader.read(quiet_s=_QUIET_S, most_s=most_s)
    now_us = time.time_ns() // 1000
    return discovered_devices(
        Message("discovery", Mode.ACTUAL, topic, kept[topic], now_us) for topic in sorted(kept)
    )


def unheard_topics(settings: Settings, devices: Iterable[DiscoveredDevice]) -> list[str]:
    """Return the state topics that no source with the decoder ``homeassistant`` takes."""
    topics = dict.fromkeys(topic for device in devices for topic in device.topics)
    sources = sources_of(settings)
    return [topic for topic in topics if _decoder_of(topic, sources) != "homeassistant"]


def _decoder_of(topic: str, sources: Iterable[SourceConfig]) -> str | None:
    taking = (one for one in sources if any(matches(each, topic) for each in one.filters))
    return next((one.decoder for one in taking), None)


def write_import(path: Path, devices: Iterable[DiscoveredDevice]) -> Path:
    """Write devices as CSV, with the map by which ``twin import`` reads them; return the map.

    Raises:
        OSError: a file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for device in devices:
            writer.writerow(
                {
                    "device": device.name.value,
                    "name": device.called,
                    "class": ENTITY_CLASS,
                    "maker": device.maker,
                    "model": device.model,
                    "quantities": " ".join(device.stored),
                    "topics": " ".join(device.topics),
                }
            )
    map_path = path.with_suffix(MAP_SUFFIX)
    map_path.write_text(_MAP, encoding="utf-8")
    return map_path
