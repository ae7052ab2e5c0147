"""The topic of an ONVIF event: which camera, which kind of event, which source in the camera."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from twin.model import Name

MAX_CHARS: Final = 255

_EVENTS = "onvif-ej"
_METADATA = "onvif-mj"
_CODE = re.compile(r"[1-9][0-9]{15}")
# The standard's own namespace is left out of topics; some cameras write its usual aliases.
_STANDARD_ALIAS = re.compile(r"^(?:tns1|onvif):")


class UnreadableAddressError(ValueError):
    """A topic that is not of an ONVIF event. Park the message; correct the camera's settings."""


class Address(NamedTuple):
    """Where an event belongs.

    Attributes:
        camera: its entity code where the topic's prefix has one, else the prefix itself.
        topic: the kind of event, empty where only the payload tells it.
        source: rule, area or video source in the camera, empty where the topic names none.
    """

    camera: Name
    topic: str
    source: str


def read_address(topic: str) -> Address:
    """Read ``{prefix}/onvif-ej/{LocalTopic}[/&Source...]``.

    Raises:
        UnreadableAddressError: another layout, metadata instead of events, or not storable.
    """
    if not is_storable(topic, 2 * MAX_CHARS):
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected at most {2 * MAX_CHARS} printable characters"
        )
    levels = topic.split("/")
    if _EVENTS not in levels:
        raise UnreadableAddressError(_not_an_event(topic, levels))
    at = levels.index(_EVENTS)
    if not any(levels[:at]):
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected the camera's prefix before {_EVENTS}"
        )
    local, source = _split(levels[at + 1 :])
    return Address(_camera(levels[:at]), local_topic("/".join(local)), "/".join(source))


def local_topic(text: str) -> str:
    """Return a topic with the standard's own namespace left out, as the specification has it."""
    return "/".join(_STANDARD_ALIAS.sub("", level) for level in text.split("/"))


def _split(levels: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    for at, level in enumerate(levels):
        if level.startswith("&"):
            return levels[:at], [level[1:], *levels[at + 1 :]]
    return levels, []


def _camera(prefix: Sequence[str]) -> Name:
    for level in reversed(prefix):
        if _CODE.fullmatch(level):
            return Name("code", level)
    return Name("onvif", "/".join(prefix))


def _not_an_event(topic: str, levels: Sequence[str]) -> str:
    if _METADATA in levels:
        return f"topic {quoted(topic)}: metadata ({_METADATA}) are not read, only {_EVENTS} events"
    return f"topic {quoted(topic)}: expected {{prefix}}/{_EVENTS}/{{topic}}"
