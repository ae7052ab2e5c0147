"""Sparkplug topics: which message of which edge node or device (Sparkplug B 3.0, 4.1)."""

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from twin.model import Name

MAX_CHARS: Final = 255
SCHEME: Final = "sparkplug"

_NAMESPACE = "spBv1.0"
_RESERVED = "+#"
_KNOWN_TOPICS = 16_384
_NODE_LEVELS = 4
_DEVICE_LEVELS = 5


class UnreadableTopicError(ValueError):
    """A topic that is not of Sparkplug B. Park the message; correct the sender's settings."""


class MessageType(StrEnum):
    """The third level of a topic, or the second one of a host's state."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    NDATA = "NDATA"
    NCMD = "NCMD"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    DDATA = "DDATA"
    DCMD = "DCMD"
    STATE = "STATE"


OF_NODES: Final = frozenset(
    {MessageType.NBIRTH, MessageType.NDEATH, MessageType.NDATA, MessageType.NCMD}
)


class Address(NamedTuple):
    """Where a message belongs.

    Attributes:
        type: what it is.
        group: group id.
        node: edge node id; the host's id in a state.
        device: device id, empty where the edge node itself speaks.
        name: of the edge node or the device.
    """

    type: MessageType
    group: str
    node: str
    device: str
    name: Name


def read_topic(topic: str) -> Address:
    """Read ``spBv1.0/{group}/{type}/{node}[/{device}]`` or ``spBv1.0/STATE/{host}``.

    The state of a host of version 2 (``STATE/{host}``) is read too.

    Raises:
        UnreadableTopicError: another layout, an id with a reserved character, or not storable.
    """
    if not is_storable(topic, MAX_CHARS):
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: expected at most {MAX_CHARS} printable characters"
        )
    return _read(topic)


@lru_cache(maxsize=_KNOWN_TOPICS)
def _read(topic: str) -> Address:
    levels = topic.split("/")
    if levels[:-1] in ([_NAMESPACE, "STATE"], ["STATE"]) and levels[-1]:
        return Address(MessageType.STATE, "", levels[-1], "", Name(SCHEME, levels[-1]))
    if levels[0] != _NAMESPACE or not _NODE_LEVELS <= len(levels) <= _DEVICE_LEVELS:
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: expected {_NAMESPACE}/{{group}}/{{type}}/{{node}}[/{{device}}]"
        )
    _, group, kind, node, *rest = levels
    for one in (group, node, *rest):
        if not one or any(char in one for char in _RESERVED):
            raise UnreadableTopicError(
                f"topic {quoted(topic)}: expected ids with characters, and none of them + or #"
            )
    return _checked(topic, Address(_type(topic, kind), group, node, *_named(group, node, rest)))


def _named(group: str, node: str, rest: list[str]) -> tuple[str, Name]:
    device = rest[0] if rest else ""
    return device, Name(SCHEME, "/".join((group, node, *rest)))


def _type(topic: str, kind: str) -> MessageType:
    if kind not in MessageType.__members__ or kind == MessageType.STATE:
        expected = ", ".join(one for one in MessageType if one is not MessageType.STATE)
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: message type {quoted(kind)}, expected one of {expected}"
        )
    return MessageType(kind)


def _checked(topic: str, address: Address) -> Address:
    if address.type in OF_NODES and address.device:
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: {address.type} is an edge node's, expected no device after it"
        )
    if address.type not in OF_NODES and not address.device:
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: {address.type} is a device's, expected its id after the node"
        )
    return address
