"""Writes a CAP 1.2 message: two info blocks, Chinese and English, over one area. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple

from lxml import etree

from alerts.cap.config import CapConfig
from alerts.subscriptions.texts import words_of
from data.reference import alert_domains
from data.reference.cap_terms import cap_event, cap_levels

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

MsgType = Literal["Alert", "Update", "Cancel"]
Ring = Sequence[tuple[float, float]]
"""Latitude and longitude in WGS 84, the first point again at the end."""

CHINA = timezone(timedelta(hours=8))

_STATUS = {"actual": "Actual", "exercise": "Exercise", "replay": "Test"}
_MODE_NOTES = {
    "exercise": "演练，请勿采取行动 / exercise, no action is needed",
    "replay": "历史回放测试 / test with past data",
}
_LONGEST_HEADLINE = 160
_LONGEST_DESCRIPTION = 4000


class Area(NamedTuple):
    """Whom a message is for.

    Attributes:
        names: of what it concerns.
        rings: outlines; none where nothing has a place.
        counties: six digits each, GB/T 2260.
    """

    names: Sequence[str]
    rings: Sequence[Ring]
    counties: Sequence[str]


class Issue(NamedTuple):
    """What a message is, beside its content.

    Attributes:
        identifier: of its own.
        msg_type: first of its subject, a change of it, or its end.
        sent: when; a message expires ``valid_h`` later.
        references: ``sender,identifier,sent`` of the earlier ones of its subject.
        mode: of what it is about.
        note: what people should know of an end.
    """

    identifier: str
    msg_type: MsgType
    sent: datetime
    references: Sequence[str]
    mode: str
    note: str = ""


def build(config: CapConfig, issue: Issue, group: Mapping[str, Any], area: Area) -> bytes:
    """Return the document.

    Args:
        config: who we are.
        issue: what the message is.
        group: the incident or alert, as notices have it (``alerts.subscriptions.content``).
        area: whom it is for.
    """
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _add(root, "identifier", issue.identifier)
    _add(root, "sender", config.sender)
    _add(root, "sent", cap_time(issue.sent))
    _add(root, "status", _STATUS[issue.mode])
    _add(root, "msgType", issue.msg_type)
    _add(root, "scope", "Public")
    notes = [one for one in (_MODE_NOTES.get(issue.mode), issue.note) if one]
    if notes:
        _add(root, "note", "; ".join(notes))
    if issue.references:
        _add(root, "references", " ".join(issue.references))
    if group["incident"] is not None:
        _add(root, "incidents", f"{config.prefix}-incident-{group['incident']}")
    for language in ("zh", "en"):
        _add_info(root, config, issue, group, area, language)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_info(
    root: etree._Element,
    config: CapConfig,
    issue: Issue,
    group: Mapping[str, Any],
    area: Area,
    language: str,
) -> None:
    level, event = cap_levels()[group["level"] or "blue"], cap_event(group["domain"])
    over = issue.msg_type == "Cancel"
    domain = alert_domains().get(group["domain"] or "")
    names = (domain.name_zh, domain.name_en) if domain else (group["domain"],) * 2
    reason = "ended" if over else str(group["reason"])
    words = words_of(reason, issue.mode, [group])._asdict()
    zh = language == "zh"
    info = _add(root, "info")
    _add(info, "language", "zh-CN" if zh else "en-US")
    _add(info, "category", event.category)
    _add(info, "event", names[0] if zh else names[1])
    _add(info, "responseType", "AllClear" if over else event.response)
    _add(info, "urgency", "Past" if over else level.urgency)
    _add(info, "severity", level.severity)
    _add(info, "certainty", level.certainty)
    _pair(info, "eventCode", "citytwin:domain", group["domain"] or "other")
    _add(info, "effective", cap_time(issue.sent))
    if group["since"]:
        _add(info, "onset", cap_time(datetime.fromisoformat(group["since"])))
    _add(info, "expires", cap_time(expires(config, issue.sent)))
    _add(info, "senderName", config.sender_zh if zh else config.sender_en)
    _add(info, "headline", words[f"title_{language}"][:_LONGEST_HEADLINE])
    _add(info, "description", words[f"text_{language}"][:_LONGEST_DESCRIPTION])
    if not over:
        _add(info, "instruction", event.instruction_zh if zh else event.instruction_en)
    if config.contact:
        _add(info, "contact", config.contact)
    _pair(info, "parameter", "citytwin:level", level.level)
    _pair(info, "parameter", "citytwin:subject", group["subject"])
    _add_area(info, area, group, language)


def _add_area(info: etree._Element, area: Area, group: Mapping[str, Any], language: str) -> None:
    element = _add(info, "area")
    joint = "、" if language == "zh" else ", "
    _add(element, "areaDesc", joint.join(area.names) or group[f"title_{language}"])
    for ring in area.rings:
        _add(element, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in ring))
    for county in area.counties:
        _pair(element, "geocode", "GB/T 2260", county)


def _pair(parent: etree._Element, tag: str, name: str, value: str) -> None:
    element = _add(parent, tag)
    _add(element, "valueName", name)
    _add(element, "value", value)


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    if text is not None:
        element.text = _writable(text)
    return element


def _writable(text: str) -> str:
    """Return text without what XML 1.0 cannot hold (2.2)."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n"
        or " " <= letter < "\ud800"
        or "\udfff" < letter < "\ufffe"
        or letter >= "\U00010000"
    )


def cap_time(moment: datetime) -> str:
    """Return an instant as CAP has it: whole seconds and a numeric offset, never ``Z`` (3.3.2)."""
    return moment.astimezone(CHINA).replace(microsecond=0).isoformat()


def expires(config: CapConfig, sent: datetime) -> datetime:
    """Return when a message ends that nobody renewed."""
    return sent + timedelta(hours=config.valid_h)
