"""What a device, its bridge or its last will says of whether it is there."""

import json
from typing import Final

from twin.model import Decoded, Message, Name, Presence

_THERE: Final = {"online": True, "true": True, "offline": False, "false": False}
_LONGEST: Final = 200


def availability(device: str, message: Message) -> Decoded:
    """Return that a device came or went; nothing where the payload is no such word.

    Args:
        device: its MQTT name.
        message: with ``online``, ``Offline``, ``true`` or ``{"state": "offline"}``.
    """
    there = _THERE.get(_word(message.payload))
    if there is None or not device:
        return Decoded()
    reason = "" if there else "it, or the broker for it, said that it is offline"
    presence = Presence(Name("mqtt", device), there, message.received_us, reason)
    return Decoded(presences=[presence])


def _word(payload: bytes) -> str:
    if len(payload) > _LONGEST:
        return ""
    text = payload.decode("utf-8", errors="replace").strip()
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            return ""
        text = str(document.get("state", ""))
    return text.lower()
