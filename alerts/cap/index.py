"""Reads feeds of warnings: Atom (RFC 4287) and RSS 2.0; messages within, and links to others."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree

from alerts.cap.message import CapError, CapMessage, Found, messages_in, parse_xml

_MOST_LINKS = 500
_ENTRIES = ("entry", "item")


class Index(NamedTuple):
    """What a feed has.

    Attributes:
        messages: those that stand in it whole.
        links: addresses of others, absolute, in the feed's order.
        faults: a sentence for each message that could not be read.
    """

    messages: list[CapMessage]
    links: list[str]
    faults: list[str]


def read_index(payload: bytes, address: str) -> Index:
    """Read a feed, or a document that is one message or holds some.

    Args:
        payload: its bytes.
        address: where it was found, for links that are relative.

    Raises:
        CapError: it is neither.
    """
    root = parse_xml(payload)
    if _name(root) not in ("feed", "rss", "RDF"):
        whole = messages_in(root)
        return Index(whole.messages, [], whole.faults)
    messages: list[CapMessage] = []
    links: list[str] = []
    faults: list[str] = []
    for entry in (one for one in root.iter() if _name(one) in _ENTRIES):
        found = _within(entry, faults)
        messages += found.messages
        faults += found.faults
        if not found.messages:
            links += list(_links(entry, address))[:1]
    return Index(messages, list(dict.fromkeys(links))[:_MOST_LINKS], faults)


def _within(entry: etree._Element, faults: list[str]) -> Found:
    if not any(_name(one) == "alert" for one in entry.iter()):
        return Found([], [])
    try:
        return messages_in(entry)
    except CapError as error:
        faults.append(str(error))
        return Found([], [])


def _links(entry: etree._Element, address: str) -> Iterator[str]:
    """Yield the addresses of an entry; one of a CAP document comes first."""
    found = [one for one in entry.iterchildren() if _name(one) == "link"]
    found.sort(key=lambda one: "cap" not in (one.get("type") or ""))
    for link in found:
        text = (link.get("href") or "".join(link.itertext())).strip()
        if link.get("rel", "alternate") in ("alternate", "enclosure") and text:
            try:
                joined = urljoin(address, text)
            except ValueError:
                continue
            if joined.startswith(("http://", "https://")):
                yield joined


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
