"""What else happens during the storm: a gas leak, a moving slope, somebody in a forbidden area."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import NamedTuple

import numpy as np

from data.demo.network import DemoDevice
from data.demo.storm.basin import Floats
from twin.model import from_us

INTRUSION_MINUTES = (20, 40)
LEAK_MINUTES = (15, 60)
_LEAK_RISE_MIN = 5
_LEAK_PEAK_LEL = 45.0
_LEAK_DECAY_MIN = 8.0

_SOAKED_MM = 15.0  # water in the soil above which a slope begins to move
_SOIL_MEMORY_MIN = 45.0
_CREEP_MM_D = 0.4
_SLIDE_MM_D_PER_MM = 1.6
_DAY_MIN = 1440
_MINUTE_US = 60_000_000


class Site(NamedTuple):
    """A device that an incident happens at, and the entity that it watches (codes)."""

    device: int
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """Where the three incidents happen; None where the district has no such device."""

    leak: Site | None = None
    slide: Site | None = None
    intrusion: Site | None = None


class CameraEvent(NamedTuple):
    """One event of a camera, as ONVIF's JSON over MQTT gives it.

    Attributes:
        camera: entity code.
        topic: what follows ``onvif-ej/``.
        payload: UtcTime, Source and Data.
    """

    camera: int
    topic: str
    payload: dict[str, str | dict[str, str]]


@dataclass(frozen=True, slots=True)
class Soil:
    """Water in the soil (mm) and way slid so far (mm) at k slopes."""

    wet_mm: Floats
    slid_mm: Floats

    def after(self, rain_mm_h: Floats, moving: Floats) -> "Soil":
        """Return the soil one minute later; ``moving`` is 1 where the slope is unstable, else 0."""
        wet = self.wet_mm * exp(-1 / _SOIL_MEMORY_MIN) + rain_mm_h / 60
        return Soil(wet, self.slid_mm + Soil(wet, self.slid_mm).rate_mm_d(moving) / _DAY_MIN)

    def rate_mm_d(self, moving: Floats) -> Floats:
        """Return how fast each slope moves, mm/d."""
        excess = np.maximum(self.wet_mm - _SOAKED_MM, 0)
        return _CREEP_MM_D + _SLIDE_MM_D_PER_MM * excess * moving


def choose_incidents(devices: Sequence[DemoDevice], seed: int) -> Incidents:
    """Choose by seed among the devices that belong to something."""
    return Incidents(
        leak=_pick(devices, seed, "8509"),
        slide=_pick(devices, seed, "8508"),
        intrusion=_pick(devices, seed, "8601", target_class="8802"),
    )


def leak_lel(minute: float) -> float:
    """Return what the leak adds at the detector, %LEL."""
    start, end = LEAK_MINUTES
    risen = min(max(minute - start, 0) / _LEAK_RISE_MIN, 1.0)
    return _LEAK_PEAK_LEL * risen * exp(-max(minute - end, 0) / _LEAK_DECAY_MIN)


def intrusion_events(site: Site, minute: int, start_us: int) -> list[CameraEvent]:
    """Return what the camera says at ``minute``: somebody came in, has left, or nothing."""
    if minute not in INTRUSION_MINUTES:
        return []
    at = from_us(start_us + minute * _MINUTE_US).isoformat(timespec="milliseconds")
    payload: dict[str, str | dict[str, str]] = {
        "UtcTime": at.replace("+00:00", "Z"),
        "Source": {"VideoSource": "1", "VideoAnalyticsConfiguration": "1", "Rule": "Zone1"},
        "Data": {"IsInside": str(minute == INTRUSION_MINUTES[0]).lower(), "ObjectId": "15"},
    }
    topic = "RuleEngine/FieldDetector/ObjectsInside/&1/1/Zone1"
    return [CameraEvent(site.device, topic, payload)]


def _pick(
    devices: Sequence[DemoDevice], seed: int, klass: str, target_class: str = ""
) -> Site | None:
    sites = sorted(
        Site(device.code, device.target)
        for device in devices
        if device.klass == klass and device.target and target_class in ("", _class_of(device))
    )
    return sites[seed % len(sites)] if sites else None


def _class_of(device: DemoDevice) -> str:
    return str(device.target)[6:10]
