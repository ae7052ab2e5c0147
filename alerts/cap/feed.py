"""The feed of our warnings (Atom, RFC 4287), and single messages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import psycopg
from lxml import etree
from psycopg.rows import dict_row

from alerts.cap.config import CapConfig
from alerts.cap.document import cap_time

Connection = psycopg.Connection[tuple[Any, ...]]

ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 500

# The latest word on each subject: of what is over, for as long as the word itself counts.
_LATEST = """
SELECT DISTINCT ON (subscription_id, subject)
       identifier, subject, mode, msg_type, title_zh, title_en, sent, expires
FROM cap_issued WHERE expires > %(now)s AND mode = %(mode)s
ORDER BY subscription_id, subject, number DESC
"""
_DOCUMENT = "SELECT document FROM cap_issued WHERE identifier = %s"


class UnknownCapMessageError(LookupError):
    """We issued no message of this identifier. Look it up in the feed."""


def read_issued(connection: Connection, identifier: str) -> bytes:
    """Return a document that we issued.

    Raises:
        UnknownCapMessageError: there is none.
    """
    row = connection.execute(_DOCUMENT, [identifier]).fetchone()
    if row is None:
        raise UnknownCapMessageError(f"CAP message {identifier[:200]!r}: not one of ours")
    return bytes(row[0])


def read_feed(connection: Connection, config: CapConfig, mode: str, now: datetime) -> bytes:
    """Return the feed of the messages of a mode that count now, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_LATEST, {"now": now, "mode": mode}).fetchall()
    newest = sorted(rows, key=lambda row: (row["sent"], row["identifier"]), reverse=True)
    return _feed(config, newest[:MOST_ENTRIES], mode, now)


def _feed(config: CapConfig, rows: Iterable[Mapping[str, Any]], mode: str, now: datetime) -> bytes:
    listed = list(rows)
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(root, "id", f"urn:citytwin:cap:{quote(config.prefix, safe='')}:{mode}")
    _add(root, "title", f"{config.sender_zh} / {config.sender_en}")
    _add(root, "updated", cap_time(listed[0]["sent"] if listed else now))
    _add(_add(root, "author"), "name", config.sender)
    _link(root, "self", "/api/v1/cap/feed.atom")
    for row in listed:
        _add_entry(root, row)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_entry(root: etree._Element, row: Mapping[str, Any]) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", f"urn:citytwin:cap:{quote(row['identifier'], safe='')}")
    _add(entry, "title", f"{row['title_zh']} / {row['title_en']}")
    _add(entry, "updated", cap_time(row["sent"]))
    _add(entry, "summary", f"{row['msg_type']}, {row['mode']}, until {cap_time(row['expires'])}")
    address = f"/api/v1/cap/alerts/{quote(row['identifier'], safe='')}.xml"
    _link(entry, "alternate", address, "application/cap+xml")


def _link(parent: etree._Element, rel: str, address: str, kind: str | None = None) -> None:
    link = _add(parent, "link")
    link.set("rel", rel)
    link.set("href", address)
    if kind is not None:
        link.set("type", kind)


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{tag}")
    element.text = text
    return element
