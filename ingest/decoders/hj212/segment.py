"""The data segment: who speaks, which command, and the fields of CP (HJ 212-2017, 6.3.2, 6.6)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from ingest.decoders.hj212.frame import read_frame
from ingest.decoders.quoting import quoted, shown_name

_CP = "CP=&&"
_END = "&&"
# A text of an Info field stands between two pairs of strokes and may hold separators.
_ITEM = re.compile(r"(?:[^;,/]|/(?!/)|//.*?//)+", re.DOTALL)
_COMMAND = re.compile(r"[0-9]{4}")
_NUMBER = re.compile(r"[0-9]{1,5}")

_FIELDS: Final = (
    "SystemTime", "QnRtn", "ExeRtn", "RtdInterval", "MinInterval", "RestartTime", "PolId",
    "BeginTime", "EndTime", "DataTime", "NewPW", "OverTime", "ReCount", "VaseNo", "CstartTime",
    "Ctime", "Stime", "InfoId",
)  # fmt: skip
_KINDS: Final = (
    "SampleTime", "Rtd", "Min", "Avg", "Max", "ZsRtd", "ZsMin", "ZsAvg", "ZsMax", "Flag", "EFlag",
    "Cou", "RS", "RT", "Data", "DayData", "NightData", "Info", "SN",
)  # fmt: skip
# The standard's own examples spell some names in two ways.
_SPELLING = {name.lower(): name for name in _FIELDS}
_KIND_SPELLING = {kind.lower(): kind for kind in _KINDS}


class UnreadableSegmentError(ValueError):
    """A data segment without a command or without CP. Park it; its sender must be mended."""


class Segment(NamedTuple):
    """A data segment, field by field; texts are empty and numbers None where it has none.

    Attributes:
        qn: request number: the sender's local time, 17 digits.
        st: system, two characters: 32 for waste water, 21 for surface water.
        cn: command, four digits.
        password: PW.
        mn: number of the monitoring point, as sent.
        flag: version and the bits A and D.
        packets: how many packets the message has (PNUM).
        packet: which of them this is (PNO).
        fields: those of CP that belong to no factor, by the names of table 4.
        factors: those of CP that belong to one, by factor and by class: ``w01018``, ``Rtd``.
        slips: a sentence for each part of CP that could not be read.
    """

    qn: str
    st: str
    cn: str
    password: str
    mn: str
    flag: int | None
    packets: int | None
    packet: int | None
    fields: Mapping[str, str]
    factors: Mapping[str, Mapping[str, str]]
    slips: tuple[str, ...]

    @property
    def wants_answer(self) -> bool:
        """Whether bit A of the flag is set."""
        return bool(self.flag and self.flag & 1)


_REMEMBERED: Final = 8192
_REMEMBERED_BYTES: Final = 1100
"""What a frame of the standard has at most; longer ones are not kept in memory."""


def read_whole(frame: bytes) -> Segment:
    """Read a frame and its data segment.

    A server reads a frame to know whom to answer, and the decoder the same one soon after: the
    second time costs nothing.

    Raises:
        UnreadableFrameError: no frame, or its length or CRC is wrong.
        UnreadableSegmentError: no CN, or no CP.
    """
    return _remembered(frame) if len(frame) <= _REMEMBERED_BYTES else _read(frame)


def _read(frame: bytes) -> Segment:
    return read_segment(read_frame(frame).text)


_remembered = lru_cache(_REMEMBERED)(_read)


def read_segment(text: str) -> Segment:
    """Read the data segment of a frame, with the slips that the standard's own examples have.

    Raises:
        UnreadableSegmentError: no CN, or no CP.
    """
    head, mark, rest = text.partition(_CP)
    rest = rest.rstrip(" \t;")
    if not mark:
        raise UnreadableSegmentError("data segment without CP: expected CP=&&...&& at its end")
    if not rest.endswith(_END):
        raise UnreadableSegmentError(f"CP ends with {quoted(rest[-8:])}: expected && at its end")
    items = (item.partition("=") for item in head.replace(",", ";").split(";"))
    named = {name.strip(): value.strip() for name, _, value in items}
    command = named.get("CN", "")
    if not _COMMAND.fullmatch(command):
        raise UnreadableSegmentError(f"CN {quoted(command)}: expected a command of four digits")
    fields, factors, slips = _read_items(rest.removesuffix(_END))
    return Segment(
        named.get("QN", ""),
        named.get("ST", ""),
        command,
        named.get("PW", ""),
        named.get("MN", ""),
        _whole(named.get("Flag", "")),
        _whole(named.get("PNUM", "")),
        _whole(named.get("PNO", "")),
        fields,
        factors,
        slips,
    )


def _whole(digits: str) -> int | None:
    return int(digits) if _NUMBER.fullmatch(digits) else None


def _read_items(
    items: str,
) -> tuple[dict[str, str], dict[str, dict[str, str]], tuple[str, ...]]:
    fields: dict[str, str] = {}
    factors: dict[str, dict[str, str]] = {}
    slips: list[str] = []
    for item in _ITEM.findall(items) if "//" in items else items.replace(",", ";").split(";"):
        name, equals, value = item.partition("=")
        factor, dash, kind = name.strip().rpartition("-")
        if dash:
            known, key = factors.setdefault(factor, {}), _KIND_SPELLING.get(kind.lower(), kind)
        else:
            known, key = fields, _SPELLING.get(kind.lower(), kind)
        if not equals:
            if item.strip():
                slips.append(
                    f"{quoted(item)} in CP: expected a name and its value, e.g. w01018-Rtd=36"
                )
        elif known.setdefault(key, value := value.strip()) != value:
            slips.append(
                f"{shown_name(name.strip())} {quoted(value)} in CP: expected it once, "
                "it stood before"
            )
    return fields, factors, tuple(slips)
