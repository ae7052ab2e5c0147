"""Discovery messages: which entity a device has, and where and how its state is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.homeassistant.abbreviations import expanded
from ingest.decoders.homeassistant.templates import Path, UnreadableTemplateError, read_template
from ingest.decoders.quoting import is_storable, quoted
from twin.model import Fault, FaultReason, Message

COMPONENTS: Final = (
    "alarm_control_panel", "binary_sensor", "button", "camera", "climate", "cover", "date",
    "datetime", "device_automation", "device_tracker", "event", "fan", "humidifier", "image",
    "lawn_mower", "light", "lock", "notify", "number", "scene", "select", "sensor", "siren",
    "switch", "tag", "text", "time", "update", "vacuum", "valve", "water_heater",
)  # fmt: skip
MAX_TEXT_CHARS: Final = 255
MAX_KEY_CHARS: Final = 64

_TOPIC = re.compile(
    rf"(?P<prefix>.+?)/(?P<component>{'|'.join(COMPONENTS)}|device)"
    r"/(?:(?P<node>[\w-]+)/)?(?P<object>[\w-]+)/config",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """One entity as its device announces it.

    Attributes:
        topic: where it was announced; an empty message there withdraws it.
        unique_id: the entity's own, else node and object id.
        object_id: from the topic.
        name: for people, empty where only the device has one.
        component: ``sensor``, ``binary_sensor``, ``switch``...
        device_class: what it measures, e.g. ``temperature``; empty where it does not say.
        state_class: ``measurement``, ``total`` or ``total_increasing``; empty where it has none.
        state_topic: where its state comes; empty where it has none.
        unit: as announced.
        value_path: where in the state's payload the value is; None where the template computes it.
        not_understood: why ``value_path`` is None, as a sentence.
        words: the payloads that mean on and off.
        identifiers: of its device, connections (e.g. MAC addresses) last.
        device_name: of its device, for people.
        maker: of its device.
        model: of its device.
    """

    topic: str
    unique_id: str
    object_id: str
    name: str
    component: str
    device_class: str
    state_class: str
    state_topic: str
    unit: str
    value_path: Path | None
    not_understood: str
    words: tuple[str, str]
    identifiers: tuple[str, ...]
    device_name: str
    maker: str
    model: str

    @property
    def device(self) -> str:
        """What its device is called in our scheme: its first identifier, else the unique id."""
        return self.identifiers[0] if self.identifiers else self.unique_id


class UnreadableDiscoveryError(ValueError):
    """An announcement that cannot be used. Park it; correct the device's settings."""


def is_discovery(topic: str) -> bool:
    """Tell whether a topic is one on which entities are announced."""
    return topic.endswith("/config") and _TOPIC.fullmatch(topic) is not None


def read_discovery(message: Message) -> Discovered | Fault | None:
    """Read ``{prefix}/{component}/[{node}/]{object}/config``; None where it is withdrawn."""
    if not message.payload:
        return None
    try:
        return _read(message)
    except UnreadableDocumentError as error:
        return error.fault
    except UnreadableDiscoveryError as error:
        return Fault(FaultReason.UNDECODABLE, str(error))


def _read(message: Message) -> Discovered:
    address = _address(message.topic)
    document = parse_document(message.payload)
    if not isinstance(document, dict):
        raise UnreadableDiscoveryError(f"payload is {quoted(document)}: expected an announcement")
    fields = _with_base(expanded(document))
    device = fields.get("device") or {}
    if not isinstance(device, dict):
        raise UnreadableDiscoveryError(f"device is {quoted(device)}: expected an object")
    return _entity(message.topic, address, fields, expanded(device, "device"))


def _address(topic: str) -> re.Match[str]:
    found = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TEXT_CHARS else None
    if not found:
        raise UnreadableDiscoveryError(
            f"topic {quoted(topic)}: expected {{prefix}}/{{component}}/{{object}}/config"
        )
    if found["component"] == "device":
        raise UnreadableDiscoveryError(
            f"topic {quoted(topic)}: a whole device at once is not read, "
            "expected one announcement for each entity"
        )
    return found


def _entity(
    topic: str, address: re.Match[str], fields: Mapping[str, object], device: Mapping[str, object]
) -> Discovered:
    path, objection = _value_path(fields.get("value_template"))
    object_id = address["object"]
    place = f"{address['node']}/{object_id}" if address["node"] else object_id
    return Discovered(
        topic=topic,
        unique_id=_key(_text(fields, "unique_id") or place),
        object_id=_key(object_id),
        name=_text(fields, "name"),
        component=address["component"],
        device_class=_key(_text(fields, "device_class")),
        state_class=_text(fields, "state_class"),
        state_topic=_text(fields, "state_topic"),
        unit=_text(fields, "unit_of_measurement"),
        value_path=path,
        not_understood=objection,
        words=_words(fields),
        identifiers=_identifiers(device),
        device_name=_text(device, "name"),
        maker=_text(device, "manufacturer"),
        model=_text(device, "model"),
    )


def _with_base(fields: dict[str, object]) -> dict[str, object]:
    """Put the base topic ``~`` where a topic begins or ends with it."""
    base = fields.get("~")
    if not isinstance(base, str):
        return fields
    return {
        key: _placed(value, base) if isinstance(value, str) and key.endswith("topic") else value
        for key, value in fields.items()
    }


def _placed(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _value_path(template: object) -> tuple[Path | None, str]:
    if template is None or template == "":
        return (), ""
    if not isinstance(template, str):
        return None, f"value template {quoted(template)}: not understood, expected a text"
    try:
        return read_template(template), ""
    except UnreadableTemplateError as error:
        return None, str(error)


def _words(fields: Mapping[str, object]) -> tuple[str, str]:
    on, off = fields.get("payload_on", "ON"), fields.get("payload_off", "OFF")
    return word_of(fields.get("state_on") or on), word_of(fields.get("state_off") or off)


def word_of(value: object) -> str:
    """Return a value as a template would print it, in small letters: ``true``, ``on``, ``1``."""
    return value.lower() if isinstance(value, str) else quoted(value)


def _identifiers(device: Mapping[str, object]) -> tuple[str, ...]:
    named = device.get("identifiers") or []
    linked = device.get("connections") or []
    found = named if isinstance(named, list) else [named]
    pairs = [one for one in linked if isinstance(one, list)] if isinstance(linked, list) else []
    texts = [*found, *(pair[1] for pair in pairs if len(pair) == len(("kind", "value")))]
    return tuple(_text({"identifier": one}, "identifier") for one in texts)


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and is_storable(text, MAX_TEXT_CHARS):
        return text
    raise UnreadableDiscoveryError(
        f"{key} {quoted(value)}: expected a text of at most {MAX_TEXT_CHARS} printable characters"
    )


def _key(text: str) -> str:
    if len(text) <= MAX_KEY_CHARS:
        return text
    raise UnreadableDiscoveryError(
        f"identifier {quoted(text)}: expected at most {MAX_KEY_CHARS} characters"
    )
