"""Reads CAP messages of others, also such as are not quite valid. Pure: no network, no entities."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final, NamedTuple

import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from alerts.cap.level import level_of
from alerts.cap.shapes import area_shape

LONGEST: Final = 5_000_000
"""Bytes of a document or feed."""

MOST_ALERTS: Final = 1000

_CAP = re.compile(
    r"\{(urn:oasis:names:tc:emergency:cap:1\.[0-9]+|http://www\.incident\.com/cap/1\.0)\}alert"
)
_LOCAL = timezone(timedelta(hours=8))
_LASTS = timedelta(hours=24)
_STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
_LONGEST_TEXT = 500
_MOST_GEOCODES = 200


class CapError(ValueError):
    """A document that is no CAP message, or lacks what identifies one. Ask its sender."""


class Signal(NamedTuple):
    """What a message warns of, from when until when, and where.

    Attributes:
        event: what it is about, in the sender's words.
        event_code: the sender's code of it, ``name=value``; may be empty.
        severity: Extreme, Severe, Moderate, Minor or Unknown.
        urgency: as CAP has it, Unknown if absent.
        certainty: as CAP has it, Unknown if absent.
        level: 0 none, 1 blue to 4 red.
        is_weather: whether its category is Met.
        begins_at: onset, else effective, else when the message was sent.
        expires_at: a day after the beginning if absent.
        area_text: areas in the sender's words.
        geocodes: values of the areas' codes.
        area: in WGS 84, x is longitude; None where only words or codes are given.
    """

    event: str
    event_code: str
    severity: str
    urgency: str
    certainty: str
    level: int
    is_weather: bool
    begins_at: datetime
    expires_at: datetime
    area_text: str
    geocodes: tuple[str, ...]
    area: BaseGeometry | None


class CapMessage(NamedTuple):
    """A message: who sent it when, what it stands for, and its signals.

    Attributes:
        sender: who.
        identifier: as the sender numbers it.
        sent: when.
        status: Actual, Exercise, System, Test or Draft.
        msg_type: Alert, Update, Cancel, Ack or Error.
        references: of those that it updates or cancels, ``sender,identifier,sent``.
        headline: the first one.
        signals: empty of a message that warns of nothing.
        remarks: what is not as CAP has it, a sentence each; nothing that hinders.
        raw: the message alone, as XML.
    """

    sender: str
    identifier: str
    sent: datetime
    status: str
    msg_type: str
    references: tuple[str, ...]
    headline: str
    signals: tuple[Signal, ...]
    remarks: tuple[str, ...]
    raw: bytes


class Found(NamedTuple):
    """What a document has: messages, and a sentence for each that could not be read."""

    messages: list[CapMessage]
    faults: list[str]


def parse_xml(payload: bytes) -> etree._Element:
    """Read XML that may come from anywhere.

    Raises:
        CapError: too long, not well-formed, or with a document type declaration, which could
            name entities and files.
    """
    if len(payload) > LONGEST:
        raise CapError(f"document of {len(payload)} bytes: expected at most {LONGEST}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CapError(f"document {payload[:40]!r}: not XML: {error}"[:300]) from None
    if root is None:
        raise CapError("document without an element: expected a CAP message")
    if root.getroottree().docinfo.internalDTD is not None:
        raise CapError("document with a document type declaration: expected none")
    return root


def read_messages(payload: bytes) -> Found:
    """Read every CAP message in a document: alone, in a feed, or in an EDXL envelope.

    Raises:
        CapError: there is none, or none that has what identifies it.
    """
    return messages_in(parse_xml(payload))


def messages_in(root: etree._Element) -> Found:
    """Read every CAP message in an element.

    Raises:
        CapError: as ``read_messages``.
    """
    alerts = [one for one in root.iter() if isinstance(one.tag, str) and _CAP.fullmatch(one.tag)]
    if not alerts:
        raise CapError(f"element {str(root.tag)[:100]!r}: expected a CAP alert in it")
    if len(alerts) > MOST_ALERTS:
        raise CapError(f"{len(alerts)} messages in one document: expected at most {MOST_ALERTS}")
    found = Found([], [])
    for alert in alerts:
        try:
            found.messages.append(_message(alert))
        except CapError as error:
            found.faults.append(str(error))
    if not found.messages:
        raise CapError("; ".join(found.faults[:3]))
    return found


def _message(alert: etree._Element) -> CapMessage:
    remarks: list[str] = []
    sender, identifier = _needed(alert, "sender"), _needed(alert, "identifier")
    sent = _sent(alert, identifier)
    msg_type = _one_of(alert, "msgType", _TYPES, "Alert", remarks)
    infos = [one for one in alert.iterchildren() if _name(one) == "info"]
    signals = [_signal(one, sent, remarks) for one in infos]
    distinct = {_sense(signal): signal for signal in reversed(signals)}
    heads = [_text(one, "headline") or _text(one, "event") for one in infos]
    if _text(alert, "scope") == "":
        remarks.append("no scope")
    return CapMessage(
        sender,
        identifier,
        sent,
        _one_of(alert, "status", _STATUSES, "Actual", remarks),
        msg_type,
        tuple(_text(alert, "references").split()),
        next(iter(heads), ""),
        tuple(reversed(distinct.values())) if msg_type in ("Alert", "Update") else (),
        tuple(dict.fromkeys(remarks)),
        etree.tostring(alert, with_tail=False),
    )


def _sense(signal: Signal) -> tuple[object, ...]:
    """Return what makes two info blocks differ in more than their language."""
    area = None if signal.area is None else shapely.to_wkb(signal.area)
    return signal.level, signal.is_weather, signal.begins_at, signal.expires_at, area


def _signal(info: etree._Element, sent: datetime, remarks: list[str]) -> Signal:
    begins = _instant(info, "onset", remarks) or _instant(info, "effective", remarks) or sent
    severity = _word(info, "severity", remarks)
    areas = [one for one in info.iterchildren() if _name(one) == "area"]
    codes = [text for area in areas for _, text in _pairs(area, "geocode")]
    event_codes = [f"{name}={value}" for name, value in _pairs(info, "eventCode")]
    return Signal(
        event=_text(info, "event"),
        event_code=next(iter(event_codes), "")[:_LONGEST_TEXT],
        severity=severity,
        urgency=_word(info, "urgency", remarks),
        certainty=_word(info, "certainty", remarks),
        level=_level(info, severity),
        is_weather="Met" in list(_texts(info, "category")),
        begins_at=begins,
        expires_at=_instant(info, "expires", remarks) or begins + _LASTS,
        area_text="; ".join(_text(area, "areaDesc") for area in areas)[:_LONGEST_TEXT],
        geocodes=tuple(dict.fromkeys(codes))[:_MOST_GEOCODES],
        area=_area(areas, remarks),
    )


def _level(info: etree._Element, severity: str) -> int:
    over = "AllClear" in list(_texts(info, "responseType")) or _text(info, "urgency") == "Past"
    if over:
        return 0
    said = [_text(info, "headline"), _text(info, "event")]
    return level_of(severity, said, dict(_pairs(info, "parameter")))


def _area(areas: Sequence[etree._Element], remarks: list[str]) -> BaseGeometry | None:
    polygons = [text for area in areas for text in _texts(area, "polygon")]
    circles = [text for area in areas for text in _texts(area, "circle")]
    return area_shape(polygons, circles, remarks)


def _needed(alert: etree._Element, name: str) -> str:
    text = _text(alert, name)
    if not text:
        raise CapError(f"CAP message without {name}: expected one")
    return text


def _sent(alert: etree._Element, identifier: str) -> datetime:
    text = _needed(alert, "sent")
    found = _read_instant(text)
    if found is None:
        raise CapError(
            f"CAP message {identifier!r} sent {text!r}: expected e.g. 2026-05-01T08:00:00+08:00"
        )
    return found


def _instant(parent: etree._Element, name: str, remarks: list[str]) -> datetime | None:
    text = _text(parent, name)
    found = _read_instant(text) if text else None
    if text and found is None:
        remarks.append(f"{name} {text[:50]!r} is no instant")
    return found


def _read_instant(text: str) -> datetime | None:
    """Return the instant of a text; one without a zone is China's (UTC+8)."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=_LOCAL)).astimezone(_LOCAL)
    except (ValueError, OverflowError):
        return None


def _one_of(
    alert: etree._Element, name: str, values: Sequence[str], usual: str, remarks: list[str]
) -> str:
    text = _text(alert, name)
    if text in values:
        return text
    remarks.append(f"{name} {text[:50]!r}: expected one of {', '.join(values)}")
    # Of what we cannot read we do not raise an alarm.
    return usual if not text else values[-1]


def _word(info: etree._Element, name: str, remarks: list[str]) -> str:
    text = _text(info, name)
    if not text:
        remarks.append(f"no {name}")
    return text[:_LONGEST_TEXT] or "Unknown"


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _texts(parent: etree._Element, name: str) -> Iterator[str]:
    for child in parent.iterchildren():
        if _name(child) == name:
            yield "".join(child.itertext()).strip().replace("\0", "")


def _text(parent: etree._Element, name: str) -> str:
    return next(_texts(parent, name), "")[:_LONGEST_TEXT] if name != "references" else _all(parent)


def _all(parent: etree._Element) -> str:
    return " ".join(_texts(parent, "references"))


def _pairs(parent: etree._Element, name: str) -> Iterator[tuple[str, str]]:
    for child in parent.iterchildren():
        if _name(child) == name:
            yield _text(child, "valueName"), _text(child, "value")
