"""Rows of a CSV of history: one value each, checked by itself and told of by its line."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from data.reference import quantities, units
from ingest.decoders.handed_in.devices import UnreadableDeviceError, device_in
from ingest.decoders.json_telemetry.qualifiers import BadQualifierError, read_qualifiers
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, objection, parse_time
from twin.model import Mode, Name, from_us
from twin.units import UnknownUnitError

REQUIRED: Final = ("device", "ts", "quantity", "value")
OPTIONAL: Final = ("unit", "channel", "statistic", "period")
MAX_LINE_BYTES: Final = 16_384

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,16}", re.ASCII)
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


class UnreadableCsvError(ValueError):
    """A file whose first line does not name our columns. Write them there and send it again."""


class UnreadableRowError(ValueError):
    """A row that cannot be taken. Correct its line and send the file again."""


class Row(NamedTuple):
    """A readable row.

    Attributes:
        device: who says it.
        fields: the object that the body decoder reads, its value in the stored unit.
    """

    device: Name
    fields: dict[str, object]


class CsvReader:
    """Reads the lines after the heading of a CSV.

    Args:
        heading: the first line, as bytes.
        mode: of all rows.

    Raises:
        UnreadableCsvError: it lacks a column that must be there, or has one that we do not know.
    """

    def __init__(self, heading: bytes, mode: Mode) -> None:
        self._columns = _columns(heading)
        self._mode = mode
        self._quantities = quantities()

    def read(self, line: bytes, now_us: int) -> Row:
        """Read a row.

        Args:
            line: without or with its end.
            now_us: our clock, which tells whether a time of mode actual can be believed.

        Raises:
            UnreadableRowError: with a sentence that says what was expected.
        """
        cells = self._cells(line)
        try:
            device = device_in(cells["device"])
            stamp = _stamp(cells["ts"], self._mode, now_us)
            number = self._number(cells)
            qualifiers = _qualifiers(
                cells.get("channel", ""), cells.get("statistic", ""), cells.get("period", "")
            )
        except (UnreadableDeviceError, UnreadableTimeError, BadQualifierError) as error:
            raise UnreadableRowError(str(error)) from error
        named = device.value if device.scheme == "code" else device._asdict()
        fields = {"device": named, "ts": stamp, cells["quantity"]: number, **qualifiers}
        return Row(device, fields)

    def _cells(self, line: bytes) -> dict[str, str]:
        cells = _split(line)
        if len(cells) != len(self._columns):
            raise UnreadableRowError(
                f"{len(cells)} cells: expected {len(self._columns)}, as the first line has"
            )
        return dict(zip(self._columns, cells, strict=True))

    def _number(self, cells: Mapping[str, str]) -> float:
        quantity, text, unit = cells["quantity"], cells["value"], cells.get("unit", "")
        if quantity not in self._quantities:
            raise UnreadableRowError(
                f"quantity {quoted(quantity)}: expected one of quantities.csv, e.g. level or depth"
            )
        if not _DECIMAL.fullmatch(text):
            raise UnreadableRowError(f"value {quoted(text)}: expected a decimal number")
        stored = self._quantities[quantity].unit
        try:
            number = units().convert(float(text), unit, stored) if unit else float(text)
        except UnknownUnitError as error:
            raise UnreadableRowError(
                f"{quantity} in {quoted(unit)}: expected {stored} or a unit of units.csv like it"
            ) from error
        if not math.isfinite(number):
            raise UnreadableRowError(f"value {quoted(text)}: expected less")
        return number


def _columns(heading: bytes) -> Sequence[str]:
    try:
        columns = _split(heading.removeprefix(_BYTE_ORDER_MARK))
    except UnreadableRowError as error:
        raise UnreadableCsvError(f"line 1: {error}") from error
    for name in columns:
        if name not in REQUIRED + OPTIONAL:
            raise UnreadableCsvError(
                f"line 1: column {quoted(name)}: expected {', '.join(REQUIRED)}"
                f" and, where you need them, {', '.join(OPTIONAL)}"
            )
    for name in REQUIRED:
        if name not in columns:
            raise UnreadableCsvError(f"line 1: no column {name!r}: expected {', '.join(REQUIRED)}")
    if len(set(columns)) < len(columns):
        raise UnreadableCsvError("line 1: a column twice: expected each once")
    return columns


def _split(line: bytes) -> list[str]:
    """Return the cells of a line (RFC 4180), which ends where the line does."""
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableRowError(f"byte {error.start + 1} is not UTF-8: expected UTF-8") from error
    if '"' not in text:
        return [cell.strip() for cell in text.split(",")]
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        raise UnreadableRowError(f"quotes: {error}; expected each pair on its line") from error
    return [cell.strip() for cell in cells]


def _stamp(text: str, mode: Mode, now_us: int) -> int | str:
    """Return a time as whole milliseconds, or as RFC 3339 text where it is finer."""
    if not text:
        raise UnreadableTimeError("ts is empty: expected RFC 3339, or milliseconds since 1970")
    observed_us = int(text) * 1000 if _WHOLE.fullmatch(text) else parse_time(text)
    if why := objection(observed_us, mode, now_us):
        raise UnreadableTimeError(why)
    if observed_us % 1000:
        return from_us(observed_us).isoformat()
    return observed_us // 1000


@lru_cache(maxsize=1024)
def _qualifiers(channel: str, statistic: str, period: str) -> Mapping[str, object]:
    if period and not _SECONDS.fullmatch(period):
        raise BadQualifierError(f"period {quoted(period)}: expected whole seconds")
    said = {"channel": channel, "statistic": statistic, "period": int(period or 0)}
    told = {name: value for name, value in said.items() if value}
    read_qualifiers(told)
    return told
