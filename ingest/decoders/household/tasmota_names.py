"""What Tasmota's keys mean: which sensor models measure the air, and which numbers are places."""

import re
from typing import Final, NamedTuple

AIR_MODELS: Final = frozenset({
    "AHT1X", "AHT2X", "AM2301", "AM2320", "BME280", "BME680", "BME68X", "BMP085", "BMP180",
    "BMP280", "BMP388", "BMP390", "DHT11", "DHT12", "DHT22", "HDC1080", "HDC2010", "HIH6", "HTU21",
    "LPS331AP", "LPS35HW", "MS5637", "SCD30", "SCD40", "SHT1X", "SHT20", "SHT3X", "SHT4X", "SHTC3",
    "SI7006", "SI7013", "SI7020", "SI7021",
})  # fmt: skip
"""Sensors that can only measure the air around them; a DS18B20 may hang in water, an ESP32
measures itself."""

COUNTERS: Final = frozenset({
    "COUNTER.C", "ENERGY.ExportActive", "ENERGY.ExportReactive", "ENERGY.ImportActive",
    "ENERGY.ImportReactive", "ENERGY.Total", "ENERGY.TotalTariff", "ENERGY.ExportTariff",
})  # fmt: skip

_OF_THE_AIR: Final = frozenset({"Temperature", "Pressure", "SeaPressure"})
_OF_ANY_MODEL: Final = frozenset({
    "CarbonDioxide", "DewPoint", "Humidity", "Illuminance", "PM1", "PM10", "PM2.5", "TVOC", "eCO2",
})  # fmt: skip
_UNIT_KEYS: Final = {
    "Temperature": "TempUnit",
    "DewPoint": "TempUnit",
    "Pressure": "PressureUnit",
    "SeaPressure": "PressureUnit",
    "Speed": "SpeedUnit",
}
_NUMBERED = re.compile(r"(?P<name>.*[^\d])(?P<number>\d{1,2})", re.ASCII | re.DOTALL)
# One of several sensors of a kind: by number, I2C address or pin (SetOption64 gives the sign).
_MODEL = re.compile(r"(?P<model>[A-Z0-9]{3,12})[-_](?P<one>[0-9A-Za-z]{1,8})", re.ASCII)


class Spelling(NamedTuple):
    """A key of a message: the vocabulary's name, the qualifier, and who says the unit."""

    native: str
    channel: str
    unit_key: str


class TasmotaNames:
    """Spells the keys that lead to a value as the vocabulary does.

    Args:
        known: the vocabulary's names.
    """

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def spelling(self, path: tuple[str, ...]) -> Spelling:
        """Return e.g. ``Temperature`` of the channel ``AM2301``, or ``POWER`` of ``2``."""
        if len(path) == 1:
            native, channel = self._unnumbered(path[0], "")
            return Spelling(native, channel, _UNIT_KEYS.get(native, ""))
        group, key = path[0], ".".join(path[1:])
        unit_key = next((_UNIT_KEYS[part] for part in path if part in _UNIT_KEYS), "")
        found = _MODEL.fullmatch(group)
        model, one = (found["model"], found["one"]) if found else (group, "")
        if key in _OF_ANY_MODEL or (model in AIR_MODELS and key in _OF_THE_AIR):
            return Spelling(key, group, unit_key)
        native, channel = self._unnumbered(f"{model}.{key}", one)
        return Spelling(native, channel, unit_key or _UNIT_KEYS.get(native.rpartition(".")[2], ""))

    def _unnumbered(self, name: str, one: str) -> tuple[str, str]:
        if name in self._known or not (found := _NUMBERED.fullmatch(name)):
            return name, one
        if found["name"] not in self._known:
            return name, one
        return found["name"], f"{one}.{found['number']}" if one else found["number"]
